"""Read what is owed by actor; what a school still owes, for whoever closes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.models import School
from xueji.institutions.open_work import OpenWork
from xueji.institutions.queries import school_scope
from xueji.obligations.models import Obligation
from xueji.statements import Slot, Statement


def obligations_visible_to(user: User) -> QuerySet[Obligation]:
    """Return what schools still owe or have done, own school's or those one watches over."""
    at_own_school = school_scope(user, prefix="school__", permission=Permission.REPORT_DUTIES)
    watched = school_scope(user, prefix="school__", permission=Permission.WATCH_DUTIES)
    return Obligation.objects.filter(at_own_school | watched).select_related("school__authority", "case", "done_by")


def open_work(school: School) -> Iterator[OpenWork]:
    """Yield what a school owes and has not reported done."""
    owed = list(Obligation.objects.filter(school=school, done_at=None).select_related("case"))
    yield OpenWork(
        "验印后事项",
        len(owed),
        tuple(f"{obligation.case.title.removesuffix(school.name).strip()}：{obligation.label}" for obligation in owed),
    )


_OPEN = Statement(
    lambda: Obligation.objects.filter(case=Slot("case"), done_at=None).order_by().values_list("pk", flat=True)
)


_FIRST_DUE = Statement(
    lambda: (
        Obligation.objects.filter(case=Slot("case"), done_at=None)
        .order_by("due_on")
        .values_list("due_on", flat=True)[:1]
    )
)


def first_due_of(case_id: int) -> date | None:
    """Return by when the next obligation of a case is to be done, None when nothing is owed."""
    return _FIRST_DUE.row(case=case_id)


def open_count_of(case_id: int) -> int:
    """Return how many obligations of a case are not yet reported done."""
    return len(_OPEN.rows(case=case_id))
