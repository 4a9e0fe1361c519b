"""One new student typed on a page: every finding beside its field; kept once nothing refuses it, until another person confirms."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.core.intakes import Intake
from xueji.exchange.cells import CellFinding
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, schools_visible_to
from xueji.registry.actions import open_admission_day
from xueji.registry.intake_queries import TYPED, Admission, typed_findings, typed_shown, typed_workbook
from xueji.registry.queries import has_register
from xueji.registry.queries.transfers import programmes_taught
from xueji.uploads.actions import receive_upload
from xueji.uploads.models import Upload
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.school.batches import own_schools
from xueji.web.school.student_forms import StudentForm
from xueji.web.upload_pages import UploadPage, UploadWords, register_page


@require_http_methods(["GET", "POST"])
@requires(P.REGISTER_STUDENTS)
def new_student(request: HttpRequest) -> HttpResponse:
    """Ask for one student by the columns of the form; refused, it comes back as it was typed, with everything said at once."""
    schools = schools_visible_to(request.user, permission=P.REGISTER_STUDENTS).filter(pk__in=own_schools(request))
    schools, today = schools.order_by("name"), timezone.localdate()
    given = request.POST.get("school") or request.GET.get("school")
    school = pick(schools, given) if given else schools.first()
    if school is None or not has_register(school, today):
        raise NotFound
    form = StudentForm(
        posted(request), schools=schools, view=pack_of(school).on(today),
        programmes=sorted({row.name for row in programmes_taught(school)}),
        initial={"school": school, "year": today.year, "term": Intake.of(today).term, "entry_month": f"{today:%Y-%m}"},
    )  # fmt: skip
    found: list[CellFinding] = []
    if request.method == "POST" and form.is_valid():
        found = typed_findings(form.values, _admission(form, school))
        _show(form, found)
        if form.is_valid():
            try:
                return redirect("uploads:typed_student", _sent(request, form, school).pk)
            except (BadInput, Conflict) as refusal:
                add_refusal(form, refusal)
    context = {
        "school": school, "schools": list(schools), "form": form, "sections": list(form.sections),
        "warnings": [finding for finding in found if not finding.is_error], "errors": sum(map(len, form.errors.values())),
    }  # fmt: skip
    return render(request, "school/new_student.html", context, status=422 if form.is_bound else 200)


def _admission(form: StudentForm, school: School) -> Admission:
    today, data = timezone.localdate(), form.cleaned_data
    return Admission(school, Intake(data["year"], data["term"]), data["entered_on"], pack_of(school).on(today), today)


def _show(form: StudentForm, found: list[CellFinding]) -> None:
    """Put what refuses the student beside its field."""
    for finding in found:
        if finding.is_error:
            field = finding.field if finding.field in form.fields else None
            form.add_error(field, f"{finding.message}{f'（{finding.remedy}）' if finding.remedy else ''}")


@transaction.atomic
def _sent(request: HttpRequest, form: StudentForm, school: School) -> Upload:
    """Keep the student as a form of one row: the day of 入学手续 and the form, or neither."""
    data, now = form.cleaned_data, timezone.now()
    day = open_admission_day(
        school=school, intake=Intake(data["year"], data["term"]), entered_on=data["entered_on"], by=request.user, at=now
    )
    workbook = typed_workbook(form.values, pack_of(school).on(timezone.localdate()))
    sent = receive_upload(kind=TYPED, subject=day, workbook=("页面登记.xlsx", workbook), by=request.user, at=now)
    messages.success(request, "已录入，请由本校另一名人员核对后确认")
    return sent


register_page(
    UploadPage(
        name="typed_student",
        path="school/typed-students/",
        kinds=(TYPED,),
        view=P.VIEW_REGISTER,
        act=P.CONFIRM_REGISTRATION,
        frame="school/typed_student.html",
        context=lambda upload: {"day": upload.subject, "typed": typed_shown(upload)},
        again=lambda upload: f"{reverse('school:new_student')}?school={upload.school_id}",
        done=lambda _upload: reverse("school:admissions"),
        words=UploadWords(
            rows="新生",
            against="与学籍登记",
            before="由录入人以外的另一名人员核对后确认，确认以后登记学籍；之前不会改动任何数据。",
            confirmed="已登记 {count} 名新生",
            discard="放弃这名学生的登记？学籍登记不会改动。",
            discarded="已放弃这名学生的登记，学籍登记未作改动",
            nothing="没有读到新生。",
        ),
    )
)
