"""What pages ask of new students before they are registered: the columns of their form, what stands against one that was typed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.enrolment_facts import KIND
from xueji.core.packs import PackView
from xueji.exchange.templates import write_template
from xueji.institutions.queries import pack_of, school_scope
from xueji.registry.intake_upload import TYPED, typed_findings
from xueji.registry.kept_forms import form_facts
from xueji.registry.registering import Admission
from xueji.uploads.models import Upload, UploadState

__all__ = ["TYPED", "Admission", "typed_findings", "typed_shown", "typed_waiting", "typed_workbook"]
_CLOSED = re.compile("resident_id$|birth_date|_born$")


def typed_workbook(values: Mapping[str, str], view: PackView) -> bytes:
    """Return the form of new students with one row, as it was typed: it is kept as any other, and read again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "typed.xlsx"
        write_template(view, KIND, path, [values])
        return path.read_bytes()


def typed_shown(upload: Upload) -> list[tuple[str, str]]:
    """Return what was typed of a student who waits, by the headers of the form, for whoever confirms it.

    Numbers of documents and birth dates are not among it: they are compared with the document itself.
    """
    row = upload.rows.first()
    if row is None or not row.payload or upload.school is None:
        return []
    facts, columns = form_facts(row.payload), pack_of(upload.school).on(timezone.localdate()).workbook(KIND).columns
    shown = [(column.header, facts.text(column.field)) for column in columns if not _CLOSED.search(column.field)]
    return [(header, text) for header, text in shown if text]


def typed_waiting(user: User) -> list[Upload]:
    """Return the students typed on the page who wait at the schools of somebody, the oldest first; their own wait for another."""
    scope = school_scope(user, prefix="school__", permission=Permission.CONFIRM_REGISTRATION)
    found = Upload.objects.filter(scope, kind=TYPED, state=UploadState.READY)
    return list(found.select_related("school", "uploaded_by").order_by("pk"))
