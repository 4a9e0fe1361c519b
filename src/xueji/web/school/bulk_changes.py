"""A change of status for many: chosen with its class, a prefilled workbook fetched, filled in, sent back and checked."""

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
from xueji.core.status_words import WITHDRAW
from xueji.institutions.models import School
from xueji.institutions.queries import sight_of
from xueji.ledger.tags import EventTag
from xueji.registry.bulk_queries import KEY, TITLE, prefilled_workbook
from xueji.registry.queries.applications import ClassOfSchool, case_of_upload, classes_of, records_of_class
from xueji.registry.queries.choices import ChangeChoice, choice_of
from xueji.registry.queries.shown_changes import REASON_WORDS
from xueji.registry.queries.status_changes import changes_of_law
from xueji.uploads.models import Upload
from xueji.web.access import requires, takes_upload
from xueji.web.forms import DayField, posted
from xueji.web.listing import made_answer
from xueji.web.looks import note_look
from xueji.web.school.name_lists import BulkPage, bulk_answer, filing_school
from xueji.web.upload_pages import UploadPage, UploadWords, register_page
from xueji.web.workbook_form import XLSX, WorkbookForm

_PAGE = BulkPage("school/bulk_change.html", KEY, "uploads:status_changes", "成批办理异动")


class BulkChangeForm(forms.Form):
    """Which change for whom, from when and why: the same for everybody of the workbook."""

    change = forms.ChoiceField(label="异动")
    of = forms.ChoiceField(label="学生")
    effective_on = DayField("changed", label="生效日期", help_text="今天或以前")
    reason = forms.ChoiceField(
        label="原因类别", choices=[("", "本人申请"), *REASON_WORDS.items()], required=False, help_text="只用于退学"
    )
    statement = forms.CharField(label="申请事由", max_length=200)

    def __init__(self, *args: object, changes: tuple[str, ...], classes: list[ClassOfSchool], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # a form takes what Django gives it
        cast("forms.ChoiceField", self.fields["change"]).choices = [(name, name) for name in changes]
        cast("forms.ChoiceField", self.fields["of"]).choices = class_choices(classes)
        self.fields["of"].required = False

    def clean(self) -> dict[str, object]:
        """Refuse a reason with any change but a withdrawal."""
        given = super().clean() or {}
        if given.get("reason") and given.get("change") != WITHDRAW:
            self.add_error("reason", "原因类别只用于退学，请选择「本人申请」")
        return given


def class_choices(classes: list[ClassOfSchool]) -> list[tuple[str, str]]:
    """Return the classes of a school to choose from, the whole school first."""
    named = [
        (f"{row.grade}/{row.class_name}", f"{row.grade} 级 {row.class_name or '未分班'}（{row.students} 人）")
        for row in classes
    ]
    return [("", "全校"), *named]


def chosen_class(choice: str) -> dict[str, str]:
    """Return what narrows the records of a school to the class that was chosen; nothing for the whole school."""
    grade, _, class_name = choice.partition("/")
    return {"grade": grade, "class_name": class_name} if choice else {}


@require_http_methods(["GET", "POST"])
@requires(P.FILE_STATUS_CHANGE)
@takes_upload("MAX_WORKBOOK_BYTES")
def bulk_change(request: HttpRequest) -> HttpResponse:
    """Show who of a class or of the school may have a change, and take the workbook, which is read as a job."""
    school, view = _school(request)
    upload_form = WorkbookForm(posted(request), request.FILES or None)
    return bulk_answer(request, _PAGE, school, _asked(request, school, view), upload_form)


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def bulk_workbook(request: HttpRequest) -> HttpResponse:
    """Send the workbook of exactly those who may have the change; the others on a second sheet, with reason and clause."""
    school, view = _school(request)
    form, choice = _asked(request, school, view)
    if choice is None:
        raise NotFound
    data = form.cleaned_data
    name = f"{TITLE} {data['change']} {data['effective_on']:%Y-%m-%d}.xlsx"
    note_look(
        request, EventTag.LIST_DOWNLOADED, school, school_id=school.pk, title=name, persons=len(choice.judged)
    )  # fmt: skip
    made = prefilled_workbook(
        choice, view, effective_on=data["effective_on"], statement=data["statement"], reason=data["reason"],
        shows_tail=sight_of(request.user) == Sight.TAIL,
    )  # fmt: skip
    return made_answer(made, name, XLSX)


def _school(request: HttpRequest) -> tuple[School, PackView]:
    return filing_school(request, changes_of_law)


def _asked(request: HttpRequest, school: School, view: PackView) -> tuple[BulkChangeForm, ChangeChoice | None]:
    """Return the form of the choice and, once it is filled in, the change asked of those who were chosen."""
    classes = [row for row in classes_of(request.user, P.FILE_STATUS_CHANGE) if row.school_id == school.pk]
    given = request.GET if "change" in request.GET else None
    form = BulkChangeForm(
        given, changes=changes_of_law(view), classes=classes, initial={"effective_on": timezone.localdate()}
    )
    if given is None or not form.is_valid():
        return form, None
    data = form.cleaned_data
    chosen = chosen_class(data["of"])
    records = records_of_class(request.user, P.FILE_STATUS_CHANGE, school_id=school.pk, **chosen)
    return form, choice_of(data["change"], school, records, view, data["effective_on"])


def _done(upload: Upload) -> str:
    case = case_of_upload(upload)
    return reverse("school:case", args=[case]) if case else reverse("school:case_list", args=["status_change"])


register_page(
    UploadPage(
        name="status_changes",
        path="school/bulk-changes/",
        kinds=(KEY,),
        view=P.VIEW_REGISTER,
        act=P.FILE_STATUS_CHANGE,
        frame="school/bulk_change_upload.html",
        context=lambda upload: {"school": upload.subject, "case": case_of_upload(upload)},
        again=lambda upload: f"{reverse('school:bulk_change')}?school={upload.subject_id}",
        done=_done,
        words=UploadWords(
            rows="可以办理",
            against="与学籍登记",
            before="确认后可以办理的学生合为一件异动申请；附上证明材料、提交并批准以后才生效。",
            confirmed="已建立 {count} 名学生的异动申请，请附上证明材料后提交",
            discard="放弃这份上传？学籍登记不会改动。",
            discarded="已放弃这份上传，学籍登记未作改动",
            nothing="没有读到学生。",
        ),
        shows_identity=False,
    )
)
