"""Every view declares who may call it; a view that declares nothing is not served (docs/adr/0006).

    @requires(Permission.PREPARE_BATCH)      staff who hold the permission in some post
    @signed_in("everybody's own desk")       any signed-in member of staff
    @for_applicants("their own account")     applicants, who are no staff (docs/adr/0033)
    @open_to_all("public look-up")           anybody

Scope (whose batch?) is the business of the queries: out of scope is «not found».
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest

from xueji.accounts.permissions import Permission
from xueji.institutions.queries import permissions_of
from xueji.web.persons import applicant_of

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """The declaration: a permission, or a reason why none is needed."""

    permission: Permission | None
    signed_in: bool
    reason: str = ""
    of_applicants: bool = False  # signed in, by their own session: no member of staff is


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare that a view is for staff who hold `permission` in some post."""
    return _declare(Access(permission, signed_in=True))


def signed_in(reason: str) -> Callable[[View], View]:
    """Declare that a view is for any signed-in person, and why no permission is needed."""
    return _declare(Access(None, signed_in=True, reason=reason))


def for_applicants(reason: str) -> Callable[[View], View]:
    """Declare that a view is for applicants signed in by phone, and why no more is asked."""
    return _declare(Access(None, signed_in=True, reason=reason, of_applicants=True))


def open_to_all(reason: str) -> Callable[[View], View]:
    """Declare that a view is for anybody, and why."""
    return _declare(Access(None, signed_in=False, reason=reason))


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]  # read by the middleware and by the access tests
        return view

    return mark


def takes_upload(*limits: str) -> Callable[[View], View]:
    """Declare that a page takes files, as large as these settings say together; any other page takes a form's worth."""

    def mark(view: View) -> View:
        view.upload_limits = limits  # type: ignore[attr-defined]  # read by the middleware and by the access tests
        return view

    return mark


def body_limit_of(view: Callable[..., Any]) -> int:
    """Return how many bytes a request to a view may have: its files and a form's worth beside them."""
    files = sum(getattr(settings, name) for name in getattr(view, "upload_limits", ()))
    return files + int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


# Views of libraries, by URL name: they cannot carry our decorator.
LIBRARY_VIEWS: dict[str, Access] = {
    "account_login": Access(None, signed_in=False, reason="sign-in"),
    "account_logout": Access(None, signed_in=True, reason="sign-out"),
    "account_reauthenticate": Access(None, signed_in=True, reason="step-up before changing the second factor"),
    "account_change_password": Access(None, signed_in=True, reason="own password"),
    "mfa_index": Access(None, signed_in=True, reason="own second factor"),
    "mfa_authenticate": Access(None, signed_in=False, reason="second step of sign-in"),
    "mfa_reauthenticate": Access(None, signed_in=True, reason="step-up"),
    "mfa_activate_totp": Access(None, signed_in=True, reason="own second factor"),
    "mfa_deactivate_totp": Access(None, signed_in=True, reason="own second factor"),
    "mfa_view_recovery_codes": Access(None, signed_in=True, reason="own recovery codes"),
    "mfa_generate_recovery_codes": Access(None, signed_in=True, reason="own recovery codes"),
    "mfa_download_recovery_codes": Access(None, signed_in=True, reason="own recovery codes"),
}


def access_of(view: Callable[..., Any], url_name: str | None) -> Access | None:
    """Return the declaration of a view, or None when it has none."""
    return getattr(view, "access", None) or LIBRARY_VIEWS.get(url_name or "")


def is_open_to(access: Access, request: HttpRequest) -> bool:
    """Whether whoever sends a request may call a view with this declaration."""
    if access.of_applicants:
        return applicant_of(request) is not None
    if access.signed_in and not request.user.is_authenticated:
        return False
    return not access.permission or access.permission in permissions_of(request.user)
