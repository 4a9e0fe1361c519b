"""Changes of status before anything is typed, and the form of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import attach_evidence
from xueji.cases.queries import case_for
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.core.packs import PackView
from xueji.institutions.queries import pack_of
from xueji.registry.actions import open_status_application, open_status_undoing, open_transfer_undoing
from xueji.registry.models import Enrolment, StatusApplicant, StatusApplication, StatusChange
from xueji.registry.queries.applications import (
    application_of,
    classes_of,
    judged_undoing,
    records_chosen,
    records_of_class,
    undoable_changes,
)
from xueji.registry.queries.choices import choice_of, choices_for
from xueji.registry.queries.shown_changes import ShownApplicant, shown_applicant
from xueji.registry.queries.status_changes import JudgedWish, Wish, changes_of_law, programmes_of
from xueji.registry.queries.transfers import KIND as TRANSFER_KIND
from xueji.web import needs
from xueji.web.access import requires, takes_upload
from xueji.web.forms import add_refusal, posted
from xueji.web.school.status_forms import StatusChangeForm, StatusUndoingForm

_SHOWN = ":50"  # names of a preview


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def status_classes(request: HttpRequest) -> HttpResponse:
    """List the classes whose students a change may be applied for."""
    return render(request, "school/status_classes.html", {"classes": classes_of(request.user, P.FILE_STATUS_CHANGE)})


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def status_choices(request: HttpRequest) -> HttpResponse:
    """Show which changes the chosen students may have, by which clause, who will decide and on which papers."""
    records, view = _chosen(request)
    choices = choices_for(records[0].school, records, view, timezone.localdate())
    context = {"records": records, "choices": choices, "query": request.GET.urlencode()}
    return render(request, "school/status_choices.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
@takes_upload("MAX_EVIDENCE_BYTES")
def new_status_change(request: HttpRequest, change: str) -> HttpResponse:
    """Ask for what one change needs, and open the application with its paper; submission follows on the case's page."""
    records, view = _chosen(request)
    if change not in changes_of_law(view):
        raise NotFound
    school = records[0].school
    choice = choice_of(change, school, records, view, timezone.localdate())
    form = StatusChangeForm(
        posted(request), request.FILES or None, change=change, programmes=programmes_of(school).values(),
        initial={"effective_on": timezone.localdate(), "paper_kind": "、".join(p.label for p in choice.papers)[:60]},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            application = _open(request, change, choice.may, form)
        except (RuleViolation, BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已建立异动申请，请核对后提交")
            return redirect("school:case", application.case_id)
    context = {"records": choice.may, "choice": choice, "form": form}
    return render(request, "school/new_status_change.html", context, status=422 if form.is_bound else 200)


def _chosen(request: HttpRequest) -> tuple[list[Enrolment], PackView]:
    """Return the chosen students, of one school of the person, and its law; NotFound where it knows no changes of status."""
    if keys := request.GET.getlist("record"):
        records = records_chosen(request.user, P.FILE_STATUS_CHANGE, keys)
    else:
        records = records_of_class(
            request.user, P.FILE_STATUS_CHANGE, school_id=request.GET.get("school"), grade=request.GET.get("grade", ""),
            class_name=request.GET.get("class_name"),
        )  # fmt: skip
    view = pack_of(records[0].school).on(timezone.localdate())
    needs.require(view, "workflow:status_change")
    return records, view


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
@takes_upload("MAX_EVIDENCE_BYTES")
def status_undoing(request: HttpRequest, case_id: int) -> HttpResponse:
    """Ask to take back what an application brought about: an application of its own, decided on the same way."""
    application = application_of(case_for(request.user, case_id))
    form = StatusUndoingForm(posted(request), request.FILES or None, initial={"effective_on": timezone.localdate()})
    is_valid = request.method == "POST" and form.is_valid()
    may, barred = _undoable(application, form.cleaned_data["effective_on"] if is_valid else timezone.localdate())
    if is_valid:
        try:
            _require_previewed(request, may)
            undoing = _undo(request, application, [shown.applicant.undoes for shown in may], form)
        except (RuleViolation, BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已建立撤销申请，请核对后提交")
            return redirect("school:case", undoing.case_id)
    context = {
        "application": application, "may": may, "barred": barred, "form": form, "shown": _SHOWN, "previewed": _keys(may),
    }  # fmt: skip
    return render(request, "school/status_undoing.html", context, status=422 if form.is_bound else 200)


def _undoable(application: StatusApplication, on: date) -> tuple[list[ShownApplicant], list[ShownApplicant]]:
    """Return what can be taken back, as it would become, and what cannot, with its reasons.

    A transfer is judged by both schools' law when it is opened: here it goes as a whole.
    """
    if application.case.kind == TRANSFER_KIND:
        whole = [JudgedWish(Wish(change.enrolment, {}, change), (), None) for change in undoable_changes(application)]
        return [_would_become(row) for row in whole], []
    judged = judged_undoing(application, on, pack_of(application.case.school).on(timezone.localdate()))
    may = [_would_become(row) for row in judged if row.allowed]
    return may, [_would_become(row) for row in judged if not row.allowed]


def _keys(may: Sequence[ShownApplicant]) -> str:
    """Return the changes of a preview as one field of its form: there may be more than a form has fields."""
    return ",".join(sorted(str(shown.applicant.undoes_id) for shown in may))


def _require_previewed(request: HttpRequest, may: Sequence[ShownApplicant]) -> None:
    """Conflict when others would be taken back on the typed day than were shown: nobody asks for what they did not see."""
    if request.POST.get("previewed", "") != _keys(may):
        raise Conflict(
            "按所填生效日期，可以撤销的学生与刚才列出的不同：本页已按这一日期重新列出，请核对名单、重新选择证明材料后再提交"
        )


def _would_become(row: JudgedWish) -> ShownApplicant:
    return shown_applicant(StatusApplicant(enrolment=row.wish.enrolment, undoes=row.wish.undoes), row)


@transaction.atomic
def _undo(
    request: HttpRequest, application: StatusApplication, changes: list[StatusChange], form: StatusUndoingForm
) -> StatusApplication:
    if not changes:
        raise Conflict("没有可以撤销的异动，原因见下表")
    at, data = timezone.now(), form.cleaned_data
    given = {
        "changes": changes, "statement": data["statement"], "effective_on": data["effective_on"],
        "by": request.user, "at": at,
    }  # fmt: skip
    if application.case.kind == TRANSFER_KIND:  # the same schools and authorities decide it as decided the transfer
        undoing = open_transfer_undoing(**given)
    else:
        undoing = open_status_undoing(school=application.case.school, **given)
    _attach(request, undoing, data, at)
    return undoing


@transaction.atomic
def _open(request: HttpRequest, change: str, records: list[Enrolment], form: StatusChangeForm) -> StatusApplication:
    """Open the application of those who may have it, with its paper: both, or neither."""
    if not records:
        raise BadInput("所选学生都不能办理这种异动，原因见右侧")
    at, data = timezone.now(), form.cleaned_data
    application = open_status_application(
        school=records[0].school, change=change, enrolments=records,
        wanted={record.pk: form.values() for record in records}, statement=data["statement"],
        effective_on=data["effective_on"], reason=data.get("reason", ""), by=request.user, at=at,
    )  # fmt: skip
    _attach(request, application, data, at)
    return application


def _attach(request: HttpRequest, application: StatusApplication, data: Mapping[str, Any], at: datetime) -> None:
    paper = data["paper"]
    attach_evidence(
        case=application.case, kind=data["paper_kind"], file_name=paper.name, data=paper.read(), by=request.user, at=at
    )
