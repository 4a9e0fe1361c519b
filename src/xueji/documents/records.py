"""What the printed forms are filled with: frozen records, made by the apps, read by `render`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from xueji.core.months import Month


@dataclass(frozen=True, slots=True)
class DiplomaRecord:
    """One diploma. `photo` is the JPEG as accepted by `check_photo`; `qr_text` the look-up address."""

    number: str
    name: str
    sex: str  # 男 | 女
    birth_date: date
    resident_id: str
    programme: str
    duration_years: Decimal
    study_mode: str
    entry_month: Month
    graduation_month: Month
    school_name: str
    principal: str
    issue_date: date
    photo: bytes
    qr_text: str
    specialisation: str = ""  # 专业技能方向
    school_level: str = ""  # 办学层次: chooses the variant of the form
    details: Mapping[str, str] = field(default_factory=dict)  # the pack's own facts, printed as {details.…}
    resident_id_word: str = "身份证号"  # what stands before the number: that of the document's type


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One programme of the sealing register (验印登记册)."""

    programme: str
    planned: int
    admitted: int
    duration_years: Decimal
    level: str
    graduated: int
    sealed: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class RegisterData:
    """A sealing register: one school, one graduating class. Empty numbers and dates stay blank to be written in."""

    school_name: str
    graduating_year: int
    term: str  # 春季 | 秋季
    rows: tuple[RegisterRow, ...]
    number_first: str = ""
    number_last: str = ""
    leader: str = ""  # 主管领导
    clerk: str = ""  # 经办人
    filled_on: date | None = None
    log_head: str = ""  # the newest head of the log of events, at the foot of the last page (docs/adr/0027)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One graduate on the sealing roster (验印名单); the serial 序号 is counted by the page."""

    resident_id: str
    number: str
    name: str
    sex: str
    birth_date: date
    political_status: str
    duration_years: Decimal
    programme: str
    overall_result: str  # 毕业成绩总评
    conduct_result: str  # 操行总评
    internship_result: str  # 实习成绩


@dataclass(frozen=True, slots=True)
class RosterData:
    """A sealing roster: one school, one batch, in the order of the rows."""

    school_name: str
    rows: tuple[RosterRow, ...]
    filled_by: str = ""


@dataclass(frozen=True, slots=True)
class ListGroup:
    """One form of a list: what stands at its head, and its rows, each text under the key of its column."""

    fields: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListData:
    """What fills a list form: `fields` stand on every page, each group begins a form of its own.

    A text is printed as given: dates, months and lengths of schooling are put into words by the caller. A column
    «serial» without a value is counted. An empty field leaves room to be written in by hand.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[ListGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A text set smaller than the form asks, so that it fits: `record` counts from 0, `field` is the record's field."""

    record: int
    field: str


@dataclass(frozen=True, slots=True)
class Substituted:
    """A character printed with a substitute font; `record` counts from 0."""

    record: int
    field: str
    character: str
    family: str

    @property
    def message(self) -> str:
        """What the operator is told."""
        return f"第 {self.record + 1} 条「{self.character}」（U+{ord(self.character):04X}）用代用字体 {self.family} 打印，请对照原件核对字形"


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """A finished PDF: its bytes, their hash (the print evidence), its pages, and what the operator must look at."""

    pdf: bytes
    sha256: str
    pages: int
    shrunk: tuple[Shrunk, ...] = ()
    substituted: tuple[Substituted, ...] = ()
