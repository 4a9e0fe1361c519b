"""An upload is read: in a limited process, against every rule, against the register; photographs kept by their hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from io import BytesIO
from typing import BinaryIO
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from xueji.core.facts import DETAILS, GraduateFacts
from xueji.core.findings import Severity
from xueji.core.packs import PackView
from xueji.documents.models import StoredFile
from xueji.documents.storage import open_stored, store_many, store_once
from xueji.exchange.archives import iter_photos, mask_numbers, open_photos
from xueji.exchange.cells import CellFinding
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.graduates import IntakeReport, check_graduates
from xueji.exchange.photorows import PHOTO_COLUMN, GraduateRow
from xueji.graduation.clashes import clash_findings, photo_findings
from xueji.graduation.facts import surroundings_of, to_text
from xueji.graduation.models import Batch, Candidate, CandidateState, Intake, IntakeFinding, IntakeRow, IntakeState
from xueji.jobs.progress import Progress
from xueji.ledger.actions import record_event
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.registry.changes import CLOSED_FIELDS
from xueji.sealing.texts import blind_index

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PHOTOS_AT_ONCE = 500
_SAID_BY_RULES = {"programme", "duration_years"}
COMPARED = {
    "name": "姓名", "sex": "性别", "birth_date": "出生日期", "political_status": "政治面貌", "programme_name": "专业",
    "duration_years": "学制", "study_mode": "学习形式", "entry_month": "入学年月", "graduation_month": "毕业年月",
    "overall_mark": "毕业成绩总评", "conduct_mark": "操行总评", "internship_mark": "实习成绩", "remark": "备注", "specialisation": "专业技能方向", "details": "其他",
}  # fmt: skip


def read_intake(intake_id: int, progress: Progress) -> dict[str, int]:
    """Read one upload and store everything found; started again after a crash, it begins anew and doubles nothing."""
    intake = Intake.objects.select_related("batch__season", "batch__school__authority", "batch__case").get(pk=intake_id)
    if intake.state != IntakeState.READING:
        return {"rows": intake.row_count, "errors": intake.error_count}
    batch = intake.batch
    report = _read(intake, batch, progress)
    progress.phase("比对学籍与其他批次")
    findings = [*report.findings, *_clashes(report, batch)]
    photos = _store_photos(intake, report, progress)
    marked = _error_workbook(report, findings, batch)
    return _store(intake, report, findings, photos, marked)


def _read(intake: Intake, batch: Batch, progress: Progress) -> IntakeReport:
    progress.phase("读取名册，检查每一行和每一张照片")
    with open_stored(intake.workbook_id) as workbook, _photos_of(intake) as photos:
        return check_graduates(
            workbook,
            photos,
            batch.law,
            surroundings=surroundings_of(batch),
            on=batch.case.legal_date,
            name=intake.workbook_name,
        )


def _photos_of(intake: Intake) -> AbstractContextManager[BinaryIO | None]:
    return open_stored(intake.photos_id) if intake.photos_id else nullcontext()


def _clashes(report: IntakeReport, batch: Batch) -> list[CellFinding]:
    said = {(f.row, f.field) for f in report.findings if f.is_error}
    found = []
    for index, finding in clash_findings([row.facts for row in report.rows], batch):
        row = report.rows[index].row_number
        if finding.rule == "registry.programme_registered" and any((row, name) in said for name in _SAID_BY_RULES):
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


def _store_photos(intake: Intake, report: IntakeReport, progress: Progress) -> dict[int, StoredFile]:
    """Keep acceptable photographs under their hash, cleaned where they carried more than the picture; row → file."""
    wanted = {row.photo.ordinal: row for row in report.rows if row.photo and row.photo.is_acceptable}
    progress.phase("保存照片", total=len(wanted))
    if not wanted or not intake.photos_id:
        return {}
    stored: dict[int, StoredFile] = {}
    waiting: dict[int, bytes] = {}  # so many at a time: a statement a photograph would be most of the work
    with open_stored(intake.photos_id) as archive:
        for entry, body in iter_photos(open_photos(archive)):
            row = wanted.get(entry.ordinal)
            if row is None or row.photo is None or body is None:
                continue
            waiting[row.row_number] = row.photo.re_encoded or body
            if len(waiting) == _PHOTOS_AT_ONCE:
                _keep(waiting, stored, progress)
    _keep(waiting, stored, progress)
    return stored


def _keep(waiting: dict[int, bytes], stored: dict[int, StoredFile], progress: Progress) -> None:
    """Store the photographs that wait, and empty the list."""
    stored.update(zip(waiting, store_many(list(waiting.values()), "image/jpeg"), strict=True))
    progress.step(len(waiting))
    waiting.clear()


def _error_workbook(report: IntakeReport, findings: Sequence[CellFinding], batch: Batch) -> StoredFile | None:
    if not findings:
        return None
    view = batch.law
    out = BytesIO()
    write_error_workbook(report.table, findings, out, view=view, spec=view.workbook("graduates"))
    return store_once(out.getvalue(), _XLSX)


def _store(
    intake: Intake,
    report: IntakeReport,
    findings: Sequence[CellFinding],
    photos: Mapping[int, StoredFile],
    marked: StoredFile | None,
) -> dict[str, int]:
    counts = {severity: sum(f.severity is severity for f in findings) for severity in Severity}
    with transaction.atomic():
        held = Intake.objects.select_for_update(of=("self",)).select_related("batch__case").get(pk=intake.pk)
        if held.state != IntakeState.READING:  # discarded meanwhile
            return {"rows": 0, "errors": 0}
        held.rows.all().delete()
        held.findings.all().delete()
        copy_rows(_rows(held, report.rows, photos))
        IntakeFinding.objects.bulk_create((_finding(held, f) for f in findings), batch_size=1000)
        held.row_count, held.error_workbook = len(report.rows), marked
        held.error_count, held.warning_count = counts[Severity.ERROR], counts[Severity.WARNING]
        held.advice_count, held.state = counts[Severity.ADVICE], IntakeState.READY
        held.save()
        after = {
            "rows": held.row_count,
            "errors": held.error_count,
            "warnings": held.warning_count,
            "photos": len(photos),
        }
        record_event(
            tag=EventTag.INTAKE_READ, subject=held, parent=held.batch, by=None, at=timezone.now(),
            school_id=held.batch.school_id, view=held.batch.law, after=after,
        )  # fmt: skip
    return after


def _rows(intake: Intake, rows: Sequence[GraduateRow], photos: Mapping[int, StoredFile]) -> list[IntakeRow]:
    """Return the rows with what changes against the batch, and behind them whoever would leave it."""
    there = {
        bytes(c.person.resident_id_index): c
        for c in intake.batch.candidates.select_related("person").exclude(state=CandidateState.WITHDRAWN)
    }
    made = []
    for row in rows:
        number = row.facts.resident_id or ""
        candidate = there.pop(blind_index(number), None) if number else None
        photo = photos.get(row.row_number)
        change, summary = _change(row.facts, photo, candidate)
        one = IntakeRow(
            id=uuid4(), intake=intake, row_number=row.row_number, name=(row.facts.name or "")[:100],
            payload=to_text(row.facts), photo=photo, change=change, change_summary=summary[:300],
        )  # fmt: skip
        made.append(one)
    last = max((row.row_number for row in rows), default=0)
    leaving = [c for c in there.values() if c.state in (CandidateState.LISTED, CandidateState.MARKED)]
    made += [
        IntakeRow(
            intake=intake, row_number=last + place, name=c.name, payload="", change=IntakeRow.Change.REMOVED, change_summary="本次文件中没有此人，确认后将从批次移除",
        )
        for place, c in enumerate(leaving, start=1)
    ]  # fmt: skip
    return made


def _change(facts: GraduateFacts, photo: StoredFile | None, candidate: Candidate | None) -> tuple[str, str]:
    if candidate is None:
        return IntakeRow.Change.NEW, ""
    old, new = _flat({name: getattr(candidate, name) for name in COMPARED}), _flat(candidate_values(facts))
    labels = _labels(candidate.batch.law) | COMPARED
    parts = [
        labels.get(name, name)
        if name in CLOSED_FIELDS
        else f"{labels.get(name, name)}：{_shown(old.get(name, ''))}→{_shown(new.get(name, ''))}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name, "") != new.get(name, "")
    ]
    if photo is not None and photo.pk != candidate.photo_id:
        parts.append("照片")
    return (IntakeRow.Change.CHANGED, "；".join(parts)) if parts else (IntakeRow.Change.SAME, "")


def _flat(values: Mapping[str, object]) -> dict[str, object]:
    """Spread the pack's own details out, so that each is compared and named by itself."""
    details = values["details"]
    assert isinstance(details, Mapping)
    own = {name: value for name, value in values.items() if name != "details"}
    return own | {f"{DETAILS}{name}": value for name, value in details.items()}


def _labels(view: PackView) -> dict[str, str]:
    return {column.field: column.header for column in view.workbook("graduates").columns}


def _shown(value: object) -> str:
    text = str(value)
    return (text.removesuffix(".0") if text else "（空）") or "（空）"


def candidate_values(facts: GraduateFacts) -> dict[str, object]:
    """Return a row's facts under the names of the candidate's columns."""
    kept = {"birth_date", "duration_years", "details"}
    values = asdict(facts) | {"programme_name": facts.programme, "study_mode": facts.study_mode or "全日制"}
    for name in ("entry_month", "graduation_month"):
        values[name] = str(getattr(facts, name) or "")
    return {name: values[name] if name in kept else str(values[name] or "") for name in COMPARED}


def _finding(intake: Intake, finding: CellFinding) -> IntakeFinding:
    return IntakeFinding(
        intake=intake,
        sheet=finding.sheet[:60],
        row=finding.row or None,
        column=finding.column[:60],
        severity=finding.severity.value,
        rule=finding.rule,
        message=finding.message,
        remedy=finding.remedy,
        cites=[{"source": c.source, "clause": c.clause} for c in finding.cites],
    )
