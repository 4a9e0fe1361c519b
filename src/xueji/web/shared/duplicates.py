"""Duplicates as schools and officers look at them: the queue, two records side by side, answers, reminders, decisions."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.institutions.models import School
from xueji.institutions.queries import authorities_granting, pack_of, permissions_of, pick, schools_visible_to, sight_of
from xueji.ledger.queries import timeline_of
from xueji.registry.actions import (
    answer_duplicate,
    file_duplicate,
    open_duplicate_undoing,
    receive_reminder,
    remind_school,
    search_duplicates,
)
from xueji.registry.models import Duplicate, DuplicateAnswer
from xueji.registry.queries.duplicates import (
    KIND,
    PartyStanding,
    answers_of,
    duplicate_for,
    duplicates_visible_to,
    filings_of,
    moved_by,
    persons_then,
    reminders_of,
    searching_schools,
    standings,
)
from xueji.web.access import requires, takes_upload
from xueji.web.clauses import shown_clauses
from xueji.web.downloads import stored_paper
from xueji.web.duplicates import overlap_of, rows_of, stretches_of, time_bar
from xueji.web.forms import EVIDENCE_TYPES, SizedFileField, add_refusal, require_valid
from xueji.web.listing import page_of
from xueji.web.needs import require

_REFUSALS = (RuleViolation, BadInput, Conflict)


class DuplicateFilter(forms.Form):
    """Which duplicates to show."""

    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "待查清"), *Duplicate.State.choices[1:], ("all", "全部")]
    )
    certainty = forms.ChoiceField(label="程度", required=False, choices=[("", "全部"), *Duplicate.Certainty.choices])


class DuplicateAnswerForm(forms.Form):
    """What a school says, with its evidence."""

    answer = forms.ChoiceField(label="答复", choices=DuplicateAnswer.Answer.choices, widget=forms.RadioSelect)
    statement = forms.CharField(label="情况说明", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    file = SizedFileField(
        label="证明材料", help_text="考勤、在校照片、户口簿等，PDF 或图片；「不在本校就读」可以不附", required=False,
        accept=EVIDENCE_TYPES, max_bytes=settings.MAX_EVIDENCE_BYTES,
    )  # fmt: skip


class DuplicateUndoingForm(forms.Form):
    """Why a decision is to be taken back."""

    filing = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    statement = forms.CharField(label="撤销理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class PartyForm(forms.Form):
    """Which school."""

    school = forms.IntegerField(min_value=1, max_value=2**62)


@require_GET
@requires(P.VIEW_REGISTER)
def duplicates(request: HttpRequest) -> HttpResponse:
    """List what is to be cleared up, the oldest first, with the days each school has left."""
    form = DuplicateFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = duplicates_visible_to(request.user)
    if chosen.get("state") != "all":
        found = found.filter(state=chosen.get("state") or Duplicate.State.OPEN)
    if chosen.get("certainty"):
        found = found.filter(certainty=chosen["certainty"])
    page = page_of(request, found, most=10_000)
    known = standings(page.object_list, timezone.localdate())
    rows = [
        (row, [(record, known.get((row.pk, record.school_id))) for record in row.records]) for row in page.object_list
    ]
    context = {"form": form, "page": page, "rows": rows, "schools": searching_schools(cast("User", request.user))}
    return render(request, "shared/duplicates.html", context)


@require_POST
@requires(P.REGISTER_STUDENTS)
def duplicate_search(request: HttpRequest) -> HttpResponse:
    """Look over the students of a school for duplicates anywhere in the register."""
    form = PartyForm(request.POST)
    require_valid(form)
    school = pick(schools_visible_to(request.user, permission=P.REGISTER_STUDENTS), form.cleaned_data["school"])
    found = search_duplicates(school=school, by=request.user, at=timezone.now())
    messages.success(request, f"已查：新查出 {len(found)} 对" if found else "已查：没有新的重复")
    return redirect("duplicates")


@require_GET
@requires(P.VIEW_REGISTER)
def duplicate(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """Show two records side by side, what was said of them, and what the person's school may do next."""
    return _page(request, duplicate_for(request.user, duplicate_id))


@require_POST
@requires(P.FILE_STATUS_CHANGE)
@takes_upload("MAX_EVIDENCE_BYTES")
def duplicate_answer(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """Take down what the person's school says of the student."""
    found = duplicate_for(request.user, duplicate_id)
    form = DuplicateAnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    file = form.cleaned_data["file"]
    try:
        answer_duplicate(
            duplicate=found, school=_school(request, found), answer=form.cleaned_data["answer"],
            statement=form.cleaned_data["statement"], by=request.user, at=timezone.now(),
            file_name=file.name if file else "", data=file.read() if file else b"",
        )  # fmt: skip
    except _REFUSALS as error:
        add_refusal(form, error)
        return _page(request, found, form, status=error.http_status)
    messages.success(request, "已答复")
    return redirect("duplicate", found.pk)


@require_POST
@requires(P.VIEW_REGISTER)
def duplicate_reminder(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """Remind the school that has not answered."""
    found = duplicate_for(request.user, duplicate_id)
    form = PartyForm(request.POST)
    require_valid(form)
    schools = {record.school_id: record.school for record in found.records}
    to_school = schools.get(form.cleaned_data["school"])
    if to_school is None:
        raise BadInput("被催办的学校不是本件的一方")
    remind_school(duplicate=found, to_school=to_school, by=request.user, at=timezone.now())
    messages.success(request, f"已催办{to_school.name}")
    return redirect("duplicate", found.pk)


@require_POST
@requires(P.FILE_STATUS_CHANGE)
def duplicate_receipt(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """Take note of every reminder that waits for the person's school."""
    found = duplicate_for(request.user, duplicate_id)
    school = _school(request, found)
    for reminder in reminders_of(found):
        if reminder.to_school_id == school.pk:
            receive_reminder(reminder=reminder, by=request.user, at=timezone.now())
    messages.success(request, "已签收催办")
    return redirect("duplicate", found.pk)


@require_POST
@requires(P.FILE_STATUS_CHANGE)
def duplicate_filing(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """Ask the authority to decide as the person's school has answered."""
    found = duplicate_for(request.user, duplicate_id)
    filing = file_duplicate(
        duplicate=found, school=_school(request, found), by=request.user, at=timezone.now()
    )  # fmt: skip
    messages.success(request, "已提交，先由本校负责人确认")
    return redirect("school:case", filing.case_id)


@require_POST
@requires(P.FILE_STATUS_CHANGE)
def duplicate_undoing(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """Ask that a decision be taken back; evidence and submission follow on the page of the case."""
    found = duplicate_for(request.user, duplicate_id)
    form = DuplicateUndoingForm(request.POST)
    if not form.is_valid():
        return _page(request, found, undoing=form, status=422)
    filing = pick(found.filings.all(), form.cleaned_data["filing"])
    try:
        row = open_duplicate_undoing(
            filing=filing, school=_school(request, found), statement=form.cleaned_data["statement"], by=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except _REFUSALS as error:
        add_refusal(form, error)
        return _page(request, found, undoing=form, status=error.http_status)
    messages.success(request, "已建立撤销申请：请上传材料，再提交")
    return redirect("school:case", row.case_id)


@require_GET
@requires(P.VIEW_REGISTER)
def duplicate_paper(request: HttpRequest, duplicate_id: int, answer_id: int) -> HttpResponse:
    """Send the evidence of an answer; that it was taken is in the ledger."""
    found = duplicate_for(request.user, duplicate_id)
    answer = pick(found.answers.filter(file__isnull=False).select_related("file", "school"), answer_id)
    assert answer.file is not None
    schools = {record.school_id: record.school for record in found.records}
    near = schools_visible_to(request.user, permission=P.FETCH_DOCUMENTS).filter(pk__in=schools).order_by().first()
    if near is None:
        raise NotPermitted("本岗位不能查看证明材料")
    return stored_paper(request, answer.file, answer.file_name, subject=found, school=schools[near.pk], persons=1)


def _school(request: HttpRequest, found: Duplicate) -> School:
    """Return the school of the person among both; the one registered later where both are theirs."""
    mine = schools_visible_to(request.user, permission=P.FILE_STATUS_CHANGE)
    schools = {record.school_id: record.school for record in found.records}
    for pk in mine.filter(pk__in=schools).order_by().values_list("pk", flat=True):
        return schools[pk]
    raise BadInput("本校不是本件的一方，不能办理")


def _page(
    request: HttpRequest, found: Duplicate, form: DuplicateAnswerForm | None = None, *, undoing: DuplicateUndoingForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    user, today = cast("User", request.user), timezone.localdate()
    view = pack_of(found.second.school).on(today)
    require(view, f"workflow:{KIND}")
    known = standings([found], today)
    filings = filings_of(found)
    moved = moved_by(filings)
    may_file = P.FILE_STATUS_CHANGE in permissions_of(user)
    mine = _mine(request, found, known) if may_file else None
    stretches = stretches_of(found)
    done = next((f for f in reversed(filings) if f.outcome == f.Outcome.DONE and f.undoes_id is None), None)
    context: dict[str, Any] = {
        "duplicate": found, "rows": rows_of(found, sight_of(user), persons_then(moved)), "stretches": stretches, "bar": time_bar(stretches),
        "overlap": overlap_of(stretches), "answers": answers_of(found), "reminders": reminders_of(found),
        "filings": filings, "moved": moved, "known": list(known.values()), "mine": mine,
        "silent": _silent(known, mine, user), "is_party": mine is not None,
        "form": form or DuplicateAnswerForm(), "events": timeline_of(found)[::-1],
        "undoing": undoing or (DuplicateUndoingForm(initial={"filing": done.pk}) if done and not found.is_open and may_file else None),
        "clauses": shown_clauses(view.workflow(KIND).cites),
    }  # fmt: skip
    return render(request, "shared/duplicate.html", context, status=status)


def _mine(request: HttpRequest, found: Duplicate, known: dict[tuple[int, int], PartyStanding]) -> PartyStanding | None:
    try:
        return known.get((found.pk, _school(request, found).pk))
    except BadInput:
        return None


def _silent(known: dict[tuple[int, int], PartyStanding], mine: PartyStanding | None, user: User) -> list[PartyStanding]:
    """Return the schools past their term that the person may remind now."""
    late = [row for row in known.values() if row.answer is None and row.days_left < 0 and row.may_be_reminded]
    if mine is not None:
        return [row for row in late if row.school.pk != mine.school.pk]
    offices = authorities_granting(user, P.DECIDE_CASES)
    return [row for row in late if any(row.school.authority.path.startswith(office.path) for office in offices)]
