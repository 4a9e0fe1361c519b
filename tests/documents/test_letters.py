"""Letters of one page, read back from the PDF and held line by line against the annexes of the notice; blank and filled."""

from __future__ import annotations

import re
from datetime import date

import pytest
from tests.documents.documents_data import jpeg, page_image, page_texts, portrait

from xueji.core.errors import PolicyError
from xueji.core.packs import DocumentSpec, PackView
from xueji.documents.layout import MM
from xueji.documents.letters import LetterData, pieces_of
from xueji.documents.render import render_letter

DAY = date(2026, 7, 1)
WIDTHS = str.maketrans("()", "（）")
FACTS = {
    "name": "王小明", "sex": "男", "resident_id": "410105196803124519", "native_province": "河南", "native_place": "郑州",
    "birth_month": "1968年3月", "study_from": "1984年9月", "study_until": "1987年7月", "programme": "会计",
    "plan_category": "普通中专", "duration": "3", "study_form": "全日制", "original_number": "豫教普专证字87001234",
    "contact_name": "李老师", "contact_phone": "037160000000", "first": "毕业证", "second": "审批表", "third": "身份证",
    "admitted": "1984年9月", "category": "普通中专", "renamed": "（1990年更名为郑州财经学校）", "cause": "搬迁",
}  # fmt: skip
SCHOOL = "郑州财贸学校"
# form -> annex, what is printed besides, what stands in its places, in order
FORMS = {
    "attestation": (
        "附件2", ("贴一寸免冠照片", "学校公章"),
        ("王小明 男 410105196803124519 河南 郑州 1968 3 1984 9 1987 7 会计 普通中专 3 全日制 豫教普专证字87001234 郑州财贸学校"
        " 二〇二六 七 一 李老师 037160000000"),
    ),
    "truth_commitment": ("附件3", (), "毕业证 审批表 身份证 郑州财贸学校 410105196803124519 二〇二六 七 一"),
    "admission_form_lost_proof": (
        "附件4", (),
        ("王小明 410105196803124519 1984 9 普通中专 1984 9 1987 7 1990 郑州财经 会计 豫教普专证字87001234 搬迁 郑州财贸 二〇二六 七 一"
        " 李老师 037160000000"),
    ),
}  # fmt: skip
_CHOICE = "（填写下列之一：普通中专，普通中师，职业中专，职业高中，成人中专）"


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text).translate(WIDTHS)


def annex(view: PackView, key: str) -> str:
    """Return an annex as the notice has it: each place to fill in as «_»."""
    text = view.pack.sources["henan-2019-266"].clauses[key]
    text = text.partition("(备注")[0].replace("- 1.\n- 2.\n3.", "1._2._3._")
    # places the notice leaves without a sign
    for before, after in (
        ("中等职业教育\n专业", "中等职业教育_专业"), ("证书编号：", "证书编号：_"), ("联系人：\n", "联系人：_"), ("联系电话：", "联系电话：_"),
        ("学校(公章)", "_(公章)"), ("（签字）：", "（签字）：_"), ("身份证号：\n年", "身份证号：_\n年"), ("年 月 日", "_年_月_日"), ("系\n(省)", "系(省)"), ("年\n月在", "年_月在"),
    ):  # fmt: skip
        text = text.replace(before, after)
    return re.sub(r"[_*]+", "_", squeezed(text))


def read_back(spec: DocumentSpec, data: LetterData, besides: tuple[str, ...]) -> str:
    done = render_letter(spec, data, issued_on=DAY)
    (text,) = page_texts(done.pdf)
    text = squeezed(text)
    for words in besides:
        assert words in text
        text = text.replace(words, "", 1)
    return text


@pytest.mark.requirement("S0-13", "S0-35", "S0-36")
@pytest.mark.parametrize("key", FORMS)
def test_a_filled_letter_is_the_annex_with_its_places_filled(henan: PackView, key: str) -> None:
    clause, besides, facts = FORMS[key]
    text = read_back(henan.document(key), LetterData(FACTS, SCHOOL, DAY), besides)
    wanted = re.sub("_+", "_", annex(henan, clause).replace(_CHOICE, ""))
    found = re.fullmatch(re.escape(wanted).replace("_", "(.+?)"), text)
    assert found, f"{wanted}\n{text}"
    assert "".join(found.groups()) == facts.replace(" ", "")
    assert "备注" not in text


@pytest.mark.requirement("S0-13", "S0-35", "S0-36")
@pytest.mark.parametrize("key", FORMS)
def test_a_blank_letter_is_the_annex_itself(henan: PackView, key: str) -> None:
    clause, besides, _ = FORMS[key]
    text = read_back(henan.document(key), LetterData({}), besides)
    wanted = annex(henan, clause).replace("_", "")
    assert text.replace("学校（公章）", "（公章）") == wanted.replace("学校（公章）", "（公章）")


@pytest.mark.requirement("S0-14")
@pytest.mark.parametrize(("has_steel_seal", "words"), [(True, "学校钢印"), (False, "学校公章")])
def test_the_seal_on_the_photograph_is_of_steel_or_the_plain_one(henan: PackView, has_steel_seal, words) -> None:
    data = LetterData(FACTS, SCHOOL, DAY, "2026410007500001", jpeg(portrait()), has_steel_seal, "河南省卫生健康委员会")
    done = render_letter(henan.document("attestation"), data, issued_on=DAY)
    (text,) = page_texts(done.pdf)
    text = squeezed(text)
    assert "编号：2026410007500001" in text
    assert words in text
    assert "河南省卫生健康委员会" in text
    assert "贴一寸免冠照片" not in text
    dots = page_image(done.pdf, dpi=72).getpixel((round(160 * MM), round(55 * MM)))
    assert dots[:3] != (255, 255, 255)


def test_a_fact_that_has_no_place_is_named(henan: PackView) -> None:
    with pytest.raises(PolicyError, match="nobody"):
        pieces_of(henan.document("attestation"), "兹有{nobody}", {})
