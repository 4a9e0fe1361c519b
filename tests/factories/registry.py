"""People and their student-status records, with valid ID numbers, sealed as the product seals them."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import ProgrammeFactory

from xueji.core.identifiers import check_character
from xueji.registry.models import Enrolment, ParticularsChange, ParticularsChangeItem, Person, Reveal
from xueji.sealing.texts import blind_index


def resident_id(serial: int, region: str = "610502") -> str:
    """Return a valid number, a different one for every serial; even ones are women's."""
    born = birth_date(serial)
    first = f"{region}{born:%Y%m%d}{serial % 900 + 100:03d}"
    return first + check_character(first)


def birth_date(serial: int) -> date:
    """Return the birth date in the number of a serial."""
    return date(2000, 9, 1) + timedelta(days=serial // 900)


class PersonFactory(factory.django.DjangoModelFactory):
    """A person with a valid number; pass `number=` for a certain one."""

    class Meta:
        model = Person

    class Params:
        serial = factory.Sequence(lambda n: n)
        number = factory.LazyAttribute(lambda o: resident_id(o.serial, "610521"))

    id = factory.LazyFunction(uuid.uuid4)
    name = factory.Sequence(lambda n: f"学生{n}")
    sex = factory.LazyAttribute(lambda o: "男" if int(o.number[16]) % 2 else "女")
    birth_date = factory.LazyAttribute(lambda o: date(int(o.number[6:10]), int(o.number[10:12]), int(o.number[12:14])))
    political_status = "共青团员"
    ethnicity = "汉族"
    resident_id = factory.SelfAttribute("number")
    resident_id_index = factory.LazyAttribute(lambda o: blind_index(o.number))


class EnrolmentFactory(factory.django.DjangoModelFactory):
    """A person studying since September 2016."""

    class Meta:
        model = Enrolment

    person = factory.SubFactory(PersonFactory)
    programme = factory.SubFactory(ProgrammeFactory)
    school = factory.SelfAttribute("programme.school")
    entry_month = "2016-09"
    duration_years = Decimal("3.0")


class ParticularsChangeFactory(factory.django.DjangoModelFactory):
    """A correction of a record, not yet submitted."""

    class Meta:
        model = ParticularsChange

    enrolment = factory.SubFactory(EnrolmentFactory)
    case = factory.SubFactory(
        CaseFactory, kind="particulars_change", school=factory.SelfAttribute("..enrolment.school")
    )
    document_number = factory.Sequence(lambda n: f"校字〔2019〕{n}号")
    reason = "录入错误"


class ParticularsChangeItemFactory(factory.django.DjangoModelFactory):
    """One field of a correction."""

    class Meta:
        model = ParticularsChangeItem

    change = factory.SubFactory(ParticularsChangeFactory)
    field = "name"
    before = "王小名"
    after = "王小明"


class RevealFactory(factory.django.DjangoModelFactory):
    """A look at a full number."""

    class Meta:
        model = Reveal

    person = factory.SubFactory(PersonFactory)
    by = factory.SubFactory(UserFactory)
    at = datetime(2019, 7, 1, 1, tzinfo=UTC)
    reason = "核对原件"
