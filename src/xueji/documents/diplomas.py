"""Diplomas: a sample page, the overlay for pre-printed blanks, and its proof on the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from xueji.core.errors import BadInput, RenderFailed
from xueji.core.packs import DocumentSpec
from xueji.documents.binding import bind_pages
from xueji.documents.calibration import EXACT, Calibration
from xueji.documents.fonts import SERIF, text_width
from xueji.documents.forms import (
    PrintedText,
    finish,
    list_setting,
    number_setting,
    require_printable,
    setting,
    table_setting,
    template_of,
    text_list,
)
from xueji.documents.guilloche import background_pdf
from xueji.documents.layout import (
    MM,
    SLACK_PT,
    chinese_date,
    chinese_duration,
    fit_text,
    printed_date,
    printed_month,
)
from xueji.documents.qr import host_in_words, qr_image
from xueji.documents.records import DiplomaRecord, RenderedDocument, Shrunk
from xueji.documents.workshop import compile_document

BATCH = 100  # records a compile: memory grows with each page, speed does not
SAMPLE_MARK = "样张"
_ANCHORS = {"left": 0.0, "centre": 0.5, "right": 1.0}
_TWO_LINES_MM = 7.5  # height of two small lines within one line of the blank
_LEAST_PITCH = 0.72  # the wording is set tighter down to this share of its pitch before it is refused

Field = Mapping[str, object]
Placed = list[object]  # text, x, y, size, width in points


def render_diplomas(
    spec: DocumentSpec,
    records: Sequence[DiplomaRecord],
    *,
    mode: str,
    calibration: Calibration = EXACT,
    issued_on: date,
) -> RenderedDocument:
    """Print the diplomas as one PDF in the order given, one page each.

    `mode`: «sample» the whole page marked 样张; «overlay» the variable text alone for pre-printed blanks, moved by
    the printer's calibration; «proof» the overlay over a drawing of the blank, uncalibrated. BadInput for a mode the
    form does not offer; RenderFailed names a character that cannot be printed.
    """
    if mode not in (modes := text_list(spec, "modes")):
        raise BadInput(f"「{spec.title}」不能按 {mode} 打印；可用：{'、'.join(modes)}")
    if not records:
        raise BadInput("没有要打印的证书")
    values = [diploma_values(record) for record in records]
    labels = {str(f["key"]): str(f["label"]) for f in list_setting(spec, "fields")}
    substituted = require_printable(_texts(values, labels, spec, mode))
    used = calibration if mode == "overlay" else EXACT
    shared = _shared(spec, mode)
    shrunk: list[Shrunk] = []
    parts = []
    for start in range(0, len(records), BATCH):
        pages = [
            _page(spec, mode, index=i, record=records[i], values=values[i], calibration=used, shrunk=shrunk)
            for i in range(start, min(start + BATCH, len(records)))
        ]
        parts.append(
            compile_document(template_of(spec), {**shared, "blank": False, "pages": pages}, issued_on=issued_on)
        )
    pdf, count = bind_pages(parts, _underlay(spec, mode, shared, issued_on))
    return finish(pdf, count, shrunk, substituted)


def _underlay(spec: DocumentSpec, mode: str, shared: Mapping[str, object], issued_on: date) -> bytes | None:
    """Return the page that lies under every diploma: the blank as far as the mode shows it; None for an overlay."""
    if mode == "overlay":
        return None
    blank = compile_document(template_of(spec), {**shared, "blank": True, "pages": []}, issued_on=issued_on)
    if mode == "proof":
        return blank
    art = background_pdf(number_setting(spec, "page_width"), number_setting(spec, "page_height"), SAMPLE_MARK)
    return bind_pages([blank], art)[0]


def diploma_values(record: DiplomaRecord) -> dict[str, str]:
    """Return every text a diploma may print, by the name a pack uses for it."""
    return {
        "number": record.number,
        "name": record.name,
        "sex": record.sex,
        "resident_id": record.resident_id,
        "programme": record.programme,
        "study_mode": record.study_mode,
        "school_name": record.school_name,
        "principal": record.principal,
        "birth_date": printed_date(record.birth_date),
        "birth_year": str(record.birth_date.year),
        "birth_month": str(record.birth_date.month),
        "birth_day": str(record.birth_date.day),
        "entry_month": printed_month(record.entry_month),
        "entry_year": str(record.entry_month.year),
        "entry_month_number": str(record.entry_month.month),
        "graduation_month": printed_month(record.graduation_month),
        "graduation_year": str(record.graduation_month.year),
        "graduation_month_number": str(record.graduation_month.month),
        "duration": chinese_duration(record.duration_years),
        "issue_date_chinese": chinese_date(record.issue_date),
    }


def wording_segments(wording: str, values: Mapping[str, str]) -> list[list[object]]:
    """Split the wording of a pack into (text, is filled in) pieces; RenderFailed when it names what no record has."""
    pieces: list[list[object]] = []
    for i, piece in enumerate(re.split(r"\{([a-z_]+)\}", wording)):
        if i % 2 == 0:
            if piece:
                pieces.append([piece, False])
        elif piece in values:
            pieces.append([values[piece], True])
        else:
            raise RenderFailed(f"证书正文中的 {{{piece}}} 没有对应的数据；可用：{'、'.join(values)}")
    return pieces


def _texts(
    values: Sequence[dict[str, str]], labels: dict[str, str], spec: DocumentSpec, mode: str
) -> list[PrintedText]:
    keys = set(labels)
    if mode == "sample":
        keys |= set(re.findall(r"\{([a-z_]+)\}", str(setting(spec, "wording"))))
    ordered = [key for key in values[0] if key in keys]
    return [
        PrintedText(i, key, f"第 {i + 1} 条 {labels.get(key, '正文')}", one[key])
        for i, one in enumerate(values)
        for key in ordered
    ]


def _shared(spec: DocumentSpec, mode: str) -> dict[str, object]:
    shared: dict[str, object] = {
        "title": spec.title,
        "mode": mode,
        "width": number_setting(spec, "page_width"),
        "height": number_setting(spec, "page_height"),
    }
    if mode == "sample":
        shared |= {
            "photo": table_setting(spec, "photo"),
            "qr": table_setting(spec, "qr"),
            "box": table_setting(spec, "wording_box"),
        }
    if mode == "proof":
        fixed = [{**f, "width": 400, "anchor": f.get("anchor", "left")} for f in list_setting(spec, "fixed")]
        shared["photo"] = table_setting(spec, "photo")
        shared["fixed"] = [item for f in fixed for item in _place(f, str(f["text"]), EXACT)[0]]
        shared["rules"] = [_field_line(f) for f in list_setting(spec, "fields")]
    return shared


def _field_line(field: Field) -> list[float]:
    """Return the line under a field of the blank: x, y, length in mm."""
    x, y, width = (_mm(field, key) for key in ("x", "y", "width"))
    return [x - width * _ANCHORS[str(field["anchor"])], y + 1.2, width]


def _page(
    spec: DocumentSpec,
    mode: str,
    *,
    index: int,
    record: DiplomaRecord,
    values: Mapping[str, str],
    calibration: Calibration,
    shrunk: list[Shrunk],
) -> dict[str, object]:
    placed = []
    for field in _fields(spec):
        key = str(field["key"])
        items, was_shrunk = _place(field, str(field.get("prefix", "")) + values[key], calibration)
        placed += items
        if was_shrunk:
            shrunk.append(Shrunk(index, key))
    page: dict[str, object] = {"fields": placed}
    if mode == "sample":
        page |= _sample_parts(spec, index, record, values, shrunk)
    return page


def _fields(spec: DocumentSpec) -> Sequence[Field]:
    value = spec.settings["fields"]
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _mm(field: Field, key: str) -> float:
    return float(field[key])  # type: ignore[arg-type]  # int or Decimal from TOML


def _place(field: Field, text: str, calibration: Calibration) -> tuple[list[Placed], bool]:
    """Return a text at its place, shrunk to its width or on two lines that straddle the baseline.

    Positions are calibrated, glyphs are not stretched.
    """
    fitted = fit_text(text, _mm(field, "width"), _mm(field, "size"), height_mm=_TWO_LINES_MM)
    x, y = calibration.apply(_mm(field, "x"), _mm(field, "y"))
    below = 0.3 * fitted.size * (len(fitted.lines) - 1)
    placed: list[Placed] = []
    for i, line in enumerate(fitted.lines):
        width = text_width(line, SERIF) * fitted.size
        left = x * MM - _ANCHORS[str(field["anchor"])] * width
        baseline = y * MM + below - 1.12 * fitted.size * (len(fitted.lines) - 1 - i)
        placed.append([line, round(left, 3), round(baseline, 3), fitted.size, round(width + SLACK_PT, 3)])
    return placed, fitted.shrunk


def _sample_parts(
    spec: DocumentSpec, index: int, record: DiplomaRecord, values: Mapping[str, str], shrunk: list[Shrunk]
) -> dict[str, object]:
    segments = wording_segments(str(spec.settings["wording"]), values)
    size, pitch, was_shrunk = _fit_wording("".join(str(s[0]) for s in segments), table_setting(spec, "wording_box"))
    if was_shrunk:
        shrunk.append(Shrunk(index, "wording"))
    code = qr_image(record.qr_text)
    host = host_in_words(record.qr_text)
    return {
        "wording": segments,
        "size": size,
        "pitch": pitch,
        "photo": record.photo,
        "qr": [code.side, code.pixels],
        "look_up": [line.format(host=host) for line in text_list(spec, "look_up")] if host else [],
    }


def _fit_wording(text: str, box: Mapping[str, float]) -> tuple[float, float, bool]:
    """Return size (pt), line pitch (mm) and whether they are less than asked, so that the wording stays in its box.

    One line in hand: justified lines keep names whole and so fill a little less than their width.
    """
    em = text_width(text, SERIF) + 2
    size, pitch = box["size"], box["pitch"]
    while pitch >= box["pitch"] * _LEAST_PITCH:
        lines = int(em * size / (box["width"] * MM)) + 2
        if lines * pitch <= box["height"] + pitch:
            return round(size, 2), round(pitch, 2), size < box["size"]
        size, pitch = size * 0.97, pitch * 0.97
    raise RenderFailed(f"证书正文过长，放不进正文栏：{text}")
