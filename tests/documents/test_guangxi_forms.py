"""Guangxi: the five annexes word by word, column by column; the record of the spot check; the diplomas."""

from __future__ import annotations

import io
import re
from datetime import date
from itertools import pairwise

import pytest
from python_calamine import CalamineWorkbook
from tests.documents.documents_data import FIELDS, LONG_NAME, diploma, list_data, list_row, page_texts, places

from xueji.core.draw import METHOD
from xueji.core.errors import BadInput
from xueji.core.findings import Citation
from xueji.documents.listforms import read_list_form
from xueji.documents.records import ListData, ListGroup
from xueji.documents.render import copy_labels, render_diplomas, render_list, write_list_workbook

DAY = date(2022, 6, 20)
SOURCE = "guangxi-2022-205"
ANNEXES = {
    "附件1": ("receipt", "学校名称 毕业生总数 学校联系人及手机号码 学校地址"),
    "附件2": ("qualification", "序号 姓名 性别 身份证号码 公共基础课 专业技能课 操行 毕业实习 桂教中专毕字（2022）"),
    "附件3": ("audit_form", "毕业生总数 专业名称 入学时间 学制 教学形式 毕业人数 毕业证书编号起止号"),
    "附件4": ("status_changes", "姓名 身份证号码 专业名称 年级 学制 异动前 异动后 异动类型"),
    "附件5": ("college_list", "序号 姓名 性别 身份证号码 高职就读年级专业 来源中职学校名称 联系方式 备注"),
}
REQUIREMENTS = {"附件1": "S4-10", "附件2": "S4-11", "附件3": "S4-12", "附件4": "S4-14", "附件5": "S4-15"}
EACH = [pytest.param(annex, marks=pytest.mark.requirement(item)) for annex, item in REQUIREMENTS.items()]


def letters(text: str) -> str:
    return "".join(re.findall(r"[\w（）]", text)).replace("_", "")


def blank_form(view, annex: str) -> bytes:
    """Return an annex with nothing filled in but the year."""
    spec = view.document(ANNEXES[annex][0])
    empty = ListData({"year": "2022", "direct_level": "city"}, (ListGroup(),))
    return render_list(spec, empty, issued_on=DAY, copy=1).pdf


@pytest.mark.parametrize("annex", EACH)
def test_an_empty_annex_has_every_word_of_the_notice(guangxi, annex) -> None:
    _, words = guangxi.clause(Citation(SOURCE, annex))
    (text,) = page_texts(blank_form(guangxi, annex))
    stated = [letters(part) for part in re.split(r"[：；、\s]|（(?=公共)|(?<=实习)）", words)]
    for part in filter(None, stated):
        bare = part.removesuffix("（盖章）").removesuffix("（签字）")
        assert bare in letters(text), (annex, part)
    stamped = words.count("盖章") + words.count("签字")
    assert text.count("盖章") + text.count("签字") >= stamped


@pytest.mark.parametrize("annex", EACH)
def test_the_columns_stand_in_the_order_of_the_notice(guangxi, annex) -> None:
    key, words = ANNEXES[annex]
    form = read_list_form(guangxi.document(key))
    headers = ["".join(c.header.split()).replace("{year}", "2022") for c in form.columns]
    assert headers == words.split()
    pdf = blank_form(guangxi, annex)
    first = [c.header.split("\n")[0].replace("{year}", "2022") for c in form.columns]
    spots = []
    for word in first:
        found = [at for at in places(pdf, word) if at[1] > 34]  # below the title and the lines of the head
        left = spots[-1] if spots else 0.0
        spots.append(min(x for x, _ in found if x > left))
    assert all(a < b for a, b in pairwise(spots))


@pytest.mark.requirement("S4-11")
def test_annex_2_groups_its_marks_under_one_heading(guangxi) -> None:
    pdf = blank_form(guangxi, "附件2")
    (marks,), (certificate,) = places(pdf, "各类课程综合成绩"), places(pdf, "证书编号")
    (conduct,) = [at for at in places(pdf, "操行") if at[1] > 50]  # the title has the word too
    (prefix,) = places(pdf, "桂教中专毕字（2022）")
    assert marks[1] == pytest.approx(certificate[1], abs=0.5)
    assert marks[1] < conduct[1] == pytest.approx(prefix[1], abs=0.8)
    heads = ("学校名称（盖章）：", "专业名称：", "招生类别：", "教学形式：", "学制：", "入学时间：")
    order = [(round(y), x) for x, y in (places(pdf, word)[0] for word in heads)]
    assert order == sorted(order)
    feet = [places(pdf, word)[0] for word in ("填表人：", "审核人：", "填报日期：")]
    assert [x for x, _ in feet] == sorted(x for x, _ in feet)


@pytest.mark.requirement("S4-11")
@pytest.mark.parametrize(("count", "pages"), [(1, 1), (18, 1), (19, 2), (2000, 112)])
def test_annex_2_has_eighteen_rows_a_page(guangxi, count, pages) -> None:
    rows = tuple(list_row(i + 1, number=f"桂教中专毕字（2022）{i + 1:06d}") for i in range(count))
    data = ListData(FIELDS | {"year": "2022"}, (ListGroup({}, rows),))
    done = render_list(guangxi.document("qualification"), data, issued_on=DAY, copy=1)
    texts = page_texts(done.pdf)
    assert done.pages == len(texts) == pages
    assert all(f"第{n}页共{pages}页" in text for n, text in enumerate(texts, start=1))
    assert all(text.count("桂教中专毕字（2022）") == 1 for text in texts)  # in the heading, not in every row
    assert f"{count:06d}" in texts[-1]
    spare = pages * 18 - count
    assert ("以下空白" in texts[-1]) == (spare > 0)
    assert len(places(done.pdf, "女", pages - 1)) == 18 - spare


@pytest.mark.requirement("S4-11")
def test_annex_2_is_one_form_for_each_group_with_its_own_serials(guangxi) -> None:
    groups = tuple(
        ListGroup({"programme": name, "duration": "三年"}, tuple(list_row(i + 1) for i in range(20)))
        for name in ("护理", "会计事务")
    )
    texts = page_texts(
        render_list(guangxi.document("qualification"), ListData(FIELDS, groups), issued_on=DAY, copy=1).pdf
    )
    assert ["专业名称：护理" in t for t in texts] == [True, True, False, False]
    assert ["第1页共2页" in t for t in texts] == [True, False, True, False]


@pytest.mark.requirement("S4-12")
@pytest.mark.requirement("S4-13")
def test_annex_3_sums_up_once_and_ends_with_opinions_and_supervisor(guangxi) -> None:
    spec = guangxi.document("audit_form")
    (text,) = page_texts(render_list(spec, list_data(3), issued_on=DAY, copy=1).pdf)
    ends = "市教育局职成科审核意见：", "自治区教育厅验印审核人：", "自治区教育厅审核意见：", "自治区教育厅监印人"
    assert [text.index(word) for word in ends] == sorted(text.index(word) for word in ends)
    assert text.count("519") == 1
    _, notes = guangxi.clause(Citation(SOURCE, "附件3·填写说明"))
    assert letters(notes) in letters(text)
    texts = page_texts(render_list(spec, list_data(11), issued_on=DAY, copy=1).pdf)
    assert ["自治区教育厅监印人" in t for t in texts] == [False, True]


@pytest.mark.requirement("S4-14")
@pytest.mark.requirement("S4-15")
@pytest.mark.parametrize("annex", ["附件4", "附件5"])
def test_annexes_4_and_5_carry_their_instructions(guangxi, annex) -> None:
    clause = {"附件4": "附件4·填表说明", "附件5": "附件5·填写说明"}[annex]
    _, notes = guangxi.clause(Citation(SOURCE, clause))
    (text,) = page_texts(blank_form(guangxi, annex))
    assert letters(notes) in letters(text)


@pytest.mark.requirement("S4-14")
def test_a_school_without_changes_hands_in_the_form_with_the_word_none(guangxi) -> None:
    (text,) = page_texts(blank_form(guangxi, "附件4"))
    assert "异动类型无" in text
    (filled,) = page_texts(render_list(guangxi.document("status_changes"), list_data(2), issued_on=DAY, copy=1).pdf)
    assert "2023级三年张玮张伟姓名" in filled


@pytest.mark.requirement("S4-05")
@pytest.mark.requirement("S4-11")
@pytest.mark.parametrize("key", ["qualification", "audit_form", "status_changes"])
def test_copies_are_three_or_two_by_kind_of_school(guangxi, key) -> None:
    spec = guangxi.document(key)
    assert len(copy_labels(spec, {"direct_level": "city"})) == len(copy_labels(spec, {"direct_level": "county"})) == 3
    assert len(copy_labels(spec, {"direct_level": "province"})) == 2
    assert len(page_texts(render_list(spec, list_data(1, direct_level="province"), issued_on=DAY).pdf)) == 2
    with pytest.raises(BadInput, match="直接主管"):
        render_list(spec, list_data(1, direct_level=""), issued_on=DAY)
    for single in ("receipt", "college_list"):
        assert copy_labels(guangxi.document(single), {}) == ("",)


@pytest.mark.requirement("S4-05")
@pytest.mark.parametrize("annex", EACH)
def test_the_electronic_copy_has_the_same_words(guangxi, annex) -> None:
    key, words = ANNEXES[annex]
    data = write_list_workbook(guangxi.document(key), list_data(19, year="2022"), issued_on=DAY)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    whole = ["".join(str(cell).split()) for row in rows for cell in row if cell != ""]
    found = [whole.index(word) for word in words.split()]
    if annex != "附件2":  # its shared headings stand a row above
        assert found == sorted(found)
    if "name" in {column.key for column in read_list_form(guangxi.document(key)).columns}:
        assert LONG_NAME in whole


@pytest.mark.requirement("S4-02")
def test_the_record_of_the_spot_check_shows_seed_method_list_and_signatures(guangxi) -> None:
    fields = {
        "population": "519",
        "percent": "5",
        "sample_size": "26",
        "seed": "6f" * 32,
        "method": METHOD,
        "list_hash": "ab" * 32,
        "commitment": "cd" * 32,
        "secret": "ef" * 16,
        "context": "2022 年春季",
        "drawn_at": "2022-05-20 10:00",
    }
    rows = tuple(list_row(i + 1, outcome="一致") for i in range(26))
    done = render_list(
        guangxi.document("spot_check"), ListData(FIELDS | fields, (ListGroup({}, rows),)), issued_on=DAY, copy=1
    )
    texts = page_texts(done.pdf)
    assert done.pages == 2
    for word in (
        f"种子：{'6f' * 32}",
        f"承诺值：{'cd' * 32}",
        f"名单值：{'ab' * 32}",
        "应核验手册：26本",
        "事由：2022年春季",
    ):
        assert word in texts[0]
    assert all(letters(METHOD) in letters(text) for text in texts)
    for word in ("核验人：", "学校经办人：", "学校负责人："):
        assert word in texts[1]


@pytest.mark.parametrize(("key", "word"), [("diploma", "准予毕业。"), ("completion", "准予结业。")])
def test_diploma_and_completion_certificate_print_the_whole_number(guangxi, key, word) -> None:
    record = diploma(number="桂教中专毕字（2022）000001")
    (sample,) = page_texts(render_diplomas(guangxi.document(key), [record], mode="sample", issued_on=DAY).pdf)
    assert word in sample
    assert record.number in sample
    (overlay,) = page_texts(
        render_diplomas(guangxi.document(f"{key}_overlay"), [record], mode="overlay", issued_on=DAY).pdf
    )
    assert record.number in overlay
    assert "准予" not in overlay
