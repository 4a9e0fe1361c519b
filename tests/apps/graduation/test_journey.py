"""From the clerk's workbook to issued certificates: the whole path of the notice, once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.graduation import at_the_city, decide, filled, rows_of, setting, state_register, upload
from tests.factories.institutions import staffed_city

from xueji.cases.actions import decide_step
from xueji.cases.models import CaseState
from xueji.certificates.actions import seal_certificates
from xueji.certificates.models import Certificate
from xueji.certificates.queries import holder_id_of, is_as_issued
from xueji.core.errors import AlreadyDecided, Conflict
from xueji.graduation.actions import open_duties, submit_batch
from xueji.graduation.models import Candidate, CandidateState
from xueji.graduation.queries import batch_totals, timeline_of_candidate
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of
from xueji.obligations.actions import fulfil_obligation
from xueji.registry.models import Enrolment
from xueji.uploads.actions import confirm_upload
from xueji.uploads.queries import uploads_of

pytestmark = pytest.mark.django_db
APPROVAL = datetime(2019, 7, 5, 2, tzinfo=UTC)


@pytest.mark.requirement("S1-02", "S1-03", "S1-06", "S1-08", "S1-16", "S1-21")
def test_weinan_path_from_workbook_to_certificates() -> None:
    here = setting()
    rows = [*rows_of(2), *rows_of(2, start=2, 专业="会计"), *rows_of(1, start=4)]
    intake = upload(here, rows)
    assert (intake.state, intake.row_count, intake.error_count) == ("ready", 5, 0)
    confirm_upload(upload=intake, by=here.clerk, at=APPROVAL)
    state_register(here)
    step = at_the_city(here, at=APPROVAL)
    assert step.key == "release"
    case = decide(here.batch.case, here.city, at=APPROVAL)
    assert case.state == CaseState.APPROVED

    here.batch.refresh_from_db()
    assert here.batch.issue.issue_date == date(2019, 7, 5)
    listed = list(
        here.batch.candidates.order_by("certificate__number__serial").values_list(
            "certificate__number__number", "programme_name", "ordinal", "state"
        )
    )
    assert [row[0] for row in listed] == [f"2019060000{n}" for n in range(1, 6)]
    assert [row[1:3] for row in listed] == [("会计", 3), ("会计", 4), ("护理", 1), ("护理", 2), ("护理", 5)]
    assert {row[3] for row in listed} == {CandidateState.APPROVED}
    for candidate in here.batch.candidates.select_related("certificate__number", "person"):
        certificate = candidate.certificate
        assert is_as_issued(certificate)
        assert certificate.holder_name == candidate.name
        assert holder_id_of(certificate) in {row["身份证号"] for row in rows}
        assert certificate.photo_id == candidate.photo_id is not None
        assert {e.tag for e in timeline_of_candidate(candidate)} >= {
            "candidate:listed",
            "certificate:issued",
            "enrolment:registered",
        }
    assert not Enrolment.objects.filter(confirmed_at__isnull=True).exists()
    tags = {e.tag for e in timeline_of(here.batch, here.batch.case)}
    assert tags >= {
        "batch:opened",
        "upload:received",
        "upload:read",
        "upload:confirmed",
        "register:filled",
        "batch:submitted",
        "batch:approved",
    }
    assert [t["count"] for t in batch_totals(here.batch)] == [2, 3]

    certificates = Certificate.objects.filter(candidate__batch=here.batch)
    seal_certificates(certificates=certificates, by=here.city.sealer, at=APPROVAL)
    duties = open_duties(here.batch, here.city.sealer, APPROVAL)
    assert {d.due_on for d in duties} == {date(2019, 7, 19)}
    for duty in duties:
        fulfil_obligation(obligation=duty, by=here.clerk, at=APPROVAL, evidence="已办理")
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"graduated"}


def test_no_id_number_reaches_ledger_or_job(settings) -> None:
    here = filled(setting())
    numbers = [row["身份证号"] for row in rows_of()]
    texts = str(list(Event.objects.values())) + str(list(uploads_of(here.batch, "graduates").values()))
    for intake in uploads_of(here.batch, "graduates").all():
        texts += str(intake.job.arguments) + str(intake.job.result) + str(list(intake.findings.values()))
    assert not [n for n in numbers if n in texts]


@pytest.mark.requirement("S1-08")
def test_second_confirm_submit_and_approve_change_nothing() -> None:
    here = filled(setting())
    events = Event.objects.count()
    with pytest.raises(Conflict):
        confirm_upload(upload=uploads_of(here.batch, "graduates").get(), by=here.clerk, at=APPROVAL)
    assert Event.objects.count() == events
    step = at_the_city(here)
    with pytest.raises(Conflict, match="不能提交"):
        submit_batch(batch=here.batch, by=here.clerk, at=APPROVAL)
    decide(here.batch.case, here.city)
    events, certificates = Event.objects.count(), Certificate.objects.count()
    for officer in (here.city.city_reviewer, here.city.second_city_reviewer):
        with pytest.raises(AlreadyDecided):
            decide_step(step=step, verdict="approve", by=officer, at=APPROVAL)
    assert (Event.objects.count(), Certificate.objects.count()) == (events, certificates)


def test_release_takes_as_many_queries_for_forty_as_for_four() -> None:
    counts, city = [], staffed_city()
    for number, school in ((4, city.county_school), (40, city.city_school)):
        here = filled(setting(city, school=school), rows_of(number, start=number * 10))
        at_the_city(here)
        with CaptureQueriesContext(connection) as queries:
            decide(here.batch.case, here.city)
        counts.append(len(queries))
        assert Candidate.objects.filter(batch=here.batch, state="approved").count() == number
    assert counts[1] <= counts[0] + 1
