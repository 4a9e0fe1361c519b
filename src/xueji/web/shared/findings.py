"""Findings of the negative list as schools and authorities look at them: the list, one with its evidence, what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.findings import Citation
from xueji.institutions.queries import pack_of, permissions_of, schools_visible_to
from xueji.supervision.actions import answer_finding, decide_finding, propose_finding, request_search, take_up_finding
from xueji.supervision.models import ListedFinding
from xueji.supervision.queries import (
    acts_of,
    finding_for,
    findings_visible_to,
    may_answer,
    places_over,
    proposal_of,
    standing_of_schools,
)
from xueji.web.access import requires, takes_upload
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.carrying import PageOf, carry_out, send_paper_of_act
from xueji.web.clauses import shown_clauses
from xueji.web.facts_of_findings import rows_of_finding
from xueji.web.forms import EVIDENCE_TYPES, MOST, SizedFileField
from xueji.web.listing import page_of

State = ListedFinding.State
_STANDING = [("", "未消除"), ("ended", "已消除"), *State.choices]


class FindingFilter(forms.Form):
    """Which findings to show."""

    item = forms.CharField(label="项目号", required=False, max_length=8)
    state = forms.ChoiceField(label="处理", required=False, choices=_STANDING)
    school = forms.CharField(label="学校", required=False, max_length=100)


class FindingAnswerForm(forms.Form):
    """What the school says of it, with a paper."""

    statement = forms.CharField(label="情况说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    file = SizedFileField(
        label="证明材料", help_text="PDF 或图片，可以不附", required=False, accept=EVIDENCE_TYPES,
        max_bytes=settings.MAX_EVIDENCE_BYTES,
    )  # fmt: skip


class FindingReasonForm(forms.Form):
    """Why somebody acts."""

    statement = forms.CharField(label="说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class FindingProposalForm(FindingReasonForm):
    """What an authority proposes."""

    verdict = forms.ChoiceField(
        label="认定意见", choices=[(State.CONFIRMED, "已查实"), (State.DROPPED, "不予认定")], widget=forms.RadioSelect
    )
    field_order = ("verdict", "statement")


class FindingDecisionForm(FindingReasonForm):
    """Whether another person agrees with the proposal that was read."""

    proposal = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)
    agrees = forms.ChoiceField(
        label="是否同意", choices=[("yes", "同意，作出认定"), ("no", "不同意，退回意见")], widget=forms.RadioSelect
    )
    field_order = ("agrees", "statement")


@require_GET
@requires(P.VIEW_REGISTER)
def findings(request: HttpRequest) -> HttpResponse:
    """List what the register shows against the negative list, the oldest first."""
    form = FindingFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = findings_visible_to(cast("User", request.user)).order_by("began_on", "pk")
    match chosen.get("state") or "":
        case "":
            found = found.filter(ended_at=None)
        case "ended":
            found = found.exclude(ended_at=None)
        case state:
            found = found.filter(state=state)
    if item := chosen.get("item", "").strip():
        found = found.filter(item=item.upper())
    if school := chosen.get("school", "").strip():
        found = found.filter(school__name__icontains=school)
    context = {
        "form": form, "page": page_of(request, found, most=10_000), "may_search": P.WATCH_DUTIES in permissions_of(request.user),
    }  # fmt: skip
    return render(request, "shared/findings.html", context)


@require_GET
@requires(P.WATCH_DUTIES)
def finding_schools(request: HttpRequest) -> HttpResponse:
    """Show the schools that the person watches with what stands at each, item by item."""
    user = cast("User", request.user)
    schools = schools_visible_to(user, permission=P.WATCH_DUTIES)
    standing = standing_of_schools(user, schools)
    items = sorted({item for row in standing for item in row.standing})
    page = page_of(request, standing)
    rows = [(row, [(item, row.standing.get(item, 0)) for item in items]) for row in page.object_list]
    return render(request, "shared/finding_schools.html", {"page": page, "rows": rows, "items": items})


@require_POST
@requires(P.WATCH_DUTIES)
def finding_search(request: HttpRequest) -> HttpResponse:
    """Start a search over the schools that the person watches."""
    job = request_search(by=cast("User", request.user), at=timezone.now())
    messages.success(request, "已开始核查")
    return redirect("job", job.pk)


@require_GET
@requires(P.VIEW_REGISTER)
def finding(request: HttpRequest, finding_id: object) -> HttpResponse:
    """Show a finding with its facts, its clause, the way out, and what the person may do about it."""
    return _page(request, finding_for(cast("User", request.user), finding_id))


@require_POST
@requires(P.REPORT_DUTIES)
@takes_upload("MAX_EVIDENCE_BYTES")
def finding_answer(request: HttpRequest, finding_id: object) -> HttpResponse:
    """Take down what the school says."""
    found = finding_for(cast("User", request.user), finding_id)
    form = FindingAnswerForm(request.POST, request.FILES)

    def act() -> None:
        file = form.cleaned_data["file"]
        answer_finding(
            finding=found, statement=form.cleaned_data["statement"], by=cast("User", request.user), at=timezone.now(),
            file_name=file.name if file else "", data=file.read() if file else b"",
        )  # fmt: skip

    return _done(request, found, form, act, "已答复")


@require_POST
@requires(P.WATCH_DUTIES)
def finding_opening(request: HttpRequest, finding_id: object) -> HttpResponse:
    """Take a finding up."""
    found = finding_for(cast("User", request.user), finding_id)
    form = FindingReasonForm(request.POST)
    return _done(request, found, form, lambda: take_up_finding(finding=found, **_given(request, form)), "已立案")


@require_POST
@requires(P.DECIDE_CASES)
def finding_proposal(request: HttpRequest, finding_id: object) -> HttpResponse:
    """Propose what is to be decided."""
    found = finding_for(cast("User", request.user), finding_id)
    form = FindingProposalForm(request.POST)

    def act() -> None:
        propose_finding(finding=found, verdict=form.cleaned_data["verdict"], **_given(request, form))

    return _done(request, found, form, act, "已提出认定意见，由另一人确认")


@require_POST
@requires(P.DECIDE_CASES)
def finding_decision(request: HttpRequest, finding_id: object) -> HttpResponse:
    """Decide as another person proposed, or send it back."""
    found = finding_for(cast("User", request.user), finding_id)
    form = FindingDecisionForm(request.POST)
    agrees = form.is_valid() and form.cleaned_data["agrees"] == "yes"
    if agrees and (proposal := proposal_of(found)) is not None and not is_confirmed(request):
        lines = [
            ("学校", found.school.name),
            ("项目", found.item),
            ("认定意见", proposal.get_verdict_display()),
            ("理由", proposal.statement),
        ]
        return ask(request, Question("作出认定？", lines, "作出认定", is_danger=True, warning="认定以后不能更改。"))

    def act() -> None:
        decide_finding(finding=found, proposal=form.cleaned_data["proposal"], agrees=agrees, **_given(request, form))

    return _done(request, found, form, act, "已办理")


@require_GET
@requires(P.VIEW_REGISTER)
def finding_paper(request: HttpRequest, finding_id: object, act_id: int) -> HttpResponse:
    """Send the paper of an answer; that it was taken is in the ledger."""
    found = finding_for(cast("User", request.user), finding_id)
    return send_paper_of_act(request, found, act_id)


def _given(request: HttpRequest, form: forms.Form) -> dict[str, Any]:
    return {"statement": form.cleaned_data["statement"], "by": request.user, "at": timezone.now()}


def _done(
    request: HttpRequest, found: ListedFinding, form: forms.Form, act: Callable[[], object], words: str
) -> HttpResponse:
    """Do what a form asks for, or show the page as the thing is by now."""

    def again(refused: forms.Form, status: int) -> HttpResponse:
        return _page(request, finding_for(cast("User", request.user), found.pk), refused, status=status)

    return carry_out(request, form, act, words, PageOf(reverse("finding", args=[found.pk]), again))


def _page(
    request: HttpRequest, found: ListedFinding, form: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    user = cast("User", request.user)
    may = permissions_of(user)
    answers = may_answer(user, found)
    watches = not answers and P.WATCH_DUTIES in may
    decides = not answers and found.state == State.TAKEN_UP and bool(places_over(user, found, deciding=True))
    forms_shown: dict[str, forms.Form] = {}
    if answers:
        forms_shown["answering"] = FindingAnswerForm()
    if watches and found.state == State.OPEN and found.ended_at is None:
        forms_shown["opening"] = FindingReasonForm()
    if decides and watches:
        if (proposal := proposal_of(found)) is None:
            forms_shown["proposing"] = FindingProposalForm()
        elif found.proposed_by != user:
            forms_shown["deciding"] = FindingDecisionForm(initial={"proposal": proposal.pk})
    refused = None  # a form that this page, as it is by now, does not show: what is wrong is said above
    if form is not None:
        again = {key: form for key, empty in forms_shown.items() if type(empty) is type(form)}
        forms_shown |= again
        refused = None if again else form
    cites = [Citation.read(cite) for cite in found.cites]
    view = pack_of(found.school).on(timezone.localdate(found.found_at))
    names = view.table("negative_list") if "negative_list" in view.keys("table") else {}
    context = {
        "finding": found, "name": names.get(found.item, ""), "rows": rows_of_finding(found), "acts": acts_of(found),
        "clauses": shown_clauses(cites), "refused": refused,
        "answering": forms_shown.get("answering"), "opening": forms_shown.get("opening"),
        "proposing": forms_shown.get("proposing"), "deciding": forms_shown.get("deciding"),
    }  # fmt: skip
    return render(request, "shared/finding.html", context, status=status)
