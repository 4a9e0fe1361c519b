"""Founding, appointing, declaring days, sanctions: what is entered, refused and recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from tests.factories.accounts import UserFactory
from tests.factories.institutions import (
    AuthorityFactory,
    SanctionFactory,
    SchoolFactory,
    StaffedCity,
    appointed,
    staffed_city,
)

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.institutions.actions import (
    add_programme,
    appoint,
    end_appointment,
    impose_sanction,
    lift_sanction,
    register_authority,
    register_school,
)
from xueji.institutions.calendar_actions import declare_calendar_day, publish_year
from xueji.institutions.calendars import working_calendar
from xueji.institutions.models import Appointment, Authority, CalendarDay, Level, Post, Sanction
from xueji.institutions.queries import posts_of
from xueji.institutions.queries.deferral import deferral_of, imposing_authority
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of
from xueji.policy import get_library

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def people() -> StaffedCity:
    return staffed_city()


def last_tag() -> str:
    return Event.objects.latest("id").tag


def test_paths_run_from_the_root_to_the_authority_itself() -> None:
    province = register_authority(
        name="甲省教育厅", short_name="省厅", level="province", division_code="990000", by=None, at=AT
    )
    city = register_authority(
        name="乙市教育局", short_name="市局", level="city", division_code="990100", parent=province, by=None, at=AT
    )
    county = register_authority(
        name="丙县教育局", short_name="县局", level="county", division_code="990101", parent=city, by=None, at=AT
    )
    assert [a.path for a in Authority.objects.order_by("id")] == [
        f"/{province.pk}/", f"/{province.pk}/{city.pk}/", f"/{province.pk}/{city.pk}/{county.pk}/",
    ]  # fmt: skip
    assert Event.objects.filter(tag="authority:registered").count() == 3
    with pytest.raises(BadInput, match="下级"):
        register_authority(
            name="丁市教育局", short_name="丁", level="city", division_code="990200", parent=county, by=None, at=AT
        )
    with pytest.raises(Conflict, match="已经登记"):
        register_authority(
            name="乙市教育局", short_name="市局", level="city", division_code="990300", parent=province, by=None, at=AT
        )


@pytest.mark.parametrize("code", ["450102", "610302"])
def test_a_lower_authority_of_another_division_is_refused_beside_its_code(people: StaffedCity, code) -> None:
    with pytest.raises(RuleViolation) as refused:
        register_authority(
            name="他乡教育局", short_name="他乡", level="county", division_code=code, parent=people.city, by=None, at=AT
        )
    (finding,) = refused.value.findings
    assert finding.field == "division_code"
    assert f"{code} 不在{people.city.name}（610500）的行政区划内" in finding.message
    assert not Authority.objects.filter(division_code=code).exists()


@pytest.mark.parametrize(("level", "above", "code"), [
    (Level.PROVINCE, "610000", "610500"), (Level.PROVINCE, "610000", "610581"), (Level.CITY, "610500", "610503"),
    (Level.CITY, "610590", "610591"),
])  # fmt: skip
def test_a_code_within_the_division_is_taken(level, above, code) -> None:
    parent = AuthorityFactory(level=level, division_code=above)
    made = register_authority(
        name="下级教育局", short_name="下级", level="county", division_code=code, parent=parent, by=None, at=AT
    )
    assert made.path.startswith(parent.path)


def test_an_administrator_enters_schools_and_programmes_of_their_area_alone(people: StaffedCity) -> None:
    elsewhere = staffed_city(division_code="610300", county_code="610302")
    school = register_school(
        name="新职业学校",
        code="3661000001",
        authority=people.county,
        by=people.administrator,
        at=AT,
        principal="李校长",
    )
    programme = add_programme(
        school=school, code="710201", name="计算机应用", duration_years=Decimal("3.0"), by=people.administrator, at=AT
    )
    assert [e.tag for e in timeline_of(school, programme)] == ["school:registered", "programme:registered"]
    with pytest.raises(Conflict):
        register_school(name="新职业学校", code="3661000002", authority=people.county, by=people.administrator, at=AT)
    with pytest.raises(Conflict):
        add_programme(school=school, code="710201", name="计算机应用", duration_years=Decimal("3.0"), by=None, at=AT)
    with pytest.raises(NotPermitted):
        register_school(name="外校", code="3661000003", authority=elsewhere.city, by=people.administrator, at=AT)
    with pytest.raises(NotPermitted):
        register_school(name="外校", code="3661000003", authority=people.city, by=people.city_reviewer, at=AT)
    with pytest.raises(NotPermitted):
        register_authority(
            name="省厅", short_name="省厅", level="province", division_code="610000", by=people.administrator, at=AT
        )


@pytest.mark.requirement("S1-20")
def test_an_appointment_counts_at_once_and_is_recorded(people: StaffedCity) -> None:
    newcomer = UserFactory()
    assert posts_of(newcomer) == ()
    appointment = appoint(
        user=newcomer, post=Post.SCHOOL_CLERK, school=people.city_school, by=people.administrator, at=AT
    )
    assert [h.pk for h in posts_of(newcomer, date(2026, 3, 2))] == [appointment.pk]
    event = timeline_of(newcomer)[-1]
    assert (event.tag, event.after["post"], event.school_id) == (
        "appointment:made",
        "学校经办人",
        people.city_school.pk,
    )


@pytest.mark.parametrize(
    ("post", "place", "message"),
    [
        (Post.SCHOOL_CLERK, "city", "不是主管部门的岗位"),
        (Post.SEALER, "county_school", "不是学校的岗位"),
        (Post.COUNTY_REVIEWER, "city", "只设在县级"),
        (Post.CITY_REVIEWER, "county", "不设在县级"),
    ],
)
def test_a_post_exists_at_its_own_kind_of_place(people: StaffedCity, post: Post, place: str, message: str) -> None:
    where = getattr(people, place)
    at_place = {"authority": where} if isinstance(where, Authority) else {"school": where}
    with pytest.raises(BadInput, match=message):
        appoint(user=UserFactory(), post=post, by=None, at=AT, **at_place)


def test_nobody_appoints_without_the_post_outside_the_area_or_themselves(people: StaffedCity) -> None:
    elsewhere = staffed_city(division_code="610300", county_code="610302")
    with pytest.raises(NotPermitted, match="权限"):
        appoint(user=UserFactory(), post=Post.SCHOOL_CLERK, school=people.city_school, by=people.city_leader, at=AT)
    with pytest.raises(NotPermitted, match="管辖"):
        appoint(user=UserFactory(), post=Post.SEALER, authority=elsewhere.city, by=people.administrator, at=AT)
    with pytest.raises(NotPermitted, match="本人"):
        appoint(user=people.administrator, post=Post.SEALER, authority=people.city, by=people.administrator, at=AT)


@pytest.mark.parametrize("exclusive", [Post.AUDITOR, Post.ADMINISTRATOR])
def test_auditor_and_administrator_hold_no_other_post(people: StaffedCity, exclusive: Post) -> None:
    with pytest.raises(Conflict, match="不得兼任"):
        appoint(user=people.city_reviewer, post=exclusive, authority=people.city, by=None, at=AT)
    watcher = appointed(exclusive, people.city)
    with pytest.raises(Conflict, match="不得兼任"):
        appoint(user=watcher, post=Post.CITY_REVIEWER, authority=people.city, by=None, at=AT)


@pytest.mark.parametrize("exclusive", [Post.AUDITOR, Post.ADMINISTRATOR])
def test_the_database_too_keeps_the_three_kinds_of_officer_apart(people: StaffedCity, exclusive: Post) -> None:
    with pytest.raises(IntegrityError, match="three_kinds_of_officer"), transaction.atomic():
        appointed(exclusive, people.city, people.city_reviewer)
    appointed(exclusive, people.county, appointed(exclusive, people.city))  # the same kind at two places


def test_a_second_account_of_the_same_person_does_not_get_round_it(people: StaffedCity) -> None:
    User.objects.filter(pk=people.administrator.pk).update(phone="13900000001")
    second = UserFactory(phone="13900000001")
    with pytest.raises(Conflict, match="三员分立"):
        appoint(user=second, post=Post.COUNTY_REVIEWER, authority=people.county, by=None, at=AT)
    with pytest.raises(Conflict, match="三员分立"):
        appoint(user=second, post=Post.AUDITOR, authority=people.city, by=None, at=AT)
    elsewhere = staffed_city(division_code="610300", county_code="610302")
    appoint(user=second, post=Post.COUNTY_REVIEWER, authority=elsewhere.county, by=None, at=AT)
    reviewer = UserFactory(phone="13900000002")
    appoint(user=reviewer, post=Post.SEALER, authority=people.city, by=None, at=AT)
    with pytest.raises(Conflict, match="三员分立"):
        appoint(user=UserFactory(phone="13900000002"), post=Post.ADMINISTRATOR, authority=people.city, by=None, at=AT)


def test_the_same_post_twice_over_the_same_days_is_refused_by_the_database_too(people: StaffedCity) -> None:
    with pytest.raises(Conflict, match="已任"):
        appoint(user=people.clerk, post=Post.SCHOOL_CLERK, school=people.county_school, by=people.administrator, at=AT)
    with pytest.raises(IntegrityError, match="appointment_once_at_a_time"), transaction.atomic():
        Appointment.objects.create(
            user=people.clerk, post=Post.SCHOOL_CLERK, school=people.county_school, days=(date(2030, 1, 1), None)
        )


def test_a_post_ends_with_yesterday_and_is_not_ended_twice(people: StaffedCity) -> None:
    appointment = posts_of(people.clerk)[0]
    ended = end_appointment(appointment=appointment, reason="调离", by=people.administrator, at=AT)
    assert ended.days.upper == date(2026, 3, 2)
    again = User.objects.get(pk=people.clerk.pk)
    assert len(posts_of(again, date(2026, 3, 1))) == 1
    assert posts_of(again, date(2026, 3, 2)) == ()
    assert last_tag() == "appointment:ended"
    with pytest.raises(Conflict, match="已经结束"):
        end_appointment(appointment=appointment, reason="调离", by=people.administrator, at=AT)


def test_a_post_that_began_today_is_taken_back_whole(people: StaffedCity) -> None:
    newcomer = UserFactory()
    appointment = appoint(user=newcomer, post=Post.SCHOOL_CLERK, school=people.city_school, by=None, at=AT)
    end_appointment(appointment=appointment, reason="任错", by=None, at=AT)
    assert not Appointment.objects.filter(user=newcomer).exists()
    assert [e.tag for e in timeline_of(newcomer)] == ["appointment:made", "appointment:ended"]
    with pytest.raises(BadInput, match="早于"):
        appoint(
            user=newcomer, post=Post.SCHOOL_CLERK, school=people.city_school, by=None, at=AT,
            ends_on=date(2026, 3, 1),
        )  # fmt: skip


def test_declared_days_win_over_the_packs_table(people: StaffedCity) -> None:
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))
    monday, saturday = date(2019, 7, 8), date(2019, 7, 13)
    assert working_calendar(view, people.city).is_working_day(monday)
    assert not working_calendar(view, people.city).is_working_day(saturday)
    by = people.city_reviewer
    declare_calendar_day(authority=people.city, day=monday, kind=CalendarDay.Kind.HOLIDAY, note="通知一", by=by, at=AT)
    declare_calendar_day(authority=people.city, day=saturday, kind=CalendarDay.Kind.MAKEUP, note="通知一", by=by, at=AT)
    calendar = working_calendar(view, people.city)
    assert (calendar.is_working_day(monday), calendar.is_working_day(saturday)) == (False, True)
    declare_calendar_day(authority=people.city, day=monday, kind=CalendarDay.Kind.MAKEUP, note="更正", by=by, at=AT)
    assert working_calendar(view, people.city).is_working_day(monday)
    changed = Event.objects.latest("id")
    assert changed.before == {"kind": "holiday", "note": "通知一"}
    with pytest.raises(BadInput, match="依据"):
        declare_calendar_day(authority=people.city, day=monday, kind=CalendarDay.Kind.HOLIDAY, note=" ", by=by, at=AT)
    with pytest.raises(NotPermitted):
        declare_calendar_day(
            authority=people.city, day=monday, kind=CalendarDay.Kind.HOLIDAY, note="x", by=people.county_reviewer, at=AT
        )


def test_a_holiday_of_the_table_may_be_declared_worked(people: StaffedCity) -> None:
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))
    new_year = date(2019, 10, 1)
    assert not working_calendar(view, people.city).is_working_day(new_year)
    declare_calendar_day(
        authority=people.city, day=new_year, kind=CalendarDay.Kind.MAKEUP, note="通知", by=people.city_reviewer, at=AT
    )
    assert working_calendar(view, people.city).is_working_day(new_year)


def test_a_published_year_counts_when_it_follows_without_a_gap(people: StaffedCity) -> None:
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))
    last = view.calendar.last_year
    publish_year(authority=people.city, year=last + 2, notice="通知二", by=people.city_reviewer, at=AT)
    assert working_calendar(view, people.city).last_year == last
    publish_year(authority=people.city, year=last + 1, notice="通知一", by=people.city_reviewer, at=AT)
    assert working_calendar(view, people.city).last_year == last + 2
    with pytest.raises(Conflict, match="已经登记"):
        publish_year(authority=people.city, year=last + 1, notice="通知一", by=people.city_reviewer, at=AT)
    with pytest.raises(NotPermitted):
        publish_year(authority=people.city, year=last + 3, notice="通知三", by=people.clerk, at=AT)


@pytest.mark.requirement("S1-17")
def test_what_an_authority_above_imposed_is_lifted_there_or_above() -> None:
    """The province defers a school; its city can impose and lift measures of its own, not that one."""
    province = AuthorityFactory(level=Level.PROVINCE, division_code="610000")
    city = AuthorityFactory(level=Level.CITY, division_code="610500", parent=province)
    school = SchoolFactory(authority=city)
    above, below = appointed(Post.PROVINCE_LEADER, province), appointed(Post.CITY_LEADER, city)
    of_city = impose_sanction(school=school, kind="public_criticism", reason="迟报", by=below, at=AT)
    of_province = impose_sanction(school=school, kind="sealing_deferred", reason="弄虚作假", by=above, at=AT)
    with pytest.raises(NotPermitted, match=f"由{province.name}作出，须由该机关或其上级解除"):
        lift_sanction(sanction=of_province, reason="整改合格", by=below, at=AT)
    assert lift_sanction(sanction=of_city, reason="已改", by=above, at=AT).lifted_by == above
    assert lift_sanction(sanction=of_province, reason="整改合格", by=above, at=AT).lifted_by == above


@pytest.mark.requirement("S1-17")
def test_a_measure_whose_imposer_is_on_record_no_more_is_lifted_at_the_head_of_the_line(people: StaffedCity) -> None:
    sanction = SanctionFactory(school=people.county_school)
    assert imposing_authority(sanction) == people.city
    Appointment.objects.create(
        user=sanction.imposed_by, post=Post.CITY_LEADER, authority=people.county, days=(date(2019, 1, 1), None)
    )
    assert imposing_authority(sanction) == people.county


@pytest.mark.requirement("S1-17")
def test_a_deferral_of_sealing_holds_until_it_is_lifted(people: StaffedCity) -> None:
    school, leader = people.county_school, people.city_leader
    sanction = impose_sanction(
        school=school, kind="sealing_deferred", reason="弄虚作假", document_number="渭教职成〔2019〕30号",
        by=leader, at=AT,
    )  # fmt: skip
    assert deferral_of(school, "sealing") == sanction
    assert deferral_of(people.city_school) is None
    with pytest.raises(Conflict, match="已在暂缓验印中"):
        impose_sanction(school=school, kind="sealing_deferred", reason="再犯", by=leader, at=AT)
    by_hand = Sanction.objects.filter(pk=sanction.pk)
    by_hand.update(lifted_at=AT, lifted_by=leader, lifted_reason="整改合格")  # past the product: it lifts nothing
    assert deferral_of(school, "sealing") == sanction
    by_hand.update(lifted_at=None, lifted_by=None, lifted_reason="", reason="迟报")
    with pytest.raises(Conflict, match="与系统写入时不一致"):  # lifting would put a digest of ours under a forgery
        lift_sanction(sanction=sanction, reason="整改合格", by=leader, at=AT)
    by_hand.update(reason="弄虚作假")
    by_hand.update(lifted_at=None, lifted_by=None, lifted_reason="")
    lift_sanction(sanction=sanction, reason="整改合格", by=leader, at=AT + timedelta(days=1))
    assert deferral_of(school, "sealing") is None
    with pytest.raises(Conflict, match="已经解除"):
        lift_sanction(sanction=sanction, reason="整改合格", by=leader, at=AT)
    assert [(e.tag, e.note) for e in timeline_of(school)] == [
        ("sanction:imposed", "弄虚作假"),
        ("sanction:lifted", "整改合格"),
    ]
    assert Sanction.objects.get().reason == "弄虚作假"


@pytest.mark.requirement("S1-17")
def test_public_criticism_does_not_defer_sealing(people: StaffedCity) -> None:
    for reason in ("信息核对不准", "违反规定"):
        impose_sanction(school=people.city_school, kind="public_criticism", reason=reason, by=people.city_leader, at=AT)
    assert deferral_of(people.city_school) is None
    assert Sanction.objects.filter(school=people.city_school, lifted_at=None).count() == 2


@pytest.mark.requirement("S1-17")
@pytest.mark.parametrize("person", ["clerk", "county_reviewer", "city_reviewer", "sealer", "auditor", "administrator"])
def test_sanctions_are_for_the_leader_of_the_city_alone(people: StaffedCity, person: str) -> None:
    by = getattr(people, person)
    with pytest.raises(NotPermitted):
        impose_sanction(school=people.county_school, kind="sealing_deferred", reason="x", by=by, at=AT)
    assert not Sanction.objects.exists()


@pytest.mark.requirement("S1-17")
def test_a_sanction_needs_a_reason_and_a_school_of_ones_own(people: StaffedCity) -> None:
    elsewhere = staffed_city(division_code="610300", county_code="610302")
    kind = "sealing_deferred"
    with pytest.raises(BadInput, match="事由"):
        impose_sanction(school=people.county_school, kind=kind, reason=" ", by=people.city_leader, at=AT)
    with pytest.raises(NotPermitted, match="管辖"):
        impose_sanction(school=elsewhere.city_school, kind=kind, reason="x", by=people.city_leader, at=AT)
    sanction = impose_sanction(school=people.county_school, kind=kind, reason="x", by=people.city_leader, at=AT)
    with pytest.raises(BadInput, match="解除事由"):
        lift_sanction(sanction=sanction, reason="", by=people.city_leader, at=AT)
    with pytest.raises(NotPermitted):
        lift_sanction(sanction=sanction, reason="x", by=elsewhere.city_leader, at=AT)
