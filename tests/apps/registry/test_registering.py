"""New students are registered all or none; who has a record elsewhere is a claim; a file is tried before it counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from tests.exchange.test_enrolments import number, student, workbook
from tests.factories.institutions import ProgrammeFactory, StaffedCity, appointed, staffed_city
from tests.factories.registry import EnrolmentFactory, PersonFactory

from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.new_students import NewStudent, expected_graduation
from xueji.institutions.models import Post
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.policy import get_library
from xueji.registry.actions import open_admission_day, register_students
from xueji.registry.actions import registering as actions
from xueji.registry.models import AdmissionDay, Enrolment, Guardian, Person, Registration, StudentNumber
from xueji.registry.registering import Admission, late_findings
from xueji.uploads.actions import confirm_upload, receive_upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-09", "S2-10")]
AT = datetime(2021, 9, 10, 1, tzinfo=UTC)
AUTUMN = Intake(2021, "autumn")
CAME = date(2021, 9, 1)


def facts(place: int, **changes: object) -> EnrolmentFacts:
    """A new student as the form is read."""
    values = {
        "name": f"王小{chr(0x4E00 + place)}", "sex": "男" if place % 2 else "女", "id_document_type": "居民身份证",
        "resident_id": number("20060503", place), "study_mode": "全日制", "entry_month": Month(2021, 9),
        "programme": "护理", "duration": "三年制", "ethnicity": "汉族", "political_status": "共青团员",
        "enrolment_target": "应届初中毕业生", "class_name": "护理1班", "member1_name": "王大", "member1_relation": "父亲",
        "member1_is_guardian": "是", "member1_phone": "13800000000",
    }  # fmt: skip
    return EnrolmentFacts(values | changes)


@pytest.fixture
def city() -> StaffedCity:
    made = staffed_city("410100", "410102")
    ProgrammeFactory(school=made.city_school, name="护理", duration_years=Decimal("3.0"))
    return made


def registered(city: StaffedCity, rows: list[EnrolmentFacts], **more: object) -> list[Enrolment]:
    given = {"school": city.city_school, "intake": AUTUMN, "entered_on": CAME, "by": city.city_clerk, "at": AT} | more
    return register_students(rows, **given)


@pytest.mark.requirement("S2-15")
def test_each_new_student_has_person_number_document_guardian_and_record(city) -> None:
    carried = "L410102200605039993"
    records = registered(city, [facts(1), facts(2, student_number=carried)])
    assert [record.status for record in records] == ["studying", "studying"]
    kept = Registration.objects.get(pk=records[0].pk)
    assert (kept.filing, kept.origin, kept.expected_graduation) == ("open", "junior_high_graduate", "2024-07")
    assert (kept.entered_on, kept.registered_on, kept.class_name) == (CAME, date(2021, 9, 10), "护理1班")
    numbers = {n.person_id: n for n in StudentNumber.objects.all()}
    assert numbers[records[0].person_id].number == f"G{number('20060503', 1)}"
    assert (numbers[records[1].person_id].number, numbers[records[1].person_id].is_carried_on) == (carried, True)
    assert Guardian.objects.get(person=records[0].person_id).phone == "13800000000"
    assert records[0].person.documents.get().number == number("20060503", 1)
    assert Event.objects.filter(tag="enrolment:registered").count() == 2


def test_the_statements_do_not_grow_with_the_students(city) -> None:
    counts = []
    for first, count in ((1, 2), (100, 40)):
        with CaptureQueriesContext(connection) as asked:
            registered(city, [facts(place) for place in range(first, first + count)])
        counts.append(len(asked))
    assert counts[1] <= counts[0]  # the posts of the clerk are asked for once


def test_one_number_stands_in_a_file_once(city) -> None:
    with pytest.raises(RuleViolation, match="学籍号在名册中重复"):
        registered(city, [facts(place, student_number="L410102200605039993") for place in (1, 2)])


@pytest.mark.requirement("S2-16")
def test_a_second_registration_is_a_claim_and_nobody_is_merged(city) -> None:
    person = PersonFactory(number=number("20060503", 1), name=facts(1).text("name"), sex="男")
    other = EnrolmentFactory(person=person)
    (record,) = registered(city, [facts(1)])
    assert (record.person_id, record.status, record.confirmed_at) == (person.pk, "claimed", None)
    other.refresh_from_db()
    assert (other.status, Person.objects.count()) == ("studying", 1)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"programme": "会计"}, "registration.programme_registered"),
        ({"entry_month": Month(2020, 9)}, "registration.of_the_intake"),
        ({"name": "另一人"}, "registry.agrees_with_record"),
        ({"student_number": "G41010220060503009X"}, "registration.number_of_one_person"),
    ],
)
def test_what_stands_against_a_row_is_said_with_the_name_and_nothing_is_stored(city, changes, rule) -> None:
    person = PersonFactory(number=number("20060503", 1), name=facts(1).text("name"), sex="男")
    registered(city, [facts(5, student_number="G41010220060503009X")])
    before = Enrolment.objects.count()
    with pytest.raises(RuleViolation) as refused:
        registered(city, [facts(3), facts(1, **changes)])
    (finding,) = refused.value.findings
    assert finding.rule == rule
    assert finding.message.startswith(changes.get("name", person.name))
    assert finding.cites
    assert Enrolment.objects.count() == before


def test_nobody_is_registered_twice_at_one_school(city) -> None:
    registered(city, [facts(1)])
    with pytest.raises(RuleViolation, match="已在本校登记"):
        registered(city, [facts(1)])


@pytest.mark.requirement("S2-11", "S2-12")
@pytest.mark.parametrize(
    ("day", "rules"),
    [
        (date(2021, 9, 29), set()),
        (date(2021, 10, 8), {"registration.within_term"}),
        (date(2021, 11, 20), {"registration.within_term"}),
        (date(2021, 11, 21), {"registration.within_term", "registration.before_closing"}),
        (date(2021, 12, 20), {"registration.within_term", "registration.before_closing"}),
        (date(2021, 12, 21), {"registration.within_term", "registration.before_filing_closes"}),
    ],
)
def test_terms_that_have_passed_are_named(city, day, rules) -> None:
    view = get_library().pack("edu/henan").on(day)
    found = late_findings(Admission(city.city_school, AUTUMN, CAME, view, day))
    assert {finding.rule for finding in found} == rules
    assert all(finding.cites for finding in found)


def test_after_the_filing_has_closed_nobody_is_registered_for_the_intake(city) -> None:
    with pytest.raises(RuleViolation, match="2021-12-20 截止"):
        registered(city, [facts(1)], at=datetime(2021, 12, 21, 1, tzinfo=UTC))


def test_two_registrations_at_once_have_one_effect_and_a_clear_answer(city, monkeypatch) -> None:
    def clash(**_given: object) -> None:
        raise IntegrityError("duplicate key value violates unique constraint one_active_enrolment_per_person")

    monkeypatch.setattr(actions, "store_students", clash)
    with pytest.raises(Conflict, match="刚刚由另一处登记"):
        registered(city, [facts(1)])


def test_only_the_school_s_clerk_registers(city) -> None:
    with pytest.raises(NotPermitted):
        registered(city, [facts(1)], by=city.city_reviewer)
    with pytest.raises(NotPermitted):
        registered(city, [facts(1)], school=city.county_school)


def test_the_day_is_entered_once_and_is_a_day_that_can_be(city) -> None:
    given = {"school": city.city_school, "intake": AUTUMN, "by": city.city_clerk, "at": AT}
    assert open_admission_day(entered_on=CAME, **given) == open_admission_day(entered_on=CAME, **given)
    assert Event.objects.filter(tag="admission_day:opened").count() == 1
    for day in (date(2021, 9, 11), date(2019, 9, 1)):
        with pytest.raises(BadInput):
            open_admission_day(entered_on=day, **given)


def test_where_there_is_no_register_nobody_is_registered() -> None:
    weinan = staffed_city()
    with pytest.raises(BadInput):
        registered(weinan, [facts(1)], school=weinan.city_school, by=weinan.city_clerk)


@pytest.mark.parametrize(
    ("entered", "years", "expected"),
    [
        ("2021-09", "3", "2024-07"),
        ("2022-03", "3", "2025-01"),
        ("2021-09", "3.5", "2025-01"),
        ("2022-03", "1", "2023-01"),
    ],
)
def test_the_month_of_graduation_is_the_last_before_the_years_are_over(entered, years, expected) -> None:
    view = get_library().pack("edu/henan").on(CAME)
    assert str(expected_graduation(Month.parse(entered), Decimal(years), view)) == expected


def test_a_document_without_a_citizen_s_number_gets_no_student_number() -> None:
    view = get_library().pack("edu/henan").on(CAME)
    passport = NewStudent.of(facts(1, id_document_type="护照", resident_id="E12345678"), view)
    assert (passport.number_to_give("G"), passport.birth_date) == ("", None)


def test_a_file_is_tried_first_and_confirmed_registers_everybody(city, tmp_path) -> None:
    day = open_admission_day(school=city.city_school, intake=AUTUMN, entered_on=CAME, by=city.city_clerk, at=AT)
    view = get_library().pack("edu/henan").on(CAME)
    person = PersonFactory(number=number("20060503", 1), name="王小一", sex="男")
    EnrolmentFactory(person=person)
    rows = [student(1, 姓名="王小一"), student(2), student(3, 专业简称="会计")]
    bad = _sent(city, day, workbook(tmp_path / "a.xlsx", rows, view))
    assert {(f.row, f.column, f.rule) for f in bad.findings.filter(severity="error")} == {
        (4, "专业简称", "registration.programme_registered")
    }
    assert bad.findings.get(rule="registration.one_active").row == 2
    assert bad.error_workbook_id
    leader = appointed(Post.SCHOOL_LEADER, city.city_school)
    with pytest.raises(RuleViolation):
        confirm_upload(upload=bad, by=leader, at=AT)
    good = _sent(city, day, workbook(tmp_path / "b.xlsx", rows[:2], view))
    assert (Registration.objects.count(), good.error_count) == (0, 0)
    with pytest.raises(NotPermitted, match="另一人确认"):  # whoever sent it does not confirm it (第五条)
        confirm_upload(upload=good, by=city.city_clerk, at=AT)
    assert not Registration.objects.exists()
    confirm_upload(upload=good, by=leader, at=AT)
    assert sorted(Enrolment.objects.filter(school=city.city_school).values_list("status", flat=True)) == [
        "claimed", "studying",
    ]  # fmt: skip
    with pytest.raises(Conflict):
        confirm_upload(upload=good, by=leader, at=AT)


def test_a_workbook_sent_anew_takes_the_place_of_the_one_that_waits(city, tmp_path) -> None:
    day = open_admission_day(school=city.city_school, intake=AUTUMN, entered_on=CAME, by=city.city_clerk, at=AT)
    view = get_library().pack("edu/henan").on(CAME)
    first = _sent(city, day, workbook(tmp_path / "a.xlsx", [student(1), student(2)], view))
    assert (first.state, first.error_count) == ("ready", 0)
    second = _sent(city, day, workbook(tmp_path / "b.xlsx", [student(2)], view))
    leader = appointed(Post.SCHOOL_LEADER, city.city_school)
    first.refresh_from_db()
    assert first.state == "discarded"
    with pytest.raises(Conflict):
        confirm_upload(upload=first, by=leader, at=AT)
    confirm_upload(upload=second, by=leader, at=AT)
    assert Registration.objects.count() == 1


def _sent(city: StaffedCity, day: AdmissionDay, path):
    upload = receive_upload(
        kind="enrolments", subject=day, workbook=("新生.xlsx", path.read_bytes()), by=city.city_clerk, at=AT
    )
    run_pending_jobs()
    upload.refresh_from_db()
    return upload
