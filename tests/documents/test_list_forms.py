"""Lists a pack describes by data alone, read back from the PDF and from the workbook."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from tests.documents.documents_data import FIELDS, LONG_NAME, list_data, list_row, page_texts, places

from xueji.core.errors import BadInput, PolicyError, RenderFailed
from xueji.core.packs import DocumentSpec
from xueji.documents.listforms import read_list_form
from xueji.documents.records import ListData, ListGroup
from xueji.documents.render import copy_labels, render_list, write_list_workbook

DAY = date(2026, 6, 20)
PLAIN = {
    "rows_per_page": 18,
    "min_rows": 1,
    "columns": [
        {"key": "serial", "header": "序号", "width": 29},
        {"key": "name", "header": "姓名", "width": 120},
        {"key": "remark", "header": "备注", "width": 120},
    ],
}


def made(copies: int = 1, title: str = "名单", **settings: object) -> DocumentSpec:
    return DocumentSpec("made", title, "@list.typ", copies, (), (), {**PLAIN, **settings}, folder="packs/x/documents")


def people(count: int, **fields: str) -> ListData:
    rows = tuple({"name": f"学生{i + 1:04d}", "remark": ""} for i in range(count))
    return ListData(fields, (ListGroup({}, rows),))


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (18, 1), (19, 2), (2000, 112)])
def test_a_form_needs_no_template_of_its_own(count: int, pages: int) -> None:
    texts = page_texts(render_list(made(), people(count), issued_on=DAY).pdf)
    assert len(texts) == pages
    assert all(f"第{n}页共{pages}页" in text for n, text in enumerate(texts, start=1))
    names = [f"学生{i + 1:04d}" for i in range(count)]
    whole = "".join(texts)
    assert [whole.count(name) for name in names] == [1] * count
    assert whole.index(names[0]) <= whole.index(names[-1])
    assert f"{count}学生{count:04d}" in texts[-1]


def test_every_form_of_every_pack_is_readable_and_prints(jurisdiction) -> None:
    lists = [view_key for view_key in jurisdiction.keys("document") if _is_list(jurisdiction, view_key)]
    assert len(lists) >= 5
    for key in lists:
        spec = jurisdiction.document(key)
        done = render_list(spec, list_data(3), issued_on=DAY, copy=1)
        form = read_list_form(spec)
        (text, *_) = page_texts(done.pdf)
        assert all("".join(column.header.split()) in text or "{" in column.header for column in form.columns), key
        assert CalamineWorkbook.from_filelike(io.BytesIO(write_list_workbook(spec, list_data(3), issued_on=DAY)))


def _is_list(view, key: str) -> bool:
    return view.document(key).template == "@list.typ"


def test_each_group_begins_a_form_with_its_own_count() -> None:
    groups = tuple(
        ListGroup({"programme": name}, tuple({"name": f"{name}{i}", "remark": ""} for i in range(20)))
        for name in ("护理", "会计")
    )
    spec = made(header=[["专业：{programme}"]])
    texts = page_texts(render_list(spec, ListData({}, groups), issued_on=DAY).pdf)
    assert [("护理" in t, "会计" in t) for t in texts] == [(True, False)] * 2 + [(False, True)] * 2
    assert ["第1页共2页" in t for t in texts] == [True, False, True, False]
    assert "1会计0" in texts[2]
    whole = page_texts(
        render_list(
            made(header=[["专业：{programme}"]], serial="whole", page_numbers="whole"),
            ListData({}, groups),
            issued_on=DAY,
        ).pdf
    )
    assert "第3页共4页" in whole[2]
    assert "21会计0" in whole[2]


def test_empty_rows_are_counted_and_closed_against_additions() -> None:
    (text,) = page_texts(render_list(made(min_rows=18), people(2), issued_on=DAY).pdf)
    assert "3（以下空白）" in text
    assert "18" in text
    (blank,) = page_texts(render_list(made(min_rows=18, empty="无"), people(0), issued_on=DAY).pdf)
    assert "1无" in blank
    assert "以下空白" not in blank


def test_fields_left_empty_leave_room_and_a_missing_title_is_refused() -> None:
    spec = made(title="{year}年名单", footer=[["填表人：{clerk:34_}", "日期：{on|　年　月　日}"]])
    (text,) = page_texts(render_list(spec, people(1, year="2026"), issued_on=DAY).pdf)
    assert "2026年名单" in text
    assert "日期：年月日" in text
    (text,) = page_texts(render_list(spec, people(1, year="2026", clerk="韦敏", on="2026年6月1日"), issued_on=DAY).pdf)
    assert "填表人：韦敏" in text
    assert "日期：2026年6月1日" in text
    with pytest.raises(BadInput, match="year"):
        render_list(spec, people(1), issued_on=DAY)


def test_columns_may_share_a_heading_and_a_cell_may_span_the_rows() -> None:
    columns = [
        {"key": "total", "header": "总数", "width": 69, "merged": True},
        {"key": "name", "header": "姓名", "width": 100, "under": "其中"},
        {"key": "remark", "header": "备注", "width": 100, "under": "其中"},
    ]
    pdf = render_list(made(columns=columns), people(5, total="519"), issued_on=DAY).pdf
    (shared,), (name,), (remark,) = (places(pdf, word) for word in ("其中", "姓名", "备注"))
    assert shared[1] < name[1] == pytest.approx(remark[1], abs=0.5)
    assert name[0] < shared[0] < remark[0]
    (total,) = places(pdf, "519")
    assert places(pdf, "学生0002")[0][1] < total[1] < places(pdf, "学生0004")[0][1] + 1


def test_columns_fitted_to_their_texts_keep_every_row_on_one_line() -> None:
    rows = tuple({"name": LONG_NAME if i == 3 else "张伟", "remark": ""} for i in range(10))
    columns = [
        {"key": "serial", "header": "序号", "width": 129},
        {"key": "name", "header": "姓名", "width": 20},
        {"key": "remark", "header": "备注", "width": 120},
    ]
    data = ListData({}, (ListGroup({}, rows),))
    fitted = render_list(made(columns=columns, fit_columns=True), data, issued_on=DAY)
    assert not fitted.shrunk
    assert len({round(y, 1) for word in ("尼格", "木江") for _, y in places(fitted.pdf, word)}) == 1
    stated = render_list(made(columns=columns), data, issued_on=DAY)
    assert len({round(y, 1) for word in ("尼格", "木江") for _, y in places(stated.pdf, word)}) == 2


def test_copies_are_labelled_and_may_depend_on_who_is_above_the_school() -> None:
    spec = made(copies=3)
    assert copy_labels(spec, {}) == tuple(f"一式 3 份　第 {n} 份" for n in (1, 2, 3))
    assert len(page_texts(render_list(spec, people(19), issued_on=DAY).pdf)) == 6
    with pytest.raises(BadInput, match="共 3 份"):
        render_list(spec, people(1), issued_on=DAY, copy=4)
    sets = {"city": ["甲", "乙", "丙"], "province": ["甲", "乙"]}
    by_level = made(copies=3, copy_sets=sets)
    assert copy_labels(by_level, {"direct_level": "province"}) == ("甲", "乙")
    with pytest.raises(BadInput, match="city、province"):
        render_list(by_level, people(1), issued_on=DAY)


def test_a_seal_across_the_edges_is_marked_on_every_page() -> None:
    pdf = render_list(made(cross_seal={"label": "骑缝章", "y": 100}), people(40), issued_on=DAY).pdf
    for index in range(3):
        ((x, _),) = places(pdf, "骑", index)
        assert x > 280


def test_the_same_data_give_the_same_bytes() -> None:
    spec, data = made(), people(200)
    assert render_list(spec, data, issued_on=DAY).pdf == render_list(spec, data, issued_on=DAY).pdf
    assert write_list_workbook(spec, data, issued_on=DAY) == write_list_workbook(spec, data, issued_on=DAY)


def test_a_row_without_a_column_is_refused_by_its_name() -> None:
    data = ListData({}, (ListGroup({}, ({"name": "张伟"},)),))
    with pytest.raises(BadInput, match="第 1 行没有「备注」"):
        render_list(made(), data, issued_on=DAY)
    by_hand = [dict(column) for column in PLAIN["columns"]]
    by_hand[2]["by_hand"] = True
    assert render_list(made(columns=by_hand), data, issued_on=DAY).pages == 1


def test_a_character_no_font_prints_is_refused() -> None:
    data = ListData({}, (ListGroup({}, ({"name": "\U0003fffd", "remark": ""},)),))
    with pytest.raises(RenderFailed, match="第 1 行 姓名"):
        render_list(made(), data, issued_on=DAY)
    with pytest.raises(RenderFailed, match="U\\+3FFFD"):
        render_list(made(header=[["{place}"]]), people(1, place="\U0003fffd"), issued_on=DAY)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"rows_per_page": 40}, "over the page"),
        ({"row_per_page": 18}, "row_per_page.*not a key"),
        ({"columns": [{"key": "name", "header": "姓名", "width": 100}]}, "100 mm wide"),
        ({"columns": [{"key": "name", "header": "姓名", "width": 269, "heading": "x"}]}, "heading"),
        ({"min_rows": 19}, "more than rows_per_page"),
        ({"tail": [{"height": 10, "cells": [{"text": "x", "width": 3}]}]}, "tail"),
        ({"orientation": "sideways"}, "landscape, portrait"),
    ],
)
def test_a_form_that_cannot_be_printed_names_its_key(given: Mapping[str, object], reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        read_list_form(made(**given))


def test_no_group_is_refused() -> None:
    with pytest.raises(BadInput):
        render_list(made(), ListData(), issued_on=DAY)
    with pytest.raises(BadInput):
        write_list_workbook(made(), ListData(), issued_on=DAY)


def test_the_workbook_has_the_forms_words_and_keeps_numbers_as_text() -> None:
    columns = [
        {"key": "serial", "header": "序号", "width": 29},
        {"key": "name", "header": "姓名", "width": 60, "under": "学生"},
        {"key": "resident_id", "header": "身份\n证号", "width": 60, "under": "学生"},
        {"key": "number", "header": "编号（{year}）", "width": 120, "strip": "第（{year}）"},
    ]
    tail = [{"height": 10, "cells": [{"text": "经办人", "width": 100}, {"text": "{clerk}", "width": 169}]}]
    spec = made(
        title="{year}年表",
        rows_per_page=15,
        columns=columns,
        header=[["学校：{school_name}"]],
        footer=[["共 {all_rows} 人"]],
        tail=tail,
    )
    rows = (list_row(1, name="=1+1", number="第（2026）000001"), list_row(2))
    data = ListData(FIELDS | {"clerk": "韦敏"}, (ListGroup({}, rows),))
    sheet = CalamineWorkbook.from_filelike(
        io.BytesIO(write_list_workbook(spec, data, issued_on=DAY))
    ).get_sheet_by_index(0)
    cells = [[cell for cell in row if cell != ""] for row in sheet.to_python()]
    assert cells == [
        ["2026年表"],
        ["学校：南宁市某某学校"],
        ["序号", "学生", "编号（2026）"],
        ["姓名", "身份证号"],
        ["1", "=1+1", "450102200803090001", "000001"],
        ["2", LONG_NAME, "450102200803090002", list_row(2)["number"]],
        ["经办人", "韦敏"],
        ["共 2 人"],
    ]


def test_a_title_of_two_lines_stands_on_two_lines() -> None:
    pdf = render_list(replace(made(), title="上面一行\n下面一行"), people(1), issued_on=DAY).pdf
    assert places(pdf, "上面一行")[0][1] < places(pdf, "下面一行")[0][1]


def test_a_range_of_numbers_takes_two_lines_and_no_third() -> None:
    numbers = "桂教中专毕字（2026）000401—桂教中专毕字（2026）000440"
    columns = [
        {"key": "serial", "header": "序号", "width": 103},
        {"key": "name", "header": "姓名", "width": 120},
        {"key": "numbers", "header": "起止号", "width": 46},  # the dash, counted too narrow, began a line of its own
    ]
    data = ListData({}, (ListGroup({}, ({"name": "张伟", "numbers": numbers},)),))
    pdf = render_list(made(columns=columns, row_height=9.6, rows_per_page=10), data, issued_on=DAY).pdf
    ((_, dash),) = places(pdf, "—")
    ((_, first),), ((_, last),) = places(pdf, "000401"), places(pdf, "000440")
    assert dash < first < last
    assert last - first < 4


def test_the_list_is_closed_below_its_last_row_where_no_empty_row_is_printed() -> None:
    spec = made(footer=[["填表人：{clerk}"]])
    pdf = render_list(spec, people(19), issued_on=DAY).pdf
    assert ["（以下空白）" in text for text in page_texts(pdf)] == [False, True]
    ((_, closed),) = places(pdf, "以下空白", 1)
    assert places(pdf, "学生0019", 1)[0][1] < closed < places(pdf, "填表人", 1)[0][1]
    assert "以下空白" not in page_texts(render_list(spec, people(18), issued_on=DAY).pdf)[0]


def test_a_fitted_column_without_texts_keeps_room_for_the_hand() -> None:
    columns = [
        {"key": "name", "header": "姓名", "width": 239},
        {"key": "remark", "header": "备注", "width": 30},
    ]
    rows = tuple({"name": LONG_NAME * 5, "remark": ""} for _ in range(3))
    pdf = render_list(made(columns=columns, fit_columns=True), ListData({}, (ListGroup({}, rows),)), issued_on=DAY).pdf
    ((remark, _),) = places(pdf, "备注")
    assert 297 - 14 - 30 < remark < 297 - 14 - 30 * 0.75 / 2


def test_what_the_form_prints_behind_a_field_is_not_printed_twice() -> None:
    spec = made(header=[["{office:40_} 教育局/学校"]], cut={"office": "教育局"})
    for office, printed in (("某某教育局", "某某教育局/学校"), ("某某学校", "某某学校教育局/学校")):
        assert printed in page_texts(render_list(spec, people(1, office=office), issued_on=DAY).pdf)[0]
        sheet = CalamineWorkbook.from_filelike(
            io.BytesIO(write_list_workbook(spec, people(1, office=office), issued_on=DAY))
        ).get_sheet_by_index(0)
        assert "".join(str(sheet.to_python()[1][0]).split()) == printed


def test_a_large_title_has_lines_as_high_as_its_type() -> None:
    spec = made(title="上面一行\n下面一行", title_size=26, rows_per_page=10)
    pdf = render_list(spec, people(1), issued_on=DAY).pdf
    assert places(pdf, "下面一行")[0][1] - places(pdf, "上面一行")[0][1] > 26 * 25.4 / 72 * 1.3


def test_a_note_too_long_for_its_page_is_refused_not_cut() -> None:
    spec = made(notes=["{note|说明}"])
    assert render_list(spec, people(18), issued_on=DAY).pages == 1
    with pytest.raises(RenderFailed, match="说明太长"):
        render_list(spec, people(18, note="长" * 900), issued_on=DAY)
