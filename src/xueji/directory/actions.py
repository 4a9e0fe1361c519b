"""Rows of the workbook are registered, by the same actions as on the pages: tried first and undone, then for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.core.errors import Conflict, NotPermitted, RuleViolation, XuejiError
from xueji.core.findings import Finding
from xueji.directory.checks import Placed, error
from xueji.directory.columns import AUTHORITIES, ORDER, PEOPLE, PROGRAMMES, SCHOOLS, DirectoryEntry
from xueji.directory.payloads import from_text
from xueji.directory.registrar import NEW, Registrar, UnknownName
from xueji.directory.together import register_together
from xueji.institutions.models import Authority
from xueji.uploads.models import Upload, UploadRow

_COLUMN_OF = {AUTHORITIES: "name", SCHOOLS: "name", PROGRAMMES: "name", PEOPLE: "post"}


def try_rows(
    *, root: Authority, entries: Sequence[DirectoryEntry], by: User, at: datetime
) -> tuple[dict[DirectoryEntry, str], list[Placed]]:
    """Register rows and undo it all: what each would do, and what stands against each. Nothing stays."""
    changes: dict[DirectoryEntry, str] = {}
    with transaction.atomic():
        findings = _registered(root, entries, changes, by, at)
        transaction.set_rollback(True)
    return changes, findings


def register_rows(
    *, upload: Upload, subject: Authority, rows: Sequence[UploadRow], by: User, at: datetime
) -> dict[str, int]:
    """Register every row of an upload, or none, in the transaction of its confirmation; everything is asked again.

    RuleViolation with all that stands against it by now: somebody else may have taken a name, a code, a user name.
    """
    assert upload.subject_id == subject.pk
    changes: dict[DirectoryEntry, str] = {}
    entries = [from_text(row.payload, row.row_number) for row in rows]
    findings = _registered(subject, entries, changes, by, at)
    if findings:
        raise RuleViolation([_with_place(entry, finding) for entry, finding in findings])
    return {form: sum(changes[entry] == NEW for entry in entries if entry.form == form) for form in ORDER}


def _registered(
    root: Authority, entries: Sequence[DirectoryEntry], changes: dict[DirectoryEntry, str], by: User, at: datetime
) -> list[Placed]:
    """Register rows, set-based where nothing stands against them, else one by one: so that every fault is named."""
    try:
        with transaction.atomic():
            register_together(Registrar(root, by, at), entries, changes)
    except XuejiError:
        changes.clear()
        return list(_register(Registrar(root, by, at), entries, changes))
    return []


def _with_place(entry: DirectoryEntry, finding: Finding) -> Finding:
    message = f"「{entry.sheet}」第{entry.row_number}行：{finding.message}"
    return Finding(finding.rule, finding.severity, message, finding.field, finding.remedy, finding.cites)


def _register(
    registrar: Registrar, entries: Sequence[DirectoryEntry], changes: dict[DirectoryEntry, str]
) -> Iterator[Placed]:
    """Register rows in the order in which they stand on each other; yield what refuses, each row by itself."""
    for form in ORDER:
        waiting = [entry for entry in entries if entry.form == form]
        while waiting:  # an authority may stand below one further down in the list
            left: list[tuple[DirectoryEntry, UnknownName]] = []
            for entry in waiting:
                try:
                    with transaction.atomic():
                        changes[entry] = registrar.register(entry)
                except UnknownName as unknown:
                    left.append((entry, unknown))
                except XuejiError as refusal:
                    yield from ((entry, finding) for finding in _findings_of(entry, refusal))
            if len(left) == len(waiting):
                yield from ((entry, unknown.findings[0]) for entry, unknown in left)
                break
            waiting = [entry for entry, _ in left]


def _findings_of(entry: DirectoryEntry, refusal: XuejiError) -> list[Finding]:
    """Return what an action's refusal says, at the column it is about."""
    if isinstance(refusal, RuleViolation):
        return list(refusal.findings)
    rule = "directory.permitted" if isinstance(refusal, NotPermitted) else "directory.free"
    if not isinstance(refusal, Conflict | NotPermitted):
        rule = "directory.row"
    return [error(_COLUMN_OF[entry.form], refusal.message, rule=rule)]
