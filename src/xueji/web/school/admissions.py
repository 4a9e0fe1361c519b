"""New students of a school: what stands of each intake, the form sent in, its check."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.enrolment_facts import KIND
from xueji.core.errors import BadInput, NotFound
from xueji.core.intakes import Intake
from xueji.exchange.templates import write_template
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, permissions_of, pick, schools_visible_to
from xueji.registry.actions import open_admission_day, request_filing
from xueji.registry.intake_queries import typed_waiting
from xueji.registry.models import Registration
from xueji.registry.queries import has_register, judged_intake, new_student_uploads, standing_of_intakes
from xueji.uploads.actions import receive_upload
from xueji.uploads.models import Upload
from xueji.web.access import requires, takes_upload
from xueji.web.forms import DayField, add_refusal, posted
from xueji.web.listing import made_answer
from xueji.web.school.batches import own_schools
from xueji.web.upload_pages import UploadPage, UploadWords, register_page
from xueji.web.workbook_form import XLSX, WorkbookForm

_LISTED = 5


class AdmissionForm(WorkbookForm):
    """Which intake the new students are of, when they came, and the form that names them."""

    school = forms.ModelChoiceField(label="学校", queryset=None, empty_label=None)
    year = forms.IntegerField(label="招生年份", min_value=2000, max_value=2100)
    term = forms.ChoiceField(label="招生季节", choices=Registration.Term.choices)
    entered_on = DayField("admission", label="办理入学手续日期")
    field_order = ("school", "year", "term", "entered_on", "workbook")

    def __init__(self, *args: object, schools: QuerySet[School], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # a form takes what Django gives it
        cast("forms.ModelChoiceField[School]", self.fields["school"]).queryset = schools


@require_http_methods(["GET", "POST"])
@requires(P.VIEW_REGISTER)
@takes_upload("MAX_WORKBOOK_BYTES")
def admissions(request: HttpRequest) -> HttpResponse:
    """Show how far each intake of the person's schools is; take the form of new students, which is read as a job."""
    schools = schools_visible_to(request.user, permission=P.VIEW_REGISTER)
    schools = schools.filter(pk__in=own_schools(request)).order_by("name")
    if not schools:
        raise NotFound
    today = timezone.localdate()
    initial = {"year": today.year, "term": Intake.of(today).term, "school": schools[0]}
    form = AdmissionForm(
        posted(request), request.FILES if request.method == "POST" else None, schools=schools, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("uploads:new_students", _sent(request, form).pk)
        except BadInput as refusal:
            add_refusal(form, refusal)
    context = {
        "form": form, "intakes": [row for school in schools for row in standing_of_intakes(school, today)],
        "uploads": list(new_student_uploads(schools)[:_LISTED]), "waiting": typed_waiting(request.user),
        "may_register": has_register(schools[0], today) and P.REGISTER_STUDENTS in permissions_of(request.user), "several": len(schools) > 1, "workbook_mb": settings.MAX_WORKBOOK_BYTES // 1048576,
    }  # fmt: skip
    return render(request, "school/admissions.html", context, status=422 if form.is_bound else 200)


def _sent(request: HttpRequest, form: AdmissionForm) -> Upload:
    """Enter the day and send the form about it."""
    given, now = form.cleaned_data, timezone.now()
    day = open_admission_day(
        school=given["school"], intake=Intake(given["year"], given["term"]), entered_on=given["entered_on"],
        by=request.user, at=now,
    )  # fmt: skip
    workbook = given["workbook"]
    return receive_upload(kind=KIND, subject=day, workbook=(workbook.name, workbook.read()), by=request.user, at=now)


@require_http_methods(["GET", "POST"])
@requires(P.REGISTER_STUDENTS)
def intake_filing(request: HttpRequest, intake: str) -> HttpResponse:
    """Show who of an intake would be filed and who stays out and why; ask for it by the named button."""
    school = pick(schools_visible_to(request.user, permission=P.REGISTER_STUDENTS), request.GET.get("school"))
    try:
        asked = Intake.parse(intake)
    except ValueError:
        raise NotFound from None
    if request.method == "POST":
        made = request_filing(school=school, intake=asked, by=request.user, at=timezone.now())
        messages.success(request, "已提交备案申请，请学校负责人确认")
        return redirect("school:case", made.case_id)
    judged = judged_intake(school, asked, timezone.localdate())
    context = {
        "school": school, "intake": asked, "passing": sum(student.passes for student in judged),
        "failing": [student for student in judged if not student.passes], "label": Registration.Term(asked.term).label,
    }  # fmt: skip
    return render(request, "school/intake_filing.html", context)


@require_GET
@requires(P.REGISTER_STUDENTS)
def admission_template(request: HttpRequest) -> HttpResponse:
    """Send the empty form of new students."""
    school = (
        schools_visible_to(request.user, permission=P.REGISTER_STUDENTS).filter(pk__in=own_schools(request)).first()
    )
    if school is None:
        raise NotFound
    view = pack_of(school).on(timezone.localdate())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(view, KIND, path)
        return made_answer(path.read_bytes(), f"{view.workbook(KIND).title}.xlsx", XLSX)


register_page(
    UploadPage(
        name="new_students",
        path="school/new-students/",
        kinds=(KIND,),
        view=P.VIEW_REGISTER,
        act=P.CONFIRM_REGISTRATION,
        frame="school/new_students_upload.html",
        context=lambda upload: {"day": upload.subject},
        again=lambda _upload: reverse("school:admissions"),
        done=lambda _upload: reverse("school:admissions"),
        words=UploadWords(
            rows="新生",
            against="与学籍登记",
            before="由上传人以外的另一名人员核对后确认，一次登记全部新生，或者一名也不登记；之前不会改动任何数据。",
            confirmed="已登记 {count} 名新生",
            discard="放弃这份上传？学籍登记不会改动。",
            discarded="已放弃这份上传，学籍登记未作改动",
            nothing="没有读到新生。",
        ),
    )
)
