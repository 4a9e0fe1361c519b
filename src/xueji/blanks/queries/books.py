"""Whose book a sheet stands in, which kinds of blank there are, and whose hand may act at a place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, NotPermitted
from xueji.core.packs import BlankSpec, PackView
from xueji.core.serials import SerialRange, compress
from xueji.institutions.models import Authority, School
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import pack_of, pack_over, posts_of

Place = School | Authority
Serials = Iterable[int | SerialRange]


def blank_book_of(place: Place) -> Authority:
    """Return the authority that keeps the book of blanks: the head of the place's own line."""
    authority = place.authority if isinstance(place, School) else place
    head = int(authority.path.split("/")[1])
    return authority if authority.pk == head else Authority.objects.get(pk=head)


def blank_view(place: Place, on: date | None = None) -> PackView:
    """Return the pack that governs a place, as in force on a day (today)."""
    if isinstance(place, School):
        pack = pack_of(place)
    else:
        pack = pack_over(place)
    return pack.on(on or timezone.localdate())


def blank_specs(place: Place, on: date | None = None) -> dict[str, BlankSpec]:
    """Return the kinds of blank of a place's pack, by key."""
    view = blank_view(place, on)
    return {key: view.blank(key) for key in view.keys("blank")}


def spec_for(place: Place, kind: str, on: date | None = None) -> BlankSpec:
    """Return a kind of blank; BadInput names the kinds there are."""
    specs = blank_specs(place, on)
    if kind not in specs:
        named = "、".join(spec.title for spec in specs.values()) or "无"
        raise BadInput(f"没有「{kind}」这种空白证书；可用：{named}")
    return specs[kind]


def kinds_for(school: School, on: date | None = None) -> dict[str, BlankSpec]:
    """Return the kinds a school may draw: those of its own level and those for every level (S3-02)."""
    specs = blank_specs(school, on)
    return {key: spec for key, spec in specs.items() if not spec.school_levels or school.level in spec.school_levels}


def ranges_of(serials: Serials) -> tuple[SerialRange, ...]:
    """Return serials, given one by one or as ranges, as the fewest ranges; none at all is BadInput."""
    numbers: list[int] = []
    for serial in serials:
        numbers.extend(serial) if isinstance(serial, SerialRange) else numbers.append(serial)
    if not numbers:
        raise BadInput("没有给出流水码")
    return compress(numbers)


def require_hand(user: User, place: Place, *permissions: Permission) -> None:
    """Raise NotPermitted unless a post at this very place gives one of the permissions: stock is not acted on from above."""
    if not _permissions_at(user, place) & set(permissions):
        raise NotPermitted(f"此事由{place.name}的相应岗位办理")


def require_issuer(user: User, authority: Authority) -> None:
    """Raise NotPermitted unless the person issues blanks there and does not keep them as well (S3-03)."""
    require_hand(user, authority, Permission.DISPENSE_BLANKS)
    if Permission.KEEP_BLANKS in _permissions_at(user, authority):
        raise NotPermitted("空白证书的保管与发放须分开：您同时是保管人，不能发放")


def _permissions_at(user: User, place: Place) -> frozenset[Permission]:
    appointments = (
        appointment
        for appointment in posts_of(user)
        if (appointment.school_id if isinstance(place, School) else appointment.authority_id) == place.pk
    )
    return frozenset[Permission]().union(*(PERMISSIONS_OF[appointment.post] for appointment in appointments))
