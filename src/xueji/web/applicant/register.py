"""The own registration, or that of a minor one stands for: looked at, and a correction asked of the school."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.registry.actions import record_own_look, request_correction, withdraw_correction
from xueji.registry.actions.own_records import ASKED
from xueji.registry.changes import FIELDS
from xueji.registry.models import ACTIVE
from xueji.registry.queries.histories import came_by, changes_of
from xueji.registry.queries.own_records import (
    OwnRecord,
    own_record_for,
    own_records,
    records_of_ward,
    request_of,
    requests_of,
)
from xueji.web.access import for_applicants
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.forms import add_refusal, posted

_TRIES, _DAY = 10, 24 * 3600  # looks for a ward, in a day
_WARDS = "wards"  # in the session: the records of minors that were found in it; each is asked about again


class WardForm(forms.Form):
    """Whose registration a guardian looks for."""

    name = forms.CharField(label="学生姓名", max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    number = forms.CharField(
        label="学生证件号码", max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="学校登记的监护人姓名、证件号码要与您核验过的一致",
    )  # fmt: skip


class AskedCorrectionForm(forms.Form):
    """What is wrong, and what is right."""

    field = forms.ChoiceField(label="要更正的项目", choices=[(name, FIELDS[name]) for name in ASKED])
    wanted = forms.CharField(label="更正为", max_length=100, help_text="出生日期写成 2008-05-03，入学年月写成 2024-09")
    statement = forms.CharField(
        label="情况说明", max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="哪里不对、有什么证明；户口簿等原件带到学校核对",
    )  # fmt: skip


@for_applicants("the own registrations; nothing before the identity is proven")
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """List the person's registrations; take whom a guardian looks for. The answer never tells whether a record exists."""
    applicant = request.applicant
    form = WardForm(posted(request))
    if form.is_bound and form.is_valid():
        found = _looked_for(request, form)
        if found:
            request.session[_WARDS] = [str(viewed.record.pk) for viewed in found]
            return redirect("applicant:own_record", found[0].record.pk)
    context = {"applicant": applicant, "records": own_records(applicant), "wards": _wards(request), "form": form}
    return render(request, "applicant/register.html", context, status=422 if form.errors else 200)


def _looked_for(request: HttpRequest, form: WardForm) -> list[OwnRecord]:
    key = f"ward:{request.applicant.pk}"
    cache.add(key, 0, timeout=_DAY)
    if cache.incr(key) > _TRIES:
        form.add_error(None, "今天查找的次数已满，请明天再试，或者到学校查询")
        return []
    values = form.cleaned_data
    found = records_of_ward(request.applicant, values["name"], values["number"], timezone.localdate())
    if not found:
        form.add_error(
            None,
            "没有您可以查看的学籍：请核对学生的姓名和证件号码；您要是学校登记的监护人，学生未满十八周岁。有疑问请联系学校。",
        )
    return found


def _wards(request: HttpRequest) -> list[OwnRecord]:
    """Return what a guardian found in this session and may still see."""
    found = []
    for key in request.session.get(_WARDS, []):
        viewed = _may_see(request, key)
        if viewed is not None:
            found.append(viewed)
    return found


def _may_see(request: HttpRequest, key: str) -> OwnRecord | None:
    try:
        return own_record_for(request.applicant, key, timezone.localdate())
    except NotFound:
        return None


@for_applicants("the own registration, or a ward's; another's is not found")
@require_GET
def own_record(request: HttpRequest, own_enrolment_id: UUID) -> HttpResponse:
    """Show a registration: where, what, how it stands, what changed; a look at a minor's is recorded."""
    return _page(request, own_enrolment_id, AskedCorrectionForm())


@for_applicants("the own registration, or a ward's; another's is not found")
@require_POST
def correction(request: HttpRequest, own_enrolment_id: UUID) -> HttpResponse:
    """Ask the school to put something right."""
    applicant = request.applicant
    viewed = own_record_for(applicant, own_enrolment_id, timezone.localdate())
    form = AskedCorrectionForm(request.POST)
    if form.is_valid():
        try:
            request_correction(
                applicant=applicant, enrolment=viewed.record, by=applicant.user, at=timezone.now(), **form.cleaned_data
            )
        except (BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已经送到学校；学校处理以后，这里和短信会告诉您")
            return redirect("applicant:own_record", own_enrolment_id)
    return _page(request, own_enrolment_id, form, status=422)


@for_applicants("the own requests; another's is not found")
@require_POST
def correction_withdrawal(request: HttpRequest, own_request_id: UUID) -> HttpResponse:
    """Take a request back, once asked."""
    found = request_of(request.applicant, own_request_id)
    if not is_confirmed(request):
        lines = [("项目", FIELDS[found.field])]
        return ask(request, Question("撤回这件更正请求？", lines, "撤回", is_danger=True))
    withdraw_correction(request=found, by=request.applicant.user, at=timezone.now())
    messages.success(request, "更正请求已经撤回")
    return redirect("applicant:own_record", found.enrolment_id)


def _page(request: HttpRequest, key: UUID, form: AskedCorrectionForm, *, status: int = 200) -> HttpResponse:
    applicant = request.applicant
    viewed = record_own_look(applicant=applicant, enrolment_id=key, by=applicant.user, at=timezone.now())
    record = viewed.record
    asked = requests_of(applicant, record)
    context = {
        "viewed": viewed, "record": record, "registration": record.registration, "person": record.person, "form": form,
        "changes": [change for change in changes_of(record) if change.counters_id is None],
        "came_by": came_by(record),
        "asked": [(row, FIELDS.get(row.field, row.field)) for row in asked],
        "number": getattr(record.person, "student_number", None),
        "may_ask": record.status in ACTIVE,
    }  # fmt: skip
    return render(request, "applicant/own_record.html", context, status=status)
