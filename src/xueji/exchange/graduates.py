"""A school's graduates, from workbook and photo archive to facts and findings: everything at once, nothing stored.

The clerk sees all that is wrong in one answer; a second upload for a second class of faults is what people complain of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from xueji.core.facts import DETAILS, GraduateFacts, Surroundings
from xueji.core.facts_kinds import facts_kind_of
from xueji.core.findings import Finding, Severity
from xueji.core.identifiers import mask_numbers, normalise_resident_id
from xueji.core.packs import PackView, PhotoProfile
from xueji.core.rules import check_graduate, check_roster
from xueji.documents.fonts import uncovered
from xueji.exchange.archives import ARCHIVE_SHEET, PhotoArchive, PhotoEntry, iter_photos, open_photos
from xueji.exchange.cells import CellFinding, WorkbookReading
from xueji.exchange.formreading import read_form
from xueji.exchange.judging import counts_of, rule_findings
from xueji.exchange.photorows import PHOTO_COLUMN, GraduateRow, PhotoRef, named_otherwise, shared_photos
from xueji.exchange.sources import Source
from xueji.exchange.tables import RawRow, TableReading
from xueji.exchange.values import read_values, sorted_findings

HasPhoto = Callable[[str], bool]  # whether a photograph of whoever has this number is kept


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What an upload amounts to. `workbook` and `table` are kept for the error workbook."""

    rows: tuple[GraduateRow, ...]
    findings: tuple[CellFinding, ...]
    counts: Mapping[str, int]
    workbook: WorkbookReading
    table: TableReading

    @property
    def is_acceptable(self) -> bool:
        """Whether there are rows and no error: warnings and advice do not refuse."""
        return bool(self.rows) and not any(finding.is_error for finding in self.findings)


def check_graduates(
    workbook_source: Source,
    photos_source: Source | None,
    view: PackView,
    *,
    surroundings: Surroundings | None = None,
    on: date | None = None,
    name: str = "",
    kind: str = "graduates",
    has_photo: HasPhoto | None = None,
) -> IntakeReport:
    """Read a graduate workbook with its photographs and run every rule; BadInput when a file cannot be read at all.

    `on` is the legal date (the view's day when None), `name` the clerk's own file name. `has_photo` says of whose number
    a photograph is kept already: theirs need not be sent again, everybody else's is missing. Without it nothing is kept,
    and a list sent without any photograph is checked by itself.
    """
    spec = view.workbook(kind)
    form = read_form(workbook_source, spec, view, name=name)
    archive = open_photos(photos_source) if photos_source else None
    table, facts = form.table, form.facts
    known_surroundings = replace(_with_fonts(surroundings or Surroundings(), facts, on or view.day), workbook=kind)
    findings = [*table.findings, *form.findings, *_rule_findings(table, facts, form.findings, view, known_surroundings)]
    rows, photo_findings = _with_photos(table, facts, archive, view.photo_profile("diploma"), has_photo)
    ordered = sorted_findings([*findings, *photo_findings], table, spec)
    return IntakeReport(rows, ordered, _counts(rows, ordered, archive), form.workbook, table)


def read_typed_fields(
    typed: Mapping[str, str], standing: GraduateFacts, view: PackView, *, surroundings: Surroundings, on: date
) -> tuple[GraduateFacts, list[CellFinding]]:
    """Read single fields typed on a page as the cells of a row are read; return the graduate with them in place, and what the rules say."""
    spec, kind = view.workbook("graduates"), facts_kind_of("graduates")
    assert kind is not None, "registered with the facts of graduates"
    columns = [column for column in spec.columns if column.field in typed and kind.has_field(column.field)]
    headers = {column.field: column.header for column in columns}
    row = RawRow(1, {column.field: typed[column.field] for column in columns})
    table = TableReading(spec.sheet, 0, {column.field: n for n, column in enumerate(columns)}, headers, (row,), ())
    read, findings = read_values(table, columns, view)
    given: GraduateFacts = kind.of_row(read[0])
    plain = {column.field: getattr(given, column.field) for column in columns if not column.field.startswith(DETAILS)}
    facts = replace(standing, **plain, details={**standing.details, **given.details})
    known = replace(_with_fonts(surroundings, [facts], on), workbook="graduates")
    return facts, [*findings, *rule_findings(table, findings, ((0, f) for f in check_graduate(facts, view, known)))]


def _with_fonts(surroundings: Surroundings, facts: Iterable[GraduateFacts], on: date) -> Surroundings:
    """Add the characters of the whole file that no font prints (looked up once, not row by row) and the legal date."""
    texts = {text for row in facts for text in (row.name, row.programme, row.specialisation) if text}
    printable = "".join(c for c in dict.fromkeys("".join(sorted(texts))) if c.isprintable())
    return replace(
        surroundings, uncovered=surroundings.uncovered | frozenset(uncovered(printable)), on=surroundings.on or on
    )


def _rule_findings(
    table: TableReading,
    facts: list[GraduateFacts],
    read: list[CellFinding],
    view: PackView,
    surroundings: Surroundings,
) -> Iterable[CellFinding]:
    """Run the rules of each row, then those of the rows together."""
    of_rows = ((n, f) for n, claimed in enumerate(facts) for f in check_graduate(claimed, view, surroundings))
    return rule_findings(table, read, (*of_rows, *(check_roster(facts, view, surroundings) if facts else ())))


def _with_photos(
    table: TableReading,
    facts: list[GraduateFacts],
    archive: PhotoArchive | None,
    profile: PhotoProfile,
    has_photo: HasPhoto | None,
) -> tuple[tuple[GraduateRow, ...], list[CellFinding]]:
    """Give each graduate the photograph named with their number, and check every photograph that has a graduate."""
    rows = [GraduateRow(row.row_number, claimed) for row, claimed in zip(table.rows, facts, strict=True)]
    if archive is None:
        return tuple(rows), list(_without_archive(table.sheet, rows, profile, has_photo))
    findings = list(archive.findings)
    by_number = {
        row.facts.resident_id: index for index, row in reversed(list(enumerate(rows))) if row.facts.resident_id
    }
    names = {row.facts.name for row in rows if row.facts.name and len(row.facts.name) > 1}
    for entry, body in iter_photos(archive):
        index = by_number.get(entry.number)
        if index is None:
            findings.append(_photo_without_graduate(entry))
            continue
        photo, problems = _judged(entry, body, profile)
        findings += (_photo_placed(p, table.sheet, rows[index].row_number) for p in problems)
        findings += named_otherwise(table.sheet, rows[index], entry, names, profile.cites)
        rows[index] = replace(rows[index], photo=photo)
    findings += shared_photos(table.sheet, rows, profile.cites)
    named = {normalise_resident_id(entry.number) for entry in archive.entries}
    findings += _missing(table.sheet, (row for row in rows if row.facts.resident_id not in named), profile, has_photo)
    return tuple(rows), findings


def _without_archive(
    sheet: str, rows: Sequence[GraduateRow], profile: PhotoProfile, has_photo: HasPhoto | None
) -> Iterator[CellFinding]:
    """Say what is missing of a list sent without photographs: of everybody at once, else of each."""
    if not rows:
        return
    if has_photo is None:
        message = "没有上传照片压缩包，未检查照片"
        yield _photo_finding(sheet, 0, Severity.ADVICE, "photo.not_uploaded", message, profile)
        return
    lacking = [row for row in rows if row.facts.resident_id and not has_photo(row.facts.resident_id)]
    if len(lacking) < len(rows):
        yield from _missing(sheet, lacking, profile, has_photo)
        return
    message = f"没有上传照片压缩包，{len(lacking)} 名毕业生都没有照片"
    finding = _photo_finding(sheet, 0, Severity.ERROR, "photo.not_uploaded", message, profile)
    yield replace(finding, remedy="请把照片以身份证号命名，放入一个压缩包，与数据表一起上传")


def _missing(
    sheet: str, rows: Iterable[GraduateRow], profile: PhotoProfile, has_photo: HasPhoto | None
) -> Iterator[CellFinding]:
    """Say of each of these rows that no photograph came with it, unless one is kept."""
    for row in rows:
        number = row.facts.resident_id
        if number and not (has_photo and has_photo(number)):
            message = "没有照片：压缩包里没有以本人身份证号命名的照片"
            finding = _photo_finding(sheet, row.row_number, Severity.ERROR, "photo.missing", message, profile)
            yield replace(finding, remedy="请以身份证号命名照片（X 大写），放入压缩包")


def _judged(entry: PhotoEntry, body: bytes | None, profile: PhotoProfile) -> tuple[PhotoRef | None, list[Finding]]:
    """Judge one photograph by its content; its name was judged with the archive's list."""
    from xueji.documents.photos import check_photo  # Pillow is slow to import, and text-only checks need none of it

    if body is None:
        message = "照片文件已损坏，无法从压缩包中取出"
        return None, [Finding("photo.damaged", Severity.ERROR, message, "photo", "请重新打包上传", profile.cites)]
    report = check_photo(body, profile, file_name=f"{entry.number}.jpg", resident_id=entry.number)
    problems = [Finding(f"photo.{p.code}", p.severity, p.message, "photo", "", profile.cites) for p in report.problems]
    digest = hashlib.sha256(body).hexdigest()
    photo = PhotoRef(
        entry.ordinal, entry.name, digest, len(body), report.re_encoded, report.is_acceptable, report.signature
    )
    return photo, problems


def _photo_placed(finding: Finding, sheet: str, row_number: int) -> CellFinding:
    return CellFinding(
        sheet,
        row_number,
        PHOTO_COLUMN,
        finding.severity,
        finding.rule,
        mask_numbers(finding.message),
        "photo",
        finding.remedy,
        finding.cites,
    )


def _photo_finding(  # noqa: PLR0917  # the order of the words in a finding
    sheet: str, row: int, severity: Severity, rule: str, message: str, profile: PhotoProfile
) -> CellFinding:
    return CellFinding(sheet, row, PHOTO_COLUMN, severity, rule, message, "photo", "", profile.cites)


def _photo_without_graduate(entry: PhotoEntry) -> CellFinding:
    message = f"压缩包中第 {entry.ordinal} 个文件在名册中没有对应的毕业生"
    remedy = "请核对文件名与名册中的身份证号；多余的照片请删去"
    return CellFinding(
        ARCHIVE_SHEET, entry.ordinal, entry.shown, Severity.WARNING, "photo.without_graduate", message, "photo", remedy
    )


def _counts(
    rows: tuple[GraduateRow, ...], findings: tuple[CellFinding, ...], archive: PhotoArchive | None
) -> dict[str, int]:
    return counts_of(rows, findings) | {
        "photos": len(archive.entries) if archive else 0,
        "photos_matched": sum(row.photo is not None for row in rows),
    }
