"""Diplomas and rosters a CPU second, beside two other engines that draw the same page.

`run()` measures each engine in a process of its own, in turn and within one run, so that a busy machine slows all
alike; figures are CPU seconds of the measured process, start-up and fonts included in none. The peers draw the
diploma's texts, photograph and code at the same places with the same font; the background art and the rings for the
seals are left out for them, which favours them. They draw fewer pages, and speeds are compared.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import numpy as np
import pylopdf_fonts_zh_cn
from PIL import Image

from xueji.core.months import Month
from xueji.documents.layout import MM
from xueji.documents.qr import qr_image
from xueji.documents.records import DiplomaRecord, RosterData, RosterRow

DIPLOMAS = 1000
ROSTER_ROWS = 2000
ROOT = Path(__file__).resolve().parent.parent
PACK = "edu/shaanxi-weinan"
ISSUED_ON = date(2019, 7, 8)
PEER_PAGES = {"reportlab": 200, "weasyprint": 30}
ROUNDS = 2

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂"
_PROGRAMMES = ("计算机应用", "学前教育", "机电技术应用", "护理", "城市轨道交通运营管理", "汽车运用与维修")


def _photo(serial: int) -> bytes:
    """Return a portrait of its own for each graduate: engines that find equal pictures must not gain by it."""
    random = np.random.default_rng(serial)
    pixels = np.full((200, 150, 3), (67, 142, 219), np.int16) + random.integers(-22, 23, (200, 150, 3))
    pixels[45:125, 45:105] += (150, 40, -70)
    out = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def make_records(count: int) -> list[DiplomaRecord]:
    """Return synthetic diplomas, each with its own photograph and look-up address."""
    return [
        DiplomaRecord(
            number=f"201905{i + 1:05d}",
            name=_SURNAMES[i % 20] + _GIVEN[i % 22] + _GIVEN[i // 22 % 22],
            sex="男" if i % 2 else "女",
            birth_date=date(2001, 1 + i % 12, 1 + i % 28),
            resident_id=f"6105022001{1 + i % 12:02d}{1 + i % 28:02d}{i % 1000:03d}X",
            programme=_PROGRAMMES[i % len(_PROGRAMMES)],
            duration_years=Decimal(3),
            study_mode="全日制",
            entry_month=Month(2016, 9),
            graduation_month=Month(2019, 7),
            school_name="渭南市临渭区职业技术教育中心",
            principal="李建国",
            issue_date=ISSUED_ON,
            photo=_photo(i),
            qr_text=f"https://xueji.example.cn/v/{i:08d}ABCDEF",
        )
        for i in range(count)
    ]


def make_roster(count: int) -> RosterData:
    """Return a synthetic roster."""
    rows = tuple(
        RosterRow(
            resident_id=f"6105022001{1 + i % 12:02d}{1 + i % 28:02d}{i % 1000:03d}X",
            number=f"201905{i + 1:05d}",
            name=_SURNAMES[i % 20] + _GIVEN[i % 22] + _GIVEN[i // 22 % 22],
            sex="男" if i % 2 else "女",
            birth_date=date(2001, 1 + i % 12, 1 + i % 28),
            political_status="共青团员",
            duration_years=Decimal(3),
            programme=_PROGRAMMES[i % len(_PROGRAMMES)],
            overall_result="合格",
            conduct_result="优秀",
            internship_result="良好",
        )
        for i in range(count)
    )
    return RosterData("渭南市临渭区职业技术教育中心", rows, "赵敏")


def _own_diplomas() -> dict[str, float]:
    from xueji.documents.render import render_diplomas
    from xueji.policy import get_library

    spec = get_library().pack(PACK).on(ISSUED_ON).document("diploma")
    records = make_records(DIPLOMAS)
    render_diplomas(spec, records[:1], mode="sample", issued_on=ISSUED_ON)  # fonts and background art, once a process
    start = time.process_time()
    done = render_diplomas(spec, records, mode="sample", issued_on=ISSUED_ON)
    seconds = time.process_time() - start
    assert done.pages == DIPLOMAS
    return {"per_cpu_second": DIPLOMAS / seconds, "bytes_per_page": len(done.pdf) / DIPLOMAS}


def _own_roster() -> dict[str, float]:
    from xueji.documents.render import render_roster
    from xueji.policy import get_library

    spec = get_library().pack(PACK).on(ISSUED_ON).document("roster")
    render_roster(spec, make_roster(1), issued_on=ISSUED_ON, copy=1)
    data = make_roster(ROSTER_ROWS)
    start = time.process_time()
    render_roster(spec, data, issued_on=ISSUED_ON, copy=1)
    return {"cpu_seconds": time.process_time() - start}


def _wording() -> tuple[str, dict[str, float]]:
    from xueji.documents.baseforms import setting
    from xueji.policy import get_library

    spec = get_library().pack(PACK).on(ISSUED_ON).document("diploma")
    return str(spec.settings["wording"]), cast("dict[str, float]", setting(spec, "wording_box"))


def _code_png(text: str) -> bytes:
    code = qr_image(text)
    pixels = np.frombuffer(code.pixels, np.uint8).reshape(code.side, code.side)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _as_ttf(path: Path) -> Path:
    """Return a TrueType outline copy of an OpenType face: ReportLab reads no other kind. Not measured."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont, newTable

    texts = "".join(dict.fromkeys("".join(str(vars_of) for r in make_records(1000) for vars_of in _all_values(r))))
    font = TTFont(path)
    subsetter = Subsetter(Options(layout_features=[], hinting=False, notdef_outline=True))
    subsetter.populate(
        text=texts + _wording()[0] + "毕业证书样张校长：编号扫描二维码查验真伪网址 钢印公章验印0123456789"
    )
    subsetter.subset(font)
    glyphs, order = {}, font.getGlyphOrder()
    for name, glyph in ((name, font.getGlyphSet()[name]) for name in order):
        pen = TTGlyphPen(None)
        glyph.draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, glyphs
    del font["CFF "]
    if "VORG" in font:
        del font["VORG"]
    font["maxp"].tableVersion = 0x00010000
    for key in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
                "maxStackElements", "maxSizeOfInstructions", "maxComponentElements"):  # fmt: skip
        setattr(font["maxp"], key, 0)
    font["post"].formatType, font["post"].extraNames, font["post"].mapping, font["post"].glyphOrder = 2.0, [], {}, order
    font.sfntVersion = "\x00\x01\x00\x00"
    out = Path(f"/tmp/xueji-bench-{path.stem}.ttf")
    font.save(out)
    return out


def _all_values(record: DiplomaRecord) -> Sequence[str]:
    from xueji.documents.diplomas import diploma_values

    return tuple(diploma_values(record).values())


def _reportlab() -> dict[str, float]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Paragraph

    from xueji.documents.diplomas import diploma_values

    pdfmetrics.registerFont(TTFont("serif", str(_as_ttf(Path(pylopdf_fonts_zh_cn.serif_path())))))
    wording, box = _wording()
    style = ParagraphStyle(
        "wording", fontName="serif", fontSize=box["size"], leading=box["pitch"] * MM, wordWrap="CJK",
        firstLineIndent=2 * box["size"],
    )  # fmt: skip
    count = PEER_PAGES["reportlab"]
    records = make_records(count)
    height = 210 * MM
    start = time.process_time()
    canvas = Canvas(io.BytesIO(), pagesize=(297 * MM, height))
    for record in records:
        values = diploma_values(record)
        canvas.drawImage(ImageReader(io.BytesIO(record.photo)), 57 * MM, height - 76 * MM, 35 * MM, 49 * MM)
        code = ImageReader(io.BytesIO(_code_png(record.qr_text)))
        canvas.drawImage(code, 38 * MM, height - 136 * MM, 20 * MM, 20 * MM)
        for size, x, y, text, draw in _texts(values):
            canvas.setFont("serif", size)
            getattr(canvas, draw)(x * MM, height - y * MM, text)
        paragraph = Paragraph(wording.format(**values), style)
        _, tall = paragraph.wrap(box["width"] * MM, box["height"] * MM)
        paragraph.drawOn(canvas, box["x"] * MM, height - box["y"] * MM - tall)
        canvas.showPage()
    canvas.save()
    return {"per_cpu_second": count / (time.process_time() - start)}


def _texts(values: dict[str, str]) -> list[tuple[float, float, float, str, str]]:
    """Return what stands on the page beside the wording: size, x, y, text, ReportLab's method."""
    return [
        (40, 219, 44, "毕业证书", "drawCentredString"),
        (13, 74.5, 98, f"证书编号：{values['number']}", "drawCentredString"),
        (8, 48, 141, "扫描二维码查验真伪", "drawCentredString"),
        (8, 48, 146, "查询网址：xueji.example.cn", "drawCentredString"),
        (13, 166, 150, "校长：", "drawString"),
        (15, 180, 150, values["principal"], "drawString"),
        (15, 272, 150, values["school_name"], "drawRightString"),
        (14, 272, 162, values["issue_date_chinese"], "drawRightString"),
    ]


def _weasyprint() -> dict[str, float]:
    import base64

    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    from xueji.documents.diplomas import diploma_values

    wording, box = _wording()
    count = PEER_PAGES["weasyprint"]
    records = make_records(count)
    shift = {"drawString": "0", "drawCentredString": "-50%", "drawRightString": "-100%"}
    head = f"""<style>@font-face{{font-family:serif1;src:url(file://{pylopdf_fonts_zh_cn.serif_path()})}}
@page{{size:297mm 210mm;margin:0}} body{{margin:0;font-family:serif1}}
section{{position:relative;width:297mm;height:210mm;page-break-after:always}} section>*{{position:absolute;margin:0;white-space:nowrap}}
section>p{{white-space:normal;text-align:justify;text-indent:2em;left:{box["x"]}mm;top:{box["y"] - 8}mm;width:{box["width"]}mm;font-size:{box["size"]}pt;line-height:{box["pitch"]}mm}}</style>"""
    start = time.process_time()
    pages = []
    for record in records:
        values = diploma_values(record)
        photo, code = (base64.b64encode(b).decode() for b in (record.photo, _code_png(record.qr_text)))
        spans = "".join(
            f'<span style="font-size:{size}pt;left:{x}mm;top:{y - size / MM}mm;transform:translateX({shift[draw]})">{text}</span>'
            for size, x, y, text, draw in _texts(values)
        )
        pages.append(
            f'<section><img style="left:57mm;top:27mm;width:35mm;height:49mm" src="data:image/jpeg;base64,{photo}">'
            f'<img style="left:38mm;top:116mm;width:20mm" src="data:image/png;base64,{code}">{spans}'
            f"<p>{wording.format(**values)}</p></section>"
        )
    HTML(string=head + "".join(pages)).write_pdf(font_config=FontConfiguration())
    return {"per_cpu_second": count / (time.process_time() - start)}


ENGINES: dict[str, Callable[[], dict[str, float]]] = {
    "diplomas": _own_diplomas,
    "reportlab": _reportlab,
    "weasyprint": _weasyprint,
    "roster": _own_roster,
}


def _measure(engine: str) -> dict[str, float]:
    """Run one engine in a fresh process (spawned: a fork after Typst would hang)."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.render", engine], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return json.loads(done.stdout.splitlines()[-1])


def run(*, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the figures of this run: the best of `rounds` interleaved rounds for every engine alike."""
    results: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    for _ in range(rounds):
        for engine in ENGINES:
            results[engine].append(_measure(engine))
    speed = {e: max(r["per_cpu_second"] for r in results[e]) for e in ("diplomas", "reportlab", "weasyprint")}
    peak = max(r["peak_mb"] for e in ("diplomas", "roster") for r in results[e])
    return {
        "diplomas_per_cpu_second": round(speed["diplomas"], 1),
        "reportlab_per_cpu_second": round(speed["reportlab"], 1),
        "weasyprint_per_cpu_second": round(speed["weasyprint"], 1),
        "vs_reportlab": round(speed["diplomas"] / speed["reportlab"], 2),
        "vs_weasyprint": round(speed["diplomas"] / speed["weasyprint"], 2),
        "roster_2000_cpu_seconds": round(min(r["cpu_seconds"] for r in results["roster"]), 2),
        "bytes_per_page": round(results["diplomas"][0]["bytes_per_page"]),
        "peak_mb": round(peak, 1),
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        figures = ENGINES[sys.argv[1]]()
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(figures))
    else:
        print(json.dumps(run(), ensure_ascii=False, indent=2))
