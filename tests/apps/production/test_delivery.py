"""Central printing, parcels, steel seal, hand-out, the list kept for good; what is withheld and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from tests.factories.institutions import staffed_city
from tests.factories.jurisdictions import FUJIAN, HENAN, Jurisdiction, certify, jurisdiction
from tests.factories.packs import item, variant
from tests.factories.production import SEALING_DAY, approved_batch, round_of

from xueji.certificates.models import Certificate, CertificateState
from xueji.certificates.stages import done_stages
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.facts import HandOutFacts
from xueji.core.findings import Severity
from xueji.core.rules import check_hand_out
from xueji.graduation.models import Candidate
from xueji.jobs.models import Job, JobState
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.production.actions import (
    CopyReceived,
    Receiver,
    Tray,
    confirm_sheets,
    correct_hand_out,
    emboss_diplomas,
    find_missing,
    hand_out,
    load_print_run,
    lodge_archive_copies,
    receive_parcel,
    request_print,
    seal_issue,
    send_parcel,
)
from xueji.production.archive import copies_due
from xueji.production.form_data import certificates_of, in_paper_order, to_send
from xueji.production.models import HandOut, ParcelItem
from xueji.production.withholding import is_held_back, withheld
from xueji.sealing.rows import store_signed

pytestmark = pytest.mark.django_db
AT = datetime(2021, 6, 15, 1, tzinfo=UTC)
TOO_EARLY = datetime(2021, 6, 10, 15, 59, tzinfo=UTC)
OVERLAY = "diploma_overlay.overlay"


@pytest.fixture
def henan() -> Jurisdiction:
    return jurisdiction(HENAN)


def ids(place: Jurisdiction) -> list[object]:
    return list(certificates_of(place.batch.issue).values_list("pk", flat=True))


def numbers(place: Jurisdiction) -> list[str]:
    """Return the numbers in the order in which the paper lies."""
    issue = place.batch.issue
    return list(in_paper_order(certificates_of(issue), issue.law).values_list("number__number", flat=True))


def printed(place: Jurisdiction):
    tray = Tray(OVERLAY, place.calibrated(place.province))
    run = load_print_run(issue=place.batch.issue, tray=tray, by=place.printer, at=AT)
    run_pending_jobs()
    assert Job.objects.get(pk=run.job_id).state == JobState.DONE, Job.objects.get(pk=run.job_id).error
    confirm_sheets(run=run, first=1, last=run.sheet_count, by=place.printer, at=AT)
    return run


def received(place: Jurisdiction) -> None:
    printed(place)
    parcel = send_parcel(issue=place.batch.issue, count=3, carrier="机要", by=place.printer, at=AT)
    receive_parcel(parcel=parcel, counted=3, by=place.clerk, at=AT)


@pytest.mark.requirement("S2-32")
def test_the_province_prints_from_its_day_on(henan):
    printer = henan.calibrated(henan.province)
    with pytest.raises(RuleViolation) as refused:
        load_print_run(issue=henan.batch.issue, tray=Tray(OVERLAY, printer), by=henan.printer, at=TOO_EARLY)
    assert refused.value.findings[0].rule == "print.central_from"
    assert {cite.clause for cite in refused.value.findings[0].cites} == {"第十七条"}
    run = load_print_run(issue=henan.batch.issue, tray=Tray(OVERLAY, printer), by=henan.printer, at=AT)
    assert run.sheet_count == 3


@pytest.mark.requirement("S2-35")
def test_parcels_are_counted_and_what_is_missing_is_named(henan):
    printed(henan)
    assert "print" in done_stages(henan.batch.issue)
    first = send_parcel(issue=henan.batch.issue, count=2, by=henan.printer, at=AT)
    second = send_parcel(issue=henan.batch.issue, count=1, by=henan.printer, at=AT)
    assert (first.first_number, first.last_number, second.first_number) == tuple(numbers(henan))
    assert not to_send(henan.batch.issue).exists()
    with pytest.raises(BadInput, match="对不上"):
        receive_parcel(parcel=first, counted=1, by=henan.clerk, at=AT)
    gone = numbers(henan)[1]
    receive_parcel(parcel=first, counted=1, troubles={gone: "missing"}, by=henan.clerk, at=AT)
    receive_parcel(parcel=second, counted=1, by=henan.clerk, at=AT)
    with pytest.raises(Conflict, match="接收"):
        receive_parcel(parcel=second, counted=1, by=henan.clerk, at=AT)
    assert "dispatch" not in done_stages(henan.batch.issue)
    with pytest.raises(RuleViolation):
        emboss_diplomas(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT)
    item = ParcelItem.objects.get(state="missing")
    find_missing(parcel=first, certificates=[item.certificate_id], by=henan.clerk, at=AT)
    assert "dispatch" in done_stages(henan.batch.issue)


def test_nothing_is_sent_before_it_is_printed(henan):
    with pytest.raises(RuleViolation) as refused:
        send_parcel(issue=henan.batch.issue, count=1, by=henan.printer, at=AT)
    assert refused.value.findings[0].rule == "process.dispatch.after.print"
    with pytest.raises(NotPermitted):
        send_parcel(issue=henan.batch.issue, count=1, by=henan.clerk, at=AT)


@pytest.mark.requirement("S2-35")
def test_photograph_and_steel_seal_make_a_diploma_valid_where_nobody_else_seals(henan):
    received(henan)
    assert set(certificates_of(henan.batch.issue).values_list("state", flat=True)) == {CertificateState.ISSUED}
    with pytest.raises(RuleViolation):
        hand_out(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT)
    assert emboss_diplomas(issue=henan.batch.issue, certificates=ids(henan)[:2], by=henan.clerk, at=AT) == 2
    assert emboss_diplomas(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT) == 1
    with pytest.raises(Conflict):
        emboss_diplomas(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT)
    assert set(certificates_of(henan.batch.issue).values_list("state", flat=True)) == {CertificateState.SEALED}
    report = hand_out(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT)
    assert len(report.handed) == 3
    assert {"emboss", "hand_out"} <= done_stages(henan.batch.issue)


@pytest.mark.requirement("S2-35")
def test_a_hand_out_is_not_taken_back_but_corrected(henan):
    received(henan)
    emboss_diplomas(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT)
    certificate_id = ids(henan)[0]
    with pytest.raises(BadInput, match="代领"):
        Receiver("李亲属", is_proxy=True)
    proxy = Receiver("李亲属", is_proxy=True, document="委托书，身份证 11010519491231002X")
    with pytest.raises(BadInput, match="一次一本"):
        hand_out(issue=henan.batch.issue, certificates=ids(henan), receiver=proxy, by=henan.clerk, at=AT)
    entry = hand_out(
        issue=henan.batch.issue, certificates=[certificate_id], receiver=proxy, by=henan.clerk, at=AT
    ).handed[0]
    assert "19491231" not in entry.proxy_document
    again = hand_out(issue=henan.batch.issue, certificates=[certificate_id], by=henan.clerk, at=AT)
    assert (again.handed, [c.pk for c in again.already]) == ((), [certificate_id])
    newer = correct_hand_out(
        entry=entry, receiver=Receiver(), on=date(2021, 6, 14), reason="误记为代领", by=henan.clerk, at=AT
    )
    assert (newer.received_by_name, newer.corrects_id) == (entry.certificate.holder_name, entry.pk)
    with pytest.raises(Conflict, match="更正过"):
        correct_hand_out(entry=entry, receiver=Receiver(), on=date(2021, 6, 14), reason="再改", by=henan.clerk, at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        HandOut.objects.filter(pk=entry.pk).delete()
    assert Event.objects.filter(tag="hand_out:corrected").count() == 1


def test_nobody_took_a_diploma_before_it_was_issued_or_after_today(henan):
    received(henan)
    emboss_diplomas(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT)
    issued = certificates_of(henan.batch.issue)[0].issue_date
    handing = {"issue": henan.batch.issue, "certificates": ids(henan)[:1], "by": henan.clerk, "at": AT}
    with pytest.raises(BadInput, match=f"早于证书 .+ 的发证日期 {issued}"):
        hand_out(**handing, on=issued - timedelta(days=1))
    for slip in (date(1, 1, 1), date(9999, 12, 31)):
        with pytest.raises(BadInput, match="领取日期应在 2000-01-01 至"):
            hand_out(**handing, on=slip)
    entry = hand_out(**handing, on=issued).handed[0]
    fixing = {"entry": entry, "receiver": Receiver(), "reason": "误记", "by": henan.clerk, "at": AT}
    with pytest.raises(BadInput, match="发证日期"):
        correct_hand_out(**fixing, on=issued - timedelta(days=1))
    with pytest.raises(BadInput, match="之间"):
        correct_hand_out(**fixing, on=date(9999, 12, 31))
    assert correct_hand_out(**fixing, on=issued).handed_on == issued


@pytest.mark.requirement("S2-35", "S3-22")
def test_a_hand_out_is_corrected_also_after_the_diploma_was_replaced(henan):
    received(henan)
    emboss_diplomas(issue=henan.batch.issue, certificates=ids(henan), by=henan.clerk, at=AT)
    entry = hand_out(issue=henan.batch.issue, certificates=ids(henan)[:1], by=henan.clerk, at=AT).handed[0]
    Candidate.objects.filter(certificate=entry.certificate).update(certificate=None)  # as its successor leaves it
    entry = HandOut.objects.get(pk=entry.pk)
    newer = correct_hand_out(
        entry=entry, receiver=Receiver("王代"), on=date(2021, 6, 14), reason="误记", by=henan.clerk, at=AT
    )
    assert newer.received_by_name == "王代"
    client = Client()
    client.force_login(henan.clerk, backend="xueji.accounts.backends.Accounts")
    assert "王代" in client.get(reverse("school:hand_out_entry", args=[newer.pk])).text


@pytest.mark.requirement("S2-37")
def test_the_list_of_graduates_is_printed_and_kept_for_good(henan, monkeypatch):
    run = request_print(issue=henan.batch.issue, document="graduate_list", by=henan.clerk, at=AT)
    run_pending_jobs()
    run.refresh_from_db()
    assert run.file_id, Job.objects.get(pk=run.job_id).error
    assert [(copy.keeper, copy.document) for copy in copies_due(henan.batch.issue)] == [
        ("school", copy.document) for copy in copies_due(henan.batch.issue)
    ]
    with pytest.raises(RuleViolation):
        lodge_archive_copies(
            issue=henan.batch.issue, copies=[CopyReceived("school", "graduate_list", "永久-1")], by=henan.clerk, at=AT
        )
    monkeypatch.setattr("xueji.production.actions.archive.require_stage", lambda batch, stage: None)
    copies = [CopyReceived(copy.keeper, copy.document, "永久-1") for copy in copies_due(henan.batch.issue)]
    lodge_archive_copies(issue=henan.batch.issue, copies=copies, by=henan.clerk, at=AT)
    assert "archive" in done_stages(henan.batch.issue)


@pytest.mark.requirement("S3-10")
def test_who_has_no_vocational_certificate_gets_no_diploma_yet(monkeypatch):
    place = jurisdiction(FUJIAN)
    monkeypatch.setattr("xueji.production.actions.delivery.require_stage", lambda batch, stage: None)
    store_signed(Certificate.objects.filter(candidate__batch=place.batch), state="sealed", sealed_at=AT)
    certify(place.batch, 0)
    report = hand_out(issue=place.batch.issue, certificates=ids(place), by=place.clerk, at=AT)
    assert [hand_out.certificate_id for hand_out in report.handed] == [
        place.batch.candidates.get(ordinal=1).certificate_id
    ]
    assert len(report.withheld) == 2
    found = report.withheld[0][1][0]
    assert found.rule == "hand_out.vocational_certificate_held"
    assert found.cites
    certify(place.batch, 1, "职-2", level="初级")  # below the graduate's own level
    lower = hand_out(issue=place.batch.issue, certificates=ids(place), by=place.clerk, at=AT)
    assert (len(lower.handed), len(lower.withheld)) == (0, 2)
    certify(place.batch, 1, "职-3")
    again = hand_out(issue=place.batch.issue, certificates=ids(place), by=place.clerk, at=AT)
    assert (len(again.handed), len(again.withheld), len(again.already)) == (1, 1, 1)


def test_nobody_took_a_diploma_before_the_authority_sealed_it():
    staff = staffed_city()
    batch = approved_batch(staff, count=2)  # issued on the 5th, sealed on the 9th
    seal_issue(
        issue=batch.issue, round=round_of(batch), diplomas_counted=2, refused={}, sealed_by=staff.sealer,
        supervised_by=staff.seal_supervisor, at=SEALING_DAY,
    )  # fmt: skip
    batch.refresh_from_db()
    later = SEALING_DAY + timedelta(days=3)
    handing = {
        "issue": batch.issue,
        "certificates": [certificate.pk for certificate in certificates_of(batch.issue)],
        "by": staff.clerk,
        "at": later,
    }
    for slip in (date(2000, 1, 1), date(2019, 7, 4), date(2019, 7, 8)):
        with pytest.raises(BadInput, match="早于证书"):
            hand_out(**handing, on=slip)
    entry = hand_out(**handing, on=date(2019, 7, 9)).handed[0]
    with pytest.raises(BadInput, match="验印日期 2019-07-09"):
        correct_hand_out(entry=entry, receiver=Receiver(), on=date(2019, 7, 8), reason="误记", by=staff.clerk, at=later)


@pytest.mark.requirement("S3-10")
@pytest.mark.parametrize(("severity", "barred"), [(Severity.ERROR, 3), (Severity.WARNING, 0)])
def test_a_warning_is_told_and_withholds_no_diploma(severity, barred):
    """The same rule of the same pack, switched on as an error and as a doubt."""
    place = jurisdiction(FUJIAN)
    view, found = place.batch.law, list(certificates_of(place.batch.issue))
    (switch,) = view.rules("hand_out")
    softened = variant(item("rule", switch.rule, replace(switch, severity=severity)), base=view.pack.id).on(view.day)
    assert [finding.severity for finding in check_hand_out(HandOutFacts(found[0].holder_name, "", ()), softened)] == [
        severity
    ]
    assert len(withheld(place.batch.issue, found, softened)) == barred
    assert is_held_back(found[0], softened) is bool(barred)
