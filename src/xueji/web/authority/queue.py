"""The work queue: steps that wait for me."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.applications.queries import counter_of
from xueji.applications.undelivered_queries import undelivered_at
from xueji.cases.kinds import registered_kinds
from xueji.cases.models import Step
from xueji.cases.proposal_queries import open_proposals_of
from xueji.cases.queries import days_left_of, queue_figures, queue_of
from xueji.web.access import requires
from xueji.web.authority.forms import QueueFilter
from xueji.web.casepages import CasePage, casepage_of
from xueji.web.listing import page_of


@require_GET
@requires(P.DECIDE_CASES)
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for my posts, soonest due first; the filters live in the address and survive a reload."""
    today = timezone.localdate()
    form = QueueFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"q": "", "kind": "", "state": "", "due": ""}
    found = queue_of(
        request.user, today=today, kind=chosen["kind"], state=chosen["state"], search=chosen["q"],
        overdue=chosen["due"] == "overdue",
    )  # fmt: skip
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "rows": rows_of(list(page.object_list)),
        "figures": queue_figures(request.user, today),
        "serves": (serves := counter_of(request.user) is not None),
        "undelivered": undelivered_at(request.user).count() if serves else 0,
        "is_filtered": any(chosen.values()),
    }
    return render(request, "authority/queue.html", context)


def rows_of(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return what the queue shows of each step: kind, county, number of graduates, working days left, what is proposed."""
    labels = {kind.kind: kind.label for kind in registered_kinds()}
    left = days_left_of(steps, timezone.localdate())
    counts, proposals = _counts(steps), open_proposals_of(steps)
    return [
        {
            "step": step,
            "kind": labels.get(step.case.kind, step.case.kind),
            "county": step.case.school.authority.short_name
            if step.case.school
            else "—",  # no school files an applicant's
            "count": counts.get(step.case_id),
            "left": left.get(step.pk),
            "proposal": proposals.get(step.pk),
        }
        for step in steps
    ]


def _counts(steps: Sequence[Step]) -> dict[int, int]:
    """Return how many graduates each case is about, where its kind counts them."""
    cases_of: dict[CasePage, list[int]] = {}
    for step in steps:
        cases_of.setdefault(casepage_of(step.case.kind), []).append(step.case_id)
    return {case: count for page, cases in cases_of.items() for case, count in page.heads(cases).items()}
