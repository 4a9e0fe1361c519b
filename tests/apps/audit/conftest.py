"""A city in which everything came through actions: what the audit is silent about until somebody tampers with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from pytest_django import DjangoDbBlocker
from tests.factories.blanks import blank_library, province
from tests.factories.graduation import approved, current_step, decide, filled, rows_of, setting
from tests.factories.institutions import SchoolFactory, StaffedCity, appointed, staffed_city
from tests.factories.packs import use_library
from tests.factories.production import round_of
from tests.standing import Standing, standing

from xueji.cases.models import Case
from xueji.certificates.actions import void_by_case
from xueji.certificates.models import Certificate
from xueji.graduation.actions import mark_candidates, submit_batch
from xueji.institutions.actions import impose_sanction
from xueji.institutions.actions_particulars import amend_school
from xueji.institutions.models import Post
from xueji.ledger.sequencing import sequence_events
from xueji.production.actions import CopyReceived, lodge_archive_copies, seal_issue


@pytest.fixture(scope="module")
def standing_city(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory
) -> Iterator[Standing[None]]:
    """The city, built once for a file."""
    with standing(django_db_blocker, tmp_path_factory.mktemp("city"), _build) as built:
        yield built


@pytest.fixture
def city(standing_city: Standing[None], db, settings, tmp_path) -> None:
    """Two batches of three, the first sealed but for one diploma, the second with one voided, and some blanks: all by actions."""
    settings.MEDIA_ROOT = tmp_path
    standing_city.copied()


def _build() -> None:
    staff = staffed_city()
    batches = []
    for place in range(2):
        school = SchoolFactory(authority=staff.county)
        staff.county_school, staff.clerk = school, appointed(Post.SCHOOL_CLERK, school)
        staff.leader = appointed(Post.SCHOOL_LEADER, school)
        here = filled(setting(staff, school=school), rows_of(3, start=3 * place))
        batches.append(approved(here, at=datetime(2019, 7, 5, 1, tzinfo=UTC)))
    refused = Certificate.objects.filter(candidate__batch=batches[0]).order_by("-number__serial")[0]
    seal_issue(
        issue=batches[0].issue, round=round_of(batches[0]), diplomas_counted=3, refused={refused.pk: "照片不清"},
        sealed_by=staff.sealer, supervised_by=staff.seal_supervisor, at=datetime(2019, 7, 9, 1, tzinfo=UTC),
    )  # fmt: skip
    spoiled = Certificate.objects.filter(candidate__batch=batches[1]).order_by("number__serial")[0]
    void_by_case(
        certificate=spoiled, case=Case.objects.get(pk=batches[1].case_id), reason="姓名印错", by=staff.city_reviewer,
        at=datetime(2019, 7, 9, 2, tzinfo=UTC),
    )  # fmt: skip
    copies = [CopyReceived("city", "register", "2019-01")]
    lodge_archive_copies(
        issue=batches[0].issue, copies=copies, by=staff.seal_supervisor, at=datetime(2019, 7, 10, tzinfo=UTC)
    )
    _on_the_way(staff)
    with pytest.MonkeyPatch.context() as packs:
        use_library(packs, blank_library())
        province().received(1, 5)
    sequence_events()


def _on_the_way(staff: StaffedCity) -> None:
    """A third batch that lies with the county, one graduate marked; its school under deferral, renamed, with a new principal."""
    school, at = staff.city_school, datetime(2019, 7, 8, tzinfo=UTC)
    staff.county_school = SchoolFactory(authority=staff.county)
    staff.clerk = appointed(Post.SCHOOL_CLERK, staff.county_school)
    staff.leader = appointed(Post.SCHOOL_LEADER, staff.county_school)
    here = filled(setting(staff, school=staff.county_school), rows_of(2, start=6))
    submit_batch(batch=here.batch, by=staff.clerk, at=at)
    decide(here.batch.case, staff, at=at)
    marked = here.batch.candidates.order_by("ordinal").first()
    mark_candidates(step=current_step(here.batch.case), marks={marked.pk: "照片不符"}, by=staff.county_reviewer, at=at)
    impose_sanction(school=school, kind="sealing_deferred", reason="弄虚作假待查", by=staff.city_leader, at=at)
    amend_school(
        school=school, values={"name": "渭南市第九职业学校", "principal": "王校长"}, effective_on=date(2019, 7, 1),
        document_number="渭教〔2019〕9号", by=staff.administrator, at=at,
    )  # fmt: skip
