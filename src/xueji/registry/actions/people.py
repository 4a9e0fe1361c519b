"""A person whom no school lists: a graduate of long ago, known by the document of today."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.models import Person, Sex
from xueji.registry.queries.documents import other_documents
from xueji.sealing.texts import blind_index


@transaction.atomic
def register_person(*, name: str, sex: str, birth_date: date, resident_id: str, by: User, at: datetime) -> Person:
    """Return the person of a document, made where the register knows nobody by it; Conflict where it knows somebody else.

    An earlier document of theirs leads to them too. Nothing that is stored changes: that is a matter of its own.
    """
    if not (number := resident_id.strip().upper()) or sex not in Sex.values:
        raise BadInput("请填写证件号和性别")
    index = blind_index(number)
    known = Person.objects.filter(resident_id_index=index).first()
    earlier = None if known else other_documents([index]).first()
    if person := known or (earlier.person if earlier else None):
        if (person.name, person.sex, person.birth_date) != (name, sex, birth_date):
            raise Conflict(
                "该证件号已登记的姓名、性别或出生日期与申请的不一致：请先查明，按学籍信息变更或公安机关证明办理"
            )
        return person
    person = Person.objects.create(
        resident_id=number, resident_id_index=index, name=name, sex=sex, birth_date=birth_date
    )
    record_event(tag=EventTag.PERSON_REGISTERED, subject=person, by=by, at=at)
    return person
