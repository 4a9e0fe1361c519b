"""The kind of upload: about an authority, by whoever administers it."""

from __future__ import annotations

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import NotFound, NotPermitted
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.directory.actions import register_rows
from xueji.directory.columns import TITLE
from xueji.directory.reading import read_directory
from xueji.institutions.models import Authority
from xueji.institutions.queries import authority_for, pack_over, require_permission
from xueji.institutions.queries.staff import area_of
from xueji.uploads.kinds import Subject, UploadKind

KEY = "directory"


def _find(user: User, authority_id: object) -> Authority:
    found = authority_for(user, authority_id)
    if not found.path.startswith(area_of(user)):
        raise NotFound
    return found


def _get(authority_id: int) -> Authority:
    return Authority.objects.get(pk=authority_id)


def _lock(authority: Authority) -> Authority:
    return Authority.objects.select_for_update(of=("self",), no_key=True).get(pk=authority.pk)


def _law(authority: Authority) -> PackView:
    return pack_over(authority).on(timezone.localdate())


def _require(by: User, authority: Authority) -> None:
    """Both permissions of the pages, over the authority itself."""
    require_permission(by, Permission.MANAGE_INSTITUTIONS)
    require_permission(by, Permission.MANAGE_ACCOUNTS)
    if not authority.path.startswith(area_of(by)):
        raise NotPermitted("该主管部门不在您的管辖范围内")


def _no_rows(_authority: Authority) -> Finding:
    return Finding("directory.nothing", Severity.ERROR, "工作簿中没有一行数据")


DIRECTORY = UploadKind(
    key=KEY,
    label=TITLE,
    subject=Subject(
        find=_find, get=_get, lock=_lock, place=lambda authority: authority,
        title=str, law=_law,
    ),
    require=_require,
    read=read_directory,
    confirm=register_rows,
    no_rows=_no_rows,
)  # fmt: skip
