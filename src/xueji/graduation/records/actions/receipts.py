"""The receipt before sealing (附件1): filed by the city for its schools, by a school directly under the province for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView, Window
from xueji.graduation.models import Receipt, ReceiptLine, Season
from xueji.graduation.records.queries import schools_of_receipt
from xueji.institutions.models import Authority, School
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import holds_at, posts_of
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag

_HEAD = {"contact_name": ("联系人", 40), "contact_phone": ("联系电话", 40), "address": ("联系地址", 120)}
_LINE = {"contact": ("学校联系人及手机号码", 60), "address": ("学校地址", 120)}


def receipt_window(view: PackView, season: Season) -> Window | None:
    """Return when receipts of a season are filed, None where the pack asks for none."""
    windows = view.windows(season.year, season.term)
    return next((window for window in windows if window.key.startswith("receipt")), None)


def file_receipt(
    *,
    season: Season,
    place: Authority | School,
    head: Mapping[str, str],
    lines: Sequence[Mapping[str, Any]],
    by: User,
    at: datetime,
) -> Receipt:
    """File or amend a receipt; after the last day it is marked late or refused, as the pack says.

    Each line has school, graduates, contact, address; every school of the place stands on it once.
    """
    _require_filer(place, by)
    view = season.law
    window, is_late = _in_time(view, season, at)
    texts = {name: _text(head.get(name), *_HEAD[name]) for name in _HEAD}
    rows = _lines(season, place, lines)
    of_place = {"authority": place} if isinstance(place, Authority) else {"school": place}
    with transaction.atomic():
        Season.objects.select_for_update(no_key=True).get(pk=season.pk)
        receipt = Receipt.objects.filter(season=season, **of_place).first() or Receipt(season=season, **of_place)
        before = _totals(receipt) if receipt.pk else None
        for name, value in {**texts, "is_late": is_late, "filed_by": by, "filed_at": at}.items():
            setattr(receipt, name, value)
        receipt.save()
        receipt.lines.all().delete()
        ReceiptLine.objects.bulk_create(ReceiptLine(receipt=receipt, **row) for row in rows)
        record_event(
            tag=EventTag.RECEIPT_FILED, subject=receipt, parent=season, by=by, at=at,
            school_id=place.pk if isinstance(place, School) else None, view=view, before=before,
            after={**_totals(receipt), "is_late": is_late}, rules=[Basis(f"window.{window.key}", window.cites)],
        )  # fmt: skip
    return receipt


def may_file(place: Authority | School, user: User) -> bool:
    """Whether the person files receipts for this place."""
    if isinstance(place, Authority):
        return holds_at(user, Permission.FILE_RECEIPT, place.pk)
    appointments = (appointment for appointment in posts_of(user) if appointment.school_id == place.pk)
    return any(Permission.FILE_RECEIPT in PERMISSIONS_OF[appointment.post] for appointment in appointments)


def _require_filer(place: Authority | School, by: User) -> None:
    if not may_file(place, by):
        raise NotPermitted(f"回执由{place.name}报送")


def _in_time(view: PackView, season: Season, at: datetime) -> tuple[Window, bool]:
    window = receipt_window(view, season)
    if window is None:
        raise Conflict(f"{season.label}不收验印回执")
    today = timezone.localdate(at)
    if today < window.opens:
        raise Conflict(f"「{window.label}」自 {window.opens:%Y-%m-%d} 开始")
    if today <= window.closes:
        return window, False
    if view.value_or("receipt_late", "refuse") == "mark":
        return window, True
    message = f"「{window.label}」已于 {window.closes:%Y-%m-%d} 截止"
    raise RuleViolation([Finding("receipt.in_time", Severity.ERROR, message, cites=window.cites)])


def _lines(season: Season, place: Authority | School, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    schools = {school.pk: school for school in schools_of_receipt(season, place)}
    rows = []
    for line in lines:
        school = schools.pop(line["school"].pk, None)
        if school is None:
            raise BadInput(f"{line['school']}不在这份回执里，或写了两行")
        count = line.get("graduates")
        if not isinstance(count, int) or count < 0:
            raise BadInput(f"{school.name}的毕业生总数须为不小于 0 的整数")
        texts = {name: _text(line.get(name), f"{school.name}的{label}", most) for name, (label, most) in _LINE.items()}
        rows.append({"school": school, "graduates": count, **texts})
    if schools:
        raise BadInput(f"没有填写：{'、'.join(school.name for school in schools.values())}；没有毕业生的填 0")
    return rows


def _text(value: object, label: str, most: int) -> str:
    text = str(value or "").strip()
    if not text:
        raise BadInput(f"请填写{label}")
    if len(text) > most:
        raise BadInput(f"{label}不超过 {most} 个字")
    return text


def _totals(receipt: Receipt) -> dict[str, Any]:
    lines = list(receipt.lines.select_related("school"))
    return {
        "total": sum(line.graduates for line in lines),
        "lines": {line.school.name: line.graduates for line in lines},
    }
