"""A diploma form as a pack writes it, in the variants it has for levels of school and of training.

Settings common to all diplomas of the form stand in its table; `variants` lay others over them, all that match, in
order: `when` names facts and the words they may have, `set` the settings, `texts` the texts put together from facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xueji.core.errors import BadInput, RenderFailed
from xueji.core.packs import DocumentSpec
from xueji.documents.fonts import SANS, SERIF
from xueji.policy.reading import Section

ANCHORS: Final = {"left": 0.0, "centre": 0.5, "right": 1.0}
MODES: Final = ("overlay", "full", "sample", "proof")
_NOT_OURS = ("of", "source", "label", "when", "electronic", "offered_to", "variants", "print_size")
_FIELD = re.compile(r"\{([a-z][a-z_.0-9]*)\}")

Box = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """Where a text goes: a point on its baseline (mm), the width it may take (mm), its size (pt)."""

    key: str
    label: str
    x: float
    y: float
    width: float
    size: float
    anchor: float  # share of its width that lies left of x
    prefix: str = ""
    is_ruled: bool = True  # whether the blank has a line under it


@dataclass(frozen=True, slots=True)
class FixedText:
    """Words that are pre-printed on the blank."""

    text: str
    x: float
    y: float
    size: float
    anchor: float = 0.0


@dataclass(frozen=True, slots=True)
class SealRing:
    """Where a seal is stamped on the sample; `over` the photograph, as the embossed one."""

    label: str
    x: float
    y: float
    r: float
    over: bool


@dataclass(frozen=True, slots=True)
class DiplomaForm:
    """One variant of a diploma form, read and checked; lengths in mm, sizes of type in points."""

    width: float
    height: float
    data_font: str  # serif 宋 | sans 黑
    line_pitch: float
    texts: Mapping[str, str]
    wording: str
    wording_box: Box
    fields: tuple[FieldPlace, ...]
    fixed: tuple[FixedText, ...]
    headings: tuple[FixedText, ...]
    remarks: tuple[FixedText, ...]
    seals: tuple[SealRing, ...]
    photo: Box
    photo_printed: bool
    qr: Box
    look_up: tuple[str, ...]

    @property
    def named(self) -> frozenset[str]:
        """The facts and texts the form prints."""
        keys = {field.key for field in self.fields} | set(_FIELD.findall(self.wording))
        return frozenset(keys | {key for text in self.texts.values() for key in _FIELD.findall(text)})


class DiplomaForms:
    """The variants of one form; `form_for` chooses by the facts of a graduate."""

    def __init__(self, spec: DocumentSpec) -> None:
        self._spec = spec
        self._file = f"{spec.folder}/../documents.toml"
        self._path = f"documents.{spec.key}.settings"
        whole = Section(self._file, self._path, dict(spec.settings))
        self.modes = whole.texts("modes")
        self._variants = [_variant(section) for section in whole.sections("variants")]
        self._facts = tuple(dict.fromkeys(key for when, _, _ in self._variants for key in when))
        self._chosen: dict[tuple[str, ...], int] = {}
        self.forms: list[DiplomaForm] = []

    def require_mode(self, mode: str) -> None:
        """Refuse a mode the form does not offer."""
        if mode not in self.modes:
            raise BadInput(f"「{self._spec.title}」不能按 {mode} 打印；可用：{'、'.join(self.modes)}")

    def words(self) -> dict[str, tuple[str, ...]]:
        """Return the facts by which a variant is chosen, each with the words that the variants know for it."""
        known = [(fact, words) for when, _, _ in self._variants for fact, words in when.items()]
        return {fact: tuple(dict.fromkeys(w for name, ws in known if name == fact for w in ws)) for fact in self._facts}

    def form_for(self, values: Mapping[str, str]) -> int:
        """Return the index (in `forms`) of the variant for a graduate; BadInput when the pack has none for them."""
        key = tuple(values.get(fact, "") for fact in self._facts)
        if key not in self._chosen:
            self._chosen[key] = self._read(values)
        return self._chosen[key]

    def layouts(self) -> list[DiplomaForm]:
        """Return the form with each variant's settings alone: every place a text of the form may stand."""
        settings = [
            dict(self._spec.settings),
            *({**self._spec.settings, **overrides} for _, overrides, _ in self._variants),
        ]
        for setting in settings:
            setting.pop("texts", None)
        return [_form(Section(self._file, self._path, setting), {}) for setting in settings]

    def _read(self, values: Mapping[str, str]) -> int:
        fitting = [v for v in self._variants if all(values.get(fact, "") in words for fact, words in v[0].items())]
        if self._variants and not fitting:
            stated = "、".join(f"{values.get(fact) or '未填'}" for fact in self._facts)
            raise BadInput(f"「{self._spec.title}」没有为“{stated}”准备的式样，请核对学校的办学层次和学生的培养层次")
        settings: dict[str, object] = dict(self._spec.settings)
        texts: dict[str, str] = dict(_table(settings.pop("texts", {})))
        for _, laid_over, overrides in fitting:
            settings |= laid_over
            texts |= overrides
        form = _form(Section(self._file, self._path, settings), texts)
        if form not in self.forms:
            self.forms.append(form)
        return self.forms.index(form)


def compose_texts(form: DiplomaForm, values: Mapping[str, str]) -> dict[str, str]:
    """Return the texts a form puts together from the facts, such as the major with its level behind it."""
    return {key: "".join(piece for piece, _ in split_wording(text, values)) for key, text in form.texts.items()}


def split_wording(wording: str, values: Mapping[str, str]) -> list[tuple[str, bool]]:
    """Split a wording into (text, is filled in) pieces; RenderFailed when it names what no record has."""
    pieces: list[tuple[str, bool]] = []
    for i, piece in enumerate(_FIELD.split(wording)):
        if i % 2 == 0:
            if piece:
                pieces.append((piece, False))
        else:
            pieces.append((value_of(piece, values), True))
    return pieces


def value_of(key: str, values: Mapping[str, str]) -> str:
    """Return a text a form prints; RenderFailed names the form's word for it when the graduate has none."""
    if key not in values:
        raise RenderFailed(f"证书上的 {{{key}}} 没有对应的数据；可用：{'、'.join(values)}")
    return values[key]


def _variant(section: Section) -> tuple[dict[str, tuple[str, ...]], dict[str, object], dict[str, str]]:
    when = section.section("when").rest()
    chosen = {fact: Section(section.file, f"{section.path}.when", when).texts(fact) for fact in when}
    laid_over = section.section("set", {}).rest()
    texts = _table(section.section("texts", {}).rest())
    section.close()
    return chosen, laid_over, dict(texts)


def _table(value: object) -> Mapping[str, str]:
    assert isinstance(value, Mapping), "a table of texts"
    return {str(key): str(text) for key, text in value.items()}


def _form(section: Section, texts: Mapping[str, str]) -> DiplomaForm:
    for key in (*_NOT_OURS, "modes"):
        section.take(key, object, None)
    form = DiplomaForm(
        width=_number(section, "page_width"),
        height=_number(section, "page_height"),
        data_font=section.choice("data_font", (SERIF, SANS), SERIF),
        line_pitch=_number(section, "line_pitch", 11.0),
        texts=texts,
        wording=section.text("wording", ""),
        wording_box=_box(section, "wording_box"),
        fields=tuple(_field(field) for field in section.sections("fields")),
        fixed=_fixed_texts(section, "fixed"),
        headings=_fixed_texts(section, "headings"),
        remarks=_fixed_texts(section, "remarks"),
        seals=tuple(_seal(seal) for seal in section.sections("seal_places")),
        photo=_box(section, "photo"),
        photo_printed=section.take("photo_printed", bool, default=False),
        qr=_box(section, "qr"),
        look_up=section.texts("look_up", []),
    )
    section.close()
    return form


def _number(section: Section, key: str, default: float | None = None) -> float:
    value = section.take(key, object) if default is None else section.take(key, object, default)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise section.error(key, "should be a number")
    return float(value)


def _box(section: Section, key: str) -> Box:
    """Read a table of lengths; empty when the form has none."""
    lengths = section.section(key, {}).rest()
    return {name: _number(Section(section.file, f"{section.path}.{key}", lengths), name) for name in lengths}


def _anchor(section: Section, default: str) -> float:
    return ANCHORS[section.choice("anchor", tuple(ANCHORS), default)]


def _field(section: Section) -> FieldPlace:
    place = FieldPlace(
        key=section.text("key"), label=section.text("label"), x=_number(section, "x"), y=_number(section, "y"),
        width=_number(section, "width"), size=_number(section, "size"), anchor=_anchor(section, "centre"),
        prefix=section.text("prefix", ""), is_ruled=section.take("ruled", bool, default=True),
    )  # fmt: skip
    section.close()
    return place


def _fixed_texts(section: Section, key: str) -> tuple[FixedText, ...]:
    return tuple(_fixed(entry) for entry in section.sections(key))


def _fixed(section: Section) -> FixedText:
    text = FixedText(
        section.text("text"),
        _number(section, "x"),
        _number(section, "y"),
        _number(section, "size"),
        _anchor(section, "left"),
    )
    section.close()
    return text


def _seal(section: Section) -> SealRing:
    ring = SealRing(
        section.text("label"),
        _number(section, "x"),
        _number(section, "y"),
        _number(section, "r"),
        section.take("over", bool, default=False),
    )
    section.close()
    return ring


def baselines_of(spec: DocumentSpec) -> tuple[tuple[tuple[str, float, float], ...], float]:
    """Return (label, x, y) in mm of the fields of every variant, and the line pitch: what the half-line rule needs."""
    layouts = DiplomaForms(spec).layouts()
    places = {(field.label, field.x, field.y): None for form in layouts for field in form.fields}
    return tuple(places), layouts[0].line_pitch
