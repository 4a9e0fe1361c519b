"""Batches of a school: list, new one, page, template, submission."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound, RuleViolation
from xueji.core.rules import check_register
from xueji.exchange.templates import write_template
from xueji.graduation.actions import give_up_batch, open_batch, recall_batch, submit_batch
from xueji.graduation.facts import register_of
from xueji.graduation.models import Batch
from xueji.graduation.queries import (
    batch_for,
    batch_totals,
    batches_visible_to,
    live_counts,
    may_prepare,
)
from xueji.graduation.queries.openings import BatchOpening, openings_for, untaken
from xueji.graduation.queries.second_round import second_round_of
from xueji.graduation.queries.taking_back import may_give_up, may_recall
from xueji.institutions.models import School
from xueji.institutions.queries import posts_of, schools_visible_to
from xueji.uploads.queries import uploads_of
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.forms import require_valid
from xueji.web.guidance import guidance_for
from xueji.web.history import history_of_batch
from xueji.web.listing import made_answer, page_of
from xueji.web.phases import Standing, next_step, state_tag
from xueji.web.school.forms import BatchFilter, SeenForm

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@requires(P.VIEW_BATCHES)
def batches(request: HttpRequest) -> HttpResponse:
    """List the batches of the person's schools, and the seasons for which one may still be opened."""
    form = BatchFilter(request.GET)
    found = batches_visible_to(request.user).filter(school__in=own_schools(request))
    found = found.order_by("-season__year", "season__term", "-id")
    if form.is_valid():
        chosen = form.cleaned_data
        narrowed = {"case__state": chosen["state"], "season__year": chosen["year"]}
        found = found.filter(**{key: value for key, value in narrowed.items() if value})
    page = page_of(request, found)
    shown = list(page.object_list)
    counts = live_counts(shown)
    for batch in shown:
        batch.look, batch.candidate_count = state_tag(batch), counts.get(batch.pk, 0)
    page.object_list = shown
    return render(request, "school/batches.html", {"form": form, "page": page, "openings": _openings(request)})


@require_POST
@requires(P.PREPARE_BATCH)
def new_batch(request: HttpRequest) -> HttpResponse:
    """Open a batch for a season the school has none in; what a page from before still offered is refused with its clause."""
    chosen = (request.POST.get("season"), request.POST.get("school"), request.POST.get("late") == "1")
    for opening in untaken(_preparing(request)):
        if (str(opening.season.pk), str(opening.school.pk), opening.is_late) == chosen:
            batch = open_batch(
                season=opening.season, school=opening.school, is_late=chosen[2], by=request.user, at=timezone.now()
            )
            messages.success(request, f"已建立批次「{batch.case.title}」")
            return redirect("school:batch", batch.pk)
    return redirect("school:batch", _opened_before(request, chosen).pk)


def _opened_before(request: HttpRequest, chosen: tuple[str | None, str | None, bool]) -> Batch:
    """Return the batch that is there already: a second click leads to it."""
    for found in batches_visible_to(request.user).filter(school__in=own_schools(request)):
        if (str(found.season_id), str(found.school_id), found.is_late) == chosen:
            return found
    raise NotFound


@require_GET
@requires(P.VIEW_BATCHES)
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show a batch: progress, next step, counts per programme, findings, history."""
    found = batch_for(request.user, batch_id)
    now = Standing(found)
    context = {
        "batch": found,
        "look": state_tag(found),
        "now": now,
        "next": next_step(found, now),
        "totals": batch_totals(found),
        "findings": check_register(register_of(found), found.law) if now.lines else [],
        "uploads": uploads_of(found, "graduates")[:5],
        "events": history_of_batch(found),
        "may_prepare": may_prepare(request.user, found),
        "second": second_round_of(found),
        "may_recall": may_recall(request.user, found),
        "may_give_up": may_give_up(request.user, found),
        "told_refused": guidance_for(found.law, "refused_graduates"),
        "active": "overview",
    }
    return render(request, "school/batch.html", context)


@require_GET
@requires(P.PREPARE_BATCH)
def template(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send the empty workbook of graduates (毕业生数据模板, S1-08)."""
    found = batch_for(request.user, batch_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(found.law, "graduates", path)
        return made_answer(path.read_bytes(), f"毕业生数据模板 {found.season.label}.xlsx", XLSX)


@require_http_methods(["GET", "POST"])
@requires(P.PREPARE_BATCH)
def submission(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show what is about to be submitted; on POST hand the batch to the school's leader."""
    found = batch_for(request.user, batch_id)
    refused: tuple[object, ...] = ()
    if request.method == "POST":
        try:
            submit_batch(batch=found, by=request.user, at=timezone.now())
        except RuleViolation as error:
            refused = error.findings
        else:
            messages.success(request, "已提交，等待学校负责人审核")
            return redirect("school:batch", found.pk)
    now = Standing(found)
    findings = refused or check_register(register_of(found), found.law)
    context = {"batch": found, "look": state_tag(found), "now": now, "totals": batch_totals(found)}
    context |= {"findings": findings, "refused": bool(refused), "may_submit": may_prepare(request.user, found)}
    context["statement"] = guidance_for(found.law, "submission")
    return render(request, "school/submission.html", context, status=422 if refused else 200)


@require_POST
@requires(P.PREPARE_BATCH)
def recall(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take a submission back while nobody has decided on it."""
    found = batch_for(request.user, batch_id)
    if not is_confirmed(request) and may_recall(request.user, found):
        lines = [
            ("批次", found.case.title), ("之后", "批次回到本校，可以修改名单、照片和登记册，再重新提交；提交前不占审核人的期限"),
        ]  # fmt: skip
        return ask(request, Question("撤回提交：请先核对", lines, "确认撤回"))
    seen = SeenForm(request.POST)
    require_valid(seen)
    recall_batch(batch=found, by=request.user, at=timezone.now(), expected_version=seen.cleaned_data["version"])
    messages.success(request, "已撤回提交，批次回到本校，可以修改后重新提交")
    return redirect("school:batch", found.pk)


@require_POST
@requires(P.PREPARE_BATCH)
def giving_up(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take away a batch in which nothing stands."""
    found = batch_for(request.user, batch_id)
    give_up_batch(batch=found, by=request.user, at=timezone.now())
    messages.success(request, f"已删除空批次「{found.case.title}」；需要时可以重新建立")
    return redirect("school:batches")


def own_schools(request: HttpRequest) -> list[int]:
    """Return the schools in which the person holds a post."""
    return [post.school_id for post in posts_of(request.user) if post.school_id]


def _preparing(request: HttpRequest) -> QuerySet[School]:
    return schools_visible_to(request.user, permission=P.PREPARE_BATCH).filter(pk__in=own_schools(request))


def _openings(request: HttpRequest) -> list[BatchOpening]:
    """Return season × school × ordinary or late for which the person could open a batch today."""
    return openings_for(_preparing(request), timezone.localdate())
