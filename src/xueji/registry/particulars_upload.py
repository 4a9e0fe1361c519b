"""信息变更 of many as an upload: each row that passes becomes a case of its own, the others come back marked (S2 第十四条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.core.status_specs import ChangeSpec
from xueji.core.status_words import CHANGE_PARTICULARS
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.jobs.progress import JobProgress
from xueji.registry.actions.filing import open_particulars_change
from xueji.registry.bulk_reading import ReadLine, lines_of
from xueji.registry.models import Enrolment
from xueji.registry.name_lists import SCHOOL, law_of_school, read_name_list
from xueji.registry.particulars_list_queries import (
    FAMILY,
    FORM,
    KEY,
    TITLE,
    ParticularsLine,
    barred_from_particulars,
    judge_particulars_lines,
    knows_particulars,
)
from xueji.uploads.kinds import UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow


def read_particulars(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the file: every row with whether it goes on, everything found at once."""
    names = read_name_list(upload, progress, FORM)
    progress.phase("核对学籍登记和规定")
    lines = lines_of(names.table, names.values, FAMILY)
    passing = judge_particulars_lines(lines, names.unread, names.school, names.view, names.on)

    def kept(line: ReadLine) -> tuple[str, str, str]:
        return passing[line.row_number].to_text(), UploadRow.Change.CHANGED, CHANGE_PARTICULARS

    return names.reading_of(lines, set(passing), kept)


def _confirm(
    *, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Open a case for each row that goes on, in the transaction of the confirmation; whether each may is asked again."""
    assert upload.subject_id == subject.pk
    lines = [ParticularsLine.from_text(row.payload) for row in rows]
    keys = [UUID(line.record) for line in lines]
    found = Enrolment.objects.filter(school=subject, pk__in=keys)
    records = {row.pk: row for row in found.select_related("person", "programme", "registration", "school__authority")}
    if len(records) != len(lines):
        raise BadInput("名册中有学生已经不在本校，请重新下载名册")
    against = barred_from_particulars(list(records.values()), subject, timezone.localdate(at), law_of_school(subject))
    if refused := [finding for key in keys for finding in _named(records[key], against[key])]:
        raise RuleViolation(refused)
    for line in lines:
        open_particulars_change(
            enrolment=records[UUID(line.record)], document_number=line.document_number, reason=line.reason,
            changes=line.changes, by=by, at=at,
        )  # fmt: skip
    return {"students": len(lines)}


def _named(record: Enrolment, findings: Sequence[Finding]) -> list[Finding]:
    return [
        Finding(row.rule, row.severity, f"{record.person.name}：{row.message}", row.field, row.remedy, row.cites)
        for row in findings
    ]


def _require(by: User, school: School) -> None:
    require_permission(by, Permission.FILE_PARTICULARS_CHANGE, school=school)


def _suits(school: School) -> None:
    if not knows_particulars(law_of_school(school)):
        raise BadInput(f"{school.name}所在地的规定没有信息变更，不能成批办理")


def _no_rows(school: School) -> Finding:
    cites = law_of_school(school).entry("change", CHANGE_PARTICULARS, ChangeSpec).cites
    return Finding(f"{FAMILY}.not_empty", Severity.ERROR, "名册中没有一名可以办理的学生", cites=cites)


PARTICULARS = UploadKind(
    key=KEY, label=TITLE,
    subject=SCHOOL, require=_require, read=read_particulars, confirm=_confirm, no_rows=_no_rows, suits=_suits,
    leaves_out=True,
)  # fmt: skip
