"""A transfer of many: whom and where to is chosen, a prefilled workbook fetched, filled in, sent back and checked."""

from __future__ import annotations

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.accounts.permissions import Sight
from xueji.core.errors import NotFound
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import sight_of
from xueji.ledger.tags import EventTag
from xueji.registry.queries.applications import ClassOfSchool, case_of_upload, classes_of, records_of_class
from xueji.registry.queries.transfers import KIND, named_school_to_receive
from xueji.registry.transfer_list_queries import KEY, TITLE, TransferChoice, prefilled_transfers, transfer_choice
from xueji.uploads.models import Upload
from xueji.web.access import requires, takes_upload
from xueji.web.forms import DayField, posted
from xueji.web.listing import made_answer
from xueji.web.looks import note_look
from xueji.web.needs import is_met
from xueji.web.school.bulk_changes import chosen_class, class_choices
from xueji.web.school.name_lists import BulkPage, bulk_answer, filing_school
from xueji.web.upload_pages import UploadPage, UploadWords, register_page
from xueji.web.workbook_form import XLSX, WorkbookForm

_PAGE = BulkPage("school/bulk_transfer.html", KEY, "uploads:transfers", "成批转学", verb="转学")


class BulkTransferForm(forms.Form):
    """Who is to move where, from when and why: the same for everybody of the workbook."""

    receiving = forms.CharField(label="转入学校", max_length=100, help_text="全称或学校标识码")
    of = forms.ChoiceField(label="学生", required=False)
    effective_on = DayField("changed", label="生效日期", help_text="今天或以前")
    statement = forms.CharField(label="申请事由", max_length=500)

    def __init__(self, *args: object, sending: School, classes: list[ClassOfSchool], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # a form takes what Django gives it
        self.sending = sending
        cast("forms.ChoiceField", self.fields["of"]).choices = class_choices(classes)

    def clean_receiving(self) -> School:
        """Return the school that is named."""
        text = self.cleaned_data["receiving"]
        found = named_school_to_receive(self.sending, text)
        if found is None:
            raise forms.ValidationError(
                f"没有可以转入的学校「{text[:30]}」：请填写全称或学校标识码；停办的、本校的不能填"
            )
        return found


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
@takes_upload("MAX_WORKBOOK_BYTES")
def bulk_transfer(request: HttpRequest) -> HttpResponse:
    """Show who of a class or of the school may move to another school, and take the workbook, which is read as a job."""
    school, view = _school(request)
    upload_form = WorkbookForm(posted(request), request.FILES or None)
    return bulk_answer(request, _PAGE, school, _asked(request, school, view), upload_form)


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def transfer_workbook(request: HttpRequest) -> HttpResponse:
    """Send the workbook of exactly those who may move; the others on a second sheet, with reason and clause."""
    school, view = _school(request)
    form, choice = _asked(request, school, view)
    if choice is None:
        raise NotFound
    data = form.cleaned_data
    name = f"{TITLE} {choice.receiving.name} {data['effective_on']:%Y-%m-%d}.xlsx"
    asked = len(choice.may) + len(choice.barred)
    note_look(request, EventTag.LIST_DOWNLOADED, school, school_id=school.pk, title=name, persons=asked)
    made = prefilled_transfers(
        choice, view, effective_on=data["effective_on"], statement=data["statement"],
        shows_tail=sight_of(request.user) == Sight.TAIL,
    )  # fmt: skip
    return made_answer(made, name, XLSX)


def _school(request: HttpRequest) -> tuple[School, PackView]:
    return filing_school(request, lambda view: is_met(view, f"workflow:{KIND}"))


def _asked(request: HttpRequest, school: School, view: PackView) -> tuple[BulkTransferForm, TransferChoice | None]:
    """Return the form of the choice and, once it is filled in, the move asked of those who were chosen."""
    classes = [row for row in classes_of(request.user, P.FILE_STATUS_CHANGE) if row.school_id == school.pk]
    given, today = request.GET if "receiving" in request.GET else None, timezone.localdate()
    form = BulkTransferForm(given, sending=school, classes=classes, initial={"effective_on": today})
    if given is None or not form.is_valid():
        return form, None
    data = form.cleaned_data
    records = records_of_class(request.user, P.FILE_STATUS_CHANGE, school_id=school.pk, **chosen_class(data["of"]))
    choice = transfer_choice(
        records, sending=school, receiving=data["receiving"], on=data["effective_on"], today=today, view=view
    )
    return form, choice


def _done(upload: Upload) -> str:
    case = case_of_upload(upload)
    return reverse("school:case", args=[case]) if case else reverse("school:case_list", args=[KIND])


register_page(
    UploadPage(
        name="transfers",
        path="school/bulk-transfers/",
        kinds=(KEY,),
        view=P.VIEW_REGISTER,
        act=P.FILE_STATUS_CHANGE,
        frame="school/bulk_transfer_upload.html",
        context=lambda upload: {"school": upload.subject, "case": case_of_upload(upload)},
        again=lambda upload: f"{reverse('school:bulk_transfer')}?school={upload.subject_id}",
        done=_done,
        words=UploadWords(
            rows="可以转学",
            against="与学籍登记",
            before="确认后可以转学的学生合为一件转学申请；附上每名学生本人书写的申请、提交，两校和双方主管部门核办以后才生效。",
            confirmed="已建立 {count} 名学生的转学申请，请附上学生本人书写的申请后提交",
            discard="放弃这份上传？学籍登记不会改动。",
            discarded="已放弃这份上传，学籍登记未作改动",
            nothing="没有读到学生。",
        ),
        shows_identity=False,
    )
)
