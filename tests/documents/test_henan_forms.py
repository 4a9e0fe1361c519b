"""Henan: the twelve contents of the diploma, the graduate list, the dispatch note; the forms all lines share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.documents.documents_data import (
    FIELDS,
    LONG_NAME,
    diploma,
    list_data,
    list_row,
    page_image,
    page_texts,
    places,
)

from xueji.documents.alignment import Alignment
from xueji.documents.records import ListData, ListGroup
from xueji.documents.render import measured_corners, render_calibration_sheet, render_diplomas, render_list

DAY = date(2026, 6, 20)
NUMBER = "2026410100410101001200001"


@pytest.mark.requirement("S2-33")
@pytest.mark.parametrize(("key", "outcome"), [("diploma", "准予毕业"), ("completion", "准予结业")])
@pytest.mark.parametrize("mode", ["sample", "proof"])
def test_the_diploma_has_the_twelve_contents_of_the_rules(henan, key, outcome, mode) -> None:
    record = diploma(number=NUMBER, specialisation="前端开发", school_name="郑州市某某中等专业学校")
    spec = henan.document(key if mode == "sample" else f"{key}_overlay")
    done = render_diplomas(spec, [record], mode=mode, issued_on=DAY)
    (text,) = page_texts(done.pdf)
    contents = {
        "姓名": "张伟",
        "性别": "女",
        "出生日期": ("2001年3月9日", "200139"),
        "身份证号": record.resident_id,
        "学习起止年月": ("2016年9月至2019年7月", "2016920197"),
        "专业（专业技能方向）": "计算机应用（前端开发）",
        "学制": "三年",
        "学习形式": "全日制",
        "毕（结）业": outcome,
        "学校名称": "郑州市某某中等专业学校",
        "毕（结）业日期": "二〇一九年七月八日",
        "证书编号": NUMBER,
    }
    for label, value in contents.items():
        assert any(word in text for word in ((value,) if isinstance(value, str) else value)), label
    photo = page_image(done.pdf, dpi=72).getpixel((round(62 * 72 / 25.4), round(31 * 72 / 25.4)))
    is_blue = photo[2] > photo[0] + 40
    assert is_blue == (mode == "sample")  # the school pastes it on the printed one (S2-35)


@pytest.mark.requirement("S2-33")
def test_a_graduate_without_a_direction_has_no_empty_brackets(henan) -> None:
    (text,) = page_texts(render_diplomas(henan.document("diploma"), [diploma()], mode="sample", issued_on=DAY).pdf)
    assert "在本校计算机应用专业学习" in text
    assert "（）" not in text


@pytest.mark.requirement("S2-37")
@pytest.mark.parametrize(("count", "pages"), [(1, 1), (18, 1), (19, 1), (21, 2), (2000, 100)])
def test_the_graduate_list_is_stamped_page_by_page_and_kept_for_good(henan, count, pages) -> None:
    done = render_list(henan.document("graduate_list"), list_data(count), issued_on=DAY)
    texts = page_texts(done.pdf)
    assert done.pages == pages
    headers = "序号 姓名 性别 出生日期 身份证号 学习起始年月 学习截止年月 专业（专业技能方向） 学制 学习形式 毕（结）业 毕业证书编号"
    for n, text in enumerate(texts, start=1):
        assert all(header in text for header in headers.split())
        assert "保管期限：永久" in text
        assert "学校公章" in text
        assert f"第{n}页共{pages}页" in text
    assert f"合计{count}人" in texts[-1]
    if count > 1:
        assert LONG_NAME in texts[0]


@pytest.mark.requirement("S2-35")
def test_the_dispatch_note_is_one_for_each_school_in_two_copies(henan) -> None:
    groups = tuple(
        ListGroup({"school_name": name, "total": "40"}, (list_row(1),)) for name in ("郑州市甲校", "开封市乙校")
    )
    texts = page_texts(
        render_list(henan.document("dispatch_note"), ListData({"year": "2026"}, groups), issued_on=DAY).pdf
    )
    assert ["郑州市甲校" in t for t in texts] == [True, False, True, False]
    assert ["学校存" in t for t in texts] == [False, False, True, True]
    assert all("收件人（清点无误）：" in t and "40份" in t for t in texts)


@pytest.mark.parametrize("count", [1, 25, 26])
def test_the_run_sheet_sets_each_serial_beside_its_name_in_tray_order(fujian, count) -> None:
    rows = tuple(list_row(i + 1, blank=f"A{9000 - i:08d}") for i in range(count))
    pdf = render_list(fujian.document("run_sheet"), ListData(FIELDS, (ListGroup({}, rows),)), issued_on=DAY).pdf
    for i in range(min(count, 25)):
        ((_, blank),) = places(pdf, f"A{9000 - i:08d}")
        ((_, number),) = places(pdf, f"35012320262020{i + 1:05d}")
        assert blank == pytest.approx(number, abs=0.5)
    assert f"合计{count}张" in page_texts(pdf)[-1]


def test_the_balance_sheet_has_a_page_for_each_book(fujian) -> None:
    groups = tuple(ListGroup({"book": book}, (list_row(1),)) for book in ("证书编号", "空白证书"))
    fields = {"place": "某校", "scope": "2026 年春季", "as_of": "2026-06-20", "verdict": "平衡"}
    texts = page_texts(render_list(fujian.document("balance_sheet"), ListData(fields, groups), issued_on=DAY).pdf)
    assert len(texts) == 2
    assert all("结论：平衡" in text for text in texts)


@pytest.mark.parametrize(
    ("width", "height", "words"), [(297, 210, "A4横向"), (210, 297, "A4纵向"), (260, 184, "260×184毫米")]
)
def test_the_calibration_sheet_fits_any_page_size(henan, width, height, words) -> None:
    spec = henan.document("calibration")
    corners = {"first": [20, 20], "last": [width // 20 * 20 - 20, height // 20 * 20 - 20]}
    sized = replace(spec, settings={**spec.settings, "page_width": width, "page_height": height, **corners})
    done = render_calibration_sheet(sized, "教务处打印机", issued_on=DAY, calibration=Alignment(dx=0.0))
    assert words in page_texts(done.pdf)[0]
    image = page_image(done.pdf, dpi=254)
    for x, y in measured_corners(sized):
        assert min(image.getpixel((x * 10, y * 10))) < 200
    assert "校准页" in page_texts(done.pdf)[0]
