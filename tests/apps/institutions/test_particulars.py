"""Names, principals, programmes: changed with a day and a document, kept on record, taken back while nobody uses them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.factories.institutions import (
    PlannedPrincipalFactory,
    ProgrammeFactory,
    SchoolFactory,
    StaffedCity,
    staffed_city,
)
from tests.factories.registry import EnrolmentFactory

from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.actions import add_programme
from xueji.institutions.actions_closing import take_up_principals
from xueji.institutions.actions_particulars import (
    amend_authority,
    amend_programme,
    amend_school,
    close_programme,
    remove_authority,
    remove_programme,
    remove_school,
    reopen_programme,
)
from xueji.institutions.models import Amendment, Authority, Programme, School
from xueji.institutions.queries.area import amendments_of, programmes_of, school_levels, schools_lacking
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)  # 2 March, one in the morning, in China
TODAY = date(2026, 3, 2)


@pytest.fixture
def people() -> StaffedCity:
    return staffed_city()


def amend(people: StaffedCity, school: School, *, on: date = TODAY, document: str = "任〔2026〕3号", by=None, **values):
    return amend_school(
        school=school, values=values, effective_on=on, document_number=document, by=by or people.administrator, at=AT
    )


def test_a_new_principal_stands_from_their_day_and_the_old_one_stays_on_record(people: StaffedCity) -> None:
    school = people.county_school
    made = amend(people, school, on=date(2026, 2, 20), principal="新校长", name=school.name)
    school.refresh_from_db()
    assert school.principal == "新校长"
    assert [(a.field, a.before, a.after, a.effective_on) for a in made] == [
        ("principal", "校长甲", "新校长", date(2026, 2, 20))
    ]
    assert list(amendments_of(school)) == made
    event = Event.objects.latest("id")
    assert (event.tag, event.before, event.note) == ("school:amended", {"校长": "校长甲"}, "任〔2026〕3号")


def test_the_day_the_document_and_the_change_are_all_needed(people: StaffedCity) -> None:
    school = people.county_school
    amend(people, school, on=TODAY, principal="当日校长")  # the legal day is China's, not UTC's
    for wrong, message in (
        ({"on": date(2026, 3, 3), "principal": "明日校长"}, "不能晚于今天"),
        ({"document": " ", "principal": "无文号"}, "依据"),
        ({"principal": "当日校长"}, "没有改动"),
        ({"ordinal": "甲"}, "数字"),
    ):
        with pytest.raises(BadInput, match=message):
            amend(people, school, **wrong)


def test_a_name_of_another_school_and_a_school_of_another_area_are_refused(people: StaffedCity) -> None:
    with pytest.raises(Conflict, match="另一单位"):
        amend(people, people.county_school, name=people.city_school.name)
    elsewhere = staffed_city(division_code="610300", county_code="610302")
    with pytest.raises(NotPermitted):
        amend(people, elsewhere.county_school, principal="外人")
    with pytest.raises(NotPermitted):
        amend(people, people.county_school, by=people.city_reviewer, principal="外人")
    with pytest.raises(NotPermitted):
        amend_authority(
            authority=elsewhere.county, values={"name": "改名"}, effective_on=TODAY, document_number="一",
            by=people.administrator, at=AT,
        )  # fmt: skip
    assert not Amendment.objects.exists()


def test_history_is_not_rewritten_even_in_the_database(people: StaffedCity) -> None:
    made = amend(people, people.county_school, principal="新校长")[0]
    for change in (
        lambda: Amendment.objects.filter(pk=made.pk).update(before="别人"),
        lambda: Amendment.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_authority_is_renamed_and_keeps_its_place(people: StaffedCity) -> None:
    amend_authority(
        authority=people.county, values={"name": "新区教育局", "short_name": "新区"}, effective_on=TODAY,
        document_number="编〔2026〕1号", by=people.administrator, at=AT,
    )  # fmt: skip
    renamed = Authority.objects.get(pk=people.county.pk)
    assert (renamed.name, renamed.path) == ("新区教育局", people.county.path)
    assert Event.objects.latest("id").tag == "authority:amended"


def test_a_programme_is_mended_while_nobody_studies_it_then_only_closed(people: StaffedCity) -> None:
    programme = ProgrammeFactory(school=people.county_school, name="护里")
    given = {"code": "720201", "name": "护理", "duration_years": Decimal(3), "education_level": "中等职业教育"}
    amend_programme(programme=programme, by=people.administrator, at=AT, **given)
    assert Programme.objects.get(pk=programme.pk).name == "护理"
    EnrolmentFactory(school=people.county_school, programme=programme)
    with pytest.raises(Conflict, match="已有学生"):
        amend_programme(programme=programme, by=people.administrator, at=AT, **given | {"name": "助产"})
    with pytest.raises(Conflict, match="不能删除"):
        remove_programme(programme=programme, by=people.administrator, at=AT)
    close_programme(programme=programme, closed_on=TODAY, by=people.administrator, at=AT)
    assert programmes_of(people.county_school).get().closed_on == TODAY
    with pytest.raises(Conflict, match="已经停止"):
        close_programme(programme=programme, closed_on=TODAY, by=people.administrator, at=AT)
    reopen_programme(programme=programme, by=people.administrator, at=AT)
    assert programmes_of(people.county_school).get().closed_on is None


def test_what_was_entered_by_mistake_goes_what_is_used_stays(people: StaffedCity) -> None:
    school = SchoolFactory(authority=people.county)
    ProgrammeFactory(school=school)
    remove_school(school=school, by=people.administrator, at=AT)
    assert not School.objects.filter(pk=school.pk).exists()
    for thing, remove in ((people.county_school, remove_school), (people.county, remove_authority)):
        events = Event.objects.count()
        with pytest.raises(Conflict, match="不能删除"):
            remove(
                **{"school" if thing == people.county_school else "authority": thing}, by=people.administrator, at=AT
            )
        assert type(thing).objects.filter(pk=thing.pk).exists()
        assert Event.objects.count() == events


def test_kinds_of_school_are_asked_for_only_where_the_law_tells_them_apart(people: StaffedCity) -> None:
    technicians = staffed_city(division_code="350500", county_code="350502", line="hrss")
    assert "技师学院" in school_levels(technicians.county, TODAY)
    assert school_levels(people.county, TODAY) == ()


def test_what_a_school_cannot_work_without_is_named(people: StaffedCity) -> None:
    ProgrammeFactory(school=people.county_school)
    bare = SchoolFactory(authority=people.county)
    SchoolFactory()  # of another city

    def lacking(lack: str) -> set[School]:
        return set(schools_lacking(people.administrator, lack, TODAY))

    assert lacking("clerk") == lacking("leader") == {bare}
    assert lacking("programmes") == {bare, people.city_school}
    with pytest.raises(NotFound):
        lacking("principal")


def test_an_older_change_does_not_become_the_present_name(people: StaffedCity) -> None:
    """Entered on 2 March: the name of the 20th of February must not overwrite that of the 28th."""
    school = people.county_school
    amend(people, school, on=date(2026, 2, 28), document="更〔2026〕9号", name="新名职业学校")
    with pytest.raises(
        BadInput, match=r"学校名称已自 2026-02-28 起改为「新名职业学校」（更〔2026〕9号）.*2026-02-20 早于它"
    ):
        amend(people, school, on=date(2026, 2, 20), name="旧名职业学校")
    school.refresh_from_db()
    assert school.name == "新名职业学校"
    amend(people, school, on=date(2026, 2, 20), principal="李校长")  # another field has a history of its own
    amend(people, school, on=date(2026, 2, 28), name="更正职业学校")  # the same day corrects
    with pytest.raises(BadInput, match="名称已自 2026-02-28"):
        by = {"document_number": "更〔2026〕8号", "by": people.administrator, "at": AT}
        amend_authority(authority=people.county, values={"name": "新区教育局"}, effective_on=date(2026, 2, 28), **by)
        amend_authority(authority=people.county, values={"name": "旧区教育局"}, effective_on=date(2026, 2, 20), **by)


def test_a_principal_entered_ahead_does_not_overwrite_a_newer_one(people: StaffedCity) -> None:
    """Due on 20 February and not taken up by the clock yet, when that of the 28th is entered."""
    school = people.county_school
    PlannedPrincipalFactory(school=school, principal="郑先任", effective_on=date(2026, 2, 20))
    amend(people, school, on=date(2026, 2, 28), principal="李后任")
    take_up_principals(at=AT)
    school.refresh_from_db()
    assert school.principal == "李后任"
    assert [row.after for row in amendments_of(school)] == ["李后任", "郑先任"]


def test_a_programme_says_of_which_years_catalogue_its_code_is(people) -> None:
    ground = {"by": people.administrator, "at": AT}
    programme = add_programme(
        school=people.county_school,
        code="730101",
        name="中餐烹饪",
        duration_years=Decimal(3),
        catalogue_year=2021,
        **ground,
    )
    assert Event.objects.get(subject_id=str(programme.pk), tag="programme:registered").after["专业目录年份"] == 2021
    amended = amend_programme(
        programme=programme, code="740201", name="中餐烹饪", duration_years=Decimal(3), education_level="中等职业教育",
        catalogue_year=2010, **ground,
    )  # fmt: skip
    assert amended.catalogue_year == 2010
    with pytest.raises(IntegrityError), transaction.atomic():
        Programme.objects.filter(pk=programme.pk).update(catalogue_year=1979)
