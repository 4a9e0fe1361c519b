"""A school over the years: founded, merged, split, closed; what it was called on a day, who keeps its files, codes never given twice."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.factories.institutions import ProgrammeFactory, SchoolFactory, StaffedCity, SuccessionFactory, staffed_city

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions import kinds
from xueji.institutions.actions import register_school
from xueji.institutions.actions_closing import close_school, reopen_school
from xueji.institutions.actions_particulars import amend_school, remove_school
from xueji.institutions.actions_succession import (
    Part,
    merge_schools,
    name_custodian,
    record_founding,
    split_school,
    withdraw_succession,
)
from xueji.institutions.kinds import Movable, register_movable
from xueji.institutions.models import School, Succession, UsedSchoolCode
from xueji.institutions.queries import schools_visible_to
from xueji.institutions.queries.succession import (
    custodian_of,
    kept_by_offices_of,
    school_name_on,
    school_names_on,
    serves_files_of,
    successor_of,
    successors_of,
    timeline_of,
)
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db
AT = datetime(2022, 7, 1, 1, tzinfo=UTC)
DOCUMENT = "教函〔2022〕5号"
MERGED_ON = date(2022, 6, 1)


@pytest.fixture
def people() -> StaffedCity:
    return staffed_city("610500", "610502")


def merge(people, schools, into, *, on: date = MERGED_ON, by=None, document: str = DOCUMENT):
    return merge_schools(
        schools=schools, into=into, effective_on=on, document_number=document, by=by or people.administrator, at=AT
    )


def split(people, school, parts, *, custodian=None, on: date = MERGED_ON):
    return split_school(
        school=school, parts=parts, custodian=custodian, effective_on=on, document_number=DOCUMENT,
        by=people.administrator, at=AT,
    )  # fmt: skip


def rename(people, school, name: str, on: date):
    amend_school(
        school=school, values={"name": name}, effective_on=on, document_number=DOCUMENT, by=people.administrator, at=AT
    )
    school.refresh_from_db()


# -- names


def test_a_school_is_called_on_each_day_what_it_was_called_then(people) -> None:
    school, first = people.county_school, people.county_school.name
    rename(people, school, "第二个名称", date(2015, 9, 1))
    rename(people, school, "第三个名称", date(2020, 9, 1))
    days = (date(2015, 8, 31), date(2015, 9, 1), date(2020, 8, 31), date(2020, 9, 1))
    assert [school_name_on(school, day) for day in days] == [first, "第二个名称", "第二个名称", "第三个名称"]
    other = people.city_school
    assert school_names_on({school.pk: school.name, other.pk: other.name}, date(2016, 1, 1)) == {
        school.pk: "第二个名称", other.pk: other.name,
    }  # fmt: skip


# -- codes


@pytest.mark.requirement("S2-34")
def test_a_code_once_given_is_never_given_to_another_school(people) -> None:
    school, code = people.county_school, people.county_school.code
    amend_school(
        school=school, values={"code": "3699999999"}, effective_on=date(2020, 9, 1), document_number=DOCUMENT,
        by=people.administrator, at=AT,
    )  # fmt: skip
    merge(people, [school], people.city_school)
    for taken in (code, "3699999999"):
        with pytest.raises(Conflict, match=f"学校标识码 {taken} 已经登记"):
            register_school(name="新学校", code=taken, authority=people.city, by=people.administrator, at=AT)
    with pytest.raises(Conflict, match="名称或代码已被另一单位使用"):
        amend_school(
            school=people.city_school, values={"code": code}, effective_on=date(2022, 6, 2), document_number=DOCUMENT,
            by=people.administrator, at=AT,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="never given to another"), transaction.atomic():
        School.objects.filter(pk=people.city_school.pk).update(code=code)  # past the actions
    amend_school(
        school=school, values={"code": code}, effective_on=date(2022, 6, 2), document_number=DOCUMENT,
        by=people.administrator, at=AT,
    )  # fmt: skip
    school.refresh_from_db()
    assert school.code == code  # its own of before it may have again
    assert set(school.used_codes.values_list("code", flat=True)) == {code, "3699999999"}


def test_the_book_of_codes_is_not_rewritten_and_forgets_only_a_mistake(people) -> None:
    mistake = register_school(name="录错", code="3612345678", authority=people.city, by=people.administrator, at=AT)
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
        UsedSchoolCode.objects.filter(code="3612345678").delete()
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
        UsedSchoolCode.objects.filter(code="3612345678").update(school=people.city_school)
    remove_school(school=mistake, by=people.administrator, at=AT)
    again = register_school(name="重录", code="3612345678", authority=people.city, by=people.administrator, at=AT)
    assert UsedSchoolCode.objects.get(code="3612345678").school_id == again.pk


# -- mergers


@pytest.fixture
def moving(monkeypatch):
    """Return what an app was asked to move; it says that every programme has two students."""
    asked = []
    monkeypatch.setattr(kinds, "_kinds", {})
    count = lambda _school, programmes: 2 * len(list(programmes))  # noqa: E731  # a hook as an app registers it

    def move(handed, by, at):
        asked.append(handed)
        return 2 * len(handed.programmes)

    register_movable("registry", Movable("学籍", count, move, move, lambda _school: 0))
    return asked


@pytest.mark.requirement("S2-41")
def test_schools_that_merge_end_and_the_successor_teaches_their_programmes_and_keeps_their_files(
    people, moving
) -> None:
    into, second = people.city_school, SchoolFactory(authority=people.county)
    of_first = ProgrammeFactory(school=people.county_school, name="护理")
    ProgrammeFactory(school=second, name="护理")
    ProgrammeFactory(school=second, name="机电")
    rows = merge(people, [people.county_school, second], into)
    assert [(row.school, row.successor, row.handed_over) for row in rows] == [
        (people.county_school, into, 2), (second, into, 4),
    ]  # fmt: skip
    assert sorted(into.programmes.values_list("name", flat=True)) == ["护理", "机电"]  # once, though two bring it
    assert moving[0].takes(of_first.pk)
    assert moving[0].programmes[of_first.pk].school == into
    people.county_school.refresh_from_db()
    assert people.county_school.closed_on == MERGED_ON
    assert custodian_of(people.county_school, MERGED_ON) == into
    assert custodian_of(people.county_school, date(2022, 5, 31)) is None
    assert set(serves_files_of(into, MERGED_ON)) == {people.county_school, second}
    event = Event.objects.get(tag="school:merged", subject_id=str(second.pk))
    assert (event.after["并入"], event.after["学籍"]) == (into.name, 4)


@pytest.mark.requirement("S2-41")
def test_the_chain_leads_to_who_stands_in_its_place_on_each_day_and_files_go_along(people) -> None:
    first, second, third = people.county_school, people.city_school, SchoolFactory(authority=people.city)
    merge(people, [first], second, on=date(2010, 9, 1))
    merge(people, [second], third, on=date(2018, 9, 1))
    days = (date(2010, 8, 31), date(2010, 9, 1), date(2018, 8, 31), date(2018, 9, 1))
    assert [successor_of(first, day) for day in days] == [first, second, second, third]
    assert [custodian_of(first, day) for day in days] == [None, second, second, third]
    assert set(serves_files_of(third, date(2018, 9, 1))) == {first, second}
    assert list(serves_files_of(second, date(2018, 9, 1))) == []


@pytest.mark.parametrize("day", [date(2009, 9, 1), date(2010, 9, 1), date(2019, 9, 1)])
def test_no_circle_whatever_the_day(people, day) -> None:
    first, second = people.county_school, people.city_school
    merge(people, [first], second, on=date(2010, 9, 1))
    with pytest.raises(IntegrityError, match=r"ended has no later|only while it exists"), transaction.atomic():
        SuccessionFactory(
            school=second, kind="merged", successor=first, ends=True, effective_on=day
        )  # past the actions
    with pytest.raises(Conflict):
        merge(people, [second], first, on=day)


def test_a_school_that_ended_has_no_later_succession_and_takes_nobody_in(people) -> None:
    first, second, third = people.county_school, people.city_school, SchoolFactory(authority=people.city)
    merge(people, [first], second, on=date(2010, 9, 1))
    for kind, successor in (("split", third), ("closed", None), ("merged", third)):
        with pytest.raises(IntegrityError), transaction.atomic():
            SuccessionFactory(school=first, kind=kind, successor=successor, ends=True, effective_on=date(2012, 9, 1))
    with pytest.raises(Conflict, match="不能接收其他学校"):
        merge(people, [third], first, on=date(2012, 9, 1))
    with pytest.raises(Conflict, match="已登记自 2010-09-01 起停办"):
        close_school(school=first, closed_on=date(2012, 9, 1), document_number="x", by=people.administrator, at=AT)
    with pytest.raises(Conflict, match="不再更名"):
        amend_school(
            school=first, values={"name": "新名"}, effective_on=date(2012, 9, 1), document_number="x",
            by=people.administrator, at=AT,
        )  # fmt: skip


def test_a_school_succeeds_another_only_from_its_founding_on(people) -> None:
    record_founding(
        school=people.city_school, founded_on=date(2015, 9, 1), document_number=DOCUMENT, by=people.administrator, at=AT
    )
    with pytest.raises(Conflict, match="沿革与此不合"):
        merge(people, [people.county_school], people.city_school, on=date(2015, 8, 31))
    assert merge(people, [people.county_school], people.city_school, on=date(2015, 9, 1))
    with pytest.raises(Conflict, match="沿革与此不合"):  # a second time
        record_founding(
            school=people.city_school, founded_on=date(2014, 9, 1), document_number="x", by=people.administrator, at=AT
        )


@pytest.mark.parametrize(
    ("schools", "into", "message"),
    [((), "city_school", "请选择要并入的学校"), (("city_school",), "city_school", "不能是自己")],
)
def test_who_merges_into_what(people, schools, into, message) -> None:
    with pytest.raises(BadInput, match=message):
        merge(people, [getattr(people, name) for name in schools], getattr(people, into))


def test_only_who_administers_all_of_the_schools_merges_them(people) -> None:
    elsewhere = staffed_city("610400", "610402")
    with pytest.raises(NotPermitted):
        merge(people, [elsewhere.county_school], people.city_school)
    with pytest.raises(NotPermitted):
        merge(people, [people.county_school], people.city_school, by=people.city_leader)
    with pytest.raises(BadInput, match="请填写依据"):
        merge(people, [people.county_school], people.city_school, document=" ")


# -- splits


@pytest.mark.requirement("S2-41")
def test_a_split_leaves_every_programme_with_one_part_and_the_files_with_the_custodian(people, moving) -> None:
    parent = people.county_school
    nursing, machines = ProgrammeFactory(school=parent, name="护理"), ProgrammeFactory(school=parent, name="机电")
    first_part, other = people.city_school, SchoolFactory(authority=people.city)
    with pytest.raises(BadInput, match="还没有的：机电"):
        split(people, parent, [Part(first_part, (nursing,))], custodian=first_part)
    with pytest.raises(BadInput, match="只能归一所学校"):
        split(people, parent, [Part(first_part, (nursing, machines)), Part(other, (nursing,))], custodian=first_part)
    rows = split(people, parent, [Part(first_part, (nursing,)), Part(other, (machines,))], custodian=people.county)
    assert [(row.successor, row.ends, row.handed_over) for row in rows] == [(first_part, True, 2), (other, True, 2)]
    assert successors_of(parent, MERGED_ON) == [first_part, other]
    assert successor_of(parent, MERGED_ON) is None
    assert custodian_of(parent, MERGED_ON) == people.county
    assert list(serves_files_of(people.county, MERGED_ON)) == [parent]


def test_a_school_that_goes_on_after_a_split_stays_its_own_successor_and_may_split_again(people) -> None:
    parent, first_part, other = people.county_school, people.city_school, SchoolFactory(authority=people.city)
    split(people, parent, [Part(first_part)], on=date(2010, 9, 1))
    split(people, parent, [Part(other)], on=date(2012, 9, 1))
    parent.refresh_from_db()
    assert parent.closed_on is None
    assert successor_of(parent, date(2020, 1, 1)) == parent
    assert custodian_of(parent, date(2020, 1, 1)) is None
    merge(people, [first_part], parent, on=date(2015, 9, 1))  # a part comes back: no circle, both were alive
    assert successor_of(first_part, date(2020, 1, 1)) == parent


# -- closings and custodians


@pytest.mark.requirement("S2-41")
def test_a_closing_names_a_custodian_the_authority_above_where_nobody_is_named(people) -> None:
    closed, other = people.county_school, SchoolFactory(authority=people.city)
    ground = {"document_number": DOCUMENT, "by": people.administrator, "at": AT}
    close_school(school=closed, closed_on=MERGED_ON, **ground)
    close_school(school=other, closed_on=MERGED_ON, custodian=people.city_school, **ground)
    assert custodian_of(closed, MERGED_ON) == people.county
    assert custodian_of(other, MERGED_ON) == people.city_school
    assert successors_of(closed, MERGED_ON) == [closed]
    name_custodian(school=closed, custodian=people.city_school, from_on=date(2022, 6, 20), **ground)
    closed.refresh_from_db()
    assert [custodian_of(closed, day) for day in (date(2022, 6, 19), date(2022, 6, 20))] == [
        people.county, people.city_school,
    ]  # fmt: skip
    assert {kept.school for kept in kept_by_offices_of(people.city_clerk, date(2022, 7, 1))} == {closed, other}
    assert Event.objects.get(tag="custodian:named").after["档案保管"] == people.city_school.name
    reopen_school(school=other, **ground)
    assert custodian_of(other, date(2022, 7, 1)) is None


def test_no_custodian_for_a_school_that_goes_on_none_that_is_closed(people) -> None:
    ground = {"document_number": DOCUMENT, "by": people.administrator, "at": AT}
    with pytest.raises(Conflict, match="没有停办"):
        name_custodian(school=people.county_school, custodian=people.city, from_on=MERGED_ON, **ground)
    close_school(school=people.city_school, closed_on=MERGED_ON, **ground)
    with pytest.raises(Conflict, match="不能保管"):
        close_school(school=people.county_school, closed_on=MERGED_ON, custodian=people.city_school, **ground)
    close_school(school=people.county_school, closed_on=MERGED_ON, **ground)
    people.county_school.refresh_from_db()
    with pytest.raises(BadInput, match="早于停办日期"):
        name_custodian(school=people.county_school, custodian=people.city, from_on=date(2022, 5, 1), **ground)


# -- taking back


def test_an_entry_is_taken_back_by_a_document_and_stays_on_the_timeline(people) -> None:
    school = people.county_school
    (row,) = merge(people, [school], people.city_school)
    with pytest.raises(Conflict, match="因合并或分立终止"):
        reopen_school(school=school, document_number="x", by=people.administrator, at=AT)
    withdraw_succession(succession=row, document_number="教函〔2022〕6号", by=people.administrator, at=AT)
    school.refresh_from_db()
    assert school.closed_on is None
    assert custodian_of(school, date(2022, 7, 1)) is None
    assert successor_of(school, date(2022, 7, 1)) == school
    with pytest.raises(Conflict, match="已经撤销"):
        withdraw_succession(succession=row, document_number="x", by=people.administrator, at=AT)
    history = [(moment.what, moment.is_withdrawn) for moment in timeline_of(school, {})]
    assert (f"并入{people.city_school.name}", True) in history
    merge(people, [school], people.city_school)  # and entered anew, rightly
    assert custodian_of(school, date(2022, 7, 1)) == people.city_school


def test_what_went_along_is_asked_back_of_every_app(people, moving) -> None:
    ProgrammeFactory(school=people.county_school)
    (row,) = merge(people, [people.county_school], people.city_school)
    withdraw_succession(succession=row, document_number="x", by=people.administrator, at=AT)
    assert [(handed.school, handed.successor, handed.document_number) for handed in moving] == 2 * [
        (people.county_school, people.city_school, DOCUMENT)
    ]


def test_parts_of_a_split_are_taken_back_together(people) -> None:
    first_part, other = people.city_school, SchoolFactory(authority=people.city)
    rows = split(people, people.county_school, [Part(first_part), Part(other)], custodian=first_part)
    withdraw_succession(succession=rows[1], document_number="教函〔2022〕6号", by=people.administrator, at=AT)
    assert not Succession.objects.filter(withdrawn_at=None).exists()


@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET document_number = 'x'"])
@pytest.mark.parametrize("table", ["institutions_succession", "institutions_custody"])
def test_history_is_not_rewritten(people, table, statement) -> None:
    merge(people, [people.county_school], people.city_school)
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))


# -- who serves the files


@pytest.mark.requirement("S2-41")
def test_the_successors_people_look_into_the_files_and_do_nothing_else_there(people) -> None:
    old, into = people.county_school, people.city_school
    clerk = people.city_clerk
    assert not schools_visible_to(clerk).filter(pk=old.pk).exists()
    merge(people, [old], into)
    asked = User.objects.get(pk=clerk.pk)
    reading = (
        None, Permission.VIEW_REGISTER, Permission.VIEW_BATCHES, Permission.FETCH_DOCUMENTS, Permission.REVEAL_IDENTITY,
    )  # fmt: skip
    assert all(schools_visible_to(asked, permission=permission).filter(pk=old.pk).exists() for permission in reading)
    others = set(Permission) - {*reading}
    assert not [p for p in others if schools_visible_to(asked, permission=p).filter(pk=old.pk).exists()]
    withdraw_succession(
        succession=old.successions.get(), document_number="教函〔2022〕6号", by=people.administrator, at=AT
    )
    assert not schools_visible_to(User.objects.get(pk=clerk.pk)).filter(pk=old.pk).exists()
