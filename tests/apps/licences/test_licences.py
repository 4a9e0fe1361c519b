"""Licences: sent as a table, checked, published by the province alone, version upon version; asked by the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, SchoolFactory, appointed
from tests.factories.licences import LicencePublicationFactory

from xueji.accounts.models import User
from xueji.core.errors import BadInput, NotFound, NotPermitted, RuleViolation
from xueji.core.intakes import Intake
from xueji.institutions.actions_particulars import amend_school
from xueji.institutions.models import Authority, Level, Post, School
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.licences.actions import publish_licences
from xueji.licences.columns import LicenceLine
from xueji.licences.kinds import LICENCES
from xueji.licences.models import LicencePublication
from xueji.licences.queries import (
    differences,
    in_force,
    licence_for,
    licences_for,
    licences_of_filing,
    licences_visible_to,
    publication_for,
    publications_visible_to,
)
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import Upload

pytestmark = pytest.mark.django_db
AT = datetime(2021, 7, 1, 1, tzinfo=UTC)
DAY = date(2021, 7, 1)
AUTUMN = Intake(2021, "autumn")
HEADER = "学校代码,学校名称,专业名称,学制,招生年份,招生季节,校区,招生计划"


@dataclass
class Province:
    """A province, a city below it, two schools that teach nursing; who publishes."""

    authority: Authority
    city: Authority
    school: School
    other: School
    reviewer: User


@pytest.fixture
def here() -> Province:
    province = AuthorityFactory(level=Level.PROVINCE, division_code="410000")
    city = AuthorityFactory(parent=province, division_code="410100")
    school, other = SchoolFactory(authority=city), SchoolFactory(authority=city)
    for place in (school, other):
        ProgrammeFactory(school=place, name="护理")
    return Province(province, city, school, other, appointed(Post.PROVINCE_REVIEWER, province))


def row(
    school: School, programme: str = "护理", quota: object = 40, *, years="3", year="2021", season="秋季", campus=""
):
    return f"{school.code},{school.name},{programme},{years},{year},{season},{campus},{quota}"


def sent(here: Province, *rows: str, at: datetime = AT) -> Upload:
    body = "\n".join([HEADER, *rows]).encode()
    made = receive_upload(
        kind="licences", subject=here.authority, workbook=("招生资质.csv", body), by=here.reviewer, at=at
    )
    run_pending_jobs()
    made.refresh_from_db()
    return made


def published(here: Province, *rows: str, at: datetime = AT) -> Upload:
    return confirm_upload(upload=sent(here, *rows, at=at), by=here.reviewer, at=at)


def line(
    school: School, programme: str = "护理", quota: int = 40, intake: Intake = AUTUMN, campus: str = ""
) -> LicenceLine:
    return LicenceLine(intake, school.code, school.name, programme, Decimal("3.0"), campus, quota)


def publish(here: Province, *lines: LicenceLine, at: datetime = AT, by=None):
    return publish_licences(authority=here.authority, lines=lines, by=by or here.reviewer, at=at)


# -- as a table


@pytest.mark.requirement("S2-13")
def test_a_table_is_published_once_confirmed_and_answers_from_then_on(here) -> None:
    upload = sent(here, row(here.school, quota=120, campus="东校区"), row(here.other, season="春季"))
    assert (upload.row_count, upload.error_count, upload.warning_count) == (2, 0, 0)
    assert not LicencePublication.objects.exists()
    confirm_upload(upload=upload, by=here.reviewer, at=AT)
    assert [(p.intake, p.version, p.upload) for p in LicencePublication.objects.order_by("season")] == [
        (AUTUMN, 1, upload), (Intake(2021, "spring"), 1, upload),
    ]  # fmt: skip
    found = licence_for(here.school, "护理", AUTUMN, DAY)
    assert found is not None
    assert (found.quota, found.campus, found.publication.version) == (120, "东校区", 1)
    assert licence_for(here.other, "护理", AUTUMN, DAY) is None  # only in spring
    assert licence_for(here.other, "护理", Intake(2021, "spring"), DAY) is not None
    assert licence_for(here.school, "机电", AUTUMN, DAY) is None
    assert licence_for(here.school, "护理", AUTUMN, DAY - timedelta(days=1)) is None  # not yet published
    assert licence_for(here.school, "护理", AUTUMN, DAY, campus="西校区") is None
    assert licence_for(here.school, "护理", AUTUMN, DAY, duration_years=Decimal(2)) is None
    event = Event.objects.get(tag="licence:published", subject_id=str(found.publication_id))
    assert event.after == {"行数": 1, "招生计划": 120, "代替": "无"}


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"year": "21"}, "招生年份"), ({"season": "夏季"}, "招生季节"), ({"quota": "-1"}, "招生计划"),
        ({"quota": "许多"}, "招生计划"), ({"quota": 100_001}, "招生计划"), ({"years": "6.5"}, "学制"),
        ({"years": "0.5"}, "学制"), ({"programme": ""}, "专业名称"), ({"year": "1979"}, "招生年份"),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_cell_and_nothing_is_published(here, cells, column) -> None:
    upload = sent(here, row(here.other), row(here.school, **cells))
    assert {(found.row, found.column) for found in upload.findings.filter(severity="error")} == {(3, column)}
    with pytest.raises(RuleViolation):
        confirm_upload(upload=upload, by=here.reviewer, at=AT)
    assert not LicencePublication.objects.exists()


@pytest.mark.parametrize("cells", [{"quota": 100_000}, {"quota": 0}, {"years": "6"}, {"years": "1"}, {"year": "1980"}])
def test_the_last_value_that_is_taken(here, cells) -> None:
    assert sent(here, row(here.school, **cells)).error_count == 0


def test_the_same_line_twice_is_refused_and_another_campus_is_another_line(here) -> None:
    upload = sent(here, row(here.school), row(here.school, campus="东校区"), row(here.school, quota=1))
    (finding,) = upload.findings.filter(severity="error")
    assert (finding.row, "与第 2 行重复" in finding.message) == (4, True)


def test_what_is_not_registered_is_a_warning(here) -> None:
    amend_school(
        school=here.other, values={"name": "改名后的学校"}, effective_on=date(2021, 6, 1), document_number="x",
        by=appointed(Post.ADMINISTRATOR, here.authority), at=AT,
    )  # fmt: skip
    unknown = SchoolFactory.build(code="3600000000", name="没有的学校")
    upload = sent(here, row(unknown), row(here.other), row(here.school, "机电"))
    assert {(found.row, found.column, found.severity) for found in upload.findings.all()} == {
        (2, "学校代码", "warning"), (3, "学校名称", "warning"), (4, "专业名称", "warning"),
    }  # fmt: skip
    assert confirm_upload(upload=upload, by=here.reviewer, at=AT).row_count == 3


def test_rows_say_how_they_differ_from_what_is_in_force(here) -> None:
    published(here, row(here.school), row(here.other), row(here.school, "机电"))
    upload = sent(here, row(here.school), row(here.other, quota=41), row(here.other, "机电"), at=AT + timedelta(days=1))
    changes = {(found.row_number, found.change) for found in upload.rows.all()}
    assert changes == {(2, "same"), (3, "changed"), (4, "new"), (0, "removed")}
    assert upload.row_count == 3


# -- versions


@pytest.mark.requirement("S2-13")
def test_the_newest_version_by_the_day_is_the_one_that_holds_and_older_ones_stay(here) -> None:
    publish(here, line(here.school), line(here.other))
    later = AT + timedelta(days=10)
    publish(here, line(here.school, quota=60), at=later)
    days = (DAY - timedelta(days=1), DAY, DAY + timedelta(days=9), DAY + timedelta(days=10))
    found = [licence_for(here.school, "护理", AUTUMN, day) for day in days]
    assert [licence.quota if licence else None for licence in found] == [None, 40, 40, 60]
    assert licence_for(here.other, "护理", AUTUMN, days[2]) is not None
    assert licence_for(here.other, "护理", AUTUMN, days[3]) is None  # no longer in the newest
    newest, first = publications_visible_to(here.reviewer)
    assert [(p.version, p.lines_n, p.schools_n, p.quota_n) for p in (newest, first)] == [(2, 1, 1, 60), (1, 2, 2, 80)]
    assert [
        (d.word, d.line.school_code, d.before, d.after) for d in differences(here.reviewer, newest) or []
    ] == sorted(
        [("changed", here.school.code, 40, 60), ("gone", here.other.code, 40, None)], key=lambda entry: entry[1]
    )
    assert differences(here.reviewer, first) is None


def test_another_season_replaces_nothing_and_the_same_lines_make_no_version(here) -> None:
    publish(here, line(here.school))
    publish(here, line(here.school, intake=Intake(2021, "spring")), line(here.school, intake=Intake(2022, "autumn")))
    assert in_force(DAY).count() == 3
    assert publish(here, line(here.school), at=AT + timedelta(days=1)) == []
    assert LicencePublication.objects.count() == 3


@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET id = id"])
@pytest.mark.parametrize("table", ["licences_publishedlicence", "licences_licencepublication"])
def test_what_was_published_is_not_rewritten(here, table, statement) -> None:
    publish(here, line(here.school))
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))


def test_the_statements_do_not_grow_with_the_students(here) -> None:
    schools = [here.school, here.other, *(SchoolFactory(authority=here.city) for _ in range(4))]
    publish(here, *(line(school, programme) for school in schools for programme in ("护理", "机电")))
    wanted = [(school.pk, programme, AUTUMN) for school in schools for programme in ("护理", "机电", "烹饪")]
    with CaptureQueriesContext(connection) as few:
        licences_for(wanted[:1], DAY)
    with CaptureQueriesContext(connection) as many:
        found = licences_for(wanted * 50, DAY)
    assert (len(few), len(many)) == (2, 2)
    assert {key[1] for key, lines in found.items() if lines} == {"护理", "机电"}


def test_a_school_with_another_code_keeps_its_licence(here) -> None:
    publish(here, line(here.school))
    amend_school(
        school=here.school, values={"code": "3698765432"}, effective_on=date(2021, 6, 1), document_number="x",
        by=appointed(Post.ADMINISTRATOR, here.authority), at=AT,
    )  # fmt: skip
    here.school.refresh_from_db()
    assert licence_for(here.school, "护理", AUTUMN, DAY) is not None
    licences = licences_of_filing(here.school, DAY)
    assert licences is not None
    assert licences.allows("护理", AUTUMN)


def test_a_file_of_new_students_is_compared_with_what_is_in_force(here) -> None:
    assert licences_of_filing(here.school, DAY) is None
    publish(here, line(here.school), line(here.other, "机电"))
    licences = licences_of_filing(here.school, DAY)
    assert licences is not None
    assert (licences.allows("护理", AUTUMN), licences.allows("机电", AUTUMN)) == (True, False)
    assert (licences.knows("机电"), licences.knows("烹饪")) == (True, False)


# -- by whom, for whom


@pytest.mark.requirement("S2-13")
@pytest.mark.parametrize("post", [Post.PROVINCE_LEADER, Post.ADMINISTRATOR, Post.AUDITOR])
def test_only_the_post_of_the_province_publishes(here, post) -> None:
    other = AuthorityFactory(level=Level.PROVINCE, division_code="620000")
    for person in (
        appointed(post, here.authority), appointed(Post.CITY_REVIEWER, here.city), appointed(Post.PROVINCE_REVIEWER, other),
        appointed(Post.SCHOOL_CLERK, here.school),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            publish(here, line(here.school), by=person)
        with pytest.raises(NotPermitted):
            receive_upload(
                kind="licences", subject=here.authority, workbook=("a.csv", HEADER.encode()), by=person, at=AT
            )
        with pytest.raises(NotFound):
            LICENCES.subject.find(person, here.authority.pk)


def test_the_database_takes_publications_of_provinces_alone(here) -> None:
    with pytest.raises(IntegrityError, match="only a province publishes"), transaction.atomic():
        LicencePublicationFactory(authority=here.city)


def test_nothing_is_no_publication(here) -> None:
    with pytest.raises(BadInput, match="没有一行"):
        publish(here)
    upload = sent(here)
    assert upload.row_count == 0
    with pytest.raises(RuleViolation):
        confirm_upload(upload=upload, by=here.reviewer, at=AT)


def test_a_school_sees_its_own_lines_an_office_those_of_its_schools(here) -> None:
    city = AuthorityFactory(parent=here.authority, division_code="410200")
    elsewhere = SchoolFactory(authority=city)
    (publication,) = publish(here, line(here.school), line(here.other), line(elsewhere))
    people = {
        appointed(Post.SCHOOL_CLERK, here.school): {here.school.code},
        appointed(Post.CITY_REVIEWER, here.city): {here.school.code, here.other.code},
        appointed(Post.CITY_REVIEWER, city): {elsewhere.code},
        here.reviewer: {here.school.code, here.other.code, elsewhere.code},
    }  # fmt: skip
    for person, codes in people.items():
        assert publication_for(person, publication.pk) == publication
        assert set(licences_visible_to(person, publication).values_list("school_code", flat=True)) == codes
    stranger = appointed(Post.PROVINCE_REVIEWER, AuthorityFactory(level=Level.PROVINCE, division_code="620000"))
    with pytest.raises(NotFound):
        publication_for(stranger, publication.pk)
