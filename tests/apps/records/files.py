"""Workbooks of records as a clerk would fill them, for the graduates of a batch."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import xlsxwriter
from tests.journeys.world import AT

from xueji.accounts.models import User
from xueji.graduation.models import Batch, Candidate
from xueji.jobs.testing import run_pending_jobs
from xueji.registry.queries import resident_id_of
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import Upload


def number_of(candidate: Candidate) -> str:
    """The full ID number of a graduate."""
    return resident_id_of(candidate.person)


def line(candidate: Candidate, **cells: str) -> dict[str, str]:
    """A row about a graduate."""
    return {"姓名": candidate.name, "身份证号": number_of(candidate), **cells}


def workbook(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as a workbook, every cell text."""
    rows = list(rows)
    headers = list(dict.fromkeys(header for row in rows for header in row))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
            sheet = book.add_worksheet("数据")
            for column, header in enumerate(headers):
                sheet.write_string(0, column, header)
                for number, row in enumerate(rows, start=1):
                    sheet.write_string(number, column, row.get(header, ""))
        return path.read_bytes()


def uploaded(batch: Batch, kind: str, rows: Iterable[Mapping[str, str]], by: User) -> Upload:
    """An upload, read."""
    intake = receive_upload(subject=batch, kind=kind, workbook=("表.xlsx", workbook(rows)), by=by, at=AT)
    run_pending_jobs()
    intake.refresh_from_db()
    return intake


def stored(batch: Batch, kind: str, rows: Iterable[Mapping[str, str]], by: User) -> Upload:
    """An upload, read without an error and confirmed."""
    intake = uploaded(batch, kind, rows, by)
    assert intake.error_count == 0, list(intake.findings.values_list("row", "column", "message"))
    return confirm_upload(upload=intake, by=by, at=AT)
