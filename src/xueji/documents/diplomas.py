"""Diplomas: a sample page, the whole page, the overlay for pre-printed blanks, and its proof on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from xueji.core.errors import BadInput, RenderFailed
from xueji.core.packs import DocumentSpec
from xueji.documents.alignment import EXACT, Alignment
from xueji.documents.baseforms import PrintedText, finish, require_printable, template_of
from xueji.documents.binding import bind_pages
from xueji.documents.diplomaforms import (
    Box,
    DiplomaForm,
    DiplomaForms,
    FieldPlace,
    FixedText,
    compose_texts,
    split_wording,
    value_of,
)
from xueji.documents.fonts import SERIF, text_width
from xueji.documents.guilloche import background_pdf
from xueji.documents.layout import (
    MM,
    SLACK_PT,
    chinese_date,
    chinese_duration,
    chinese_number,
    fit_text,
    printed_date,
    printed_month,
)
from xueji.documents.pictures import Picture, code, photograph
from xueji.documents.qr import host_in_words, qr_image
from xueji.documents.records import DiplomaRecord, RenderedDocument, Shrunk
from xueji.documents.workshop import compile_document, compile_once

BATCH = 128  # records a compile: memory grows with each page, speed only a little
SAMPLE_MARK = "样张"
_TWO_LINES_MM = 9.0  # height of two small lines within one line of the blank: neither is half a line off
_LEAST_PITCH = 0.72  # the wording is set tighter down to this share of its pitch before it is refused
_WHOLE_PAGE = ("sample", "full")
MARKED = "marked"  # the proof of an overlay, marked as a sample: what is printed, where it will stand on the blank

Placed = list[object]  # text, x, y, size, width in points
Values = dict[str, str]


def render_diplomas(
    spec: DocumentSpec,
    records: Sequence[DiplomaRecord],
    *,
    mode: str,
    calibration: Alignment = EXACT,
    issued_on: date,
    scan: bytes | None = None,
) -> RenderedDocument:
    """Print the diplomas as one PDF in the order given, one page each, each in the variant of its graduate.

    `mode`: «sample» the whole page marked 样张; «full» the whole page for white paper; «overlay» the variable text
    alone for pre-printed blanks, moved by the printer's calibration; «proof» the overlay over a drawing of the blank,
    or over `scan` (a picture of a real one), uncalibrated; «marked» the proof marked 样张, with the code of the look-up. BadInput for a mode or a graduate the form has nothing
    for; RenderFailed names a character that cannot be printed.
    """
    forms = DiplomaForms(spec)
    forms.require_mode("proof" if mode == MARKED else mode)
    if not records:
        raise BadInput("没有要打印的证书")
    values = [diploma_values(record) for record in records]
    chosen = [forms.form_for(value) for value in values]
    values = [value | compose_texts(forms.forms[i], value) for value, i in zip(values, chosen, strict=True)]
    substituted = require_printable(_texts(values, [forms.forms[i] for i in chosen]))
    page = _PageMaker(mode, calibration if mode == "overlay" else EXACT)
    shared = _shared(spec, mode, forms.forms)
    parts = []
    for start in range(0, len(records), BATCH):
        pages = [
            page.make(i, records[i], values[i], chosen[i], forms.forms[chosen[i]])
            for i in range(start, min(start + BATCH, len(records)))
        ]
        parts.append(compile_document(template_of(spec), {**shared, "blank": -1, "pages": pages}, issued_on=issued_on))
    underlays = _underlays(spec, mode, shared, forms.forms, issued_on=issued_on, scan=scan)
    pictures = page.pictures if any(page.pictures) else ()
    pdf, count = bind_pages(parts, underlays, chosen if underlays else (), pictures)
    return finish(pdf, count, page.shrunk, substituted)


def _underlays(
    spec: DocumentSpec,
    mode: str,
    shared: Mapping[str, object],
    forms: Sequence[DiplomaForm],
    *,
    issued_on: date,
    scan: bytes | None,
) -> list[bytes]:
    """Return the page that lies under the diplomas of each form: the blank as far as the mode shows it."""
    if mode == "overlay":
        return []
    blanks = [
        compile_once(template_of(spec), {**shared, "blank": i, "scan": scan or b"", "pages": []}, issued_on=issued_on)
        for i in range(len(forms))
    ]
    if mode != "sample":
        return blanks
    return [_with_art(blank, form.width, form.height) for blank, form in zip(blanks, forms, strict=True)]


@lru_cache(maxsize=8)
def _with_art(blank: bytes, width: float, height: float) -> bytes:
    return bind_pages([blank], [background_pdf(width, height, SAMPLE_MARK)])[0]


def diploma_values(record: DiplomaRecord) -> Values:
    """Return every text a diploma may print, by the name a pack uses for it."""
    before_year, half_behind = duration_before_year(record.duration_years)
    values = {
        "number": record.number,
        "name": record.name,
        "sex": record.sex,
        "resident_id": record.resident_id,
        "resident_id_word": record.resident_id_word,
        "programme": record.programme,
        "specialisation": record.specialisation,
        "programme_with_specialisation": f"{record.programme}（{record.specialisation}）"
        if record.specialisation
        else record.programme,
        "study_mode": record.study_mode,
        "school_name": record.school_name,
        "school_level": record.school_level,
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
        "duration_number": before_year,
        "duration_half": half_behind,
        "issue_date": printed_date(record.issue_date),
        "issue_date_chinese": chinese_date(record.issue_date),
    }
    return values | {f"details.{key}": text for key, text in record.details.items()}


def duration_before_year(years: Decimal) -> tuple[str, str]:
    """Write a length of schooling around a pre-printed 年: what stands before it, and 半 behind it where there is half a year."""
    whole = int(years)
    if years == whole or (whole and years - whole == Decimal("0.5")):
        return chinese_number(whole), "" if years == whole else "半"
    return ("半", "") if years == Decimal("0.5") else (f"{years.normalize()}", "")


def _texts(values: Sequence[Values], forms: Sequence[DiplomaForm]) -> list[PrintedText]:
    named = {id(form): sorted(form.named) for form in forms}
    labels = {id(form): {field.key: field.label for field in form.fields} for form in forms}
    return [
        PrintedText(i, key, f"第 {i + 1} 条 {labels[id(form)].get(key, '正文')}", value_of(key, value), form.data_font)
        for i, (value, form) in enumerate(zip(values, forms, strict=True))
        for key in named[id(form)]
    ]


def _shared(spec: DocumentSpec, mode: str, forms: Sequence[DiplomaForm]) -> dict[str, object]:
    first = forms[0]
    return {
        "title": spec.title,
        "mode": mode,
        "width": first.width,
        "height": first.height,
        "data_font": first.data_font,
        "scan": b"",
        "forms": [_blank(form, mode) for form in forms],
    }


def _blank(form: DiplomaForm, mode: str) -> dict[str, object]:
    """Return what the template draws of the blank itself."""
    return {
        "photo": dict(form.photo),
        "photo_printed": form.photo_printed or mode in _WHOLE_PAGE,
        "qr": dict(form.qr),
        "box": dict(form.wording_box),
        "fixed": [_fixed(text) for text in form.fixed],
        "headings": [_fixed(text) for text in form.headings],
        "remarks": [_fixed(text) for text in form.remarks],
        "seals": [[seal.label, seal.x, seal.y, seal.r, seal.over] for seal in form.seals],
        "rules": [[f.x - f.width * f.anchor, f.y + 1.2, f.width] for f in form.fields if f.is_ruled],
    }


def _fixed(text: FixedText) -> Placed:
    width = text_width(text.text, SERIF) * text.size
    left = text.x * MM - text.anchor * width
    return [text.text, round(left, 3), round(text.y * MM, 3), text.size, round(width * 1.05 + SLACK_PT, 3)]


class _PageMaker:
    """Makes the data of one page after another; remembers which texts had to be set smaller."""

    def __init__(self, mode: str, calibration: Alignment) -> None:
        self._mode, self._calibration = mode, calibration
        self.shrunk: list[Shrunk] = []
        self.pictures: list[list[Picture]] = []

    def make(
        self, index: int, record: DiplomaRecord, values: Values, chosen: int, form: DiplomaForm
    ) -> dict[str, object]:
        """Return the page of the record at `index`; its pictures are kept for the binding."""
        self.pictures.append([])
        page: dict[str, object] = {"form": chosen, "fields": self._fields(index, values, form)}
        if self._mode in _WHOLE_PAGE:
            page |= self._whole(index, record, values, form)
        elif form.photo_printed or (self._mode == MARKED and form.photo):  # pasted in the end: the sample shows who
            self._photograph(record, form)
        if self._mode == MARKED:
            page |= self._code(record, form)
        return page

    def _code(self, record: DiplomaRecord, form: DiplomaForm) -> dict[str, object]:
        """Lay the code of the look-up on the page; return the words under it, which say where it leads."""
        if not form.qr:
            return {}
        self.pictures[-1].append(code(qr_image(record.qr_text), form.qr["x"], form.qr["y"], form.qr["width"]))
        host = host_in_words(record.qr_text)
        return {"look_up": [line.format(host=host) for line in form.look_up] if host else []}

    def _photograph(self, record: DiplomaRecord, form: DiplomaForm) -> None:
        x, y = self._calibration.apply(form.photo["x"], form.photo["y"])
        self.pictures[-1].append(photograph(record.photo, x, y, form.photo["width"], form.photo["height"]))

    def _fields(self, index: int, values: Values, form: DiplomaForm) -> list[Placed]:
        placed = []
        for field in form.fields:
            items, was_shrunk = place_field(field, value_of(field.key, values), form.data_font, self._calibration)
            placed += items
            if was_shrunk:
                self.shrunk.append(Shrunk(index, field.key))
        return placed

    def _whole(self, index: int, record: DiplomaRecord, values: Values, form: DiplomaForm) -> dict[str, object]:
        segments = split_wording(form.wording, values)
        size, pitch, was_shrunk = _fit_wording(segments, form.data_font, form.wording_box)
        if was_shrunk:
            self.shrunk.append(Shrunk(index, "wording"))
        whole: dict[str, object] = {"wording": [list(segment) for segment in segments], "size": size, "pitch": pitch}
        self._photograph(record, form)
        return whole | self._code(record, form)


def place_field(field: FieldPlace, text: str, style: str, calibration: Alignment = EXACT) -> tuple[list[Placed], bool]:
    """Return a text at its place, shrunk to its width or on two lines that straddle the baseline.

    Positions are calibrated, glyphs are not stretched. The flag tells whether the text was set smaller.
    """
    fitted = fit_text(field.prefix + text, field.width, field.size, style=style, height_mm=_TWO_LINES_MM)
    x, y = calibration.apply(field.x, field.y)
    below = 0.3 * fitted.size * (len(fitted.lines) - 1)
    placed: list[Placed] = []
    for i, line in enumerate(fitted.lines):
        width = text_width(line, style) * fitted.size
        left = x * MM - field.anchor * width
        baseline = y * MM + below - 1.12 * fitted.size * (len(fitted.lines) - 1 - i)
        placed.append([line, round(left, 3), round(baseline, 3), fitted.size, round(width + SLACK_PT, 3)])
    return placed, fitted.shrunk


def _fit_wording(segments: Sequence[tuple[str, bool]], style: str, box: Box) -> tuple[float, float, bool]:
    """Return size (pt), line pitch (mm) and whether they are less than asked, so that the wording stays in its box.

    One line in hand: justified lines keep names whole and so fill a little less than their width.
    """
    em = 2 + sum(text_width(text, style if is_data else SERIF) for text, is_data in segments)
    size, pitch = box["size"], box["pitch"]
    while pitch >= box["pitch"] * _LEAST_PITCH:
        lines = int(em * size / (box["width"] * MM)) + 2
        if lines * pitch <= box["height"] + pitch:
            return round(size, 2), round(pitch, 2), size < box["size"]
        size, pitch = size * 0.97, pitch * 0.97
    raise RenderFailed(f"证书正文过长，放不进正文栏：{''.join(text for text, _ in segments)}")
