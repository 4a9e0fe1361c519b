"""The dataclasses a policy pack becomes: values, tables, steps and clause texts, each dated and cited.

`xueji.policy` fills them; rules and apps read them through `PackView`, the pack on one legal date; no code in it (docs/adr/0002).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from xueji.core.calendar import Clock, WorkingCalendar
from xueji.core.errors import BadInput
from xueji.core.findings import Citation, Severity
from xueji.core.numbering import NumberShape
from xueji.core.section_labels import SECTION_LABELS
from xueji.core.workflow import WorkflowSpec

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dated:
    """When a value is in force: from `in_force` up to and including `until` (None: open)."""

    in_force: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the value is in force on `day`."""
        return self.in_force <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Source:
    """A legal text: number, title, dates, the clauses quoted from it, and by which clause it yields to another where they conflict."""

    key: str
    number: str
    title: str
    issued: date
    dated: Dated
    clauses: Mapping[str, str]
    yields_by: Citation | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Our recorded understanding where a text is silent; listed on one page for the owner to confirm."""

    pack: str
    key: str
    text: str
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSwitch:
    """A named rule of `core.rules` switched on by a pack, with its clauses, its dates and its parameters."""

    rule: str
    topic: str
    dated: Dated
    cites: tuple[Citation, ...]
    severity: Severity
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column of a workbook form: its printed header, the fact it fills, and how it is read."""

    header: str
    field: str
    required: bool
    kind: str  # text | identifier | number | date | month | decimal | mark | code
    aliases: tuple[str, ...] = ()
    table: str | None = None
    width: int = 12
    help: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class WorkbookSpec:
    """A workbook form of a pack (graduates, …)."""

    key: str
    title: str
    sheet: str
    max_rows: int
    columns: tuple[ColumnSpec, ...]
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoProfile:
    """What a photograph must be: pixels, bytes, format, background, file name."""

    key: str
    width_px: int
    height_px: int
    min_bytes: int
    max_bytes: int
    format: str  # JPEG
    background: str  # blue | red | white
    background_rgb: tuple[tuple[int, int, int], ...]
    print_width_mm: Decimal
    print_height_mm: Decimal
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A period in which something is done, for one graduating class: dates are data of the year."""

    key: str
    label: str
    opens: date
    closes: date
    season_year: int
    season_term: str
    cites: tuple[Citation, ...] = ()
    is_carried_over: bool = False  # the days of an earlier year's notice: this year's own may say otherwise


@dataclass(frozen=True, slots=True)
class NumberingSpec:
    """A kind of number: its shape, the parts fixed by the pack, and the scope within which the serial counts."""

    kind: str
    label: str
    shape: NumberShape
    fixed: Mapping[str, str]  # part name -> text, e.g. unit -> "05"
    counter_parts: tuple[str, ...]  # parts that name the counter, e.g. ("unit", "year")
    serial_part: str
    cites: tuple[Citation, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)  # part -> a fact of `core.composition.FACTS`
    digits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # part -> word of the fact -> digits
    granting: str = "approval"  # approval: drawn when the batch is approved | block: applied for beforehand
    order: str = "serial"  # serial: 1, 2, 3 … | permuted: the same serials through a keyed bijection


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage a batch goes through; `after` are the stages that must be done before it may begin.

    `key` is one of `core.process.STAGES`: the engine knows how each is done and when it is; the pack, which there are.
    """

    key: str
    label: str
    after: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """The stages from filing to hand-out, in the order in which pages list them."""

    key: str
    label: str
    stages: tuple[StageSpec, ...]
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class BlankSpec:
    """A kind of blank certificate with its printed serial: `prefix`, then `width` digits.

    `school_levels` are the levels of school it is for (S3-02); empty: for every school. `certificate_kind` is
    graduation, completion or replacement.
    """

    key: str
    title: str
    prefix: str
    width: int
    certificate_kind: str
    school_levels: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()


LETTER = "@letter.typ"  # the template of a letter of one page: filled in for whoever asks, of no batch


@dataclass(frozen=True, slots=True)
class DocumentSpec:
    """A printed form: its template, paper, wording, copies, seals and signatures."""

    key: str
    title: str
    template: str  # file name in documents/
    copies: int
    seals: tuple[str, ...]
    signatures: tuple[str, ...]
    settings: Mapping[str, object]
    cites: tuple[Citation, ...] = ()
    folder: str = ""  # where the template lies: the documents/ of the pack that declares the form


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a pack tells a person at one point of the work, in a sentence, with the clauses it stands on."""

    key: str
    text: str
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of a clause that the program shows and does not act upon."""

    key: str
    label: str
    text: str
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class PackItem:
    """One value of a pack with the dates it is in force; `kind` is the section (rule, clock, …), `key` its name there."""

    kind: str
    key: str
    value: object
    dated: Dated


@dataclass(frozen=True, eq=False)
class Pack:
    """The law of one line of authority in one territory, on top of its parent's; compared by identity.

    `hash` covers the files of this pack and, through the parent's hash, everything it inherits.
    """

    id: str
    title: str
    line: str
    territory: str
    parent: Pack | None
    hash: str
    dated: Dated
    sources: Mapping[str, Source]
    readings: tuple[Reading, ...]
    items: tuple[PackItem, ...]
    forbids_additions: bool = False
    recorded_on: date | None = None  # when rules of a place below were put on record, where those above ask for it

    def on(self, day: date) -> PackView:
        """Return the pack as in force on a legal date."""
        return _view(self, day)

    def lineage(self) -> tuple[Pack, ...]:
        """Return the packs from the root down to this one."""
        return (*(self.parent.lineage() if self.parent else ()), self)


@dataclass(frozen=True, eq=False)
class PackView:
    """A pack on one legal date: parent's values inherited, the child's own in their place.

    Look-ups by a key that is not there raise BadInput naming the keys that are.
    """

    pack: Pack
    day: date
    items: Mapping[str, Mapping[str, object]] = field(repr=False)
    sources: Mapping[str, Source] = field(repr=False)
    readings: tuple[Reading, ...] = field(repr=False)

    @property
    def when(self) -> str:
        """The day as a message says it; the newest version has none."""
        return "现行版本" if self.day == date.max else f"在 {self.day:%Y-%m-%d} "

    def rules(self, topic: str) -> tuple[RuleSwitch, ...]:
        """Return the rules switched on for a topic (graduate, roster, register, …), parent's first."""
        switches = [s for s in self.items.get("rule", {}).values() if isinstance(s, RuleSwitch)]
        return tuple(s for s in switches if s.topic == topic)

    def clause(self, cite: Citation) -> tuple[Source, str]:
        """Return the legal text of a citation and the words of its clause."""
        source = self.sources[cite.source]
        return source, source.clauses[cite.clause]

    def workbook(self, key: str) -> WorkbookSpec:
        """Return a workbook form."""
        return self._get("workbook", key, WorkbookSpec)

    def photo_profile(self, key: str) -> PhotoProfile:
        """Return what a photograph must be."""
        return self._get("photo", key, PhotoProfile)

    def clock(self, key: str) -> Clock:
        """Return a term."""
        return self._get("clock", key, Clock)

    def workflow(self, kind: str) -> WorkflowSpec:
        """Return the steps of a kind of case."""
        return self._get("workflow", kind, WorkflowSpec)

    def numbering(self, kind: str) -> NumberingSpec:
        """Return how numbers of a kind are made."""
        return self._get("numbering", kind, NumberingSpec)

    def document(self, key: str) -> DocumentSpec:
        """Return a printed form."""
        return self._get("document", key, DocumentSpec)

    def windows(self, year: int, term: str) -> tuple[Window, ...]:
        """Return the periods set for one graduating class, whatever the legal date; empty when none is set."""
        windows = [item.value for pack in self.pack.lineage() for item in pack.items if item.kind == "window"]
        return tuple(w for w in windows if isinstance(w, Window) and (w.season_year, w.season_term) == (year, term))

    def process(self, key: str = "graduation") -> ProcessSpec:
        """Return the stages a batch goes through."""
        return self._get("process", key, ProcessSpec)

    def blank(self, key: str) -> BlankSpec:
        """Return a kind of blank certificate."""
        return self._get("blank", key, BlankSpec)

    def table(self, key: str) -> Mapping[str, str]:
        """Return a code table, code to name."""
        table: Mapping[str, str] = self._get("table", key, MappingProxyType)
        return table

    def value(self, key: str) -> object:
        """Return a single value (text, number, list)."""
        return self._get("value", key, object)

    def value_or(self, key: str, default: object) -> object:
        """Return a single value, or the default where the pack says nothing."""
        return self.items.get("value", {}).get(key, default)

    def guidance(self, key: str) -> Guidance | None:
        """Return what the pack tells a person at a point of the work; None where it says nothing."""
        entry = self.items.get("guidance", {}).get(key)
        return entry if isinstance(entry, Guidance) else None

    def every(self, kind: str, shape: type[T]) -> tuple[T, ...]:
        """Return the entries of a section that are of a type, parent's first."""
        return tuple(value for value in self.items.get(kind, {}).values() if isinstance(value, shape))

    def readings_of(self, path: str, name: str = "") -> list[Reading]:
        """Return our reading of an entry («clocks.filing»), or the one of a question beside it, at most one: the lowest pack's."""
        found = _readings_by_key(self).get(f"{path}.readings.{name}" if name else path)
        return [found] if found else []

    def keys(self, kind: str) -> tuple[str, ...]:
        """Return the keys of a section (clock, numbering, document, …), for choices and for pages that list them."""
        return tuple(self.items.get(kind, {}))

    def entry(self, kind: str, key: str, shape: type[T]) -> T:
        """Return an entry of a section whose shape the caller knows: what a smaller area reads (`status_specs`, `service_specs`)."""
        return self._get(kind, key, shape)

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days of the pack."""
        return self._get("calendar", "working_days", WorkingCalendar)

    def _get(self, kind: str, key: str, shape: type[T]) -> T:
        section = self.items.get(kind, {})
        if key not in section:
            choices = "、".join(section) or "无"
            label = SECTION_LABELS.get(kind, kind)
            raise BadInput(f"政策包 {self.pack.id} {self.when}没有{label}「{key}」；可用：{choices}")
        value = section[key]
        if not isinstance(value, shape):
            raise TypeError(f"{kind} {key} of {self.pack.id} is a {type(value).__name__}")
        return value


@lru_cache(maxsize=1024)
def _readings_by_key(view: PackView) -> dict[str, Reading]:
    """Return the readings by what they are of, the lowest pack's in force; versions of one entry share a key."""
    return {reading.key.split("[")[0]: reading for reading in view.readings}


@lru_cache(maxsize=1024)
def _view(pack: Pack, day: date) -> PackView:
    """Build a view once per pack and day: rules keep what they prepared for it beside it."""
    items: dict[str, dict[str, object]] = {}
    sources: dict[str, Source] = {}
    readings: list[Reading] = []
    for layer in pack.lineage():
        sources.update(layer.sources)
        readings.extend(layer.readings)
        for item in layer.items:
            if item.dated.covers(day):
                items.setdefault(item.kind, {})[item.key] = item.value
    frozen = {kind: MappingProxyType(section) for kind, section in items.items()}
    return PackView(pack, day, MappingProxyType(frozen), MappingProxyType(sources), tuple(readings))
