"""A school asks to take in a student of a senior high or technician school, or a pupil of a junior high."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import attach_evidence
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.core.packs import PackView
from xueji.institutions.models import Programme, School
from xueji.institutions.queries import pack_of, pick, schools_visible_to
from xueji.registry.actions import open_arrival
from xueji.registry.arrival_queries import JUNIOR_IN, SOURCES, papers_of
from xueji.registry.models import Arrival, Sex
from xueji.registry.queries.transfers import programmes_taught
from xueji.web.access import requires, takes_upload
from xueji.web.clauses import shown_clauses
from xueji.web.forms import EVIDENCE_TYPES, DayField, SizedFileField, add_refusal, posted
from xueji.web.needs import require
from xueji.web.school.batches import own_schools


class ArrivalForm(forms.Form):
    """Who comes, from where, to study what, in which class, on which papers."""

    source = forms.ChoiceField(label="原学校类别")
    former_school = forms.CharField(label="原就读学校", max_length=100)
    name = forms.CharField(label="姓名", max_length=100)
    sex = forms.ChoiceField(label="性别", choices=Sex.choices)
    resident_id = forms.CharField(label="身份证号", max_length=18)
    guardian = forms.CharField(label="监护人姓名", max_length=100)
    relation = forms.CharField(label="与学生的关系", max_length=20)
    phone = forms.CharField(label="监护人电话", max_length=20, required=False)
    programme = forms.ChoiceField(label="专业")
    grade = forms.IntegerField(label="年级", min_value=2000, max_value=2100, help_text="所在班级的入学年份，如 2025")
    class_name = forms.CharField(label="班级", max_length=40, required=False)
    entered_on = DayField("study", label="入学日期")
    remaining_years = forms.DecimalField(
        label="剩余学习时间", min_value=0, max_value=6, max_digits=3, decimal_places=1, help_text="年，至多一位小数"
    )
    is_province_managed = forms.BooleanField(label="省管专业", required=False)
    junior_term = forms.IntegerField(label="初中学期", min_value=1, max_value=6, help_text="进入时所在的学期，如 5")
    teachers = forms.CharField(label="专门教师", max_length=200, help_text="配备的教师姓名")

    def __init__(
        self, *args: object, kind: str, programmes: Iterable[Programme], papers: Iterable[str], **more: object
    ) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # a form takes what Django gives it
        choices = [(source.value, source.label) for source in SOURCES[kind]]
        cast("forms.ChoiceField", self.fields["source"]).choices = choices
        taught = [(str(row.pk), f"{row.name}（{row.code}）") for row in programmes]
        cast("forms.ChoiceField", self.fields["programme"]).choices = [("", "请选择"), *taught]
        for name in ("remaining_years", "is_province_managed") if kind == JUNIOR_IN else ("junior_term", "teachers"):
            del self.fields[name]
        if kind == JUNIOR_IN:
            self.fields["class_name"].required = True
            self.fields["class_name"].help_text = "未毕业的初中学生单独编班"
        self.papers = {f"paper_{place}": label for place, label in enumerate(papers)}
        for name, label in self.papers.items():
            self.fields[name] = SizedFileField(
                label=label, help_text="PDF 或图片", accept=EVIDENCE_TYPES, max_bytes=settings.MAX_EVIDENCE_BYTES
            )

    @property
    def paper_fields(self) -> list[forms.BoundField]:
        """Return the fields that take papers."""
        return [self[name] for name in self.papers]

    @property
    def student(self) -> dict[str, str]:
        """Return who comes, by the columns of the form of new students."""
        given = self.cleaned_data
        return {
            "name": given["name"], "sex": given["sex"], "id_document_type": "居民身份证",
            "resident_id": given["resident_id"].strip().upper(), "member1_name": given["guardian"],
            "member1_relation": given["relation"], "member1_phone": given["phone"], "member1_is_guardian": "是",
        }  # fmt: skip


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
@takes_upload("MAX_EVIDENCE_BYTES")
def new_arrival(request: HttpRequest, arrival_kind: str) -> HttpResponse:
    """Ask for what the law wants of a source, and open the case with its papers; submission follows on its page."""
    if arrival_kind not in SOURCES:
        raise NotFound
    school, view = _school(request, arrival_kind)
    programmes = programmes_taught(school)
    form = ArrivalForm(
        posted(request), request.FILES or None, kind=arrival_kind, programmes=programmes,
        papers=papers_of(SOURCES[arrival_kind][0], view),
        initial={"entered_on": timezone.localdate(), "grade": timezone.localdate().year},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            arrival = _opened(request, school, form, programmes)
        except (RuleViolation, BadInput, Conflict) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "已建立转入申请，请核对后提交")
            return redirect("school:case", arrival.case_id)
    workflow, path = view.workflow(arrival_kind), f"workflows.{arrival_kind}"
    context = {
        "school": school, "form": form, "label": workflow.label, "kind": arrival_kind,
        "clauses": shown_clauses(workflow.cites), "readings": [*view.readings_of(path, "filed"), *view.readings_of(path, "compulsory")],
    }  # fmt: skip
    return render(request, "school/new_arrival.html", context, status=422 if form.is_bound else 200)


def _school(request: HttpRequest, kind: str) -> tuple[School, PackView]:
    """Return the school that is named, else the person's first, with its law; NotFound where that knows no such way."""
    schools = schools_visible_to(request.user, permission=P.FILE_STATUS_CHANGE).select_related("authority")
    schools = schools.filter(pk__in=own_schools(request)).order_by("name")
    named = request.GET.get("school")
    school = pick(schools, named) if named else schools.first()
    if school is None:
        raise NotFound
    view = pack_of(school).on(timezone.localdate())
    require(view, f"workflow:{kind}")
    return school, view


@transaction.atomic
def _opened(request: HttpRequest, school: School, form: ArrivalForm, programmes: list[Programme]) -> Arrival:
    """Open the case with its papers: all, or nothing."""
    given, at = form.cleaned_data, timezone.now()
    arrival = open_arrival(
        school=school, source=Arrival.Source(given["source"]), student=form.student, former_school=given["former_school"],
        programme=next(row for row in programmes if str(row.pk) == given["programme"]), grade=given["grade"],
        class_name=given["class_name"], entered_on=given["entered_on"], teachers=given.get("teachers", ""),
        junior_term=given.get("junior_term"), remaining_years=given.get("remaining_years"),
        is_province_managed=given.get("is_province_managed", False), by=request.user, at=at,
    )  # fmt: skip
    for name, label in form.papers.items():
        paper = given[name]
        attach_evidence(
            case=arrival.case, kind=label, file_name=paper.name, data=paper.read(), by=request.user, at=at
        )  # fmt: skip
    return arrival
