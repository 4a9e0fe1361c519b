"""Workbooks of records: everything found at once, nothing stored before it is confirmed, what changed is shown."""

from __future__ import annotations

import pytest
from tests.apps.records.files import line, number_of, stored, uploaded
from tests.exchange.people import resident_id
from tests.journeys.world import AT, found

from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.demo.provinces import FUJIAN, GUANGXI, HENAN
from xueji.graduation.models import (
    CollegeEntry,
    EmploymentRecord,
    StatusChangeLine,
    SubjectResult,
    VocationalCertificate,
)
from xueji.graduation.records.actions import drop_record
from xueji.graduation.records.eligibility import is_recorded_graduated
from xueji.graduation.records.form_data import change_rows, college_groups
from xueji.ledger.queries import timeline_of
from xueji.uploads.actions import confirm_upload, discard_upload, receive_upload
from xueji.uploads.models import UploadState
from xueji.uploads.queries import uploads_of

pytestmark = pytest.mark.django_db


def certificate(candidate, number="18350030004001", level="中级工", **cells):
    return line(
        candidate, **{"职业（工种）": "电工", "等级": level, "证书编号": number, "发证日期": "2026-05-20", **cells}
    )


@pytest.fixture
def fujian():
    world = found(FUJIAN)
    return world, world.listed(count=4), world.user("school_clerk")


@pytest.fixture
def guangxi():
    world = found(GUANGXI)
    return world, world.listed(count=4), world.user("school_clerk")


@pytest.mark.requirement("S3-10", "S3-13", "S3-19")
def test_certificate_counts_only_once_it_is_confirmed(fujian) -> None:
    _, batch, clerk = fujian
    first = batch.candidates.filter(details__graduate_level="中级技工班").first()
    intake = uploaded(batch, "vocational", [certificate(first)], clerk)
    assert intake.state == UploadState.READY
    assert not VocationalCertificate.objects.exists()
    confirm_upload(upload=intake, by=clerk, at=AT)
    assert VocationalCertificate.objects.get().issued_on.isoformat() == "2026-05-20"
    assert {row.payload for row in intake.rows.all()} == {""}
    assert "record:stored" in [event.tag for event in timeline_of(first)]


@pytest.mark.requirement("S3-10")
def test_level_below_the_graduates_own_is_recorded_with_a_warning(fujian) -> None:
    _, batch, clerk = fujian
    senior = batch.candidates.filter(details__graduate_level="高级工班").first()
    intake = uploaded(batch, "vocational", [certificate(senior, level="四级")], clerk)
    assert [(f.rule, f.severity) for f in intake.findings.all()] == [("record.vocational_level_fits", "warning")]
    confirm_upload(upload=intake, by=clerk, at=AT)
    stored(batch, "vocational", [certificate(senior, number="18350030003001", level="高级工")], clerk)
    assert set(senior.vocationalcertificates.values_list("level", flat=True)) == {"中级工", "高级工"}


@pytest.mark.requirement("S3-13")
def test_everything_wrong_is_found_at_once_with_row_and_column(fujian) -> None:
    _, batch, clerk = fujian
    first, second, third, _ = batch.candidates.order_by("ordinal")
    stranger = resident_id(7, third.birth_date)
    rows = [
        certificate(first, number="A1"),
        {**certificate(second, number="A1")},
        {**certificate(third, number="A2", level="特级"), "姓名": "别人"},
        {
            "姓名": "路人",
            "身份证号": stranger,
            "职业（工种）": "",
            "等级": "中级工",
            "证书编号": "A3",
            "发证日期": "2030-01-01",
        },
    ]
    intake = uploaded(batch, "vocational", rows, clerk)
    found_ = {(f.row, f.column, f.rule) for f in intake.findings.filter(severity="error")}
    assert found_ == {
        (2, "证书编号", "records.certificate_numbers_once"),
        (3, "证书编号", "records.certificate_numbers_once"),
        (4, "姓名", "record.name_matches"),
        (4, "等级", "record.words_known"),
        (5, "身份证号", "record.graduate_listed"),
        (5, "职业（工种）", "record.required_given"),
        (5, "发证日期", "record.dates_not_ahead"),
    }
    assert intake.error_workbook is not None
    with pytest.raises(RuleViolation) as refused:
        confirm_upload(upload=intake, by=clerk, at=AT)
    assert all(finding.cites for finding in refused.value.findings if finding.rule.startswith("record"))
    assert not VocationalCertificate.objects.exists()


@pytest.mark.requirement("S3-13")
def test_second_upload_shows_what_changed_and_keeps_what_it_does_not_repeat(fujian) -> None:
    _, batch, clerk = fujian
    first, second, third, _ = batch.candidates.order_by("ordinal")
    work = {"就业去向": "企业就业", "就业单位": "甲厂"}
    stored(batch, "employment", [line(first, **work), line(second, **work)], clerk)
    again = uploaded(
        batch,
        "employment",
        [line(first, **work), line(second, **{**work, "就业单位": "乙厂"}), line(third, 就业去向="升学")],
        clerk,
    )
    assert [(row.change, row.change_summary) for row in again.rows.all()] == [
        ("same", ""), ("changed", "就业单位：甲厂→乙厂"), ("new", ""),
    ]  # fmt: skip
    confirm_upload(upload=again, by=clerk, at=AT)
    assert dict(EmploymentRecord.objects.values_list("candidate__ordinal", "employer")) == {1: "甲厂", 2: "乙厂", 3: ""}
    stored(batch, "employment", [line(third, 就业去向="参军")], clerk)
    assert EmploymentRecord.objects.count() == 3


@pytest.mark.requirement("S3-19")
def test_marks_come_with_their_teachers(fujian) -> None:
    _, batch, clerk = fujian
    candidate = batch.candidates.first()
    rows = [
        line(candidate, 课程="数学", 成绩="86", 任课教师="林老师"),
        line(candidate, 课程="语文", 成绩="良好", 任课教师=""),
    ]
    intake = uploaded(batch, "results", rows, clerk)
    assert [(f.row, f.column) for f in intake.findings.all()] == [(3, "任课教师")]
    rows[1]["任课教师"] = "韦老师"
    stored(batch, "results", rows, clerk)
    assert set(SubjectResult.objects.values_list("subject", "mark", "teacher")) == {
        ("数学", "86", "林老师"), ("语文", "良好", "韦老师"),
    }  # fmt: skip


@pytest.mark.requirement("S3-10")
def test_certificate_of_somebody_else_is_refused_without_saying_whose(fujian) -> None:
    world, batch, clerk = fujian
    stored(batch, "vocational", [certificate(batch.candidates.first(), number="B1")], clerk)
    other = world.listed("direct", 2)
    intake = uploaded(
        other, "vocational", [certificate(other.candidates.first(), number="B1")], world.user("direct_clerk")
    )
    (finding,) = intake.findings.filter(severity="error")
    assert finding.rule == "record.certificate_of_one"
    assert batch.candidates.first().name not in finding.message


def test_form_the_pack_does_not_have_and_people_without_the_post_are_refused(fujian) -> None:
    world, batch, clerk = fujian
    with pytest.raises(BadInput, match="不收这种表册"):
        receive_upload(subject=batch, kind="college", workbook=("a.xlsx", b"x"), by=clerk, at=AT)
    with pytest.raises(NotPermitted):
        receive_upload(
            subject=batch, kind="vocational", workbook=("a.xlsx", b"x"), by=world.user("direct_clerk"), at=AT
        )


def test_file_that_cannot_be_read_says_so_and_can_be_followed_by_another(fujian) -> None:
    _, batch, clerk = fujian
    receive_upload(subject=batch, kind="vocational", workbook=("a.xlsx", b"%PDF-1.7"), by=clerk, at=AT)
    from xueji.jobs.testing import run_pending_jobs

    run_pending_jobs()
    failed = uploads_of(batch, "vocational").get()
    assert (failed.state, "PDF" in failed.message) == (UploadState.FAILED, True)
    waiting = uploaded(batch, "vocational", [certificate(batch.candidates.first())], clerk)
    discard_upload(upload=waiting, by=clerk, at=AT)
    with pytest.raises(Conflict):
        confirm_upload(upload=waiting, by=clerk, at=AT)
    assert not VocationalCertificate.objects.exists()


def test_dropped_line_needs_a_reason_and_stays_in_the_ledger(fujian) -> None:
    _, batch, clerk = fujian
    candidate = batch.candidates.first()
    stored(batch, "vocational", [certificate(candidate)], clerk)
    vocational = VocationalCertificate.objects.get()
    with pytest.raises(BadInput, match="原因"):
        drop_record(kind="vocational", batch=batch, record_id=vocational.pk, reason=" ", by=clerk, at=AT)
    drop_record(kind="vocational", batch=batch, record_id=vocational.pk, reason="填错了人", by=clerk, at=AT)
    assert not VocationalCertificate.objects.exists()
    event = timeline_of(candidate)[-1]
    assert (event.tag, event.note, event.before["certificate_number"]) == (
        "record:removed",
        "填错了人",
        "18350030004001",
    )


@pytest.mark.requirement("S4-01", "S4-07")
def test_batch_is_recorded_graduated_when_everybody_is_processed(guangxi) -> None:
    _, batch, clerk = guangxi
    everybody = list(batch.candidates.all())
    done = {"毕（结）业处理": "毕业", "处理日期": "2026-06-10"}
    stored(batch, "efile", [line(candidate, **done) for candidate in everybody[:3]], clerk)
    assert not is_recorded_graduated(batch)
    wrong = uploaded(batch, "efile", [line(everybody[3], **{**done, "毕（结）业处理": "在籍"})], clerk)
    assert wrong.findings.get().rule == "record.outcome_matches"
    discard_upload(upload=wrong, by=clerk, at=AT)
    stored(batch, "efile", [line(everybody[3], **done)], clerk)
    assert is_recorded_graduated(batch)


@pytest.mark.requirement("S2-37")
def test_third_jurisdiction_records_its_graduates_as_well() -> None:
    world = found(HENAN)
    batch = world.listed(count=2)
    done = {"毕（结）业处理": "毕业"}
    stored(
        batch, "efile", [line(candidate, **done) for candidate in batch.candidates.all()], world.user("school_clerk")
    )
    assert is_recorded_graduated(batch)


@pytest.mark.requirement("S4-14")
def test_status_changes_list_those_who_left_and_are_sorted_by_programme(guangxi) -> None:
    _, batch, clerk = guangxi
    first, second = batch.candidates.order_by("-programme_name", "ordinal")[:2]
    left = {"姓名": "转走的人", "身份证号": resident_id(8, first.birth_date)}
    study = {"年级": "2023级", "学制": "3"}
    rows = [
        line(first, 专业名称="计算机应用", 异动前="2022级", 异动后="2023级", 异动类型="留级", **study),
        {**left, "专业名称": "护理", "异动前": "本校", "异动后": "甲校", "异动类型": "转出", **study},
    ]
    stored(batch, "changes", rows, clerk)
    shown = change_rows(batch)
    assert [(row["programme"], row["name"], row["change_type"]) for row in shown] == [
        ("护理", "转走的人", "转出"), ("计算机应用", first.name, "留级"),
    ]  # fmt: skip
    assert shown[0]["resident_id"] == left["身份证号"]
    assert shown[1]["resident_id"] == number_of(first)
    assert left["身份证号"].encode() not in bytes(StatusChangeLine.objects.values_list("resident_id", flat=True)[0])
    unknown = uploaded(
        batch,
        "changes",
        [
            {**left, "专业名称": "护理", "异动类型": "休学", **study},
            line(second, 专业名称="护理", 异动类型="旅行", **study),
        ],
        clerk,
    )
    assert {(f.row, f.rule) for f in unknown.findings.filter(severity="error")} == {
        (2, "record.graduate_listed"), (3, "record.words_known"),
    }  # fmt: skip


@pytest.mark.requirement("S4-15")
@pytest.mark.parametrize(("year", "exam", "cohort"), [(2022, "2021", "2019"), (2026, "2025", "2023")])
def test_the_years_on_the_college_list_move_along_with_the_class(guangxi, year, exam, cohort) -> None:
    batch = guangxi[1]
    batch.season.year = year
    (empty,) = college_groups(batch)
    assert (empty.fields["exam_year"], empty.fields["cohort"]) == (exam, cohort)


@pytest.mark.requirement("S4-15")
def test_college_list_is_one_form_a_college_and_only_of_this_school(guangxi) -> None:
    world, batch, clerk = guangxi
    first, second, third, _ = batch.candidates.order_by("ordinal")
    school = world.school().name

    def entry(candidate, college, source=school):
        return line(candidate, 高等职业院校=college, 高职就读年级专业="2025级护理", 来源中职学校名称=source)

    wrong = uploaded(batch, "college", [entry(first, "甲学院", "别的学校")], clerk)
    assert [f.rule for f in wrong.findings.all()] == ["record.college_of_this_school"]
    stored(batch, "college", [entry(first, "乙学院"), entry(second, "甲学院"), entry(third, "乙学院")], clerk)
    assert [(group.fields["college"], len(group.rows)) for group in college_groups(batch)] == [
        ("乙学院", 2),
        ("甲学院", 1),
    ]
    assert CollegeEntry.objects.count() == 3
