"""The list of graduates as an upload: read in a limited process, against every rule and the register; photographs kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import BinaryIO

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.facts import GraduateFacts
from xueji.core.findings import Finding, Severity
from xueji.core.identifiers import mask_numbers
from xueji.documents.models import StoredFile
from xueji.documents.storage import open_stored, store_many
from xueji.exchange.archives import iter_photos, open_photos
from xueji.exchange.cells import CellFinding
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.graduates import IntakeReport, check_graduates
from xueji.exchange.photorows import PHOTO_COLUMN, GraduateRow
from xueji.graduation.actions.batches import require_in_schools_hands
from xueji.graduation.actions.listing import list_graduates
from xueji.graduation.candidates import changed_words
from xueji.graduation.duplicates import clash_findings, photo_findings
from xueji.graduation.facts import surroundings_of, to_text
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.graduation.photographs import photo_keeper
from xueji.graduation.uploads.subjects import BATCH
from xueji.institutions.queries import require_permission
from xueji.jobs.progress import JobProgress
from xueji.sealing.texts import blind_index
from xueji.uploads.kinds import ReadRow, UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow

_PHOTOS_AT_ONCE = 500
_SAID_BY_RULES = {"programme", "duration_years"}


def read_graduates(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read a list with its photographs: rows with what would change in the batch, everything found at once."""
    batch = upload.subject
    report = _read(upload, batch, progress)
    progress.phase("比对学籍与其他批次")
    findings = [*report.findings, *_clashes(report, batch)]
    photos = _store_photos(upload, report, progress)
    return UploadReading(_rows(batch, report.rows, photos), findings, _error_workbook(report, findings, batch))


def _read(upload: Upload, batch: Batch, progress: JobProgress) -> IntakeReport:
    progress.phase("读取名册，检查每一行和每一张照片")
    with open_stored(upload.workbook_id) as workbook, _photos_of(upload) as photos:
        return check_graduates(
            workbook,
            photos,
            batch.law,
            surroundings=surroundings_of(batch),
            on=batch.case.legal_date,
            name=upload.workbook_name,
            has_photo=photo_keeper(batch),
        )


def _photos_of(upload: Upload) -> AbstractContextManager[BinaryIO | None]:
    return open_stored(upload.photos_id) if upload.photos_id else nullcontext()


def _clashes(report: IntakeReport, batch: Batch) -> list[CellFinding]:
    in_error = {(f.row, f.field) for f in report.findings if f.is_error}
    found = []
    for index, finding in clash_findings([row.facts for row in report.rows], batch):
        row = report.rows[index].row_number
        if finding.rule == "registry.programme_registered" and any((row, name) in in_error for name in _SAID_BY_RULES):
            continue
        found.append(
            CellFinding(
                report.table.sheet, row, report.table.headers.get(finding.field or "", ""), finding.severity,
                finding.rule, mask_numbers(finding.message), finding.field, finding.remedy, finding.cites,
            )
        )  # fmt: skip
    digests = {index: row.photo.kept_digest for index, row in enumerate(report.rows) if row.photo}
    for index, finding in photo_findings([row.facts for row in report.rows], digests, batch):
        place = (report.table.sheet, report.rows[index].row_number, PHOTO_COLUMN)
        found.append(
            CellFinding(*place, finding.severity, finding.rule, finding.message, "photo", finding.remedy, finding.cites)
        )
    return found


def _store_photos(upload: Upload, report: IntakeReport, progress: JobProgress) -> dict[int, StoredFile]:
    """Keep acceptable photographs under their hash, cleaned where they carried more than the picture; row → file."""
    wanted = {row.photo.ordinal: row for row in report.rows if row.photo and row.photo.is_acceptable}
    progress.phase("保存照片", total=len(wanted))
    if not wanted or not upload.photos_id:
        return {}
    stored: dict[int, StoredFile] = {}
    waiting: dict[int, bytes] = {}  # so many at a time: a statement a photograph would be most of the work
    with open_stored(upload.photos_id) as archive:
        for entry, body in iter_photos(open_photos(archive)):
            row = wanted.get(entry.ordinal)
            if row is None or row.photo is None or body is None:
                continue
            waiting[row.row_number] = row.photo.re_encoded or body
            if len(waiting) == _PHOTOS_AT_ONCE:
                _keep(waiting, stored, progress)
    _keep(waiting, stored, progress)
    return stored


def _keep(waiting: dict[int, bytes], stored: dict[int, StoredFile], progress: JobProgress) -> None:
    """Store the photographs that wait, and empty the list."""
    stored.update(zip(waiting, store_many(list(waiting.values()), "image/jpeg"), strict=True))
    progress.step(len(waiting))
    waiting.clear()


def _error_workbook(report: IntakeReport, findings: Sequence[CellFinding], batch: Batch) -> bytes | None:
    if not findings:
        return None
    view = batch.law
    out = BytesIO()
    write_error_workbook(report.table, findings, out, view=view, spec=view.workbook("graduates"))
    return out.getvalue()


def _rows(batch: Batch, rows: Sequence[GraduateRow], photos: Mapping[int, StoredFile]) -> list[ReadRow]:
    """Return the rows with what changes against the batch, and behind them whoever would leave it."""
    standing = {
        bytes(c.person.resident_id_index or b""): c
        for c in batch.candidates.select_related("person").exclude(state=CandidateState.WITHDRAWN)
    }
    made = []
    for row in rows:
        number = row.facts.resident_id or ""
        candidate = standing.pop(blind_index(number), None) if number else None
        photo = photos.get(row.row_number)
        change, summary = _change(row.facts, photo, candidate)
        made.append(
            ReadRow(
                row.row_number, row.facts.name or "", to_text(row.facts), change, summary, photo.pk if photo else None
            )
        )
    last = max((row.row_number for row in rows), default=0)
    leaving = [c for c in standing.values() if c.state in (CandidateState.LISTED, CandidateState.MARKED)]
    return made + [
        ReadRow(last + place, c.name, "", UploadRow.Change.REMOVED, "本次文件中没有此人，确认后将从批次移除")
        for place, c in enumerate(leaving, start=1)
    ]


def _change(facts: GraduateFacts, photo: StoredFile | None, candidate: Candidate | None) -> tuple[str, str]:
    if candidate is None:
        return UploadRow.Change.NEW, ""
    words = changed_words(candidate, facts)
    if photo is not None and photo.pk != candidate.photo_id:
        words.append("照片")
    return (UploadRow.Change.CHANGED, "；".join(words)) if words else (UploadRow.Change.SAME, "")


def _require(by: User, batch: Batch) -> None:
    require_permission(by, Permission.PREPARE_BATCH, school=batch.school)


def _no_rows(batch: Batch) -> Finding:
    cites = batch.law.workflow("graduation_batch").cites
    return Finding("roster.not_empty", Severity.ERROR, "名单中没有一名毕业生", cites=cites)


GRADUATES = UploadKind(
    key="graduates", label="毕业生数据", subject=BATCH, require=_require,
    read=read_graduates, confirm=list_graduates, no_rows=_no_rows, settle=require_in_schools_hands,
    workbook_label="名册", takes_photos=True,
)  # fmt: skip
