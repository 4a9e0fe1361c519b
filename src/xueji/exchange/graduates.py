"""A school's graduates, from workbook and photo archive to facts and findings: everything at once, nothing stored.

The clerk sees all that is wrong in one answer; a second upload for a second class of faults is what people complain of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from xueji.core.facts import GraduateFacts, Surroundings
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
from xueji.exchange.tables import TableReading
from xueji.exchange.values import sorted_findings


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
) -> IntakeReport:
    """Read a graduate workbook with its photographs and run every rule; BadInput when a file cannot be read at all.

    `on` is the legal date (the view's day when None), `name` the clerk's own file name.
    """
    spec = view.workbook(kind)
    form = read_form(workbook_source, spec, view, name=name)
    archive = open_photos(photos_source) if photos_source else None
    table, facts = form.table, form.facts
    known_surroundings = replace(_with_fonts(surroundings or Surroundings(), facts, on or view.day), workbook=kind)
    findings = [*table.findings, *form.findings, *_rule_findings(table, facts, form.findings, view, known_surroundings)]
    rows, photo_findings = _with_photos(table, facts, archive, view.photo_profile("diploma"))
    ordered = sorted_findings([*findings, *photo_findings], table, spec)
    return IntakeReport(rows, ordered, _counts(rows, ordered, archive), form.workbook, table)


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
    table: TableReading, facts: list[GraduateFacts], archive: PhotoArchive | None, profile: PhotoProfile
) -> tuple[tuple[GraduateRow, ...], list[CellFinding]]:
    """Give each graduate the photograph named with their number, and check every photograph that has a graduate."""
    rows = [GraduateRow(row.row_number, claimed) for row, claimed in zip(table.rows, facts, strict=True)]
    if archive is None:
        if not rows:
            return (), []
        message = "没有上传照片压缩包，未检查照片"
        advice = _photo_finding(table.sheet, 0, Severity.ADVICE, "photo.not_uploaded", message, profile)
        return tuple(rows), [advice]
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
    for row in rows:
        if row.facts.resident_id and row.facts.resident_id not in named:
            message = "没有照片：压缩包里没有以本人身份证号命名的照片"
            finding = _photo_finding(table.sheet, row.row_number, Severity.ERROR, "photo.missing", message, profile)
            findings.append(replace(finding, remedy="请以身份证号命名照片（X 大写），放入压缩包"))
    return tuple(rows), findings


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
