"""The full content of a correction, once, on a stated reason: whoever decides on a number has to read it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.cases.queries import case_for
from xueji.core.errors import NotFound
from xueji.graduation.corrected import CORRECTABLE
from xueji.registry.actions import reveal_resident_id
from xueji.registry.models import Person
from xueji.web.access import requires
from xueji.web.casepages import casepage_of


@require_POST
@requires(P.REVEAL_IDENTITY)
def case_identity(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show both sides of a correction in full; who, when and why goes into the ledger first."""
    case = case_for(request.user, case_id)
    person, items = _subject(case)
    reveal_resident_id(person=person, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    rows = [(CORRECTABLE.get(item.field, item.field), item.before, item.after) for item in items]
    answer = render(request, "shared/revealed.html", {"case": case, "person": person, "rows": rows})
    answer["Cache-Control"] = "no-store"
    return answer


def _subject(case: Case) -> tuple[Person, list[Any]]:
    """Return whose particulars a case corrects, and the corrections; NotFound for a case about none."""
    found = casepage_of(case.kind).corrected(case)
    if found is None:
        raise NotFound
    return found
