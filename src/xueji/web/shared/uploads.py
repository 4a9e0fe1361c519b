"""Uploads on pages: progress while one is read, then everything that was found; confirm, give up, fetch what was marked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission
from xueji.core.errors import NotFound
from xueji.core.findings import Severity
from xueji.institutions.queries import permissions_of
from xueji.ledger.tags import EventTag
from xueji.uploads.actions import confirm_upload, discard_upload
from xueji.uploads.models import Upload, UploadState
from xueji.uploads.queries import good_beside, upload_for
from xueji.web.access import requires
from xueji.web.context import joined
from xueji.web.downloads import stored_paper
from xueji.web.listing import page_of, stored_answer
from xueji.web.looks import note_look, note_photos
from xueji.web.upload_pages import UploadPage, registered_pages

_WEIGHT = Case(When(severity="error", then=Value(0)), When(severity="warning", then=Value(1)), default=Value(2), output_field=IntegerField())  # fmt: skip
_PREVIEW = 20
View = Callable[..., HttpResponse]
Method = Callable[[View], View]


def show(request: HttpRequest, page: UploadPage, found: Upload) -> HttpResponse:
    """Show an upload: progress while it is read, then every finding, a preview and what changes."""
    chosen = {key: request.GET.get(key, "") for key in ("severity", "column")}
    findings = found.findings.filter(**{key: value for key, value in chosen.items() if value})
    listed = page_of(request, findings.annotate(weight=_WEIGHT).order_by("weight", "row", "id"))
    context: dict[str, Any] = {"upload": found, "page": listed, "chosen": chosen}
    if request.htmx and request.htmx.target == "findings":
        return render(request, "uploads/_findings.html", context)
    extra = {
        "columns": _columns(found),
        "changes": dict(found.rows.order_by().values_list("change").annotate(count=Count("id"))),
        "changed_rows": found.rows.filter(change="changed")[:_PREVIEW],
        "preview": found.rows.exclude(change="removed")[:_PREVIEW],
        "removed": found.rows.filter(change="removed").values_list("name", flat=True)[:_PREVIEW],
        "severities": [(str(severity), severity.label) for severity in Severity],
        "is_open": found.state == UploadState.READY,
        "beside": good_beside(found) if found.state in {UploadState.READY, UploadState.FAILED} else None,
        "may_act": page.act in permissions_of(request.user),
        "awaits_another": found.needs_another and found.uploaded_by_id == request.user.pk,
        "again": page.again(found),
        "kind_page": page,
        "confirmation": f"uploads:{page.name}_confirmation",
        "discard": f"uploads:{page.name}_discard",
        "errors": f"uploads:{page.name}_errors",
        "photo": f"uploads:{page.name}_photo",
    }
    return render(request, page.frame, joined(context, extra, page.context(found)))


def _columns(found: Upload) -> list[dict[str, Any]]:
    return list(found.findings.exclude(column="").values("column").annotate(count=Count("id")).order_by("-count"))


def errors(request: HttpRequest, _page: UploadPage, found: Upload) -> HttpResponse:
    """Send the uploaded workbook back with every bad cell marked and explained."""
    if found.error_workbook is None:
        raise NotFound
    name = f"{found.workbook_name.rsplit('.', 1)[0]} 检查结果.xlsx"
    if found.school is not None:
        return stored_paper(
            request, found.error_workbook, name, subject=found, school=found.school, persons=found.row_count
        )
    note_look(request, EventTag.LIST_DOWNLOADED, found, school_id=None, parent=found.subject, title=name)
    return stored_answer(found.error_workbook, name)


def confirmation(request: HttpRequest, page: UploadPage, found: Upload) -> HttpResponse:
    """Have a faultless upload written."""
    confirm_upload(upload=found, by=request.user, at=timezone.now())
    messages.success(request, page.words.confirmed.format(count=found.row_count))
    return redirect(page.done(found))


def discard(request: HttpRequest, page: UploadPage, found: Upload) -> HttpResponse:
    """Give an upload up; nothing of it was stored."""
    discard_upload(upload=found, by=request.user, at=timezone.now())
    messages.info(request, page.words.discarded)
    return redirect(page.again(found))


def photo(request: HttpRequest, _page: UploadPage, found: Upload, row_id: str) -> HttpResponse:
    """Send the photograph of a row that is not confirmed yet."""
    row = get_object_or_404(found.rows.select_related("photo"), pk=row_id)
    if row.photo is None:
        raise NotFound
    note_photos(request, found.subject, found.school_id)
    return stored_answer(row.photo, "photo.jpg", inline=True)


def upload_paths() -> list[URLPattern]:
    """Return the addresses of every registered page, each view with the permission its page names."""
    found = []
    for page in registered_pages():
        pattern = f"{page.path}<int:{page.key}>/"
        found += [
            path(pattern, _bound(show, page, page.view, require_GET), name=page.name),
            path(f"{pattern}errors/", _bound(errors, page, page.act, require_GET), name=f"{page.name}_errors"),
            path(
                f"{pattern}confirmation/",
                _bound(confirmation, page, page.act, require_POST),
                name=f"{page.name}_confirmation",
            ),
            path(f"{pattern}discard/", _bound(discard, page, page.act, require_POST), name=f"{page.name}_discard"),
        ]
        if page.shows_photos:
            rows = f"{pattern}rows/<uuid:row_id>/photo/"
            found.append(path(rows, _bound(photo, page, page.view, require_GET), name=f"{page.name}_photo"))
    return found


def _bound(view: View, page: UploadPage, permission: Permission, method: Method) -> View:
    """Return a view of one page: its upload is found for the person, or it is not there."""

    @method
    @requires(permission)
    @wraps(view)
    def answer(request: HttpRequest, **keys: Any) -> HttpResponse:
        found = upload_for(request.user, keys.pop(page.key), page.kinds)
        return view(request, page, found, **keys)

    return answer
