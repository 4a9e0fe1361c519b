"""Attestations as rows: a draft of somebody who graduated in 1987, and a seal that was asked for by a desk."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import factory
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import AuthorityFactory

from xueji.attestations.models import Attestation, CounterSeal
from xueji.core.identifiers import check_character
from xueji.institutions.models import Level
from xueji.sealing.texts import blind_index

AT = datetime(2026, 7, 1, 2, tzinfo=UTC)


def resident_id(serial: int = 451) -> str:
    """Return the number of a man (an odd serial) or a woman born on 12 March 1968."""
    digits = f"41010519680312{serial}"
    return digits + check_character(digits)


class AttestationFactory(factory.django.DjangoModelFactory):
    """A draft."""

    class Meta:
        model = Attestation

    case = factory.SubFactory(CaseFactory, kind="attestation", pack="edu/henan", legal_date=AT.date())
    school = factory.SelfAttribute("case.school")
    name = "王小明"
    sex = "男"
    resident_id = factory.LazyFunction(resident_id)
    resident_id_index = factory.LazyAttribute(lambda made: blind_index(made.resident_id))
    native_province = "河南"
    native_place = "郑州"
    birth_month = "1968-03"
    study_from = "1984-09"
    study_until = "1987-07"
    programme = "会计"
    plan_category = "普通中专"
    duration_years = Decimal(3)
    study_form = "全日制"
    original_number = "*****"
    contact_name = "李老师"
    contact_phone = "0371-60000000"


class CounterSealFactory(factory.django.DjangoModelFactory):
    """Asked of a health authority that has a desk."""

    class Meta:
        model = CounterSeal

    attestation = factory.SubFactory(AttestationFactory)
    office = "河南省卫生健康委员会"
    authority = factory.SubFactory(AuthorityFactory, level=Level.PROVINCE, line="health")
    asked_by = factory.SubFactory(UserFactory)
    asked_at = AT
