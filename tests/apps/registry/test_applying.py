"""Every change of status that a school applies for: allowed, refused with its clause, returned, undone (S2 第十一条 on)."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, connections
from tests.factories.graduation import clauses_of, current_step
from tests.factories.institutions import ProgrammeFactory, appointed, staffed_city
from tests.factories.registry import RegistrationFactory, ended

from xueji.cases.actions import attach_evidence, decide_step, submit_case, withdraw_case
from xueji.cases.models import CaseState
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation, XuejiError
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.registry.actions import Move, open_status_application, open_status_undoing, record_status_changes
from xueji.registry.models import Enrolment, EnrolmentStatus, Registration, StatusApplicant, StatusChange
from xueji.registry.queries.status_changes import KINDS_OF_CHANGE

pytestmark = pytest.mark.django_db
AT = datetime(2024, 3, 8, 1, tzinfo=UTC)
ON = date(2024, 3, 4)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
S = EnrolmentStatus
STUDYING = {"status": S.STUDYING}
# change -> where it starts, what is asked beside, what the record is afterwards, whence it is refused
CHANGES: dict[str, tuple[S, dict[str, Any], dict[str, Any], S]] = {
    "留级": (S.STUDYING, {}, {"grade": 2024, "expected_graduation": "2027-07"}, S.SUSPENDED),
    "跳级": (S.STUDYING, {}, {"grade": 2022, "expected_graduation": "2025-07"}, S.WITHDRAWN),
    "转专业": (S.STUDYING, {"programme_id": None}, {"programme_id": None}, S.SUSPENDED),
    "转学习形式": (S.STUDYING, {"study_mode": "非全日制"}, {"study_mode": "非全日制"}, S.CANCELLED),
    "休学": (S.STUDYING, {"until": "2024-09-01"}, {"status": S.SUSPENDED, "expected_graduation": "2027-07"}, S.DIED),
    "复学": (S.SUSPENDED, {"class_name": "2班"}, {"status": S.STUDYING, "class_name": "2班"}, S.STUDYING),
    "退学": (S.STUDYING, {}, {"status": S.WITHDRAWN}, S.CANCELLED),
    "恢复学籍": (S.WITHDRAWN, {}, {"status": S.STUDYING}, S.STUDYING),
    "注销": (S.STUDYING, {}, {"status": S.CANCELLED}, S.GRADUATED),
    "死亡": (S.SUSPENDED, {}, {"status": S.DIED}, S.WITHDRAWN),
}
each_change = pytest.mark.parametrize("change", CHANGES)


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def student(henan, status: S = S.STUDYING, **more: Any) -> Enrolment:
    """Return a student of autumn 2023 whose record has a status."""
    school = henan.county_school
    programme = school.programmes.first() or ProgrammeFactory(school=school, name="护理")
    record = RegistrationFactory(enrolment__programme=programme, **more).enrolment
    if status != S.STUDYING:
        moves = [Move(record, status)]
        given = {"effective_on": date(2024, 1, 5), "by": henan.clerk, "at": datetime(2024, 1, 5, 1, tzinfo=UTC)}
        record_status_changes(kind=status.label, moves=moves, **given)
    return Enrolment.objects.get(pk=record.pk)


def asked(henan, change: str, *records: Enrolment, reason: str = "", on: date = ON, at: datetime = AT, **values: Any):
    """Open an application, with a programme of the school where the change needs one."""
    if "programme_id" in values:
        school = henan.county_school
        other = school.programmes.filter(name="会计").first() or ProgrammeFactory(school=school, name="会计")
        values["programme_id"] = other.pk
    return open_status_application(
        school=henan.county_school, change=change, enrolments=records, wanted={r.pk: values for r in records},
        statement="本人申请", effective_on=on, reason=reason, by=henan.clerk, at=at,
    )  # fmt: skip


def decide(case, henan, verdict: str = "approve", *, reasons: str = "", at: datetime = AT) -> None:
    """Have the open step decided: by the school's leader, or by two reviewers of the authority, one after the other."""
    step = current_step(case)
    people = [henan.leader] if step.post == Post.SCHOOL_LEADER else [
        henan.county_reviewer, appointed(Post.COUNTY_REVIEWER, henan.county)
    ]  # fmt: skip
    for person in people:
        decide_step(step=step, verdict=verdict, reasons=reasons, by=person, at=at)


def submitted(henan, application, at: datetime = AT):
    """Attach a paper and submit."""
    attach_evidence(case=application.case, kind="证明材料", file_name="证明.pdf", data=PDF, by=henan.clerk, at=at)
    return submit_case(case=application.case, by=henan.clerk, at=at)


def approved(henan, application, at: datetime = AT) -> None:
    """Carry an application through the school's leader and the authority."""
    submitted(henan, application, at)
    decide(application.case, henan, at=at)
    decide(application.case, henan, at=at)
    application.case.refresh_from_db()
    assert application.case.state == CaseState.APPROVED
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def values_of(record: Enrolment) -> dict[str, Any]:
    """Return what changes move of a record, as it stands now."""
    row, registration = Enrolment.objects.get(pk=record.pk), Registration.objects.get(pk=record.pk)
    return {
        "status": row.status, "programme_id": row.programme_id, "study_mode": row.study_mode,
        "grade": registration.grade, "class_name": registration.class_name,
        "expected_graduation": registration.expected_graduation,
    }  # fmt: skip


def test_every_change_but_transfers_and_particulars_is_shown() -> None:
    assert set(CHANGES) == set(KINDS_OF_CHANGE)


@pytest.mark.requirement("S2-19", "S2-26")
@each_change
def test_a_change_is_approved_takes_effect_and_is_taken_back(henan, change) -> None:
    start, values, expected, _ = CHANGES[change]
    record = student(henan, start)
    stood = values_of(record)
    application = asked(henan, change, record, **values)
    approved(henan, application)
    wanted = expected | {n: application.applicants.get().wanted[n] for n in expected if expected[n] is None}
    assert values_of(record) == stood | wanted
    applicant = application.applicants.get()
    assert (applicant.outcome, applicant.done_by.kind, applicant.done_by.case_id) == (
        "done",
        change,
        application.case_id,
    )
    assert Event.objects.filter(tag="enrolment:changed", parent_id=str(application.case_id)).count() == 1
    undoing = open_status_undoing(
        school=henan.county_school, changes=[applicant.done_by], statement="录错学生", effective_on=date(2024, 3, 20),
        by=henan.clerk, at=datetime(2024, 3, 20, 1, tzinfo=UTC),
    )  # fmt: skip
    approved(henan, undoing, datetime(2024, 3, 20, 2, tzinfo=UTC))
    assert values_of(record) == stood
    assert applicant.done_by.countered_by.case_id == undoing.case_id


@pytest.mark.requirement("S2-19")
@each_change
def test_a_change_is_refused_from_where_the_law_does_not_let_it_start(henan, change) -> None:
    _, values, _, wrong = CHANGES[change]
    record = student(henan, wrong)
    with pytest.raises(
        RuleViolation, match=f"{record.person.name}：「{wrong.label}」的学生不能办理{change}"
    ) as refused:
        asked(henan, change, record, **values)
    assert ("change.from_status", "第十三条") in clauses_of(refused)
    assert not StatusApplicant.objects.exists()


@pytest.mark.requirement("S2-19")
@each_change
def test_a_change_is_returned_resubmitted_and_refused_by_the_authority(henan, change) -> None:
    start, values, _, _ = CHANGES[change]
    record = student(henan, start)
    stood = values_of(record)
    application = asked(henan, change, record, **values)
    submitted(henan, application)
    decide(application.case, henan)
    decide(application.case, henan, "return", reasons="材料不清")
    application.case.refresh_from_db()
    assert application.case.state == CaseState.RETURNED
    assert application.applicants.get().outcome == "open"
    submit_case(case=application.case, by=henan.clerk, at=AT)
    decide(application.case, henan)
    decide(application.case, henan, "refuse", reasons="不符合条件")
    assert application.applicants.get().outcome == "left_out"
    assert values_of(record) == stood
    again = asked(henan, change, record, **values)  # nothing bars another application
    withdraw_case(case=again.case, by=henan.clerk, at=AT)
    assert again.applicants.get().outcome == "left_out"


@pytest.mark.requirement("S2-26")
@pytest.mark.parametrize(
    ("change", "given", "values", "clause", "message"),
    [
        (
            "转专业",
            {"expected_graduation": "2024-07"},
            {"programme_id": None},
            ("change.programme_not_in_graduating_year", "第十二条"),
            "毕业年级学生不允许转专业",
        ),
        (
            "退学",
            {"compulsory_until": date(2024, 7, 1)},
            {},
            ("change.compulsory_not_expelled", "第十三条"),
            "尚未完成义务教育",
        ),
        (
            "转学习形式",
            {"compulsory_until": date(2024, 7, 1)},
            {"study_mode": "非全日制"},
            ("change.junior_full_time", "第十二条"),
            "保持全日制",
        ),
    ],
)
def test_who_may_not_is_refused_with_the_clause(henan, change, given, values, clause, message) -> None:
    with pytest.raises(RuleViolation, match=message) as refused:
        asked(henan, change, student(henan, **given), **values)
    assert clause in clauses_of(refused)


@pytest.mark.requirement("S2-27")
@pytest.mark.parametrize(("since", "allowed"), [("2023-12-04", False), ("2023-12-03", True)])
def test_absence_is_counted_from_its_first_day(henan, since, allowed) -> None:
    record = student(henan)
    values = {"absent_since": since, "leave_granted": False}
    if allowed:
        approved(henan, asked(henan, "退学", record, reason="absence", **values))
        assert values_of(record)["status"] == S.WITHDRAWN
        return
    with pytest.raises(RuleViolation, match="尚未超过 3 个月"):
        asked(henan, "退学", record, reason="absence", **values)


@pytest.mark.requirement("S2-19")
def test_a_fourth_year_of_delay_is_refused(henan) -> None:
    record = student(henan)
    for year in (2024, 2025, 2026):
        at = datetime(year, 9, 1, 1, tzinfo=UTC)
        approved(henan, asked(henan, "留级", record, on=at.date(), at=at), at)
    assert values_of(record)["expected_graduation"] == "2029-07"
    at = datetime(2027, 9, 1, 1, tzinfo=UTC)
    with pytest.raises(RuleViolation, match="再留级将超过 3 年"):
        asked(henan, "留级", record, on=at.date(), at=at)


def test_a_suspended_student_comes_back(henan) -> None:
    record = student(henan)
    approved(henan, asked(henan, "休学", record, until="2025-09-01"))
    assert values_of(record)["expected_graduation"] == "2028-07"  # one year and a begun one
    at = datetime(2025, 9, 1, 1, tzinfo=UTC)
    values = {"grade": 2024, "expected_graduation": "2027-07"}
    approved(henan, asked(henan, "复学", record, on=at.date(), at=at, **values), at)
    assert values_of(record) | values | {"status": S.STUDYING} == values_of(record)


@pytest.mark.parametrize(
    ("change", "values", "error", "message"),
    [
        ("休学", {}, RuleViolation, "没有填写休学至"),
        ("休学", {"until": "2024-03-04"}, RuleViolation, "不晚于生效日期"),
        ("转学习形式", {"study_mode": "全日制"}, RuleViolation, "现在就是全日制"),
        ("转学习形式", {"study_mode": "夜校"}, RuleViolation, "应为 全日制、非全日制 之一"),
        ("留级", {"grade": 2023}, RuleViolation, "应比现在的 2023 级晚"),
        ("留级", {"expected_graduation": "2026-07"}, RuleViolation, "应比现在的 2026-07 晚"),
        ("跳级", {"expected_graduation": "七月"}, RuleViolation, "2027-07 的形式"),
        ("注销", {"grade": 2024}, BadInput, "注销不涉及「年级」"),
        ("休学", {"until": "明年"}, BadInput, "2026-03-01 的形式"),
        ("转学", {}, BadInput, "不能在这里办理「转学」"),
    ],
)
def test_values_that_make_no_sense_are_refused(henan, change, values, error, message) -> None:
    with pytest.raises(error, match=message):
        asked(henan, change, student(henan), **values)


def test_days_that_cannot_be_are_refused(henan) -> None:
    record = student(henan, S.SUSPENDED)
    with pytest.raises(BadInput, match="还没有到"):
        asked(henan, "复学", record, on=date(2024, 3, 9))
    with pytest.raises(RuleViolation, match="早于上一次异动「休学」的生效日期 2024-01-05"):
        asked(henan, "复学", record, on=date(2024, 1, 4))
    with pytest.raises(RuleViolation, match="早于办理入学手续"):
        asked(henan, "退学", student(henan), on=date(2023, 8, 31))


def test_who_studies_elsewhere_by_now_is_not_reinstated(henan) -> None:
    record = ended(student(henan))
    RegistrationFactory(enrolment__person=record.person)
    with pytest.raises(RuleViolation, match="现有另一条在读或休学的学籍"):
        asked(henan, "恢复学籍", Enrolment.objects.get(pk=record.pk))


def test_only_the_last_change_is_taken_back(henan) -> None:
    record = student(henan, S.SUSPENDED)
    first = StatusChange.objects.get(enrolment=record)
    approved(henan, asked(henan, "复学", record))
    with pytest.raises(RuleViolation, match="不是最近一次生效的异动"):
        open_status_undoing(
            school=henan.county_school, changes=[first], statement="录错", effective_on=ON, by=henan.clerk, at=AT
        )


def test_an_application_is_a_clerks_of_the_school_with_papers_about_free_students(henan) -> None:
    record = student(henan)
    with pytest.raises(NotPermitted):
        open_status_application(
            school=henan.county_school, change="注销", enrolments=[record], wanted={}, statement="x", effective_on=ON,
            by=henan.city_clerk, at=AT,
        )  # fmt: skip
    with pytest.raises(BadInput, match="不全是本校的"):
        asked(henan, "注销", RegistrationFactory().enrolment)
    application = asked(henan, "注销", record)
    with pytest.raises(RuleViolation, match="须附证明材料"):
        submit_case(case=application.case, by=henan.clerk, at=AT)
    with pytest.raises(Conflict, match=f"{record.person.name}（「注销 {record.person.name}」"):
        asked(henan, "休学", record, until="2024-09-01")


def test_an_approval_asks_the_law_again(henan) -> None:
    record = student(henan)
    application = asked(henan, "休学", record, until="2024-09-01")
    submitted(henan, application)
    decide(application.case, henan)
    ended(record)
    with pytest.raises(RuleViolation, match="「退学」的学生不能办理休学"):
        decide(application.case, henan)
    assert values_of(record)["status"] == S.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_two_clerks_withdraw_one_student_at_once(henan) -> None:
    """One application is opened, the other clerk is told whose it is."""
    record = student(henan)
    results: list[object] = []
    start = threading.Barrier(2)

    def withdraw() -> None:
        start.wait(timeout=10)
        try:
            results.append(asked(henan, "退学", record))
        except XuejiError as error:
            results.append(error.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=withdraw) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (refusal,) = (result for result in results if isinstance(result, str))
    whose = f"{record.person.name}（「退学 {record.person.name}」，2024-03-08 建立，未提交）"
    assert refusal == f"以下学生有异动正在办理，办结或撤回后才能再申请：{whose}"
    assert StatusApplicant.objects.count() == 1
