"""Campuses, sites elsewhere and cooperation of a school: registered, put on record by a document, ended on a day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.models import School, TeachingSite
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

Kind = TeachingSite.Kind
ALONE = (Kind.CAMPUS, Kind.ELSEWHERE)  # with nobody else


@transaction.atomic
def register_site(
    *, school: School, kind: str, name: str, address: str, from_on: date, by: User, at: datetime, partner: str = ""
) -> TeachingSite:
    """Enter where a school teaches from a day on; it is not on record until its filing is entered too."""
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=school)
    require_day("amended", from_on, timezone.localdate(at))
    if not name.strip() or not address.strip():
        raise BadInput("请填写名称和地址")
    if Kind(kind) not in ALONE and not partner.strip():
        raise BadInput(f"{Kind(kind).label}须写明合作单位")
    try:
        with transaction.atomic():
            site = TeachingSite.objects.create(
                school=school, kind=kind, name=name.strip(), partner=partner.strip(), address=address.strip(),
                from_on=from_on, entered_by=by, entered_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(f"{school.name}的{Kind(kind).label}「{name.strip()}」在这段时间已经登记") from error
    after = {"类别": site.get_kind_display(), "名称": site.name, "合作单位": site.partner or "无", "启用日期": from_on}
    record_event(tag=EventTag.SITE_REGISTERED, subject=site, parent=school, by=by, at=at, after=after)
    return site


@transaction.atomic
def file_site(*, site: TeachingSite, filed_on: date, filing_number: str, by: User, at: datetime) -> TeachingSite:
    """Put a site on record, by a document; once."""
    locked = _locked(site, by)
    require_day("amended", filed_on, timezone.localdate(at))
    if not filing_number.strip():
        raise BadInput("请填写备案文号")
    if locked.filed_on is not None:
        raise Conflict(f"{locked}已于 {locked.filed_on:%Y-%m-%d} 备案（{locked.filing_number}）")
    locked.filed_on, locked.filing_number = filed_on, filing_number.strip()
    locked.save(update_fields=["filed_on", "filing_number"])
    record_event(
        tag=EventTag.SITE_FILED, subject=locked, parent=locked.school, by=by, at=at, note=locked.filing_number,
        after={"备案日期": filed_on},
    )  # fmt: skip
    return locked


@transaction.atomic
def end_site(*, site: TeachingSite, until_on: date, by: User, at: datetime) -> TeachingSite:
    """State from which day on nobody is taught at a site any more."""
    locked = _locked(site, by)
    require_day("closed", until_on, timezone.localdate(at))
    if locked.until_on is not None:
        raise Conflict(f"{locked}已登记自 {locked.until_on:%Y-%m-%d} 起停用")
    if until_on <= locked.from_on:
        raise BadInput(f"停用日期应在启用日期 {locked.from_on:%Y-%m-%d} 之后")
    locked.until_on = until_on
    locked.save(update_fields=["until_on"])
    record_event(
        tag=EventTag.SITE_ENDED, subject=locked, parent=locked.school, by=by, at=at, after={"停用日期": until_on}
    )
    return locked


def _locked(site: TeachingSite, by: User) -> TeachingSite:
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=site.school)
    return TeachingSite.objects.select_for_update(of=("self",)).select_related("school__authority").get(pk=site.pk)
