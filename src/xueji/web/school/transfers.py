"""A school begins a transfer from a student's record, and both schools tick off what goes along with the student."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.queries import case_for
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.institutions.models import Programme, School
from xueji.institutions.queries import pack_of
from xueji.institutions.queries.succession import former_names
from xueji.registry.actions import give_items, open_transfer, take_items
from xueji.registry.models import Enrolment
from xueji.registry.queries.transfers import (
    KIND,
    open_application_of,
    programmes_taught,
    record_to_transfer,
    school_to_receive,
    schools_to_receive,
)
from xueji.registry.transfer_kinds import decided_beforehand
from xueji.web.access import requires
from xueji.web.forms import MOST, DayField, add_refusal, posted, require_valid
from xueji.web.needs import require


class TransferForm(forms.Form):
    """Where to, to study what, from which day, and why."""

    programme = forms.ChoiceField(label="转入专业")
    class_name = forms.CharField(label="班级（可以不填）", max_length=40, required=False)
    effective_on = DayField("study", label="生效日期", help_text="原学校转出、新学校在读从这一天起")
    statement = forms.CharField(label="申请事由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, programmes: list[Programme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(p.pk), f"{p.name}（{p.code}）") for p in programmes]
        self.fields["programme"] = forms.ChoiceField(label="转入专业", choices=[("", "请选择"), *choices])


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
def new_transfer(request: HttpRequest, enrolment_id: str) -> HttpResponse:
    """Choose the other school, see whether and by whom it will be decided, and open the transfer of one student."""
    record = record_to_transfer(request.user, enrolment_id)
    view = pack_of(record.school).on(timezone.localdate())
    require(view, f"workflow:{KIND}")
    words = request.GET.get("q", "")
    found = schools_to_receive(record, words)
    names = former_names(found)
    context = {
        "record": record, "words": words, "found": [(school, names[school.pk]) for school in found],
        "beforehand": decided_beforehand(record, record.school, timezone.localdate(), view),
        "under_way": open_application_of(record),
    }  # fmt: skip
    if "school" not in request.GET:
        return render(request, "school/new_transfer.html", context)
    receiving = school_to_receive(record, request.GET["school"])
    programmes = programmes_taught(receiving)
    form = TransferForm(posted(request), programmes=programmes, initial={"effective_on": timezone.localdate()})
    if form.is_bound and form.is_valid():
        try:
            return _opened(request, record, receiving, form, programmes)
        except (RuleViolation, BadInput, Conflict) as error:
            add_refusal(form, error)
    decision = decided_beforehand(record, receiving, timezone.localdate(), view)
    context |= {
        "receiving": receiving, "form": form, "beforehand": decision,
        "goes_up": any(step.level == "province" and step.act in ("review", "decide") for step in decision.route),
    }  # fmt: skip
    return render(request, "school/new_transfer.html", context, status=422 if form.is_bound else 200)


def _opened(
    request: HttpRequest, record: Enrolment, receiving: School, form: TransferForm, programmes: list[Programme]
) -> HttpResponse:
    chosen = form.cleaned_data
    programme = next(p for p in programmes if str(p.pk) == chosen["programme"])
    application = open_transfer(
        enrolments=[record], receiving=receiving, programmes={record.pk: programme}, statement=chosen["statement"],
        classes={record.pk: chosen["class_name"]}, effective_on=chosen["effective_on"], by=request.user,
        at=timezone.now(),
    )  # fmt: skip
    messages.success(request, "已建立转学申请：请上传学生本人书写的申请，再提交")
    return redirect("school:case", application.case_id)


class ItemsForm(forms.Form):
    """Which things were given or taken."""

    act = forms.ChoiceField(label="办理", choices=[("give", "移交"), ("take", "接收")])
    items = forms.TypedMultipleChoiceField(label="交接内容", coerce=int)

    def __init__(self, *args: Any, ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = [(pk, pk) for pk in ids if pk.isascii() and pk.isdigit() and int(pk) <= MOST]


@require_POST
@requires(P.FILE_STATUS_CHANGE)
def transfer_items(request: HttpRequest, case_id: int) -> HttpResponse:
    """Tick off what goes along with transferred students: the school that sends gives, the other takes."""
    case = case_for(request.user, case_id)
    form = ItemsForm(request.POST, ids=request.POST.getlist("items"))
    require_valid(form)
    tick, words = (give_items, "已登记移交") if form.cleaned_data["act"] == "give" else (take_items, "已确认接收")
    tick(case=case, items=form.cleaned_data["items"], by=request.user, at=timezone.now())
    messages.success(request, words)
    return redirect("school:case", case.pk)
