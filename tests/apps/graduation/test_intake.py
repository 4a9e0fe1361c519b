"""Uploads: what is found, what changes, what is refused, what is kept and what is not."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings as django_settings
from tests.factories import graduation as graduation_factory
from tests.factories.certificates import issued
from tests.factories.graduation import AT, Setting, approved, filled, refiled, rows_of, setting, upload
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.packs import item, use
from tests.factories.registry import EnrolmentFactory, PersonFactory, ended

from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.documents.jpegs import bare
from xueji.documents.storage import open_stored, stored_path
from xueji.graduation.actions import submit_batch
from xueji.graduation.duplicates import clash_findings
from xueji.graduation.models import Candidate
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.policy import get_library
from xueji.registry.models import Enrolment, EnrolmentStatus, Person
from xueji.uploads.actions import confirm_upload, discard_upload, receive_upload
from xueji.uploads.models import Upload, UploadRow, UploadState

pytestmark = pytest.mark.django_db


def _rules(intake: Upload) -> set[str]:
    return set(intake.findings.values_list("rule", flat=True))


def _changes(intake: Upload) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in intake.rows.all():
        found.setdefault(row.change, []).append(row.change_summary)
    return found


@pytest.mark.requirement("S1-06")
def test_faulty_upload_names_row_and_clause_and_is_not_confirmed() -> None:
    here = setting()
    rows = rows_of(3)
    rows[1] = {**rows[1], "性别": "男" if rows[1]["性别"] == "女" else "女"}
    intake = upload(here, rows)
    finding = intake.findings.get(severity="error")
    assert (finding.row, finding.column, finding.rule) == (3, "性别", "graduate.sex_matches_id")
    assert finding.cites == [{"source": "weinan-2019-22", "clause": "二（二）"}]
    assert intake.error_workbook is not None
    with pytest.raises(RuleViolation, match="第3行 性别"):
        confirm_upload(upload=intake, by=here.clerk, at=AT)
    assert not Candidate.objects.exists()
    assert not Person.objects.exists()


def test_unreadable_upload_says_why_and_can_be_followed_by_another() -> None:
    here = setting()
    intake = receive_upload(
        kind="graduates", subject=here.batch, workbook=("x.xlsx", b"not a workbook"), photos=None, by=here.clerk, at=AT
    )
    run_pending_jobs()
    intake.refresh_from_db()
    assert intake.state == UploadState.FAILED
    assert intake.message
    assert intake.job.state == "failed" or Upload.objects.get(pk=intake.pk).job.state == "failed"
    assert upload(here, rows_of()).state == UploadState.READY


def test_empty_and_oversized_files_are_refused_at_the_door(settings) -> None:
    here = setting()
    with pytest.raises(BadInput, match="空文件"):
        receive_upload(
            kind="graduates", subject=here.batch, workbook=("x.xlsx", b""), photos=None, by=here.clerk, at=AT
        )
    settings.MAX_WORKBOOK_BYTES = 10
    with pytest.raises(BadInput, match="超过"):
        receive_upload(
            kind="graduates", subject=here.batch, workbook=("x.xlsx", b"x" * 11), photos=None, by=here.clerk, at=AT
        )


def test_job_started_again_doubles_nothing() -> None:
    here = setting()
    intake = upload(here, rows_of())
    from xueji.jobs.progress import JobProgress
    from xueji.uploads.actions.reading import read_upload

    Upload.objects.filter(pk=intake.pk).update(state=UploadState.READING)
    read_upload(intake.pk, JobProgress(intake.job_id))
    assert intake.rows.count() == 3
    assert read_upload(intake.pk, JobProgress(intake.job_id))["rows"] == 3


def test_rows_are_sealed_until_confirmed_and_gone_afterwards() -> None:
    here = setting()
    intake = upload(here, rows_of(1))
    row = intake.rows.get()
    number = rows_of(1)[0]["身份证号"]
    (stored,) = UploadRow.objects.filter(pk=row.pk).values_list("payload", flat=True)
    assert number.encode() not in bytes(stored)
    assert number in row.payload
    confirm_upload(upload=intake, by=here.clerk, at=AT)
    assert UploadRow.objects.get(pk=row.pk).payload == ""


@pytest.mark.requirement("S1-10")
def test_photographs_are_kept_by_hash_never_under_their_file_name() -> None:
    here = filled(setting())
    for candidate in here.batch.candidates.all():
        path = stored_path(candidate.photo_id)
        assert path.name == candidate.photo_id
    names = [p.name for p in django_settings.MEDIA_ROOT.rglob("*")]
    assert not [n for n in names for row in rows_of() if row["身份证号"] in n]


def test_new_upload_takes_the_place_of_one_not_yet_confirmed() -> None:
    here = setting()
    first = upload(here, rows_of(1))
    second = upload(here, rows_of(2))
    first.refresh_from_db()
    assert (first.state, second.state) == (UploadState.DISCARDED, UploadState.READY)
    with pytest.raises(Conflict, match="已放弃"):
        confirm_upload(upload=first, by=here.clerk, at=AT)


def test_upload_while_another_is_being_read_is_refused() -> None:
    here = setting()
    receive_upload(kind="graduates", subject=here.batch, workbook=("x.xlsx", b"abc"), photos=None, by=here.clerk, at=AT)
    with pytest.raises(Conflict, match="还在检查"):
        receive_upload(
            kind="graduates", subject=here.batch, workbook=("x.xlsx", b"abc"), photos=None, by=here.clerk, at=AT
        )


def test_discarded_upload_leaves_no_rows_behind() -> None:
    here = setting()
    intake = upload(here, rows_of())
    discard_upload(upload=intake, by=here.clerk, at=AT)
    assert intake.rows.count() == 0
    with pytest.raises(Conflict):
        discard_upload(upload=intake, by=here.clerk, at=AT)


def test_second_upload_tells_new_changed_same_and_removed() -> None:
    here = filled(setting(), rows_of(4))
    rows = rows_of(5)
    rows[1] = {**rows[1], "毕业成绩总评": "优秀", "姓名": "新名字"}
    del rows[3]
    intake = upload(here, rows)
    assert intake.error_count == 0
    changes = _changes(intake)
    assert {k: len(v) for k, v in changes.items()} == {"new": 1, "changed": 1, "same": 2, "removed": 1}
    assert "姓名：" in changes["changed"][0]
    assert "毕业成绩总评：良好→优秀" in changes["changed"][0]
    confirm_upload(upload=intake, by=here.clerk, at=AT)
    assert here.batch.candidates.count() == 4
    assert here.batch.candidates.filter(name="新名字", person__name="新名字").exists()
    assert Person.objects.count() == Enrolment.objects.count() == 4
    after = Event.objects.filter(tag="upload:confirmed").latest("id").after
    assert (after["new"], after["changed"], len(after["removed"])) == (1, 1, 1)


def test_upload_without_photographs_keeps_the_old_ones() -> None:
    here = filled(setting())
    intake = upload(here, rows_of(3, 政治面貌="群众"), with_photos=False)
    confirm_upload(upload=intake, by=here.clerk, at=AT)
    assert not here.batch.candidates.filter(photo=None).exists()
    assert set(here.batch.candidates.values_list("political_status", flat=True)) == {"群众"}


def test_a_person_whom_a_new_list_corrects_has_an_event_that_names_the_fields_only() -> None:
    here = filled(setting())
    rows = rows_of(3)
    rows[1] |= {"姓名": "改正名", "政治面貌": "群众"}
    confirm_upload(upload=upload(here, rows, with_photos=False), by=here.clerk, at=AT)
    event = Event.objects.get(tag="person:corrected")
    assert event.after == {"fields": ["name", "political_status"]}
    assert event.subject_id == str(here.batch.candidates.get(name="改正名").person_id)
    assert event.school_id == here.batch.school_id


@pytest.mark.requirement("S1-10")
def test_batch_without_photographs_is_not_submitted() -> None:
    here = setting()
    lacking = upload(here, rows_of(), with_photos=False)
    assert [(f.rule, f.severity) for f in lacking.findings.all()] == [("photo.not_uploaded", "error")]
    with pytest.raises(RuleViolation, match="3 名毕业生都没有照片"):
        confirm_upload(upload=lacking, by=here.clerk, at=AT)
    filled(here)
    refiled(here.batch.candidates.all(), photo=None)
    with pytest.raises(RuleViolation) as refused:
        submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert [f.rule for f in refused.value.findings] == ["batch.photos_given"]


@pytest.mark.requirement("S1-06")
def test_student_of_another_school_is_refused_without_saying_where() -> None:
    city = staffed_city()
    number = rows_of(1)[0]["身份证号"]
    other = ProgrammeFactory(school=city.city_school, name="护理")
    EnrolmentFactory(programme=other, person=PersonFactory(number=number, name="甲"))
    here = setting(city)
    intake = upload(here, rows_of(2))
    finding = intake.findings.get(rule="registry.studies_at_one_school")
    assert "其他学校" in finding.message
    assert city.city_school.name not in finding.message
    with pytest.raises(RuleViolation) as refused:
        confirm_upload(upload=intake, by=here.clerk, at=AT)
    assert city.city_school.name not in str(refused.value.findings)


@pytest.mark.requirement("S1-06")
def test_graduate_listed_in_another_batch_or_certified_in_another_year_is_found() -> None:
    city = staffed_city()
    spring = setting(city, term="spring", is_late=True)
    filled(spring, rows_of(2, 毕业年月="2019-01", 入学年月="2016-03"))
    here = setting(city)
    intake = upload(here, rows_of(3, start=1))
    listed = intake.findings.get(rule="batch.listed_once")
    assert (listed.row, "2019届春季补验印" in listed.message) == (2, True)


def test_certificate_of_an_earlier_year_is_found() -> None:
    here = setting()
    old = issued(here.batch.school.programmes.get(name="护理"), here.city.city_reviewer, (1,))[0]
    ended(old.enrolment, EnrolmentStatus.GRADUATED)
    from xueji.certificates.queries import holder_id_of

    facts = GraduateFacts(resident_id=holder_id_of(old), name=old.holder_name)
    rules = {f.rule for _, f in clash_findings([facts], here.batch)}
    assert rules >= {"batch.not_certified_before", "registry.not_graduated_before"}


@pytest.mark.requirement("S1-06", "S1-07")
def test_row_that_disagrees_with_an_examined_record_asks_for_a_correction() -> None:
    here = setting()
    number = rows_of(1)[0]["身份证号"]
    programme = here.batch.school.programmes.get(name="会计")
    EnrolmentFactory(programme=programme, person=PersonFactory(number=number, name="登记名"), confirmed_at=AT)
    intake = upload(here, rows_of(1))
    found = list(intake.findings.filter(rule="registry.agrees_with_record").values_list("column", flat=True))
    assert sorted(found) == ["专业", "姓名"]
    assert "信息更正" in intake.findings.filter(rule="registry.agrees_with_record").first().remedy


def test_somebody_listed_elsewhere_between_reading_and_confirming_is_refused() -> None:
    city = staffed_city()
    here, other = setting(city), setting(city, school=city.city_school)
    first, second = upload(here, rows_of()), upload(other, rows_of())
    assert first.error_count == second.error_count == 0
    confirm_upload(upload=first, by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="其他学校"):
        confirm_upload(upload=second, by=other.clerk, at=AT)
    assert not other.batch.candidates.exists()


def test_programme_the_school_does_not_teach_is_refused_once() -> None:
    intake = upload(setting(), rows_of(1, 专业="烹饪"))
    assert _rules(intake) == {"graduate.programme_known"}


def test_upload_after_submission_is_refused_and_strangers_may_not_upload() -> None:
    here: Setting = filled(setting())
    for stranger in (here.city.city_clerk, here.city.county_reviewer, here.city.administrator):
        with pytest.raises(NotPermitted):
            receive_upload(
                kind="graduates", subject=here.batch, workbook=("x.xlsx", b"abc"), photos=None, by=stranger, at=AT
            )
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    with pytest.raises(Conflict, match="学校不能更改"):
        receive_upload(
            kind="graduates", subject=here.batch, workbook=("x.xlsx", b"abc"), photos=None, by=here.clerk, at=AT
        )


def test_approved_batch_takes_no_more_uploads() -> None:
    here = filled(setting())
    approved(here)
    with pytest.raises(Conflict):
        upload(here, rows_of(1, start=10))


def _photo_warnings(intake: Upload) -> list[tuple[int, str, str]]:
    found = intake.findings.filter(rule="photo.kept_of_another").order_by("row")
    assert {f.severity for f in found} <= {"warning"}
    return [(f.row, f.column, f.message) for f in found]


def test_a_photograph_kept_of_somebody_else_is_told_and_names_nobody_of_another_school() -> None:
    first = filled(setting())
    elsewhere = setting(first.city, school=first.city.city_school)
    rows = rows_of(3, start=10)
    assert _photo_warnings(upload(elsewhere, rows)) == []
    stored = Candidate.objects.get(batch=first.batch, name=rows_of(2)[1]["姓名"])
    number = rows[1]["身份证号"]
    with pytest.MonkeyPatch.context() as patch:
        own_day, taken = int(number[14:17]), int(rows_of(2)[1]["身份证号"][14:17])
        draw = graduation_factory.photograph
        patch.setattr(graduation_factory, "photograph", lambda seed: draw(taken if seed == own_day else seed))
        again = upload(elsewhere, rows)
    ((row, column, message),) = _photo_warnings(again)
    assert (row, column) == (3, "照片")
    assert "其他学校" in message
    assert stored.name not in message
    assert again.error_count == 0


def test_the_same_person_may_bring_the_same_photograph_again() -> None:
    here = filled(setting())
    assert _photo_warnings(upload(here, rows_of(3))) == []


def test_what_is_kept_carries_nothing_but_the_picture() -> None:
    here, secret = setting(), b"http://ns.adobe.com/xap/1.0\0 Lat 34.5 by Li Si"
    extra = b"\xff\xe1" + (len(secret) + 2).to_bytes(2, "big") + secret
    with pytest.MonkeyPatch.context() as patch:
        draw = graduation_factory.photograph
        patch.setattr(graduation_factory, "photograph", lambda seed: draw(seed)[:2] + extra + draw(seed)[2:])
        intake = upload(here, rows_of(2))
    assert set(intake.findings.values_list("rule", flat=True)) == {"photo.extra_data"}
    for row in intake.rows.all():
        with open_stored(row.photo_id) as kept:
            body = kept.read()
        assert b"Lat 34.5" not in body
        assert bare(body) == body


@pytest.mark.requirement("S2-13")
def test_where_the_pack_lets_no_list_found_a_record_only_the_enrolled_are_listed(monkeypatch) -> None:
    use(monkeypatch, item("value", "registry_founded_by_list", value=False))
    here = setting()
    rows = rows_of(2)
    enrolled = PersonFactory(number=rows[0]["身份证号"], name=rows[0]["姓名"], sex=rows[0]["性别"])
    EnrolmentFactory(person=enrolled, programme=here.batch.school.programmes.get(name=rows[0]["专业"]))
    intake = upload(here, rows)
    stranger = intake.findings.get(rule="registry.enrolled")
    assert (stranger.row, stranger.severity) == (3, "error")
    assert "先办理学籍注册备案" in stranger.remedy
    assert {cite["clause"] for cite in stranger.cites}
    with pytest.raises(RuleViolation, match="没有学籍登记"):
        confirm_upload(upload=intake, by=here.clerk, at=AT)
    confirm_upload(upload=upload(here, rows[:1]), by=here.clerk, at=AT)
    assert Enrolment.objects.get().person == enrolled


@pytest.mark.requirement("S2-13", stated=True)
@pytest.mark.parametrize(
    ("pack", "is_founded"),
    [("edu/shaanxi-weinan", True), ("edu/guangxi", True), ("edu/henan", False), ("hrss/fujian", True)],
)
def test_where_no_register_stands_a_list_founds_the_record_as_a_reading(pack, is_founded) -> None:
    view = get_library().pack(pack).on(date(2026, 7, 1))
    assert view.value("registry_founded_by_list") is is_founded
    assert ("values.registry_founded_by_list" in {reading.key for reading in view.readings}) is is_founded


@pytest.mark.requirement("S1-06")
def test_who_was_listed_in_another_class_between_reading_and_confirming_is_refused_then() -> None:
    """Two uploads of the same people are read without a finding; the first that is confirmed shuts the second out.

    At one school: the register, which knows where somebody studies, has nothing against either.
    """
    here = setting()
    spring = setting(here.city, term="spring", is_late=True)
    first, second = upload(here, rows_of(2)), upload(spring, rows_of(2, 毕业年月="2019-01", 入学年月="2016-03"))
    assert (first.error_count, second.error_count) == (0, 0)
    confirm_upload(upload=first, by=here.clerk, at=AT)
    with pytest.raises(RuleViolation, match="不能重复办理") as refused:
        confirm_upload(upload=second, by=spring.clerk, at=AT)
    assert [finding.rule for finding in refused.value.findings].count("batch.listed_once") == 2
    second.refresh_from_db()
    assert (second.state, spring.batch.candidates.count(), here.batch.candidates.count()) == (UploadState.READY, 0, 2)


@pytest.mark.requirement("S1-06")
def test_a_school_is_told_that_somebody_stands_elsewhere_and_never_where() -> None:
    """Neither of the list of another school, nor of the certificate that came of it."""
    here = setting()
    other = filled(setting(here.city, school=here.city.city_school), rows_of(1))
    facts = GraduateFacts(resident_id=rows_of(1)[0]["身份证号"], name=rows_of(1)[0]["姓名"])

    def messages_by_rule() -> dict[str, str]:
        return {finding.rule: finding.message for _, finding in clash_findings([facts], here.batch)}

    listed = messages_by_rule()
    approved(other)
    certified = messages_by_rule()
    assert "其他学校" in listed["batch.listed_once"]
    assert "其他学校" in certified["batch.not_certified_before"]
    number = other.batch.candidates.get().certificate.number.number
    messages = "".join([*listed.values(), *certified.values()])
    assert [word for word in (other.batch.school.name, other.batch.school.code, number) if word in messages] == []
