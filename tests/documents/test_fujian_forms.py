"""Fujian: three diplomas by level of school, their wording, the roster of eleven columns."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pikepdf
import pytest
from python_calamine import CalamineWorkbook
from tests.documents.documents_data import LONG_NAME, diploma, jpeg, list_data, page_image, page_texts, places, portrait

from xueji.core.errors import BadInput
from xueji.core.findings import Citation
from xueji.documents.alignment import EXACT, Alignment, line_deviations
from xueji.documents.diplomaforms import DiplomaForms, baselines_of
from xueji.documents.records import ListData, ListGroup, Shrunk
from xueji.documents.render import copy_labels, render_diplomas, render_list, write_list_workbook

DAY = date(2026, 6, 20)
SOURCE = "fujian-2015-100"
HIGHER = ("技师学院", "高级技工学校")
NUMBER = "3501232026202030001"
CLAUSES = [
    ("技师学院", "预备技师班", "二（二）·技师学院、高级技工学校", "预备技师班"),
    ("高级技工学校", "高级工班", "二（二）·技师学院、高级技工学校", "高级工班"),
    ("高级技工学校", "中级技工班", "二（二）·技师学院、高级技工学校", "中级技工班"),
    ("技工学校", "中级技工班", "二（二）·技工学校中级工班", ""),
    ("技工学校", "高级工班", "二（二）·技工学校高级工班", "（高级工班）"),
]


def graduate(school_level: str, graduate_level: str, name: str = "张伟", **other):
    values = {"number": NUMBER, "school_name": "福建省某某学校"} | other
    return diploma(name, school_level=school_level, details={"graduate_level": graduate_level}, **values)


def words_of_clause(view, clause: str) -> str:
    """Return the wording of the notice without the blanks to be filled in."""
    _, text = view.clause(Citation(SOURCE, clause))
    return re.sub(r"[_\s]", "", text.partition("：")[2])


@pytest.mark.requirement("S3-08")
@pytest.mark.requirement("S3-09")
@pytest.mark.parametrize(("school_level", "graduate_level", "clause", "word"), CLAUSES)
def test_the_sample_says_what_the_notice_says(fujian, school_level, graduate_level, clause, word) -> None:
    spec = fujian.document("diploma")
    forms = DiplomaForms(spec)
    values = {"school_level": school_level, "details.graduate_level": graduate_level}
    form = forms.forms[forms.form_for(values)]
    wording = form.wording.replace("{programme_line}", form.texts["programme_line"].replace("{programme}", ""))
    assert re.sub(r"\{[a-z_]+\}|\s", "", wording) == words_of_clause(fujian, clause)
    (text,) = page_texts(
        render_diplomas(spec, [graduate(school_level, graduate_level)], mode="sample", issued_on=DAY).pdf
    )
    assert f"在本校{word}计算机应用专业学习" in text or f"在本校计算机应用{word}专业学习" in text
    assert "学生张伟性别女出生于2001年3月9日。于2016年9月至2019年7月" in text
    text = text.replace(f"证书编号：{NUMBER}", "")  # stands on the other page, at the height of a line of the wording
    assert "修业三年，完成教学计划规定的全部课程，成绩合格，准予毕业。" in text
    assert school_level in text
    assert "样张" in text


@pytest.mark.requirement("S3-08")
@pytest.mark.requirement("S3-09")
@pytest.mark.parametrize(("school_level", "graduate_level", "clause", "word"), CLAUSES)
def test_what_is_preprinted_on_the_blank_is_the_notice_without_its_blanks(
    fujian, school_level, graduate_level, clause, word
) -> None:
    forms = DiplomaForms(fujian.document("diploma_overlay"))
    form = forms.forms[forms.form_for({"school_level": school_level, "details.graduate_level": graduate_level})]
    wording = sorted((t for t in form.fixed if t.x > 150 and t.y < 145), key=lambda t: (t.y, t.x))
    printed = "".join(t.text for t in wording)
    assert printed == words_of_clause(fujian, clause).replace("（高级工班）", "")  # this one is typed (S3-09)


@pytest.mark.requirement("S3-18")
@pytest.mark.requirement("S3-09")
def test_the_senior_class_of_a_technical_school_is_typed_behind_the_major(fujian) -> None:
    spec = fujian.document("diploma_overlay")
    records = [graduate("技工学校", "高级工班"), graduate("技工学校", "中级技工班")]
    senior, middle = page_texts(render_diplomas(spec, records, mode="overlay", issued_on=DAY).pdf)
    assert "计算机应用（高级工班）" in senior
    assert "高级工班" not in middle
    assert "计算机应用" in middle


@pytest.mark.requirement("S3-17")
def test_the_overlay_is_all_in_heiti_and_near_the_size_of_the_print(fujian) -> None:
    spec = fujian.document("diploma_overlay")
    records = [graduate(*clause[:2]) for clause in CLAUSES]
    done = render_diplomas(spec, records, mode="overlay", issued_on=DAY)
    with pikepdf.open(io.BytesIO(done.pdf)) as pdf:
        fonts = {str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values()}
    assert fonts
    assert all("NotoSansSC" in font for font in fonts), fonts
    for school_level, graduate_level, *_ in CLAUSES:
        forms = DiplomaForms(spec)
        form = forms.forms[forms.form_for({"school_level": school_level, "details.graduate_level": graduate_level})]
        on_lines = [field for field in form.fields if field.x > 150 and field.y < 145 and field.is_ruled]
        assert {field.size for field in on_lines} == {float(str(spec.settings["print_size"]))}


@pytest.mark.requirement("S3-17")
def test_the_half_line_rule_finds_every_field_of_every_variant(fujian) -> None:
    places_of, pitch = baselines_of(fujian.document("diploma_overlay"))
    labels = {label for label, _, _ in places_of}
    assert {"姓名", "班", "专业", "修业年限", "证书编号", "发证日期"} <= labels
    assert len([label for label, _, _ in places_of if label == "专业"]) == 2  # two blanks, two places
    assert all(deviation.is_within for deviation in line_deviations(EXACT, places_of, pitch))
    assert not any(deviation.is_within for deviation in line_deviations(Alignment(dy=pitch * 0.6), places_of, pitch))


def test_fields_of_one_blank_never_overlap_each_other_or_its_words(fujian, guangxi, henan) -> None:
    for view in (fujian, guangxi, henan):
        for key in ("diploma_overlay", "completion_overlay"):
            for form in DiplomaForms(view.document(key)).layouts():
                lines: dict[float, list[tuple[float, float]]] = {}
                for field in form.fields:
                    start = field.x - field.anchor * field.width
                    lines.setdefault(field.y, []).append((start, start + field.width))
                for text in form.fixed:
                    width = len(text.text) * text.size * 25.4 / 72
                    visible = width - (0.5 * text.size * 25.4 / 72 if text.text[-1] in "，。：" else 0)
                    lines.setdefault(text.y, []).append((text.x, text.x + visible))
                for spans in lines.values():
                    for (_, end), (start, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
                        assert end <= start + 0.4, (view.pack.id, key, spans)
                assert all(end <= form.width - 20 for spans in lines.values() for _, end in spans)


@pytest.mark.requirement("S3-02")
def test_one_run_may_mix_levels_and_each_page_has_its_own_blank(fujian) -> None:
    records = [graduate(*clause[:2], serial=i) for i, clause in enumerate(CLAUSES)]
    texts = page_texts(render_diplomas(fujian.document("diploma_overlay"), records, mode="proof", issued_on=DAY).pdf)
    for (school_level, _, _, _), text in zip(CLAUSES, texts, strict=True):
        others = {"技师学院", "高级技工学校", "技工学校"} - {
            school_level,
            "技工学校" if "技工学校" in school_level else "",
        }
        assert school_level in text
        assert not any(other in text for other in others)
        assert "核对稿" in text
        assert ("班" in text) == (school_level in HIGHER or "高级工班" in text)


def test_a_level_the_notice_does_not_know_is_refused_not_guessed(fujian) -> None:
    for levels in (("职业高中", "中级技工班"), ("", "")):
        with pytest.raises(BadInput, match="办学层次"):
            render_diplomas(fujian.document("diploma"), [graduate(*levels)], mode="sample", issued_on=DAY)
    with pytest.raises(Exception, match="programme_line"):  # a technical school trains no 预备技师
        render_diplomas(fujian.document("diploma"), [graduate("技工学校", "预备技师班")], mode="sample", issued_on=DAY)


def test_the_photograph_is_on_the_sheet_and_moves_with_the_calibration(fujian) -> None:
    spec = fujian.document("diploma_overlay")
    plain = render_diplomas(spec, [graduate(*CLAUSES[0][:2])], mode="overlay", issued_on=DAY)
    moved = render_diplomas(
        spec, [graduate(*CLAUSES[0][:2])], mode="overlay", issued_on=DAY, calibration=Alignment(dx=10.0)
    )
    image, shifted = page_image(plain.pdf, dpi=72), page_image(moved.pdf, dpi=72)
    spot = (round(59 * 72 / 25.4), round(30 * 72 / 25.4))  # just inside the left edge of the photograph
    assert image.getpixel(spot)[2] > image.getpixel(spot)[0] + 40  # blue
    assert min(shifted.getpixel(spot)) > 240


def test_a_scanned_blank_lies_under_the_proof(fujian) -> None:
    scan = jpeg(portrait(297, 210, (10, 200, 30)))
    done = render_diplomas(
        fujian.document("diploma_overlay"), [graduate(*CLAUSES[0][:2])], mode="proof", issued_on=DAY, scan=scan
    )
    assert page_image(done.pdf, dpi=36).getpixel((20, 20))[1] > 150
    assert "核对稿" not in page_texts(done.pdf)[0]


def test_long_and_rare_names_fit_and_are_told(fujian) -> None:
    records = [graduate("技工学校", "高级工班", name) for name in (LONG_NAME, "𬱖䶮")]
    done = render_diplomas(fujian.document("diploma_overlay"), records, mode="overlay", issued_on=DAY)
    assert done.shrunk == (Shrunk(0, "name"),)
    long, rare = page_texts(done.pdf)
    assert LONG_NAME in long
    assert "𬱖䶮" in rare


@pytest.mark.parametrize("school_level", ["技工学校", "技师学院"])
@pytest.mark.parametrize("document", ["diploma", "completion"])
def test_half_a_year_of_study_reads_as_such_on_one_line(fujian, school_level, document) -> None:
    record = replace(graduate(school_level, "中级技工班"), duration_years=Decimal("3.5"))
    (sample,) = page_texts(render_diplomas(fujian.document(document), [record], mode="sample", issued_on=DAY).pdf)
    assert "修业三年半，" in sample
    blank = fujian.document(f"{document}_overlay")
    printed = render_diplomas(blank, [record], mode="overlay", issued_on=DAY).pdf
    (year,), (half,) = places(printed, "三"), places(printed, "半")
    assert half[0] > year[0]
    assert abs(half[1] - year[1]) < 5.5, "no more than half a line off"
    assert "点" not in page_texts(printed)[0]


def test_whole_years_of_study_print_nothing_behind_the_preprinted_year(fujian) -> None:
    record = graduate("技工学校", "中级技工班")
    (sample,) = page_texts(render_diplomas(fujian.document("diploma"), [record], mode="sample", issued_on=DAY).pdf)
    assert "修业三年，" in sample
    printed = render_diplomas(fujian.document("diploma_overlay"), [record], mode="overlay", issued_on=DAY).pdf
    assert "半" not in page_texts(printed)[0]


COLUMNS = [
    "序号",
    "毕业证书编号",
    "姓名",
    "身份证号",
    "入学时间",
    "毕业时间",
    "专业等级",
    "专业",
    "学制",
    "学习方式",
    "备注",
]


@pytest.mark.requirement("S3-20")
@pytest.mark.parametrize(("count", "pages"), [(1, 1), (18, 1), (20, 1), (21, 2), (2000, 100)])
def test_the_roster_has_its_eleven_columns_a_graduate_a_line(fujian, count, pages) -> None:
    spec = fujian.document("roster")
    done = render_list(spec, list_data(count), issued_on=DAY, copy=1)
    assert done.pages == pages
    assert not done.shrunk
    heads = [min(places(done.pdf, word), key=lambda at: at[1]) for word in COLUMNS]
    assert [column["header"] for column in spec.settings["columns"]] == COLUMNS
    assert heads[0][1] == pytest.approx(heads[-1][1], abs=0.6)
    assert 14 < heads[0][0] < heads[-1][0] < 283
    lines = {round(places(done.pdf, f"35012320262020{i + 1:05d}")[0][1], 1) for i in range(min(count, 20))}
    names = {round(y, 1) for y in (at[1] for word in ("热合", "小梅") for at in places(done.pdf, word))}
    assert len(lines) == min(count, 20)
    assert all(any(abs(name - line) < 1 for line in lines) for name in names)


@pytest.mark.requirement("S3-20")
def test_three_copies_with_seals_across_the_edges_and_the_first_page_apart(fujian) -> None:
    spec = fujian.document("roster")
    pdf = render_list(spec, list_data(21), issued_on=DAY).pdf
    texts = page_texts(pdf)
    assert copy_labels(spec, {}) == ("一式三份　学校执", "一式三份　设区市执", "一式三份　省厅执")
    assert ["学校执" in t for t in texts] == [True, True, False, False, False, False]
    assert all(places(pdf, "骑", index)[0][0] > 283 for index in range(6))
    cover = ListData({"school_name": "福建省某某学校"}, (ListGroup(),))
    (first,) = page_texts(render_list(fujian.document("roster_cover"), cover, issued_on=DAY, copy=1).pdf)
    assert "首页填写稿" in first
    assert not any("首页" in text for text in texts)


@pytest.mark.requirement("S3-20")
def test_the_roster_as_a_workbook_has_the_same_columns(fujian) -> None:
    data = write_list_workbook(fujian.document("roster"), list_data(19), issued_on=DAY)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    head = next(i for i, row in enumerate(rows) if row[0] == "序号")
    assert rows[head] == COLUMNS
    assert rows[head + 2][:4] == ["2", "3501232026202000002", LONG_NAME, "450102200803090002"]
    assert len([row for row in rows if str(row[1]).startswith("3501")]) == 19


@pytest.mark.requirement("S3-10")
def test_the_hand_out_list_shows_the_vocational_certificate_of_each(fujian) -> None:
    (text,) = page_texts(render_list(fujian.document("hand_out"), list_data(4), issued_on=DAY).pdf)
    assert "职业资格证书" in text
    assert text.count("中级工1835003000400001") == 4
    assert "领证人签名" in text
