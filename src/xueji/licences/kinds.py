"""The kind of upload: about a province, by a post of its own that publishes."""

from __future__ import annotations

from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import NotFound, NotPermitted
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.institutions.models import Authority
from xueji.institutions.queries import pack_over
from xueji.licences.actions import confirm_lines
from xueji.licences.columns import FORM, TITLE
from xueji.licences.queries import authority_publishing, may_publish
from xueji.licences.reading import read_licences
from xueji.uploads.kinds import Subject, UploadKind

KEY = "licences"
SHEET = FORM  # what the empty form is made from


def _find(user: User, authority_id: object) -> Authority:
    found = authority_publishing(user, authority_id)
    if not may_publish(user, found):
        raise NotFound
    return found


def _get(authority_id: int) -> Authority:
    return Authority.objects.get(pk=authority_id)


def _lock(authority: Authority) -> Authority:
    return Authority.objects.select_for_update(of=("self",), no_key=True).get(pk=authority.pk)


def _law(authority: Authority) -> PackView:
    return pack_over(authority).on(timezone.localdate())


def _require(by: User, authority: Authority) -> None:
    if not may_publish(by, authority):
        raise NotPermitted("招生资质由省级主管部门公布")


def _no_rows(_authority: Authority) -> Finding:
    return Finding("licences.nothing", Severity.ERROR, "文件中没有一行招生资质")


LICENCES = UploadKind(
    key=KEY,
    label=TITLE,
    subject=Subject(find=_find, get=_get, lock=_lock, place=lambda authority: authority, title=str, law=_law),
    require=_require,
    read=read_licences,
    confirm=confirm_lines,
    no_rows=_no_rows,
)
