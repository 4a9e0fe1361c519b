"""Blanks at a school: asking for them, signing for them, spoiled and lost ones, the balance sheet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.blanks.actions import open_blank_request, submit_blank_request
from xueji.blanks.kinds import check_request
from xueji.blanks.models import BlankState
from xueji.blanks.queries import blank_for, find_blanks, need_of, request_for, requests_visible_to
from xueji.blanks.queries.balance import balance_of
from xueji.blanks.queries.books import blank_book_of, kinds_for
from xueji.cases.actions import withdraw_case
from xueji.cases.models import CaseState
from xueji.certificates.models import Term
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.graduation.queries import batches_visible_to
from xueji.institutions.models import School
from xueji.institutions.queries import posts_of, require_permission
from xueji.ledger.queries import timeline_of
from xueji.ledger.tags import EventTag
from xueji.production.balances import balance_sheet
from xueji.production.form_data import pack_view_at
from xueji.web import blankdesk as desk
from xueji.web.access import requires
from xueji.web.balance import balance_context
from xueji.web.context import joined
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import guidance_for
from xueji.web.listing import made_answer, page_of
from xueji.web.looks import note_look

_ACTS = (desk.CONFIRM, desk.SPOIL, desk.RETURN, desk.GIVE_BACK, desk.LOSE, desk.FIND)


class RequestForm(forms.Form):
    """How many blanks of which kind for which season."""

    kind = forms.ChoiceField(label="证书种类")
    year = forms.IntegerField(label="届", min_value=1990, max_value=2100)
    term = forms.ChoiceField(label="季", choices=Term.choices)
    count = forms.IntegerField(label="申领数量", min_value=1, max_value=100_000)
    reason = forms.CharField(label="说明", required=False, max_length=200, help_text="多于本届毕业生所需时写明原因")

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds


@require_GET
@requires(P.REQUEST_BLANKS)
def blanks(request: HttpRequest) -> HttpResponse:
    """Show what the school has, its requests, what is on its way; find a sheet by its serial."""
    school = _own_school(request)
    serial = request.GET.get("serial", "").strip()
    found = find_blanks(request.user, serial) if serial else []
    if len(found) == 1:
        return redirect("school:blank", found[0].pk)
    asked = page_of(request, requests_visible_to(request.user).filter(school=school))
    rows = balance_of(authority=blank_book_of(school), schools=[school.pk])
    context = {
        "school": school, "rows": rows, "states": BlankState.choices, "page": asked, "serial": serial, "found": found,
        "kinds": kinds_for(school), "guidance": guidance_for(pack_view_at(school, timezone.now()), "blanks"), "on_the_way": sum(row.counts.get(BlankState.DRAWN, 0) for row in rows),
    }  # fmt: skip
    return render(request, "school/blanks.html", context)


@require_GET
@requires(P.REQUEST_BLANKS)
def blank(request: HttpRequest, blank_id: int) -> HttpResponse:
    """Answer for one sheet: where are you, who signed last, how did you come there."""
    return desk.sheet_page(request, blank_for(request.user, blank_id), "school:blanks")


@require_http_methods(["GET", "POST"])
@requires(P.REQUEST_BLANKS)
def new_request(request: HttpRequest) -> HttpResponse:
    """Ask for blanks: a draft, to be looked over and submitted on its page."""
    school, today = _own_school(request), timezone.localdate()
    kinds = [(key, spec.title) for key, spec in kinds_for(school).items()]
    form = RequestForm(
        posted(request), kinds=kinds, initial={"year": today.year, "term": Term.SPRING if today.month < 8 else Term.AUTUMN}
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made = open_blank_request(school=school, by=request.user, at=timezone.now(), **form.cleaned_data)
        except (RuleViolation, BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            return redirect("school:blank_request", made.pk)
    guidance = guidance_for(pack_view_at(school, timezone.now()), "blank_request")
    context = {"school": school, "form": form, "kinds": kinds, "guidance": guidance}
    return render(request, "school/new_blank_request.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.REQUEST_BLANKS)
def blank_request(request: HttpRequest, blank_request_id: int) -> HttpResponse:
    """Show a request: what the rules say, who decides, what was handed out, what has to be signed for."""
    found = request_for(request.user, blank_request_id)
    case = found.case
    is_open = case.state in (CaseState.DRAFT, CaseState.RETURNED)
    context = {
        "case": case, "may_submit": is_open, "need": need_of(found),
        "findings": check_request(case) if case.closed_at is None else [], "may_withdraw": case.closed_at is None,
        "events": timeline_of(found, case)[::-1][:40],
    }  # fmt: skip
    return render(request, "school/blank_request.html", joined(context, desk.request_facts(found)))


@require_POST
@requires(P.REQUEST_BLANKS)
def submission(request: HttpRequest, blank_request_id: int) -> HttpResponse:
    """Submit a request to the school's leader."""
    found = _own_request(request, blank_request_id)
    submit_blank_request(request=found, by=request.user, at=timezone.now())
    messages.success(request, "已提交，等待学校负责人审核")
    return redirect("school:blank_request", found.pk)


@require_POST
@requires(P.REQUEST_BLANKS)
def withdrawal(request: HttpRequest, blank_request_id: int) -> HttpResponse:
    """Withdraw a request that is not decided."""
    found = _own_request(request, blank_request_id)
    withdraw_case(case=found.case, by=request.user, at=timezone.now())
    messages.info(request, "已撤回申领")
    return redirect("school:blanks")


@require_http_methods(["GET", "POST"])
@requires(P.REQUEST_BLANKS)
def blank_desk(request: HttpRequest) -> HttpResponse:
    """Sign for sheets, report spoiled and lost ones, return them."""
    shown = desk.desk_for(request, _own_school(request), _ACTS)
    form = desk.DeskForm(posted(request), act=shown.act)
    if request.method == "POST" and shown.spec and desk.act_on_desk(request, shown, form, timezone.now()):
        return redirect("school:blanks")
    guidance = guidance_for(pack_view_at(shown.place, timezone.now()), "spoiled_blanks")
    context = {"desk": shown, "form": form, "title": "领用登记", "url": "school:blank_desk", "guidance": guidance}
    context["blanks_url"] = "school:blanks"
    return render(request, "shared/blank_desk.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.REQUEST_BLANKS)
def balance(request: HttpRequest) -> HttpResponse:
    """The balance sheet of both books for the school; `?file=pdf` the sheet of paper."""
    school = _own_school(request)
    if request.GET.get("file") == "pdf":
        batches = (
            batches_visible_to(request.user)
            .filter(school=school)
            .select_related("season", "school", "case", "issue")
            .order_by("pk")
        )
        made = balance_sheet(school, [batch.issue_at_hand for batch in batches], at=timezone.now())
        note_look(request, EventTag.LIST_DOWNLOADED, school, school_id=school.pk, title="平衡表.pdf")
        return made_answer(made.data, "平衡表.pdf", "application/pdf", inline=True)
    return render(request, "school/balance.html", balance_context(request, school))


def _own_request(request: HttpRequest, blank_request_id: int) -> Any:
    found = request_for(request.user, blank_request_id)
    require_permission(request.user, P.REQUEST_BLANKS, school=found.school)
    return found


def _own_school(request: HttpRequest) -> School:
    """Return the school in which the person holds a post; NotFound for those who hold none."""
    schools = [appointment.school for appointment in posts_of(request.user) if appointment.school]
    if not schools:
        raise NotFound
    return schools[0]
