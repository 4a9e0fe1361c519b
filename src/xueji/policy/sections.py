"""One function for each section of a pack: a checked table in, a dataclass of `core.packs` out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from xueji.core.calendar import Clock, WorkingCalendar
from xueji.core.composition import FACTS
from xueji.core.facts_kinds import facts_kind_of
from xueji.core.findings import Severity
from xueji.core.numbering import NumberPart, NumberShape
from xueji.core.pack_keys import GUIDANCE, VALUES
from xueji.core.packs import (
    BlankSpec,
    ColumnSpec,
    Dated,
    DocumentSpec,
    Guidance,
    NumberingSpec,
    PhotoProfile,
    ProcessSpec,
    Quotation,
    RuleSwitch,
    StageSpec,
    WorkbookSpec,
)
from xueji.core.process import STAGES
from xueji.core.rules import REGISTRY
from xueji.policy.obligations import build_measure, build_obligation
from xueji.policy.reading import Section
from xueji.policy.services import build_issuer, build_office, build_paper, build_refusal, build_service
from xueji.policy.status import build_change, build_closing, build_duration, build_evidence
from xueji.policy.workflows import build_workflow

COLUMN_KINDS = ("text", "identifier", "number", "date", "month", "decimal", "mark", "code")
GRANTINGS = ("approval", "block")
ORDERS = ("serial", "permuted")
SHOWN_ONLY = ("number", "sequence")
UNITS = ("working_days", "calendar_days")
DIRECTIONS = ("after", "before")
Builder = Callable[[str, Section, Dated, Path], object]


def build_rule(key: str, section: Section, dated: Dated, folder: Path) -> RuleSwitch:
    """Switch on a rule; it must exist, and its parameters must be exactly the ones it knows."""
    if key not in REGISTRY:
        raise section.error("", f"core has no rule of this name; rules: {', '.join(sorted(REGISTRY))}")
    known = REGISTRY[key]
    params = section.section("params", {}).rest()
    if unknown := set(params) - set(known.params):
        raise section.error("params", f"the rule does not take {', '.join(sorted(unknown))}")
    for name, shape in known.params.items():
        if name not in params:
            raise section.error(f"params.{name}", "is missing")
        if not isinstance(params[name], shape):
            raise section.error(f"params.{name}", f"should be {shape.__name__}")
    severity = Severity(section.choice("severity", tuple(Severity)))
    return RuleSwitch(key, known.topic, dated, section.cites(), severity, MappingProxyType(params))


def build_clock(key: str, section: Section, dated: Dated, folder: Path) -> Clock:
    """Read a term."""
    return Clock(
        key,
        section.text("label"),
        section.count("days"),
        section.choice("unit", UNITS),
        section.cites(),
        section.choice("direction", DIRECTIONS, DIRECTIONS[0]),
    )


def build_numbering(key: str, section: Section, dated: Dated, folder: Path) -> NumberingSpec:
    """Read the shape of a kind of number and what its serial counts within."""
    parts = []
    for part in section.sections("parts"):
        parts.append(NumberPart(part.text("name"), part.text("label"), part.count("width")))
        part.close()
    names = {part.name for part in parts}
    serial = section.choice("serial_part", tuple(sorted(names)))
    shape = NumberShape(tuple(parts), section.text("prefix", ""), section.text("suffix", ""), serial)
    fixed = section.section("fixed", {}).rest()
    for name, text in fixed.items():
        if name not in names or not isinstance(text, str) or len(text) != shape.part(name).width:
            raise section.error(f"fixed.{name}", "should be a text as wide as the part of this name")
    counter_parts = section.texts("counter_parts")
    if set(counter_parts) - names or serial in counter_parts:
        raise section.error("counter_parts", f"should be among the parts {', '.join(sorted(names - {serial}))}")
    fixed_texts = {name: str(text) for name, text in fixed.items()}
    sources = _part_sources(section, names - {serial, *fixed})
    return NumberingSpec(
        kind=key,
        label=section.text("label"),
        shape=shape,
        fixed=MappingProxyType(fixed_texts),
        counter_parts=counter_parts,
        serial_part=serial,
        cites=section.cites(),
        sources=MappingProxyType(sources),
        digits=_part_digits(section, shape, sources),
        granting=section.choice("granting", GRANTINGS, GRANTINGS[0]),
        order=section.choice("order", ORDERS, ORDERS[0]),
    )


def _part_sources(section: Section, open_parts: set[str]) -> dict[str, str]:
    """Read which fact fills each part that is neither fixed nor the serial; «year» alone needs no telling."""
    given = section.section("sources", {}).rest()
    for name, fact in given.items():
        if name not in open_parts or fact not in FACTS:
            raise section.error(f"sources.{name}", f"should name an open part and one of: {', '.join(FACTS)}")
    sources = {name: str(fact) for name, fact in given.items()}
    if "year" in open_parts:
        sources.setdefault("year", "season.year")
    if missing := open_parts - set(sources):
        raise section.error("sources", f"nothing fills the parts {', '.join(sorted(missing))}")
    return sources


def _part_digits(section: Section, shape: NumberShape, sources: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Read how words become the digits of a part (S3-07: levels of school and of graduate)."""
    digits: dict[str, Mapping[str, str]] = {}
    for name, words in section.section("digits", {}).rest().items():
        if name not in sources or not isinstance(words, dict):
            raise section.error(f"digits.{name}", "should be a table of a part that a fact fills")
        width = shape.part(name).width
        if any(not isinstance(text, str) or len(text) != width or not text.isdigit() for text in words.values()):
            raise section.error(f"digits.{name}", f"each word should stand for {width} digits")
        digits[name] = MappingProxyType({str(word): str(text) for word, text in words.items()})
    return MappingProxyType(digits)


def build_process(key: str, section: Section, dated: Dated, folder: Path) -> ProcessSpec:
    """Read the stages of a process; each comes after stages that stand before it in the list."""
    stages: list[StageSpec] = []
    for stage in section.sections("stages"):
        name = stage.choice("key", tuple(STAGES))
        after = stage.texts("after", [])
        if name in (known := {stage.key for stage in stages}) or set(after) - known:
            raise stage.error("after", f"each stage once, after stages listed before it: {', '.join(sorted(known))}")
        stages.append(StageSpec(name, stage.text("label"), after, stage.cites()))
        stage.close()
    if not stages:
        raise section.error("stages", "there must be stages")
    return ProcessSpec(key, section.text("label"), tuple(stages), section.cites())


def build_blank(key: str, section: Section, dated: Dated, folder: Path) -> BlankSpec:
    """Read a kind of blank certificate."""
    return BlankSpec(
        key=key,
        title=section.text("title"),
        prefix=section.text("prefix", ""),
        width=section.count("width"),
        certificate_kind=section.choice("certificate_kind", ("graduation", "completion", "replacement")),
        school_levels=section.texts("school_levels", []),
        cites=section.cites(),
    )


def build_document(key: str, section: Section, dated: Dated, folder: Path) -> DocumentSpec:
    """Read a printed form; its settings are a free table that the template reads."""
    return DocumentSpec(
        key=key,
        title=section.text("title"),
        template=section.text("template"),
        copies=section.count("copies"),
        seals=section.texts("seals", []),
        signatures=section.texts("signatures", []),
        settings=MappingProxyType(section.section("settings", {}).rest()),
        cites=section.cites(),
        folder=str(folder / "documents"),
    )


def build_photo(key: str, section: Section, dated: Dated, folder: Path) -> PhotoProfile:
    """Read what a photograph must be; colours are triples of 0 to 255."""
    colours = section.take("background_rgb", list)
    if not all(isinstance(c, list) and len(c) == 3 and all(0 <= v <= 255 for v in c) for c in colours):
        raise section.error("background_rgb", "should be triples of 0 to 255")
    profile = PhotoProfile(
        key=key,
        width_px=section.count("width_px"),
        height_px=section.count("height_px"),
        min_bytes=section.count("min_bytes"),
        max_bytes=section.count("max_bytes"),
        format=section.choice("format", ("JPEG", "PNG")),
        background=section.choice("background", ("blue", "red", "white")),
        background_rgb=tuple((c[0], c[1], c[2]) for c in colours),
        print_width_mm=section.decimal("print_width_mm"),
        print_height_mm=section.decimal("print_height_mm"),
        cites=section.cites(),
    )
    if profile.min_bytes > profile.max_bytes:
        raise section.error("min_bytes", "is above max_bytes")
    return profile


def build_workbook(key: str, section: Section, dated: Dated, folder: Path) -> WorkbookSpec:
    """Read a workbook form; no header or alias may stand for two columns."""
    columns = [_column(column, key) for column in section.sections("columns")]
    seen: set[str] = set()
    for column in columns:
        for name in {column.header, *column.aliases}:
            if name in seen:
                raise section.error("columns", f"«{name}» stands for two columns")
            seen.add(name)
    return WorkbookSpec(
        key, section.text("title"), section.text("sheet"), section.count("max_rows"), tuple(columns), section.cites()
    )


def _field(section: Section, workbook: str) -> str:
    """Read which fact a column fills: a field of the form's kind of facts, or a number that is only shown."""
    field, kind = section.text("field"), facts_kind_of(workbook)
    assert kind is not None  # the loader knows which forms somebody reads (`core/pack_keys.py`)
    if field not in SHOWN_ONLY and not kind.has_field(field):
        choices = ", ".join((*SHOWN_ONLY, *kind.fields))
        raise section.error("field", f"is {field!r}; choices: {choices}{kind.more}")
    return field


def _column(section: Section, workbook: str) -> ColumnSpec:
    column = ColumnSpec(
        header=section.text("header"),
        field=_field(section, workbook),
        required=section.take("required", bool, default=False),
        kind=section.choice("kind", COLUMN_KINDS),
        aliases=section.texts("aliases", []),
        table=section.text("table") if "table" in section else None,
        width=section.count("width", 12),
        help=section.text("help", ""),
        example=section.text("example", ""),
    )
    if (column.kind == "code") != (column.table is not None):
        raise section.error("table", "a code column, and only one, names its table")
    section.close()
    return column


def build_table(key: str, section: Section, dated: Dated, folder: Path) -> Mapping[str, str]:
    """Read a code table: a CSV file under tables/ (columns code and name), or codes written out."""
    if "codes" in section:
        codes = section.section("codes").rest()
        if not all(isinstance(name, str) for name in codes.values()):
            raise section.error("codes", "should give each code its name")
        return MappingProxyType({code: str(name) for code, name in codes.items()})
    codes_read: dict[str, str] = {}
    for row in _csv_rows(section, folder, ("code", "name")):
        if row["code"] in codes_read:
            raise section.error("file", f"has the code {row['code']} twice")
        codes_read[row["code"]] = row["name"]
    return MappingProxyType(codes_read)


def build_calendar(key: str, section: Section, dated: Dated, folder: Path) -> WorkingCalendar:
    """Read the published exceptions: every year between the first and the last must have some."""
    days: dict[str, set[date]] = {"holiday": set(), "makeup_workday": set()}
    for row in _csv_rows(section, folder, ("date", "kind", "festival")):
        if row["kind"] not in days:
            raise section.error("file", f"{row['date']} is {row['kind']!r}; choices: holiday, makeup_workday")
        days[row["kind"]].add(date.fromisoformat(row["date"]))
    years = {day.year for found in days.values() for day in found}
    first, last = section.count("first_year"), section.count("last_year")
    if years != set(range(first, last + 1)):
        raise section.error("first_year", f"the table has the years {min(years)} to {max(years)}")
    return WorkingCalendar(frozenset(days["holiday"]), frozenset(days["makeup_workday"]), first, last)


def _csv_rows(section: Section, folder: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a CSV file of the pack; lines that begin with «#» tell where it comes from."""
    name = section.text("file")
    path = folder / "tables" / name
    if "/" in name or not path.is_file():
        raise section.error("file", f"tables/{name} is not there")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    reader = csv.DictReader(lines, strict=True)
    if tuple(reader.fieldnames or ()) != columns:
        raise section.error("file", f"tables/{name} should have the columns {', '.join(columns)}")
    rows = list(reader)
    if any(None in row or None in row.values() for row in rows):
        raise section.error("file", f"tables/{name} has a line with too many or too few columns")
    return rows


def build_value(key: str, section: Section, dated: Dated, folder: Path) -> object:
    """Read a single value: one the engine reads, in the shape in which it reads it."""
    if key not in VALUES:
        choices = "、".join(VALUES)
        raise section.error("", f"程序不读这项参数；只是条文所述的，写入 quotations.toml。可用：{choices}")
    value = section.take("value", object)
    if not VALUES[key].accepts(value):
        raise section.error("value", f"「{VALUES[key].decides}」应{VALUES[key].may_be}，现为 {value!r}")
    return value


def build_guidance(key: str, section: Section, dated: Dated, folder: Path) -> Guidance:
    """Read a sentence for the pages: for one of the places where they say something."""
    if key not in GUIDANCE:
        choices = "、".join(GUIDANCE)
        raise section.error("", f"没有页面显示这条提示；只是条文所述的，写入 quotations.toml。可用：{choices}")
    return Guidance(key, section.text("text"), section.cites())


def build_quotation(key: str, section: Section, dated: Dated, folder: Path) -> Quotation:
    """Read words of a clause that are only shown."""
    return Quotation(key, section.text("label"), section.text("text"), section.cites())


# file of the pack -> (kind of item, builder)
BUILDERS: dict[str, tuple[str, Builder]] = {
    "rules": ("rule", build_rule),
    "clocks": ("clock", build_clock),
    "workflows": ("workflow", build_workflow),
    "numbering": ("numbering", build_numbering),
    "documents": ("document", build_document),
    "process": ("process", build_process),
    "blanks": ("blank", build_blank),
    "photos": ("photo", build_photo),
    "workbooks": ("workbook", build_workbook),
    "tables": ("table", build_table),
    "values": ("value", build_value),
    "guidance": ("guidance", build_guidance),
    "quotations": ("quotation", build_quotation),
    "calendar": ("calendar", build_calendar),
    "obligations": ("obligation", build_obligation),
    "measures": ("measure", build_measure),
    "durations": ("duration", build_duration),
    "changes": ("change", build_change),
    "evidence": ("evidence", build_evidence),
    "closings": ("closing", build_closing),
    "services": ("service", build_service),
    "issuers": ("issuer", build_issuer),
    "offices": ("office", build_office),
    "papers": ("paper", build_paper),
    "refusals": ("refusal", build_refusal),
}
