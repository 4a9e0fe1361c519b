"""A change of many by a workbook: good rows go on as one application, bad ones come back marked; set-based throughout."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook
from tests.apps.registry.test_applying import (
    AT,
    CHANGES,
    ON,
    S,
    approved,
    asked,
    decide,
    each_change,
    student,
    submitted,
    values_of,
)
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import ended

from xueji.core.errors import BadInput, NotPermitted, RuleViolation
from xueji.core.identifiers import tail_of
from xueji.documents.storage import open_stored
from xueji.institutions.queries import pack_of
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.registry.actions import open_status_undoing
from xueji.registry.bulk_columns import FORM, OTHERS
from xueji.registry.bulk_queries import prefilled_workbook
from xueji.registry.bulk_reading import class_of
from xueji.registry.models import Enrolment, StatusApplication
from xueji.registry.queries.choices import choice_of
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import Upload, UploadState

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-19")]
HEADERS = {column.field: column.header for column in FORM.columns}


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def row(record: Enrolment, change: str, **more: Any) -> dict[str, Any]:
    """Return a row as the prefilled workbook has it, by field."""
    return {
        "record": str(record.pk), "name": record.person.name, "tail": tail_of(record.person.resident_id),
        "class_now": class_of(record), "status": record.get_status_display(), "change": change,
        "effective_on": ON.isoformat(), "statement": "本人申请",
    } | more  # fmt: skip


def book(*rows: dict[str, Any]) -> bytes:
    made = Workbook()
    sheet = made.active
    sheet.append(list(HEADERS.values()))
    for given in rows:
        sheet.append([given.get(field, "") for field in HEADERS])
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def sent(henan, data: bytes, at: datetime = AT) -> Upload:
    """Send a workbook and have it read."""
    school = henan.county_school
    upload = receive_upload(kind="status_changes", subject=school, workbook=("名册.xlsx", data), by=henan.clerk, at=at)
    run_pending_jobs()
    upload.refresh_from_db()
    assert upload.state == UploadState.READY, upload.message
    return upload


def confirmed(henan, upload: Upload, at: datetime = AT) -> StatusApplication:
    confirm_upload(upload=upload, by=henan.clerk, at=at)
    return StatusApplication.objects.get(case__opened_at=at)


def prefilled(henan, change: str, records: list[Enrolment], on: date = ON) -> bytes:
    school = henan.county_school
    view = pack_of(school).on(date(2024, 3, 8))
    choice = choice_of(change, school, records, view, on)
    return prefilled_workbook(choice, view, effective_on=on, statement="本人申请", shows_tail=True)


def typed(henan, change: str) -> dict[str, Any]:
    """Return what a clerk types for a change, as the workbook wants it."""
    values = dict(CHANGES[change][1])
    if "programme_id" in values:
        values["programme_id"] = ProgrammeFactory(school=henan.county_school, name="会计").name
    return values


@pytest.mark.requirement("S2-26")
@each_change
def test_each_change_by_workbook_allowed_refused_returned_and_undone(henan, change) -> None:
    start, _, expected, barred = CHANGES[change]
    good, bad = student(henan, start), student(henan, barred)
    stood, values = values_of(good), typed(henan, change)
    upload = sent(henan, book(row(good, change, **values), row(bad, change, **values)))
    assert (upload.row_count, upload.left_out_count, upload.error_count) == (1, 1, 0)
    refused = upload.findings.get(rule="change.from_status")
    assert (refused.row, bool(refused.cites)) == (3, True)
    application = confirmed(henan, upload)
    assert [applicant.enrolment_id for applicant in application.applicants.all()] == [good.pk]
    submitted(henan, application)
    decide(application.case, henan, "return", reasons="材料不清")
    assert values_of(good) == stood
    approved(henan, application)
    becomes = expected | {
        name: application.applicants.get().wanted[name] for name in expected if expected[name] is None
    }
    assert values_of(good) == stood | becomes
    undoing = open_status_undoing(
        school=henan.county_school, changes=[application.applicants.get().done_by], statement="录错", effective_on=ON,
        by=henan.clerk, at=AT,
    )  # fmt: skip
    approved(henan, undoing)
    assert values_of(good) == stood


def test_the_prefilled_workbook_holds_exactly_who_may_the_others_with_reason_and_clause(henan) -> None:
    may, barred, busy = student(henan), student(henan), student(henan)
    ended(barred)
    barred.refresh_from_db()
    asked(henan, "退学", busy)
    made = load_workbook(BytesIO(prefilled(henan, "休学", [may, barred, busy])))
    sheet = made.worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    assert [given[header.index("记录号")] for given in rows] == [str(may.pk)]
    assert "休学至" in header
    assert "专业" not in header
    others = {given[0]: given for given in made[OTHERS].iter_rows(min_row=2, values_only=True)}
    assert set(others) == {barred.person.name, busy.person.name}
    assert "「退学」的学生不能办理休学" in others[barred.person.name][3]
    assert "第十三条" in others[barred.person.name][4]
    assert "有异动正在办理" in others[busy.person.name][3]


def test_the_workbook_as_it_was_fetched_is_sent_back_and_goes_on(henan) -> None:
    records = [student(henan) for _ in range(3)]
    upload = sent(henan, prefilled(henan, "退学", records))
    assert (upload.row_count, upload.left_out_count, upload.findings.count()) == (3, 0, 0)
    application = confirmed(henan, upload)
    assert application.applicants.count() == 3
    event = Event.objects.get(tag="upload:confirmed")
    assert (event.after["students"], event.after["case"]) == (3, application.case_id)


@pytest.mark.parametrize(
    ("field", "value", "rule", "message"),
    [
        ("name", "王二", "compared", "与学籍登记不一致"),
        ("tail", "000X", "compared", "与学籍登记不一致"),
        ("class_now", "2020 级 9班", "compared", "与学籍登记不一致"),
        ("status", "休学", "compared", "与学籍登记不一致"),
        ("record", "7a0c", "record_of_school", "本校没有这条学籍记录"),
        ("change", "转学", "asked", "不能成批办理「转学」"),
        ("effective_on", "2024-03-09", "asked", "还没有到"),
        ("effective_on", "2024-03-05", "alike", "「生效日期」与前面的行不同"),
        ("statement", "", "asked", "没有填写申请事由"),
        ("reason", "开除", "asked", "原因类别不能填"),
        ("study_mode", "全日制", "values", "不涉及「学习形式」"),
        ("until", "不知道", "", ""),
    ],
)
def test_a_row_that_does_not_agree_comes_back_and_the_others_go_on(henan, field, value, rule, message) -> None:
    first, second = student(henan), student(henan)
    wrong = row(second, "休学", until="2024-09-01") | {field: value}
    upload = sent(henan, book(row(first, "休学", until="2024-09-01"), wrong))
    assert (upload.row_count, upload.left_out_count, upload.error_count) == (1, 1, 0)
    if rule:
        finding = upload.findings.get(rule=f"bulk_change.{rule}")
        assert (finding.row, message in finding.message) == (3, True)
    stood = (second.person.name, second.status)
    assert confirmed(henan, upload).applicants.get().enrolment_id == first.pk
    second.refresh_from_db()
    assert (second.person.name, second.status) == stood


def test_who_comes_back_is_marked_in_a_workbook_that_can_be_sent_again(henan) -> None:
    good, bad = student(henan), student(henan)
    upload = sent(henan, book(row(good, "休学", until="2024-09-01"), row(bad, "休学")))
    confirmed(henan, upload)
    with open_stored(upload.error_workbook_id) as file:
        marked = load_workbook(BytesIO(file.read()))
    sheet = marked.worksheets[0]
    header, *rows = list(sheet.iter_rows(values_only=True))
    assert [given[header.index("记录号")] for given in rows] == [str(bad.pk)]
    assert "没有填写休学至" in rows[0][header.index("问题")]
    sheet.cell(2, header.index("休学至") + 1).value = "2024-09-01"
    out = BytesIO()
    marked.save(out)
    again = sent(henan, out.getvalue(), AT.replace(hour=2))
    assert (again.row_count, again.left_out_count) == (1, 0)


def test_one_student_twice_and_one_under_way_come_back(henan) -> None:
    once, busy = student(henan), student(henan)
    asked(henan, "退学", busy)
    upload = sent(henan, book(row(once, "退学"), row(once, "退学"), row(busy, "退学")))
    assert (upload.row_count, upload.left_out_count) == (1, 2)
    assert set(upload.findings.values_list("row", "rule")) == {
        (3, "bulk_change.once"), (4, "status_change.one_at_a_time")
    }  # fmt: skip


@pytest.mark.requirement("S2-27")
def test_withdrawal_for_absence_asks_since_when_and_without_leave(henan) -> None:
    away, recent, vague = student(henan), student(henan), student(henan)
    given = {"reason": "未请假离校", "leave_granted": "否"}
    upload = sent(
        henan,
        book(
            row(away, "退学", absent_since="2023-12-03", **given), row(recent, "退学", absent_since="2023-12-05", **given),
            row(vague, "退学", **given),
        ),
    )  # fmt: skip
    assert (upload.row_count, upload.left_out_count) == (1, 2)
    assert "尚未超过 3 个月" in upload.findings.get(row=3).message
    assert "没有填写未请假离校之日" in upload.findings.get(row=4).message
    assert confirmed(henan, upload).reason == "absence"


def test_a_file_without_a_good_row_cannot_be_confirmed(henan) -> None:
    upload = sent(henan, book(row(student(henan, S.WITHDRAWN), "休学", until="2024-09-01")))
    assert (upload.row_count, upload.left_out_count, upload.error_count > 0) == (0, 0, True)
    with pytest.raises(RuleViolation):
        confirm_upload(upload=upload, by=henan.clerk, at=AT)


def test_what_changed_since_the_reading_refuses_the_whole(henan) -> None:
    first, second = student(henan), student(henan)
    upload = sent(henan, book(row(first, "退学"), row(second, "退学")))
    ended(second)
    with pytest.raises(RuleViolation, match="不能办理退学"):
        confirm_upload(upload=upload, by=henan.clerk, at=AT)
    assert not StatusApplication.objects.exists()


def test_only_the_clerk_sends_and_only_where_the_law_knows_changes(henan) -> None:
    data = book(row(student(henan), "退学"))
    with pytest.raises(NotPermitted):
        receive_upload(
            kind="status_changes", subject=henan.county_school, workbook=("a.xlsx", data), by=henan.leader, at=AT
        )
    weinan = staffed_city("610500", "610502")
    with pytest.raises(BadInput, match="没有学籍异动"):
        receive_upload(
            kind="status_changes", subject=weinan.county_school, workbook=("a.xlsx", data), by=weinan.clerk, at=AT
        )


def test_the_statements_do_not_grow_with_the_students(henan) -> None:
    """Neither reading, confirming nor approving asks once a student."""
    counts = []
    for hour, students in ((1, 2), (3, 12)):
        at = AT.replace(hour=hour)
        data = book(*(row(student(henan), "休学", until="2024-09-01") for _ in range(students)))
        with CaptureQueriesContext(connection) as reading:
            upload = sent(henan, data, at)
        with CaptureQueriesContext(connection) as confirming:
            application = confirmed(henan, upload, at)
        submitted(henan, application, at)
        decide(application.case, henan, at=at)
        with CaptureQueriesContext(connection) as approving:
            decide(application.case, henan, at=at)
        counts.append([len(reading), len(confirming), len(approving)])
    assert all(many <= few for few, many in zip(*counts, strict=True)), counts
    assert all(many <= most for many, most in zip(counts[1], (44, 33, 76), strict=True)), counts
