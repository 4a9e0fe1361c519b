"""The page of a step, for both portals: what is to be decided, the clauses it stands on, the decision.

One page, two frames: a portal says only what its form is, what it answers, and where its links lead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.actions import decide_step
from xueji.cases.clock_actions import pause_clock, resume_clock
from xueji.cases.models import Proposal, Step, StepState, Verdict
from xueji.cases.proposal_actions import object_to_proposal, take_back_proposal
from xueji.cases.proposal_queries import open_proposal_of, seconds_of
from xueji.cases.queries import (
    OPEN_STATES,
    barring_reason,
    days_left,
    evidence_of,
    holds_post_of,
    open_pause_of,
    waits_for,
)
from xueji.cases.rounds import spec_of
from xueji.core.errors import XuejiError
from xueji.core.findings import Citation
from xueji.core.packs import Reading
from xueji.core.workflow import ONE_HAND
from xueji.institutions.queries.deferral import deferral_of
from xueji.web.casepages import Look, casepage_of, shown_panels
from xueji.web.deciding import asked_first
from xueji.web.forms import MOST, add_refusal, posted, require_valid


@dataclass(frozen=True, slots=True)
class PortalFrame:
    """What a portal puts around the page of a step."""

    template: str
    form: Callable[..., forms.Form]
    evidence_url: str  # name of the address that hands out a file of evidence
    onward: str  # … of the page after a decision
    decided: Callable[[Step, str], str]  # what is said after it


def step_page(request: HttpRequest, step: Step, frame: PortalFrame) -> HttpResponse:
    """Show what is to be decided with the clauses it stands on, and take the decision."""
    look = Look(step.case, request.user, step)
    if request.method == "POST" and "clock" in request.POST:
        return _move_clock(request, look)
    if request.method == "POST" and "proposal" in request.POST:
        return _drop_proposal(request, look)
    form = frame.form(posted(request), verdicts=verdicts_of(look), initial={"version": step.case.version})
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            return _decided(request, step, form.cleaned_data, frame)
        except XuejiError as error:
            if error.http_status in {403, 404}:
                raise
            add_refusal(form, error)
            status = error.http_status
    return render(request, frame.template, _context(look, form, frame), status=status)


def verdicts_of(look: Look) -> list[str]:
    """Return what may be decided now: a deferred step is resumed first."""
    assert look.step is not None
    if look.step.state == StepState.DEFERRED:
        return [Verdict.RESUME]
    apart = casepage_of(look.case.kind).decided_apart
    return [verdict for verdict in spec_of(look.step, look.law).verdicts if verdict not in apart]


class ClockForm(forms.Form):
    """Why the term of a step is to stand still, and what is waited for; empty where it is to go on."""

    reason = forms.CharField(required=False, max_length=40)
    note = forms.CharField(label="等待的内容", required=False, max_length=500)
    version = forms.IntegerField(max_value=MOST)


def _move_clock(request: HttpRequest, look: Look) -> HttpResponse:
    """Let the term stand still, or go on; who may, and for which reason, is the action's affair."""
    assert look.step is not None
    form = ClockForm(request.POST)
    require_valid(form)
    chosen, at = form.cleaned_data, timezone.now()
    if request.POST["clock"] == "resume":
        resume_clock(step=look.step, by=request.user, at=at, expected_version=chosen["version"])
        messages.success(request, "期限恢复计算")
    else:
        pause_clock(
            step=look.step, reason=chosen["reason"], note=chosen["note"], by=request.user, at=at,
            expected_version=chosen["version"],
        )  # fmt: skip
        messages.success(request, "期限已停止计算，提出的一方可以补充材料")
    return redirect(request.path)


class ProposalForm(forms.Form):
    """Why what another person proposed is not agreed to; empty where one's own is taken back."""

    reasons = forms.CharField(label="不同意的理由", required=False, max_length=500)
    version = forms.IntegerField(max_value=MOST)


def _drop_proposal(request: HttpRequest, look: Look) -> HttpResponse:
    """Object to what was proposed, or take it back; whose right either is, is the action's affair."""
    assert look.step is not None
    form = ProposalForm(request.POST)
    require_valid(form)
    sent, at = form.cleaned_data, timezone.now()
    if request.POST["proposal"] == "take_back":
        take_back_proposal(step=look.step, by=request.user, at=at, expected_version=sent["version"])
        messages.success(request, "已收回拟办意见，本环节重新等待办理")
    else:
        object_to_proposal(
            step=look.step, reasons=sent["reasons"], by=request.user, at=at, expected_version=sent["version"]
        )
        messages.success(request, "已不同意拟办意见，本环节重新等待办理")
    return redirect(request.path)


@dataclass(frozen=True, slots=True)
class Hands:
    """What the page says of a step that takes two: what is proposed, by whom, and who could confirm it."""

    proposal: Proposal | None
    is_mine: bool
    seconds: Sequence[User]
    cites: Sequence[Citation]
    readings: Sequence[Reading]

    @property
    def who_could(self) -> str:
        """The names of who could confirm."""
        return "或".join(person.full_name for person in self.seconds)

    @property
    def is_short(self) -> bool:
        """Whether nobody is left to be the second person."""
        return len(self.seconds) < (2 if self.proposal is None else 1)


def hands_of(look: Look) -> Hands | None:
    """Return it; None where one person decides, or the step is over."""
    step = look.step
    if step is None or step.hands == ONE_HAND or step.state not in OPEN_STATES or look.spec is None:
        return None
    proposal = open_proposal_of(step)
    is_mine = proposal is not None and proposal.by_id == look.user.pk
    readings = look.law.readings_of(f"workflows.{step.case.kind}", "two_hands")
    return Hands(proposal, is_mine, seconds_of(step, proposal), look.spec.hands_cites, readings)


def _decided(request: HttpRequest, step: Step, chosen: Mapping[str, Any], frame: PortalFrame) -> HttpResponse:
    """Say first what the decision will do; take it once that was seen."""
    if question := asked_first(request, step, chosen["verdict"], chosen["reasons"], chosen["version"]):
        return question
    decide_step(
        step=step, verdict=chosen["verdict"], reasons=chosen["reasons"], expected_version=chosen["version"],
        by=request.user, at=timezone.now(),
    )  # fmt: skip
    if open_proposal_of(step) is not None:
        verdict = Verdict(chosen["verdict"]).label
        messages.success(request, f"{step.case.title}：已拟「{verdict}」，待同一岗位的另一人确认后生效")
    else:
        messages.success(request, frame.decided(step, chosen["verdict"]))
    return redirect(frame.onward)


def _context(look: Look, form: forms.Form, frame: PortalFrame) -> dict[str, Any]:
    step, case = look.step, look.case
    assert step is not None
    assert look.spec is not None
    barred = barring_reason(look.user, step) if holds_post_of(look.user, step) else None
    page = casepage_of(case.kind)
    return {
        "step": step,
        "case": case,
        "look": look,
        "form": form,
        "left": days_left(step, timezone.localdate()),
        "may_decide": waits_for(look.user, step) and barred is None,
        "barred": barred,
        "hands": hands_of(look),
        "clock_stands": open_pause_of(step),
        "cites": look.spec.cites or look.law.workflow(case.kind).cites,
        "panels": shown_panels(look),
        "on_paper": look.on_paper,
        "evidence": evidence_of(case),
        "papers": [paper.label for paper in page.papers(look)],
        "takes_evidence": page.takes_evidence,
        "evidence_url": frame.evidence_url,
        "events": page.events_of(look),
        "deferral": deferral_of(case.school) if look.is_of_office and case.school else None,
    }
