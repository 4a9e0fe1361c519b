"""Loading one pack: its files, its sources, its items with their dates, and the checks that need the whole of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

from xueji.core.errors import PolicyError
from xueji.core.findings import Citation
from xueji.core.obligations import ObligationSpec
from xueji.core.pack_keys import names_of
from xueji.core.packs import Dated, Pack, PackItem, Quotation, Reading, RuleSwitch, Source, Window, WorkbookSpec
from xueji.core.section_labels import SECTION_LABELS
from xueji.core.status_specs import ChangeSpec
from xueji.core.workflow import WorkflowSpec
from xueji.policy.reading import Section, read_toml
from xueji.policy.sections import BUILDERS
from xueji.policy.status import READING_NAMES

# which sections a file may hold; a file that is not here is refused
FILES: dict[str, tuple[str, ...]] = {
    "pack.toml": (),
    "sources.toml": (),
    "rules.toml": ("rules",),
    "calendar.toml": ("clocks", "windows", "closings", "calendar"),
    "workflows.toml": ("workflows",),
    "numbering.toml": ("numbering",),
    "documents.toml": ("documents",),
    "process.toml": ("process",),
    "blanks.toml": ("blanks",),
    "photos.toml": ("photos",),
    "workbooks.toml": ("workbooks",),
    "tables.toml": ("tables",),
    "values.toml": ("values",),
    "guidance.toml": ("guidance",),
    "quotations.toml": ("quotations",),
    "obligations.toml": ("obligations", "measures"),
    "durations.toml": ("durations",),
    "status.toml": ("changes", "evidence"),
    "services.toml": ("services", "issuers", "offices", "papers", "refusals"),
}
FOLDERS = frozenset({"documents", "tables", "examples"})
TERMS = ("spring", "autumn")


@dataclass
class _Draft:
    """What is gathered from the files before the pack is whole."""

    id: str
    folder: Path
    dated: Dated
    sources: dict[str, Source] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    items: list[PackItem] = field(default_factory=list)
    cited: list[tuple[str, str, Citation]] = field(default_factory=list)  # file, key, citation


def pack_hash(folder: Path, parent: Pack | None) -> str:
    """Return the SHA-256 over the pack's files (paths and contents, line ends as LF) and the parent's hash.

    Examples are left out: one more test of the law does not change the law.
    """
    digest = hashlib.sha256((parent.hash if parent else "").encode())
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and relative.parts[0] != "examples" and not any(p.startswith(".") for p in relative.parts):
            content = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"\0{relative.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def read_head(folder: Path, pack_id: str) -> Section:
    """Return pack.toml of a folder; its id must be the folder's place."""
    file = f"{pack_id}/pack.toml"
    head = Section(file, "", read_toml(folder / "pack.toml", file))
    if (stated := head.text("id")) != pack_id:
        raise PolicyError(file, "id", f"is {stated!r}, but the folder is {pack_id!r}")
    return head


def load_pack(folder: Path, pack_id: str, head: Section, parent: Pack | None) -> Pack:
    """Read a pack whose parent is already loaded."""
    title, line, territory = head.text("title"), head.text("line"), head.text("territory")
    if len(territory) != 6 or not territory.isdigit():
        raise head.error("territory", "should be six digits (GB/T 2260)")
    dated = _dates(head, None)
    forbids = head.take("forbids_additions", bool, default=False)
    recorded_on = head.day("recorded_on") if "recorded_on" in head else None
    head.close()
    draft = _Draft(pack_id, folder, dated)
    _check_names(draft)
    _read_sources(draft)
    for name, sections in FILES.items():
        if sections and (folder / name).is_file():
            _read_items(draft, name, sections)
    known = dict(draft.sources)
    for layer in parent.lineage() if parent else ():
        known = {**layer.sources, **known}
    _check_cites(draft, known)
    _check_quotations(draft, known)
    _settle_overlaps(draft, known)
    pack = Pack(
        id=pack_id,
        title=title,
        line=line,
        territory=territory,
        parent=parent,
        hash=pack_hash(folder, parent),
        dated=dated,
        sources=MappingProxyType(draft.sources),
        readings=tuple(draft.readings),
        items=tuple(draft.items),
        forbids_additions=forbids,
        recorded_on=recorded_on,
    )
    _check_references(pack)
    return pack


def _check_names(draft: _Draft) -> None:
    for path in sorted(draft.folder.iterdir()):
        is_nested_pack = path.is_dir() and (path / "pack.toml").is_file()
        known = path.name in (FOLDERS if path.is_dir() else FILES)
        if not known and not is_nested_pack and not path.name.startswith("."):
            raise PolicyError(f"{draft.id}/{path.name}", "-", f"is not a file of a pack; files: {', '.join(FILES)}")


def _dates(section: Section, default: Dated | None) -> Dated:
    in_force = section.day("in_force", default.in_force) if default else section.day("in_force")
    until = section.day("until") if "until" in section else (default.until if default else None)
    if until is not None and until < in_force:
        raise section.error("until", "lies before in_force")
    return Dated(in_force, until)


def _read_sources(draft: _Draft) -> None:
    file = f"{draft.id}/sources.toml"
    path = draft.folder / "sources.toml"
    if not path.is_file():
        return
    for key, section in Section(file, "", read_toml(path, file)).named():
        issued = section.day("issued")
        in_force = section.day("in_force", issued)
        until = section.day("until") if "until" in section else None
        clauses = section.section("clauses", {}).rest()
        if not all(isinstance(text, str) and text.strip() for text in clauses.values()):
            raise section.error("clauses", "each clause is quoted as a text")
        quoted = MappingProxyType({clause: str(text).strip() for clause, text in clauses.items()})
        draft.sources[key] = Source(
            key, section.text("number"), section.text("title"), issued, Dated(in_force, until), quoted, _yields_by(section, draft)
        )  # fmt: skip
        if "reading" in section:
            draft.readings.append(Reading(draft.id, key, section.text("reading")))
        section.close()


def _yields_by(section: Section, draft: _Draft) -> Citation | None:
    """Return the clause of another text by which a text yields to it where the two conflict."""
    if "yields_by" not in section:
        return None
    cite = section.cites("yields_by")[0]
    draft.cited.append((f"{draft.id}/sources.toml", section.path, cite))
    return cite


def _read_items(draft: _Draft, name: str, sections: tuple[str, ...]) -> None:
    file = f"{draft.id}/{name}"
    whole = Section(file, "", read_toml(draft.folder / name, file))
    for section_name in sections:
        for key, section in whole.section(section_name, {}).named():
            _read_item(draft, section_name, key, section)
    whole.close()


def _read_item(draft: _Draft, section_name: str, key: str, section: Section) -> None:
    dated = _dates(section, draft.dated)
    reading = section.text("reading") if "reading" in section else None
    if section_name == "windows":
        built = list(_windows(key, section, dated))
    else:
        kind, build = BUILDERS[section_name]
        if (known := names_of(kind)) is not None and key not in known:
            raise section.error("", f"程序没有这一种{SECTION_LABELS[kind]}；可用：{'、'.join(sorted(known))}")
        built = [PackItem(kind, key, build(key, section, dated, draft.folder), dated)]
    beside = _readings_beside(section_name, section)
    cites: tuple[Citation, ...] = getattr(built[0].value, "cites", ()) or section.cites()
    section.close()
    if not cites and reading is None:
        raise section.error("cites", "cite a clause, or record our reading")
    for cite in (*cites, *_cited_within(built[0].value)):
        draft.cited.append((section.file, section.path, cite))
    draft.items.extend(built)
    draft.readings.extend(Reading(draft.id, path, text, cites) for path, text in beside)
    if reading is not None:
        draft.readings.append(Reading(draft.id, section.path, reading, cites))


def _readings_beside(section_name: str, section: Section) -> list[tuple[str, str]]:
    """Read our answers to questions the clauses of an entry leave open, each under the name by which it is asked for."""
    if "readings" not in section:
        return []
    readings = section.section("readings")
    names = READING_NAMES.get(section_name, ())
    taken = [(f"{readings.path}.{name}", readings.text(name)) for name in names if name in readings]
    readings.close()
    return taken


def _cited_within(value: object) -> Iterator[Citation]:
    """Yield the clauses of the steps or stages of an item, of their second hands and pauses, and of what its officers compare on paper.

    Of a change of status also those of the schools somebody comes from.
    """
    for source in getattr(value, "sources", {}).values() if isinstance(value, ChangeSpec) else ():
        yield from source.cites
    steps = getattr(value, "steps", ()) or getattr(value, "stages", ())
    for step in steps:
        yield from (*step.cites, *getattr(step, "hands_cites", ()))
    for part in (value, *steps):
        for detail in (*getattr(part, "pauses", ()), *(getattr(part, "on_paper", None) or ())):
            yield from detail.cites


def _windows(key: str, section: Section, dated: Dated) -> Iterator[PackItem]:
    """Read a period; `repeats_until` sets the same days for each later class up to that year.

    Those days count as carried over from an earlier notice, unless the text itself sets them `every_year`.
    """
    label, opens, closes = section.text("label"), section.day("opens"), section.day("closes")
    year, term, cites = section.count("season_year"), section.choice("season_term", TERMS), section.cites()
    if closes < opens:
        raise section.error("closes", "lies before opens")
    last = section.count("repeats_until", year)
    is_carried_over = last > year and not section.take("every_year", bool, default=False)
    for later in range(last - year + 1):
        days = _same_day(opens, later), _same_day(closes, later)
        window = Window(key, label, *days, year + later, term, cites, is_carried_over)
        yield PackItem("window", f"{key}:{window.season_year}:{term}", window, dated)


def _same_day(day: date, years: int) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return (day - timedelta(days=1) if leap_day else day).replace(year=day.year + years) if years else day


def _check_cites(draft: _Draft, known: dict[str, Source]) -> None:
    for file, key, cite in draft.cited:
        if cite.source not in known:
            raise PolicyError(file, key, f"cites {cite.source!r}, which is no source; sources: {', '.join(known)}")
        if cite.clause not in known[cite.source].clauses:
            choices = ", ".join(known[cite.source].clauses)
            raise PolicyError(file, key, f"cites clause {cite.clause!r}, not quoted; clauses: {choices}")


def _check_quotations(draft: _Draft, known: dict[str, Source]) -> None:
    """A quotation is one: its words stand, letter for letter, in a clause it cites."""
    for item in draft.items:
        if isinstance(quotation := item.value, Quotation):
            clauses = [known[cite.source].clauses[cite.clause] for cite in quotation.cites]
            if not any("".join(quotation.text.split()) in "".join(clause.split()) for clause in clauses):
                where = "、".join(f"{cite.source}:{cite.clause}" for cite in quotation.cites) or "（没有写 cites）"
                raise PolicyError(
                    f"{draft.id}/quotations.toml", f"quotations.{quotation.key}", f"引述的文字不在所引条款之中：{where}"
                )


def _settle_overlaps(draft: _Draft, known: Mapping[str, Source]) -> None:
    """Refuse two versions in force on one day; one that rests on a text alone which yields to the other's ends before that one."""
    kept: dict[tuple[str, str], list[PackItem]] = {}
    for item in draft.items:
        versions = kept.setdefault((item.kind, item.key), [])
        coming: PackItem | None = item
        for place, other in enumerate(versions):
            if not (other.dated.covers(item.dated.in_force) or item.dated.covers(other.dated.in_force)):
                continue
            if _gives_way(item, other, known):
                coming = _ended_before(item, other)
            elif _gives_way(other, item, known):
                versions[place : place + 1] = [left] if (left := _ended_before(other, item)) else []
            else:
                raise PolicyError(draft.id, f"{item.kind}.{item.key}", "two versions are in force on the same day")
        versions += [coming] if coming else []
    draft.items[:] = [item for versions in kept.values() for item in versions]


def _gives_way(item: PackItem, other: PackItem, known: Mapping[str, Source]) -> bool:
    """Whether all an item cites yields to a text the other cites."""
    cites, prevailing = getattr(item.value, "cites", ()), {cite.source for cite in getattr(other.value, "cites", ())}
    yielding = [known[cite.source].yields_by for cite in cites if cite.source in known]
    return bool(yielding) and all(by is not None and by.source in prevailing for by in yielding)


def _ended_before(item: PackItem, other: PackItem) -> PackItem | None:
    """Return an item as it stands until the other begins; None where it began no earlier."""
    if item.dated.in_force >= other.dated.in_force:
        return None
    return replace(item, dated=Dated(item.dated.in_force, other.dated.in_force - timedelta(days=1)))


def _check_references(pack: Pack) -> None:
    """What an item names must stand in the pack or above it: clocks of steps, tables of columns, numbering of rules."""
    names = {(item.kind, item.key) for layer in pack.lineage() for item in layer.items}
    for item in pack.items:
        for kind, key in references_of(item.value):
            if (kind, key) not in names:
                raise PolicyError(pack.id, f"{item.kind}.{item.key}", f"names the {kind} {key!r}, which is not there")


def references_of(value: object) -> Iterator[tuple[str, str]]:
    """Yield what an item of a pack names, by section and key."""
    if isinstance(value, ObligationSpec):
        yield "clock", value.clock
    elif isinstance(value, ChangeSpec):
        yield "workflow", value.workflow
        yield from (("evidence", name) for name in value.evidence)
        for source in value.sources.values():
            yield "workflow", source.workflow
            yield from (("evidence", name) for name in source.evidence)
    elif isinstance(value, WorkflowSpec):
        yield from (("clock", step.clock) for step in value.steps if step.clock)
    elif isinstance(value, WorkbookSpec):
        yield from (("table", column.table) for column in value.columns if column.table)
    elif isinstance(value, RuleSwitch):
        for name in ("workbook", "numbering"):
            if name in value.params:
                yield name, str(value.params[name])
        fields = value.params.get("fields")
        if isinstance(fields, dict):
            yield from (("table", str(table)) for table in fields.values())
