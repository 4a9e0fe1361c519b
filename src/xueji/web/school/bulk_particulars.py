"""信息变更 of students in the register: of one on a page, of many by a prefilled workbook that is filled in and sent back."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.accounts.permissions import Sight
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, sight_of
from xueji.ledger.tags import EventTag
from xueji.registry.actions import open_particulars_change
from xueji.registry.changes import KIND as CHANGE_KIND
from xueji.registry.particulars_list_queries import (
    KEY,
    TITLE,
    ParticularsChoice,
    knows_particulars,
    particulars_choice,
    prefilled_particulars,
)
from xueji.registry.queries.applications import ClassOfSchool, classes_of, record_for, records_of_class
from xueji.uploads.models import Upload
from xueji.web.access import requires, takes_upload
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import made_answer
from xueji.web.looks import note_look
from xueji.web.school.bulk_changes import chosen_class, class_choices
from xueji.web.school.forms import ChangeForm
from xueji.web.school.name_lists import BulkPage, bulk_answer, filing_school
from xueji.web.upload_pages import UploadPage, UploadWords, register_page
from xueji.web.workbook_form import XLSX, WorkbookForm

_PAGE = BulkPage(
    "school/bulk_particulars.html", KEY, "uploads:particulars", "成批信息变更", permission=P.FILE_PARTICULARS_CHANGE
)  # fmt: skip


class BulkParticularsForm(forms.Form):
    """Of whom particulars change, by which document of the school and why."""

    of = forms.ChoiceField(label="学生", required=False)
    document_number = forms.CharField(label="学校文号", max_length=60, help_text="上报文件的文号")
    reason = forms.CharField(label="变更原因", max_length=200)

    def __init__(self, *args: object, classes: list[ClassOfSchool], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # a form takes what Django gives it
        cast("forms.ChoiceField", self.fields["of"]).choices = class_choices(classes)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_PARTICULARS_CHANGE)
def new_student_change(request: HttpRequest, enrolment_id: str) -> HttpResponse:
    """Open the change of one student's particulars; whether it may be, and on which papers, stands there before typing."""
    record = record_for(request.user, P.FILE_PARTICULARS_CHANGE, enrolment_id)
    today = timezone.localdate()
    view = pack_of(record.school).on(today)
    if not knows_particulars(view):
        raise NotFound("本地的规定没有这一项，也就没有这个页面")
    choice = particulars_choice([record], record.school, today, view)
    barred = [finding for _, findings in choice.barred for finding in findings]
    form = ChangeForm(posted(request))
    if form.is_bound and form.is_valid() and not barred:
        try:
            change = open_particulars_change(
                enrolment=record, document_number=form.cleaned_data["document_number"],
                reason=form.cleaned_data["reason"], changes=form.changes(), by=request.user, at=timezone.now(),
            )  # fmt: skip
        except (RuleViolation, BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已建立信息变更申请：请上传证明材料，再提交")
            return redirect("school:case", change.case_id)
    context = {"record": record, "form": form, "barred": barred, "papers": choice.papers}
    return render(request, "school/new_student_change.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_PARTICULARS_CHANGE)
@takes_upload("MAX_WORKBOOK_BYTES")
def bulk_particulars(request: HttpRequest) -> HttpResponse:
    """Show of whom of a class or of the school particulars may change, and take the workbook, which is read as a job."""
    school, view = _school(request)
    upload_form = WorkbookForm(posted(request), request.FILES or None)
    return bulk_answer(request, _PAGE, school, _asked(request, school, view), upload_form)


@require_GET
@requires(P.FILE_PARTICULARS_CHANGE)
def particulars_workbook(request: HttpRequest) -> HttpResponse:
    """Send the workbook of exactly those who may have particulars changed; the others on a second sheet, with reason and clause."""
    school, view = _school(request)
    form, choice = _asked(request, school, view)
    if choice is None:
        raise NotFound
    name = f"{TITLE} {timezone.localdate():%Y-%m-%d}.xlsx"
    asked = len(choice.may) + len(choice.barred)
    note_look(request, EventTag.LIST_DOWNLOADED, school, school_id=school.pk, title=name, persons=asked)
    made = prefilled_particulars(
        choice, view, document_number=form.cleaned_data["document_number"], reason=form.cleaned_data["reason"],
        shows_tail=sight_of(request.user) == Sight.TAIL,
    )  # fmt: skip
    return made_answer(made, name, XLSX)


def _school(request: HttpRequest) -> tuple[School, PackView]:
    return filing_school(request, knows_particulars, P.FILE_PARTICULARS_CHANGE)


def _asked(
    request: HttpRequest, school: School, view: PackView
) -> tuple[BulkParticularsForm, ParticularsChoice | None]:
    """Return the form of the choice and, once it is filled in, those who were chosen."""
    classes = [row for row in classes_of(request.user, P.FILE_PARTICULARS_CHANGE) if row.school_id == school.pk]
    given = request.GET if "reason" in request.GET else None
    form = BulkParticularsForm(given, classes=classes)
    if given is None or not form.is_valid():
        return form, None
    records = records_of_class(
        request.user, P.FILE_PARTICULARS_CHANGE, school_id=school.pk, **chosen_class(form.cleaned_data["of"])
    )
    return form, particulars_choice(records, school, timezone.localdate(), view)


def _listed(_upload: Upload) -> str:
    return reverse("school:case_list", args=[CHANGE_KIND])


register_page(
    UploadPage(
        name="particulars",
        path="school/bulk-particulars/",
        kinds=(KEY,),
        view=P.VIEW_REGISTER,
        act=P.FILE_PARTICULARS_CHANGE,
        frame="school/bulk_particulars_upload.html",
        context=lambda upload: {"school": upload.subject},
        again=lambda upload: f"{reverse('school:bulk_particulars')}?school={upload.subject_id}",
        done=_listed,
        words=UploadWords(
            rows="可以办理",
            against="与学籍登记",
            before="确认后每名学生各建立一件信息变更申请；分别附上证明材料、提交，主管部门核办以后才生效。",
            confirmed="已建立 {count} 件信息变更申请，请分别附上证明材料后提交",
            discard="放弃这份上传？学籍登记不会改动。",
            discarded="已放弃这份上传，学籍登记未作改动",
            nothing="没有读到学生。",
        ),
        shows_identity=False,
    )
)
