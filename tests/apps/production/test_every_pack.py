"""What each pack prints of a batch, made from real rows; sealing with materials and electronic files."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pikepdf
import pytest
from python_calamine import CalamineWorkbook
from tests.documents.documents_data import page_texts
from tests.factories.cases import CaseFactory
from tests.factories.certificates import CertificateNumberFactory, void
from tests.factories.institutions import SchoolFactory
from tests.factories.jurisdictions import FUJIAN, GUANGXI, HENAN, Jurisdiction, certify, jurisdiction, processed
from tests.factories.production import class_of

from xueji.cases.rounds import places_of
from xueji.certificates.models import Certificate, CertificateState
from xueji.certificates.queries import holder_id_of
from xueji.core.draw import commitment_of, draw, list_hash_of, seed_of
from xueji.core.errors import Conflict, NotPermitted, RuleViolation
from xueji.core.packs import DocumentSpec
from xueji.documents.render import render_diplomas
from xueji.graduation.records.eligibility import is_recorded_graduated
from xueji.policy import get_library
from xueji.production.actions import draw_files, open_round, record_files, seal_issue
from xueji.production.archive import copies_expected
from xueji.production.balances import balance_sheet
from xueji.production.catalogue import certificate_kind_of, keys_of_kind, modes_of, printables_of
from xueji.production.filechecks import barred_so_far
from xueji.production.form_data import certificates_of, diploma_records, issue_day
from xueji.production.lists import _lines_of, list_data, make_list, number_ranges
from xueji.production.materials import materials_of
from xueji.production.models import FileCheck, SealingSession

pytestmark = pytest.mark.django_db
_FORM = DocumentSpec("x", "表", "@list.typ", 1, (), (), {})
SEALING = datetime(2022, 6, 21, 2, tzinfo=UTC)


@pytest.mark.parametrize("which", [FUJIAN, GUANGXI, HENAN], ids=lambda w: w[0])
def test_every_form_of_a_pack_is_made_from_a_batch(which):
    place = jurisdiction(which, count=2)
    view = place.batch.law
    made = {}
    for printable in printables_of(view, place.batch.issue):
        if printable.is_diploma and certificate_kind_of(printable.spec) == "graduation":
            for mode in modes_of(printable.spec):
                records = diploma_records(list(certificates_of(place.batch.issue)), printable.spec)
                made[printable.key, mode] = render_diplomas(
                    printable.spec, records, mode=mode, issued_on=issue_day(place.batch.issue)
                ).pages
        elif not printable.is_diploma:
            made[printable.key, ""] = make_list(
                place.batch.issue, printable.spec, workbook=printable.format == "xlsx"
            ).pages
    assert all(pages > 0 for pages in made.values())
    assert len(made) >= 4


@pytest.mark.requirement("S4-11", "S4-12")
def test_one_form_a_group_and_one_line_a_range():
    place = jurisdiction(GUANGXI, count=3)
    view = place.batch.law
    moved = certificates_of(place.batch.issue).last().candidate
    moved.details = {**moved.details, "admission_category": "春季招生"}
    moved.save()
    groups = list_data(place.batch.issue, view.document("qualification")).groups
    assert sorted(len(group.rows) for group in groups) == [1, 2]
    (totals,) = list_data(place.batch.issue, view.document("audit_form")).groups
    assert [row["count"] for row in totals.rows] == ["3"]
    numbers = list(certificates_of(place.batch.issue).values_list("number__number", flat=True))
    assert totals.rows[0]["numbers"] == f"{numbers[0]}—{numbers[-1]}"
    pdf = make_list(place.batch.issue, view.document("qualification"), workbook=False).data
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages) == 2 * 3  # a school below a city hands in three copies


@pytest.mark.requirement("S4-12", "S4-13")
def test_a_gap_in_the_numbers_is_a_line_of_its_own_not_hidden_in_a_range():
    rows = list(certificates_of(jurisdiction(GUANGXI, count=5).batch.issue))
    numbers = [row.number.number for row in rows]
    first, second = _lines_of([[row for row in rows if row.number.number != numbers[2]]])
    assert (first["count"], first["serial"], first["numbers"]) == ("4", "1", f"{numbers[0]}—{numbers[1]}")
    assert (second["numbers"], second["count"], second["programme"]) == (f"{numbers[3]}—{numbers[4]}", "", "")


def test_the_balance_sheet_on_paper_names_the_numbers_in_each_state():
    place = jurisdiction(GUANGXI, count=5)
    numbers = list(certificates_of(place.batch.issue).values_list("number__number", flat=True))
    made = balance_sheet(place.batch.school, [place.batch.issue], at=SEALING)
    (text,) = page_texts(made.data)
    assert f"发放5{numbers[0]}—{numbers[-1]}" in text
    assert f"已发5{numbers[0]}—{numbers[-1]}" in text
    assert "结论：平衡" in text


@pytest.mark.requirement("S2-34", "S2-35")
def test_numbers_in_random_order_are_never_printed_as_a_range():
    rows = list(certificates_of(jurisdiction(HENAN, count=8).batch.issue))
    for i, row in enumerate(rows):  # serials 1, 2, 3 … carried to their places
        row.number.number = f"2026410100410101001{(i + 1) * 7919 % 100000:05d}"
    assert len(number_ranges(rows)) == 8
    (line,) = _lines_of([rows])
    assert line["numbers"] == "共 8 个，不相连，逐个见名单"
    few = [line["numbers"] for line in _lines_of([rows[:2]])]
    assert sorted(few) == sorted(row.number.number for row in rows[:2])


@pytest.mark.requirement("S3-20")
def test_the_roster_has_its_eleven_columns_with_the_full_number():
    place = jurisdiction(FUJIAN, count=2)
    spec = place.batch.law.document("roster")
    data = make_list(place.batch.issue, spec, workbook=True).data
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    head = next(row for row in rows if "序号" in row)
    assert len([cell for cell in head if cell]) == 11
    first = certificates_of(place.batch.issue).first()
    assert any(holder_id_of(first) in row for row in rows)
    assert [(copy.keeper, copy.document) for copy in copies_expected(place.batch.issue) if copy.document == "roster"] == [
        ("school", "roster"), ("city", "roster"), ("province", "roster"),
    ]  # fmt: skip


def test_the_hand_out_list_names_the_vocational_certificate():
    place = jurisdiction(FUJIAN, count=2)
    certify(place.batch, 0, "3515001001")
    (group,) = list_data(place.batch.issue, place.batch.law.document("hand_out")).groups
    assert [row["vocational_certificate"] for row in group.rows] == ["3515001001", ""]


@pytest.fixture
def guangxi(monkeypatch) -> Jurisdiction:
    place = jurisdiction(GUANGXI, count=3)
    monkeypatch.setattr("xueji.production.actions.sealing.require_stage", lambda batch, stage: None)
    return place


def opened(place: Jurisdiction):
    return open_round(
        **class_of(place.batch.season), place="教育厅办公楼", by=place.reviewer, at=datetime(2022, 4, 1, tzinfo=UTC)
    )


def seal(place: Jurisdiction, sealing_round, **changes) -> SealingSession:
    everything = [material.label for material in materials_of(place.batch.issue, place.batch.law)]
    values = {"issue": place.batch.issue, "round": sealing_round, "diplomas_counted": 3, "refused": {}, "sealed_by": place.sealer,
              "supervised_by": place.seal_supervisor, "at": SEALING, "materials": everything}  # fmt: skip
    return seal_issue(**{**values, **changes})


@pytest.mark.requirement("S4-04")
def test_the_province_seals_on_the_days_of_its_notice(guangxi):
    sealing_round = opened(guangxi)
    assert (sealing_round.opens_on, sealing_round.closes_on) == (date(2022, 6, 20), date(2022, 7, 8))


@pytest.mark.requirement("S4-16")
def test_school_city_and_region_have_each_their_part_and_two_of_the_region_seal(guangxi):
    view = guangxi.batch.law
    own_case = CaseFactory(kind="graduation_batch", school=guangxi.school, pack="edu/guangxi")
    direct = CaseFactory(kind="graduation_batch", school=SchoolFactory(authority=guangxi.province), pack="edu/guangxi")
    assert [(spec.post, place) for spec, place in places_of(own_case, view)] == [
        ("school_leader", guangxi.school), ("city_reviewer", guangxi.staff.city),
    ]  # fmt: skip
    assert [(spec.post, place) for spec, place in places_of(direct, view)] == [
        ("school_leader", direct.school), ("province_reviewer", guangxi.province),
    ]  # fmt: skip
    sealing_round = opened(guangxi)
    with pytest.raises(NotPermitted):
        seal(guangxi, sealing_round, sealed_by=guangxi.staff.sealer)  # of the city
    with pytest.raises(RuleViolation, match="必须是两个人"):
        seal(guangxi, sealing_round, supervised_by=guangxi.sealer)
    form = make_list(guangxi.batch.issue, view.document("audit_form"), workbook=False).data
    signed = "".join(page_texts(form))
    for part in ("学校经办人", "市教育局职成科", "自治区教育厅验印审核人", "自治区教育厅监印人"):
        assert part in signed
    listed = "".join(page_texts(make_list(guangxi.batch.issue, view.document("qualification"), workbook=False).data))
    assert "填表人" in listed
    assert "审核人" in listed


@pytest.mark.requirement("S4-05")
def test_nothing_is_sealed_while_a_paper_is_missing(guangxi):
    sealing_round = opened(guangxi)
    words = [material.words for material in materials_of(guangxi.batch.issue, guangxi.batch.law)]
    assert "附件 3（3 份）" in words
    with pytest.raises(RuleViolation) as refused:
        seal(guangxi, sealing_round, materials=["附件 2"])
    assert refused.value.findings[0].rule == "sealing.materials_complete"
    assert "附件 3" in refused.value.message
    assert refused.value.findings[0].cites


@pytest.mark.requirement("S4-07")
def test_whose_file_does_not_say_graduated_is_not_sealed(guangxi):
    sealing_round = opened(guangxi)
    with pytest.raises(RuleViolation, match="尚未抽取"):
        seal(guangxi, sealing_round)
    check = draw_files(issue=guangxi.batch.issue, round=sealing_round, by=guangxi.sealer, at=SEALING)
    with pytest.raises(Conflict):
        draw_files(issue=guangxi.batch.issue, round=sealing_round, by=guangxi.sealer, at=SEALING)
    with pytest.raises(RuleViolation, match="没有核查"):
        seal(guangxi, sealing_round)
    item = check.draw.items.get()  # one in ten, rounded up
    record_files(check=check, outcomes={item.pk: ("failed", "在籍")}, by=guangxi.sealer, at=SEALING)
    session = seal(guangxi, sealing_round)
    assert (session.sealed_count, session.refused_count) == (2, 1)
    assert item.file_check_item.certificate.state == CertificateState.ISSUED
    assert (session.sealed_by, session.supervised_by) == (guangxi.sealer, guangxi.seal_supervisor)


@pytest.mark.requirement("S4-07")
def test_a_file_bars_the_certificate_its_student_has_by_now(guangxi):
    """The one drawn is voided and issued anew before the seal: the file still does not say «graduated»."""
    sealing_round = opened(guangxi)
    check = draw_files(issue=guangxi.batch.issue, round=sealing_round, by=guangxi.sealer, at=SEALING)
    item = check.draw.items.get()
    record_files(check=check, outcomes={item.pk: ("failed", "在籍")}, by=guangxi.sealer, at=SEALING)
    old = void(item.file_check_item.certificate, guangxi.sealer)
    new = Certificate.objects.get(pk=old.pk)
    number = CertificateNumberFactory(block=old.number.block, serial=old.number.serial + 900)
    new.pk, new.number, new.predecessor, new.state = uuid4(), number, old, CertificateState.ISSUED
    new.voided_at, new.void_reason = None, ""
    new.save(force_insert=True)
    assert set(barred_so_far(guangxi.batch.issue, guangxi.batch.law)) == {new.pk}


@pytest.mark.requirement("S4-07")
def test_what_a_file_said_is_settled_with_the_seal(guangxi):
    sealing_round = opened(guangxi)
    item = draw_files(issue=guangxi.batch.issue, round=sealing_round, by=guangxi.sealer, at=SEALING).draw.items.get()

    def say(outcome: str) -> int:
        check = FileCheck.objects.get(draw=item.draw_id)  # as a page finds it
        return record_files(check=check, outcomes={item.pk: (outcome, "")}, by=guangxi.sealer, at=SEALING)

    assert [say(outcome) for outcome in ("failed", "passed")] == [1, 1]  # until then it may be put right
    file_check = FileCheck.objects.select_related("issue").get(draw=item.draw_id)
    seal(guangxi, sealing_round)
    with pytest.raises(Conflict, match="已经验印，核查结果不能再改"):
        say("failed")
    with pytest.raises(Conflict, match="已经验印，核查结果不能再改"):  # found before the seal, sent after it
        record_files(check=file_check, outcomes={item.pk: ("failed", "")}, by=guangxi.sealer, at=SEALING)
    item.refresh_from_db()
    assert item.outcome == "passed"


@pytest.mark.requirement("S4-07")
def test_one_who_is_not_processed_keeps_nobody_else_from_the_seal(guangxi):
    sealing_round = opened(guangxi)
    for position, outcome in enumerate(("毕业", "毕业")):
        processed(guangxi.batch, position, outcome)
    assert not is_recorded_graduated(guangxi.batch)  # of the third nothing is known
    processed(guangxi.batch, 2, "在籍")
    assert is_recorded_graduated(guangxi.batch)
    (barred,) = barred_so_far(guangxi.batch.issue, guangxi.batch.law)
    check = draw_files(issue=guangxi.batch.issue, round=sealing_round, by=guangxi.sealer, at=SEALING)
    item = check.draw.items.get()
    result = "failed" if item.file_check_item.certificate_id == barred else "passed"
    record_files(check=check, outcomes={item.pk: (result, "")}, by=guangxi.sealer, at=SEALING)
    session = seal(guangxi, sealing_round)
    assert (session.sealed_count, session.refused_count) == (2, 1)
    assert session.refusals.get().certificate_id == barred
    assert session.refusals.get().certificate.candidate.ordinal == 3


@pytest.mark.requirement("S4-05")
def test_every_annex_that_must_be_brought_is_printed(guangxi):
    keys = {printable.document for printable in printables_of(guangxi.batch.law, guangxi.batch.issue)}
    assert {"qualification", "audit_form", "status_changes", "college_list"} <= keys
    (empty,) = list_data(guangxi.batch.issue, guangxi.batch.law.document("college_list")).groups
    assert not empty.rows  # a form for the college to fill in


@pytest.mark.requirement("S4-07")
def test_anybody_can_repeat_the_draw(guangxi):
    sealing_round = opened(guangxi)
    check = draw_files(issue=guangxi.batch.issue, round=sealing_round, by=guangxi.sealer, at=SEALING)
    numbers = sorted(certificates_of(guangxi.batch.issue).values_list("number__number", flat=True))
    assert commitment_of(sealing_round.commitment.secret) == sealing_round.commitment.sha256
    seed = seed_of(
        sealing_round.commitment.secret, list_hash_of(numbers), f"{guangxi.batch.season.label} {guangxi.school.code}"
    )
    assert check.draw.seed == seed
    assert draw(numbers, 1, seed) == tuple(
        check.draw.items.values_list("file_check_item__certificate__number__number", flat=True)
    )


def test_the_database_is_asked_for_the_forms_of_a_kind_by_the_same_rule() -> None:
    keys = {
        item.value.key for pack in get_library().packs() for item in pack.items if isinstance(item.value, DocumentSpec)
    } | {"late_completion", "completion_overlay", "completion", "not_of_completion", "completions"}
    by_rule = {key for key in keys if certificate_kind_of(replace(_FORM, key=key)) == "completion"}
    assert {key for key in keys if re.search(keys_of_kind("completion"), key)} == by_rule
    assert {"late_completion", "completion_overlay", "completion"} <= by_rule
    assert not by_rule & {"not_of_completion", "completions"}
