"""Say what the institution is called that keeps the register at an authority or a school (学籍管理机构)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.institutions.models import Authority, RegisterOffice, School
from xueji.institutions.queries.offices import may_name_office, register_office_of
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_MOST = 100


@transaction.atomic
def name_register_office(
    *, place: Authority | School, name: str, document_number: str = "", by: User, at: datetime
) -> RegisterOffice:
    """Enter or change the name, by an administrator of the area; what it was called before stays on record.

    BadInput without a name or with one too long, Conflict when it is called so already.
    """
    if not may_name_office(by, place):
        raise NotPermitted(f"{place}的学籍管理机构由其所在辖区的系统管理员登记")
    entered = {"name": name.strip(), "document_number": document_number.strip()}
    if not entered["name"]:
        raise BadInput("请填写学籍管理机构的名称")
    if max(map(len, entered.values())) > _MOST:
        raise BadInput(f"机构名称、设立文号各不超过 {_MOST} 个字")
    type(place).objects.select_for_update().get(pk=place.pk)
    before = register_office_of(place)
    if before is not None and (before.name, before.document_number) == tuple(entered.values()):
        raise Conflict(f"{place}的学籍管理机构已登记为「{before.name}」，没有变化")
    where = {"school": place} if isinstance(place, School) else {"authority": place}
    office = RegisterOffice.objects.create(**where, **entered, named_by=by, named_at=at)
    record_event(
        tag=EventTag.REGISTER_OFFICE_NAMED, subject=office, parent=place, by=by, at=at,
        school_id=place.pk if isinstance(place, School) else None,
        authority_id=place.pk if isinstance(place, Authority) else None,
        before={"name": before.name} if before is not None else None, after=dict(entered),
    )  # fmt: skip
    return office
