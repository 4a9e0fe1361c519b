"""The crafts of a school, from a workbook to its programmes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import RuleViolation
from xueji.core.facts_kinds import FactsKind
from xueji.core.findings import Finding, Severity
from xueji.core.packs import ColumnSpec, PackView, WorkbookSpec
from xueji.documents.storage import open_stored
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.formreading import read_form
from xueji.exchange.values import placed
from xueji.institutions.actions import add_programme
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, require_permission, school_for
from xueji.jobs.progress import JobProgress
from xueji.uploads.kinds import ReadRow, Subject, UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow

FORM = WorkbookSpec(
    "crafts", "技艺表", "技艺", 50,
    (
        ColumnSpec("技艺", "name", True, "text"),
        ColumnSpec("代码", "code", True, "text"),
        ColumnSpec("年限", "years", True, "decimal"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Craft:
    """The facts of one row."""

    name: str
    code: str
    years: str

    @classmethod
    def of_row(cls, values: Mapping[str, Any]) -> Craft:
        """Make the facts of a row's values."""
        return cls(*(str(values.get(name) or "") for name in ("name", "code", "years")))


FACTS = FactsKind("crafts", ("name", "code", "years"), Craft.of_row)


def _law(school: School) -> PackView:
    return pack_of(school).on(timezone.localdate())


def _lock(school: School) -> School:
    return School.objects.select_for_update(of=("self",)).select_related("authority").get(pk=school.pk)


def _get(school_id: int) -> School:
    return School.objects.select_related("authority").get(pk=school_id)


def _require(by: User, school: School) -> None:
    require_permission(by, Permission.PREPARE_BATCH, school=school)


def _taught_already(school: School, crafts: Sequence[Craft]) -> list[tuple[int, Finding]]:
    """What is asked when the workbook is read, and again when it is confirmed."""
    names = set(school.programmes.values_list("name", flat=True))
    message = "本行会已传授这门技艺"
    return [
        (index, Finding("crafts.once", Severity.ERROR, message, "name", "请删去这一行"))
        for index, craft in enumerate(crafts) if craft.name in names
    ]  # fmt: skip


def _read(upload: Upload, progress: JobProgress) -> UploadReading:
    school = upload.subject
    progress.phase("读取技艺")
    with open_stored(upload.workbook_id) as file:
        form = read_form(file, FORM, _law(school), FACTS, name=upload.workbook_name)
    findings = [*form.table.findings, *form.findings]
    findings += [
        placed(finding, form.table, form.table.rows[index].row_number)
        for index, finding in _taught_already(school, form.facts)
    ]
    marked = BytesIO()
    write_error_workbook(form.table, findings, marked, view=_law(school), spec=FORM)
    rows = [
        ReadRow(row.row_number, craft.name, json.dumps([craft.name, craft.code, craft.years]))
        for row, craft in zip(form.table.rows, form.facts, strict=True)
    ]
    return UploadReading(rows, findings, marked.getvalue() if findings else None)


def _confirm(*, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime) -> dict[str, int]:
    crafts = [Craft(*json.loads(row.payload)) for row in rows]
    if clashes := _taught_already(subject, crafts):
        raise RuleViolation([finding for _, finding in clashes])
    for craft in crafts:
        add_programme(
            school=subject, code=craft.code, name=craft.name, duration_years=Decimal(craft.years), by=None, at=at
        )
    return {"crafts": len(crafts)}


def _no_rows(_school: School) -> Finding:
    return Finding("crafts.some", Severity.ERROR, "没有一门技艺")


CRAFTS = UploadKind(
    key="crafts",
    label="技艺表",
    subject=Subject(school_for, _get, _lock, lambda school: school, str, _law),
    require=_require,
    read=_read,
    confirm=_confirm,
    no_rows=_no_rows,
)
