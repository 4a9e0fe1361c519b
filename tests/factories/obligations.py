"""Factories of what is owed."""

from __future__ import annotations

from datetime import date

import factory
from tests.factories.cases import CaseFactory

from xueji.obligations.models import Obligation


class ObligationFactory(factory.django.DjangoModelFactory):
    """Something a school owes out of a case, not yet done."""

    class Meta:
        model = Obligation

    case = factory.SubFactory(CaseFactory)
    school = factory.SelfAttribute("case.school")
    key = "submit_graduated"
    label = "在学籍管理系统提交毕业"
    clock = "after_sealing"
    counted_from = date(2019, 7, 8)
    due_on = date(2019, 7, 22)
