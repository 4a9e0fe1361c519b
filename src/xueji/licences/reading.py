"""The file of a publication is read: every line checked by itself, against the others, against what is registered and in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.utils import timezone

from xueji.core.findings import Finding, Severity
from xueji.core.intakes import SPRING, Intake
from xueji.core.packs import PackView
from xueji.documents.storage import open_stored
from xueji.exchange.cells import CellFinding
from xueji.exchange.error_workbook import write_marked
from xueji.exchange.headings import HEADER_DEPTH
from xueji.exchange.sandbox import read_workbook
from xueji.exchange.tables import TableReading, read_table
from xueji.exchange.values import placed, read_values, sorted_findings
from xueji.institutions.models import Authority, Programme, UsedSchoolCode
from xueji.institutions.queries import pack_over
from xueji.jobs.progress import JobProgress
from xueji.licences.columns import FORM, MOST_ROWS, SEASONS, YEAR, LicenceLine, LineKey
from xueji.licences.models import PublishedLicence
from xueji.licences.queries import in_force
from xueji.uploads.kinds import ReadRow, UploadReading
from xueji.uploads.models import Upload, UploadRow

Change = UploadRow.Change
Placed = tuple[int, Finding]
_MOST_PLACES = 100_000  # a quota beyond is a slip
_LENGTHS: Mapping[str, int] = {"school_code": 10, "school_name": 100, "programme_name": 60, "campus": 60}


def read_licences(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the file; every line with how it differs from what is in force, and everything found at once."""
    authority: Authority = upload.subject
    view = pack_over(authority).on(timezone.localdate(upload.uploaded_at))
    progress.phase("读取文件")
    with open_stored(upload.workbook_id) as file:
        workbook = read_workbook(file, name=upload.workbook_name, row_limit=MOST_ROWS + HEADER_DEPTH + 200)
    table = read_table(workbook, FORM)
    columns = [column for column in FORM.columns if column.field in table.columns]
    values, unread = read_values(table, columns, view)
    progress.phase("逐行核对")
    faulty = {finding.row for finding in unread if finding.is_error}
    lines: dict[int, LicenceLine] = {}
    placed_findings: list[Placed] = []
    for row, cells in zip(table.rows, values, strict=True):
        faults = list(_faults_of(cells)) if row.row_number not in faulty else []
        placed_findings += ((row.row_number, fault) for fault in faults)
        if not faults and row.row_number not in faulty:
            lines[row.row_number] = _line(cells)
    placed_findings += [*_doubled(lines), *_against_registered(lines)]
    findings = sorted_findings(
        [*table.findings, *unread, *(placed(finding, table, number) for number, finding in placed_findings)],
        table,
        FORM,
    )
    rows = _compared(authority, lines, upload)
    return UploadReading(rows, findings, _marked(table, findings, view) if findings else None)


def _marked(table: TableReading, findings: Sequence[CellFinding], view: PackView) -> bytes:
    out = BytesIO()
    write_marked([(table, FORM)], findings, out, view=view)
    return out.getvalue()


def _error(field: str, message: str, remedy: str = "", rule: str = "licences.row") -> Finding:
    return Finding(rule, Severity.ERROR, message, field, remedy)


def _text(cells: Mapping[str, object], field: str) -> str:
    value = cells.get(field)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "" if value is None else str(value).strip()


def _faults_of(cells: Mapping[str, object]) -> Iterator[Finding]:
    """Yield what is wrong with a line by itself."""
    for column in FORM.columns:
        text = _text(cells, column.field)
        if not text and column.required:
            yield _error(column.field, f"「{column.header}」没有填写", f"请填写「{column.header}」", "licences.given")
        if len(text) > _LENGTHS.get(column.field, 200):
            yield _error(column.field, f"有 {len(text)} 个字，超过 {_LENGTHS[column.field]} 个", "请核对")
    if (text := _text(cells, "year")) and not YEAR.fullmatch(text):
        yield _error("year", f"不是年份：{text[:20]}", "请填四位年份，例如 2026")
    if (text := _text(cells, "season")) and text not in SEASONS:
        yield _error("season", f"没有「{text[:20]}」", "可填：春季、秋季")
    if (text := _text(cells, "quota")) and not (text.isascii() and text.isdigit() and int(text) <= _MOST_PLACES):
        yield _error("quota", f"不是人数：{text[:20]}", f"请填 0 至 {_MOST_PLACES} 的整数")
    years = cells.get("duration_years")
    if isinstance(years, Decimal) and not (1 <= years <= 6 and years == round(years, 1)):
        yield _error("duration_years", "学制应为 1 至 6 年，至多一位小数")


def _line(cells: Mapping[str, object]) -> LicenceLine:
    return LicenceLine(
        intake=Intake(int(_text(cells, "year")), SEASONS[_text(cells, "season")]), school_code=_text(cells, "school_code"),
        school_name=_text(cells, "school_name"), programme_name=_text(cells, "programme_name"),
        duration_years=round(Decimal(_text(cells, "duration_years")), 1), campus=_text(cells, "campus"),
        quota=int(_text(cells, "quota")),
    )  # fmt: skip


def _doubled(lines: Mapping[int, LicenceLine]) -> Iterator[Placed]:
    seen: dict[LineKey, int] = {}
    for number, line in lines.items():
        if (first := seen.setdefault(line.key, number)) != number:
            yield (
                number,
                _error(
                    "programme_name",
                    f"与第 {first} 行重复：同一学校、专业、学制、招生季和校区",
                    "请合并为一行",
                    "licences.once",
                ),
            )


def _against_registered(lines: Mapping[int, LicenceLine]) -> Iterator[Placed]:
    """Yield what does not agree with the schools as registered: a warning, for what is published is the province's word."""
    codes = {line.school_code for line in lines.values()}
    known = {row.code: row.school for row in UsedSchoolCode.objects.filter(code__in=codes).select_related("school")}
    taught = set(
        Programme.objects.filter(school__in=[school.pk for school in known.values()]).values_list("school_id", "name")
    )
    for number, line in lines.items():
        school = known.get(line.school_code)
        if school is None:
            message = f"学校代码 {line.school_code} 没有登记"
            yield number, _warning("school_code", message, "请核对代码；新学校请先在单位管理登记")
            continue
        if school.name != line.school_name:
            yield number, _warning("school_name", f"登记的名称是「{school.name}」", "请核对名称和代码")
        if school.closed_on and school.closed_on <= _first_day_of(line.intake):
            yield number, _warning("school_code", f"{school.name}自 {school.closed_on:%Y-%m-%d} 起停办", "请核对")
        if (school.pk, line.programme_name) not in taught:
            yield (
                number,
                _warning("programme_name", f"{school.name}没有登记专业「{line.programme_name}」", "请核对，或登记专业"),
            )


def _first_day_of(intake: Intake) -> date:
    """Return the day from which a school that is closed admits nobody in an intake."""
    return (
        intake.first_of_september() if intake.term != SEASONS["春季"] else intake.first_of_september().replace(month=3)
    )


def _warning(field: str, message: str, remedy: str) -> Finding:
    return Finding("licences.registered", Severity.WARNING, message, field, remedy)


def _compared(authority: Authority, lines: Mapping[int, LicenceLine], upload: Upload) -> list[ReadRow]:
    """Return every line beside what is in force for its intake; lines in force that the file leaves out come last."""
    intakes = {line.intake for line in lines.values()}
    stored = {_of_stored(row).key: row for row in _stored(authority, intakes, upload)}
    rows, named = [], set[LineKey]()
    for number, line in lines.items():
        before = stored.get(line.key)
        named.add(line.key)
        change = Change.NEW if before is None else Change.SAME if before.quota == line.quota else Change.CHANGED
        summary = f"计划 {before.quota} → {line.quota}" if before is not None and change == Change.CHANGED else ""
        rows.append(_row(number, line, change, summary))
    gone = [_of_stored(row) for key, row in stored.items() if key not in named]
    return rows + [_row(0, line, Change.REMOVED, f"原计划 {line.quota}") for line in gone]


def _stored(authority: Authority, intakes: set[Intake], upload: Upload) -> Iterator[PublishedLicence]:
    publications = in_force(timezone.localdate(upload.uploaded_at)).filter(authority=authority)
    rows = PublishedLicence.objects.filter(publication__in=publications).select_related("publication")
    yield from (row for row in rows if row.publication.intake in intakes)


def _of_stored(row: PublishedLicence) -> LicenceLine:
    return LicenceLine(
        row.publication.intake, row.school_code, row.school_name, row.programme_name, row.duration_years, row.campus,
        row.quota,
    )  # fmt: skip


def _row(number: int, line: LicenceLine, change: str, summary: str) -> ReadRow:
    name = f"{line.school_name} {line.programme_name}（{line.duration_years.normalize():f}年）"
    season = "春" if line.intake.term == SPRING else "秋"
    where = f"{line.intake.year} {season} {line.campus}".strip()
    return ReadRow(number, name, line.to_text(), change, " · ".join(filter(None, (where, summary))))
