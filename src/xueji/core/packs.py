"""The dataclasses a policy pack becomes: values, tables, steps and clause texts, each dated and cited.

`xueji.policy` fills them from TOML and CSV; rules and apps read them through `PackView`, the pack as in force
on one legal date. A pack holds no expressions and no code (docs/adr/0002).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xueji.core.findings import Citation, Severity
from xueji.core.numbering import NumberShape


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
    """A legal text: number, title, dates and the clauses quoted from it."""

    key: str
    number: str
    title: str
    issued: date
    dated: Dated
    clauses: Mapping[str, str]


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
    kind: str  # text | identifier | date | month | decimal | code
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
class Clock:
    """A term in working days (or calendar days) that starts with an event."""

    key: str
    label: str
    days: int
    unit: str  # working_days | calendar_days
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


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step of a case: who decides (post at a level), what it is called, its clock.

    `level` is school | county | city | province; a step above the school whose level the school's own line of
    authorities lacks is left out (渭南工业学校 stands directly under the city).
    """

    key: str
    label: str
    level: str
    post: str
    clock: str | None
    verdicts: tuple[str, ...]  # approve | return | refuse | defer
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """The steps of one kind of case, in order."""

    kind: str
    label: str
    steps: tuple[StepSpec, ...]
    cites: tuple[Citation, ...] = ()


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
