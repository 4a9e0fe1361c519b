"""A batch beside the register: who should be on the list and is not, who cannot be and why, the form filled in from it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound
from xueji.exchange.templates import write_template
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for, may_prepare
from xueji.graduation.queries.from_register import expected_graduates, has_expectations, rows_from_register
from xueji.web.access import requires
from xueji.web.downloads import made_paper
from xueji.web.school.batches import XLSX


@require_GET
@requires(P.VIEW_BATCHES)
def expected(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show a class as the register expects it: how many are listed, who is missing, who waits for what."""
    batch = _batch(request, batch_id)
    students = expected_graduates(batch)
    context = {
        "batch": batch, "expected": len(students), "listed": sum(student.is_listed for student in students),
        "missing": [student for student in students if student.is_missing],
        "drawn": sum(not student.reason for student in students),
        "waiting": [student for student in students if student.reason],
        "may_prepare": may_prepare(request.user, batch), "active": "expected",
    }  # fmt: skip
    return render(request, "school/expected.html", context)


@require_GET
@requires(P.PREPARE_BATCH)
def prefilled(request: HttpRequest, batch_id: int) -> FileResponse:
    """Send the form of graduates with everybody the register expects: only the results are left to fill in."""
    batch = _batch(request, batch_id)
    rows = list(rows_from_register(batch, expected_graduates(batch)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graduates.xlsx"
        write_template(batch.law, "graduates", path, rows)
        content = path.read_bytes()
    name = f"毕业生名单 {batch.season.label}.xlsx"
    return made_paper(request, content, name, XLSX, subject=batch, school=batch.school, persons=len(rows))


def _batch(request: HttpRequest, batch_id: int) -> Batch:
    batch = batch_for(request.user, batch_id)
    if not has_expectations(batch):
        raise NotFound
    return batch
