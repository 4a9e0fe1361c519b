"""Printed forms, read back from the finished PDF: texts, positions, codes, bytes."""

from __future__ import annotations

import io
import multiprocessing
import os
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from tests.documents.documents_data import (
    ISSUED_ON,
    LONG_NAME,
    RARE_NAMES,
    SCHOOL,
    diploma,
    jpeg,
    page_image,
    page_texts,
    portrait,
    register,
    roster,
    roster_row,
)

from xueji.core.errors import BadInput, RenderFailed
from xueji.documents import workshop
from xueji.documents.alignment import Alignment
from xueji.documents.layout import MM
from xueji.documents.records import RosterData, Shrunk
from xueji.documents.render import (
    measured_corners,
    render_calibration_sheet,
    render_diplomas,
    render_register,
    render_roster,
)

NAMES = ("张伟", LONG_NAME, *RARE_NAMES)


def left_edge(pdf: bytes, text: str) -> tuple[float, float]:
    """Return where the first run of `text` starts: x and bottom, in mm from the top left corner."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        words = page.get_textpage()
        found = words.search(text).get_next()
        assert found is not None, text
        left, bottom, _, _ = words.get_charbox(found[0], loose=False)
        return left / MM, (page.get_height() - bottom) / MM
    finally:
        document.close()


@pytest.mark.requirement("S1-09")
@pytest.mark.parametrize("mode", ["sample", "overlay", "proof"])
def test_a_diploma_reads_back_as_its_data(form, mode) -> None:
    records = [diploma(name, i + 1) for i, name in enumerate(NAMES)]
    spec = form("diploma" if mode == "sample" else "diploma_overlay")
    done = render_diplomas(spec, records, mode=mode, issued_on=ISSUED_ON)
    texts = page_texts(done.pdf)
    assert done.pages == len(texts) == len(records)
    for record, text in zip(records, texts, strict=True):
        for value in (record.name, record.number, record.programme, "李建国", "二〇一九年七月八日", SCHOOL, "三年"):
            assert value in text
    assert "准予毕业" in texts[0] or mode == "overlay"


@pytest.mark.requirement("S1-09")
def test_the_sample_carries_mark_code_and_host(form) -> None:
    record = diploma()
    done = render_diplomas(form("diploma"), [record], mode="sample", issued_on=ISSUED_ON)
    (text,) = page_texts(done.pdf)
    assert "样张" in text
    assert "xueji.example.cn" in text
    (code,) = zxingcpp.read_barcodes(page_image(done.pdf))
    assert code.text == record.qr_text


def test_each_page_has_its_own_code_and_photograph(form) -> None:
    colours = ((200, 30, 30), (30, 160, 60), (40, 60, 200))
    records = [diploma(serial=i + 1, photo=jpeg(portrait(background=colour))) for i, colour in enumerate(colours)]
    done = render_diplomas(form("diploma"), records, mode="sample", issued_on=ISSUED_ON)
    for i, colour in enumerate(colours):
        page = page_image(done.pdf, i)
        (code,) = zxingcpp.read_barcodes(page)
        assert code.text == records[i].qr_text
        pixel = page.getpixel((round(60 * 150 / 25.4), round(30 * 150 / 25.4)))
        assert pixel.index(max(pixel)) == colour.index(max(colour))


def test_a_photograph_of_another_format_is_refused(form) -> None:
    out = io.BytesIO()
    portrait().save(out, "PNG")
    with pytest.raises(RenderFailed, match="JPEG"):
        render_diplomas(form("diploma"), [diploma(photo=out.getvalue())], mode="sample", issued_on=ISSUED_ON)
    grey = jpeg(portrait().convert("L"))
    assert render_diplomas(form("diploma"), [diploma(photo=grey)], mode="sample", issued_on=ISSUED_ON).pages == 1
    with pytest.raises(RenderFailed, match="CMYK"):
        cmyk = jpeg(portrait().convert("CMYK"))
        render_diplomas(form("diploma"), [diploma(photo=cmyk)], mode="sample", issued_on=ISSUED_ON)


def test_bytes_that_are_no_picture_are_refused(form) -> None:
    with pytest.raises(RenderFailed, match="照片"):
        render_diplomas(form("diploma"), [diploma(photo=b"no picture")], mode="sample", issued_on=ISSUED_ON)


@pytest.mark.requirement("S1-09")
def test_the_overlay_prints_variable_text_only_and_moves_with_the_calibration(form) -> None:
    spec = form("diploma_overlay")
    plain = render_diplomas(spec, [diploma()], mode="overlay", issued_on=ISSUED_ON)
    moved = render_diplomas(
        spec, [diploma()], mode="overlay", issued_on=ISSUED_ON, calibration=Alignment(dx=2.0, dy=-3.0)
    )
    (text,) = page_texts(plain.pdf)
    assert "毕业证书" not in text
    assert "学生" not in text
    x, y = left_edge(plain.pdf, "20190500001")
    u, v = left_edge(moved.pdf, "20190500001")
    assert x == pytest.approx(58.0, abs=0.6)  # the field begins at 58 mm, the digit has its own side bearing
    assert y == pytest.approx(98.0, abs=0.3)
    assert (u - x, v - y) == pytest.approx((2.0, -3.0), abs=0.01)


@pytest.mark.requirement("S1-09")
def test_fields_of_the_overlay_never_overlap(form) -> None:
    share = {"left": 0.0, "centre": 0.5, "right": 1.0}
    spans: dict[float, list[tuple[float, float]]] = {}
    for field in form("diploma_overlay").settings["fields"]:
        start = float(field["x"]) - share[field["anchor"]] * float(field["width"])
        spans.setdefault(float(field["y"]), []).append((start, start + float(field["width"])))
    for line in spans.values():
        for (_, end), (start, _) in zip(sorted(line), sorted(line)[1:], strict=False):
            assert end <= start


def test_same_data_same_bytes_also_in_another_process(form) -> None:
    records = [diploma(name, i + 1) for i, name in enumerate(NAMES)]
    first = render_diplomas(form("diploma"), records, mode="sample", issued_on=ISSUED_ON)
    again = render_diplomas(form("diploma"), records, mode="sample", issued_on=ISSUED_ON)
    assert first.pdf == again.pdf
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        elsewhere = pool.apply(render_roster_hash, (25,))
    assert elsewhere == render_roster_hash(25)


def render_roster_hash(count: int) -> str:
    from xueji.policy import get_library

    spec = get_library().pack("edu/shaanxi-weinan").on(ISSUED_ON).document("roster")
    return render_roster(spec, roster(count), issued_on=ISSUED_ON).sha256


def test_more_than_a_batch_is_one_document_in_order(form) -> None:
    records = [diploma(serial=i + 1) for i in range(103)]
    done = render_diplomas(form("diploma"), records, mode="sample", issued_on=ISSUED_ON)
    texts = page_texts(done.pdf)
    assert [f"201905{i + 1:05d}" in text for i, text in enumerate(texts)] == [True] * 103


def test_a_character_no_font_prints_is_refused_by_name(form) -> None:
    with pytest.raises(RenderFailed) as refusal:
        render_diplomas(form("diploma"), [diploma("张\U0003fffd")], mode="sample", issued_on=ISSUED_ON)
    assert "U+3FFFD" in refusal.value.message
    assert "第 1 条" in refusal.value.message
    with pytest.raises(RenderFailed, match="U\\+3FFFD"):
        render_roster(form("roster"), roster(1, name="\U0003fffd"), issued_on=ISSUED_ON)


def test_long_names_are_reported_as_shrunk(form) -> None:
    done = render_diplomas(
        form("diploma_overlay"), [diploma(), diploma(LONG_NAME)], mode="overlay", issued_on=ISSUED_ON
    )
    assert Shrunk(1, "name") in done.shrunk
    assert Shrunk(0, "name") not in done.shrunk


def test_a_mode_the_form_lacks_is_refused_naming_the_choices(form) -> None:
    with pytest.raises(BadInput, match="sample"):
        render_diplomas(form("diploma"), [diploma()], mode="overlay", issued_on=ISSUED_ON)


def test_names_cannot_smuggle_markup_into_the_page(form) -> None:
    name = '#read("main.typ") *粗* $x$'
    done = render_diplomas(form("diploma"), [diploma(name)], mode="sample", issued_on=ISSUED_ON)
    assert "".join(name.split()) in page_texts(done.pdf)[0]


@pytest.mark.requirement("S1-19")
@pytest.mark.parametrize(("count", "pages"), [(1, 1), (18, 1), (19, 2), (2000, 112)])
def test_the_roster_has_its_columns_pages_and_sums(form, count, pages) -> None:
    done = render_roster(form("roster"), roster(count), issued_on=ISSUED_ON, copy=1)
    texts = page_texts(done.pdf)
    assert done.pages == len(texts) == pages
    headers = "序号 身份证号 毕业证书编号 姓名 性别 出生年月日 政治面貌 学制 专业 毕业成绩总评 操行总评 实习成绩"
    for number, text in enumerate(texts, start=1):
        assert "渭南市中等职业学校毕业生毕业证书验印名单" in text
        assert f"学校名称：{SCHOOL}（盖章）" in text
        assert "学校填表人：赵敏" in text
        assert f"第{number}页共{pages}页" in text
        assert all(header in text for header in headers.split())
    assert f"本页人数：{count - 18 * (pages - 1)}人合计：{count}人" in texts[-1]
    assert "61050220010309002X" in texts[-1]
    assert f"201905{count:05d}" in texts[-1]


@pytest.mark.requirement("S1-15")
def test_three_copies_are_marked_for_city_county_and_school(form) -> None:
    done = render_roster(form("roster"), roster(19), issued_on=ISSUED_ON)
    texts = page_texts(done.pdf)
    marks = ["第一联市教育局存档"] * 2 + ["第二联县（市、区）教育局存档"] * 2 + ["第三联学校存档"] * 2
    assert [mark in text for mark, text in zip(marks, texts, strict=True)] == [True] * 6
    assert all("学校公章" in text for text in texts)
    with pytest.raises(BadInput, match="共 3 联"):
        render_roster(form("roster"), roster(1), issued_on=ISSUED_ON, copy=4)


@pytest.mark.requirement("S1-19")
def test_roster_rows_read_back_in_order(form) -> None:
    rows = tuple(roster_row(i + 1, name) for i, name in enumerate(NAMES))
    done = render_roster(form("roster"), RosterData(SCHOOL, rows), issued_on=ISSUED_ON, copy=3)
    (text,) = page_texts(done.pdf)
    places = [text.index(name) for name in NAMES]
    assert places == sorted(places)


@pytest.mark.requirement("S1-18")
@pytest.mark.parametrize("count", [0, 1, 9, 12])
def test_the_register_has_rows_totals_and_opinions(form, count) -> None:
    done = render_register(form("register"), register(count), issued_on=ISSUED_ON, copy=1)
    texts = page_texts(done.pdf)
    assert "渭南市临渭区职业技术教育中心2019届秋季毕业生毕业证书验印登记册" in texts[0]
    assert "毕业证书编号：20190500001至" in texts[0]
    for header in ("招生计划（人）", "实际录取（人）", "学制", "学历层次", "实际毕业（人）", "验印人数（人）", "备注"):
        assert header in texts[0]
    last = texts[-1]
    for label in (
        "学校负责人：",
        "各县市区教育局：",
        "市教育局职成科：",
        "（签章）",
        "主管领导：",
        "经办人：",
        "填表日期：",
    ):
        assert label in last
    assert "总计" in last
    if count:
        assert f"总计{60 * count}{55 * count}{50 * count}{48 * count}" in last
        assert f"专业第{count}种" in last


def test_the_head_of_the_log_stands_at_the_foot_of_the_last_page_of_every_copy(form):
    """At the margin, so that the form of the notice is what it was."""
    line = f"履历日志 1234567 条，根 {'A' * 43}="
    done = render_register(form("register"), replace(register(12), log_head=line), issued_on=ISSUED_ON)
    plain = render_register(form("register"), register(12), issued_on=ISSUED_ON)
    texts = page_texts(done.pdf)
    assert done.pages == plain.pages
    last = len(texts) // 3
    assert [index for index, text in enumerate(texts) if line.replace(" ", "") in text.replace(" ", "")] == [
        last - 1, 2 * last - 1, 3 * last - 1,
    ]  # fmt: skip


@pytest.mark.requirement("S1-13")
@pytest.mark.parametrize(("key", "word"), [("late_register", "补验印登记册"), ("late_roster", "补验印名单")])
def test_late_sealing_prints_its_own_forms(form, key, word) -> None:
    if key == "late_register":
        done = render_register(form(key), replace(register(1), term="春季"), issued_on=ISSUED_ON, copy=1)
    else:
        done = render_roster(form(key), roster(1), issued_on=ISSUED_ON, copy=1)
    assert word in page_texts(done.pdf)[0]


@pytest.mark.requirement("S1-09")
def test_the_calibration_sheet_has_a_cross_at_each_measured_corner(form) -> None:
    done = render_calibration_sheet(form("calibration"), "教务处打印机", issued_on=ISSUED_ON)
    image = page_image(done.pdf, dpi=254)  # ten pixels a millimetre
    assert "教务处打印机" in page_texts(done.pdf)[0]
    for x, y in measured_corners(form("calibration")):
        for dx, dy in ((0, 0), (20, 0), (0, 20), (-20, 0)):
            assert min(image.getpixel((x * 10 + dx, y * 10 + dy))) < 200


def test_an_empty_order_is_refused(form) -> None:
    with pytest.raises(BadInput):
        render_diplomas(form("diploma"), [], mode="sample", issued_on=ISSUED_ON)
    with pytest.raises(BadInput):
        render_roster(form("roster"), RosterData(SCHOOL, ()), issued_on=ISSUED_ON)


def test_personal_data_do_not_stay_in_the_scratch_folder(form) -> None:
    render_roster(form("roster"), roster(1), issued_on=ISSUED_ON)
    template = workshop.Path(form("roster").folder) / "roster.typ"
    _, data = workshop._compiler(template, workshop._stamp(template.parent), workshop.is_practice())
    assert str(workshop.Path(f"/proc/self/fd/{data.fileno()}").readlink()).startswith("/memfd:")
    folder = workshop.scratch_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    lying = [path for near in folder.parent.glob("xueji-*") for path in near.glob("*") if not path.is_symlink()]
    assert {path.suffix for path in lying if path.is_file()} <= {".typ"}


def test_a_forked_child_is_refused_instead_of_hanging(form, monkeypatch) -> None:
    render_roster(form("roster"), roster(1), issued_on=ISSUED_ON)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(RenderFailed, match="spawn"):
        render_roster(form("roster"), roster(1), issued_on=ISSUED_ON)
