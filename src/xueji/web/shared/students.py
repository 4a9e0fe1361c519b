"""The register as schools and officers look at it: the list of students, and one student's file as one page."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.accounts.permissions import Sight
from xueji.certificates.queries import certificates_of_enrolment
from xueji.core.term_checks import STATUS_CHECK
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, permissions_of, posts_of, sight_of
from xueji.institutions.queries.succession import school_called_on
from xueji.registry.actions import record_look_at_student, reveal_resident_id
from xueji.registry.models import Enrolment, EnrolmentStatus, Registration
from xueji.registry.queries import programme_names
from xueji.registry.queries.attendance import terms_of
from xueji.registry.queries.duplicates import decided_against, open_duplicates_of
from xueji.registry.queries.histories import came_by, changes_of, passed_from, record_on
from xueji.registry.queries.own_records import decides_who_looks
from xueji.registry.queries.students import (
    by_class,
    is_minor,
    looks_at,
    narrow_students,
    open_applications_of,
    other_records,
    schools_of_register,
    search_students,
    student_for,
    students_visible_to,
)
from xueji.registry.queries.term_checks import PROBLEMS, narrow_to_problem
from xueji.web.access import requires
from xueji.web.forms import DayField
from xueji.web.identity import WORDS
from xueji.web.list_export import wants_workbook
from xueji.web.listing import page_of
from xueji.web.needs import concerns, packs_of
from xueji.web.shared.students_export import students_workbook

_GRADES = 12  # years of classes to choose from
_MOST = 10_000  # lines that are counted: a province has a hundred times as many, and nobody leafs through them
_PURPOSE = "students_purpose"  # in the session: what the files of minors are opened for today


class LookForm(forms.Form):
    """Why somebody needs a full ID number."""

    reason = forms.CharField(label="查看用途", max_length=200, min_length=4)


class StandingForm(forms.Form):
    """The day on which a record took effect, and the day on which it was known so."""

    on = DayField("standing", label="生效于", required=False)
    known = DayField("standing", label="按当时所知", required=False)


class StudentFilter(forms.Form):
    """Which students to show."""

    q = forms.CharField(label="姓名或证件号", required=False, max_length=60)
    school = forms.ChoiceField(label="学校", required=False)
    status = forms.ChoiceField(label="学籍状态", required=False, choices=[("", "全部"), *EnrolmentStatus.choices])
    filing = forms.ChoiceField(label="备案", required=False, choices=[("", "全部"), *Registration.Filing.choices])
    grade = forms.ChoiceField(label="年级", required=False)
    programme = forms.CharField(label="专业", required=False, max_length=100)
    problem = forms.ChoiceField(label="待处理事项", required=False)

    def __init__(self, *args: Any, schools: list[School], checked: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = timezone.localdate().year
        if checked:
            problems = [("", "全部"), *((problem.key, problem.label) for problem in PROBLEMS.values())]
            self.fields["problem"] = forms.ChoiceField(label="待处理事项", required=False, choices=problems)
        else:  # no law here checks the register each term
            del self.fields["problem"]
        self.fields["school"] = forms.ChoiceField(
            label="学校", required=False, choices=[("", "全部"), *((str(s.pk), s.name) for s in schools)]
        )
        self.fields["grade"] = forms.ChoiceField(
            label="年级",
            required=False,
            choices=[("", "全部"), *((str(y), f"{y}级") for y in range(newest, newest - _GRADES, -1))],
        )
        if len(schools) < 2:  # one school: there is nothing to choose
            del self.fields["school"]


@require_GET
@requires(P.VIEW_REGISTER)
def students(request: HttpRequest) -> HttpResponse:
    """List the students of the person's schools, found by name, number, 学籍号 or the last four digits."""
    schools = schools_of_register(request.user)
    today = timezone.localdate()
    checked = concerns(packs_of(posts_of(request.user)), f"window:{STATUS_CHECK}")
    form = StudentFilter(request.GET, schools=schools, checked=checked and bool(schools))
    chosen = form.cleaned_data if form.is_valid() else {}
    sight = sight_of(request.user)
    found = search_students(students_visible_to(request.user), chosen.get("q", ""), request.user, sight)
    found = narrow_students(found, chosen)
    if chosen.get("problem"):
        school = next((s for s in schools if str(s.pk) == chosen.get("school")), schools[0])
        found = narrow_to_problem(found, chosen["problem"], pack_of(school).on(today), today)
    if len(schools) == 1 or chosen.get("school"):
        found = by_class(found)
    found = found.defer("registration__form")  # sealed forms would be sorted along
    if wants_workbook(request):
        named = (
            schools if len(schools) == 1 else [school for school in schools if str(school.pk) == chosen.get("school")]
        )
        return students_workbook(request, found, sight, named[0] if named else None)
    page = page_of(request, found, most=_MOST)
    context = {
        "form": form, "page": page, "sight": sight, "word": WORDS[sight], "is_filtered": any(chosen.values()),
        "shows_school": len(schools) > 1,
        "no_tails": sight != Sight.TAIL and len(chosen.get("q", "").strip()) == 4,
    }  # fmt: skip
    return render(request, "shared/students.html", context)


@require_GET
@requires(P.VIEW_REGISTER)
def student(request: HttpRequest, enrolment_id: str) -> HttpResponse:
    """Show a student's file; of a minor only when it was said what for, and that is recorded."""
    record = student_for(request.user, enrolment_id)
    if is_minor(record):
        purpose = request.session.get(_PURPOSE, {})
        if purpose.get("day") != timezone.localdate().isoformat():
            return render(request, "shared/student_purpose.html", {"record": record})
        if str(record.pk) not in purpose["seen"]:
            record_look_at_student(enrolment=record, purpose=purpose["text"], by=request.user, at=timezone.now())
            purpose["seen"].append(str(record.pk))
            request.session[_PURPOSE] = purpose
    return _file(request, record)


@require_POST
@requires(P.VIEW_REGISTER)
def purpose(request: HttpRequest, enrolment_id: str) -> HttpResponse:
    """Take down what files of minors are opened for in this session, today."""
    record = student_for(request.user, enrolment_id)
    text = request.POST.get("purpose", "").strip()
    if not text:
        context = {"record": record, "error": "请填写查看的用途"}
        return render(request, "shared/student_purpose.html", context, status=422)
    request.session[_PURPOSE] = {"day": timezone.localdate().isoformat(), "text": text[:100], "seen": []}
    return redirect("student", enrolment_id)


@require_POST
@requires(P.REVEAL_IDENTITY)
def identity(request: HttpRequest, enrolment_id: str) -> HttpResponse:
    """Show the full ID number once, on a stated reason that goes into the ledger."""
    record = student_for(request.user, enrolment_id)
    form = LookForm(request.POST)
    if not form.is_valid():
        return _file(request, record, form, status=422)
    reason = form.cleaned_data["reason"]
    number = reveal_resident_id(person=record.person, reason=reason, by=request.user, at=timezone.now())
    answer = _file(request, record, LookForm(), revealed=number)
    answer["Cache-Control"] = "no-store"
    return answer


def _file(
    request: HttpRequest, record: Enrolment, form: LookForm | None = None, *, revealed: str = "", status: int = 200
) -> HttpResponse:
    standing = StandingForm(request.GET or None, initial={"on": timezone.localdate()})
    changes = changes_of(record)
    terms, checks = terms_of(record, timezone.localdate())
    context = {
        "record": record, "person": record.person, "registration": getattr(record, "registration", None),
        "changes": [(change, passed_from(change)) for change in changes], "came_by": came_by(record), "open_applications": open_applications_of(record), "others": other_records(record, request.user),
        "duplicates": open_duplicates_of(record), "decided": decided_against(record),
        "certificates": certificates_of_enrolment(record), "looks": looks_at(record), "form": form or LookForm(),
        "revealed": revealed, "may_reveal": P.REVEAL_IDENTITY in permissions_of(request.user),
        "may_bar": is_minor(record) and P.FILE_PARTICULARS_CHANGE in permissions_of(request.user) and decides_who_looks(record),
        "may_have_particulars_changed": P.FILE_PARTICULARS_CHANGE in permissions_of(request.user),
        "then": _then(record, standing), "standing": standing, "terms": terms, "checks": checks,
        "names": list(record.person.other_names.order_by("pk")), "guardians": list(record.person.guardians.filter(ended_on=None)),
        "word": WORDS[sight_of(request.user)], "back": reverse("students"),
    }  # fmt: skip
    return render(request, "shared/student.html", context, status=status)


def _then(record: Enrolment, standing: StandingForm) -> dict[str, object] | None:
    """Return a record as it stood on the day that was asked for, as far as was known then, in the words of the page."""
    asked, known_on = (standing.cleaned_data.values()) if standing.is_valid() else (None, None)
    if not asked and not known_on:
        return None
    on, known = asked or timezone.localdate(), _end_of(known_on)
    then = record_on(record, on, known=known)
    values = dict(then.values)
    values["duration_years"] = f"{Decimal(str(values['duration_years'])).normalize():f}"
    programme = programme_names([values.pop("programme_id")])
    labels = {
        "duration_years": "学制（年）", "study_mode": "学习形式", "grade": "年级", "class_name": "班级", "campus": "校区",
        "expected_graduation": "预计毕业",
    }  # fmt: skip
    rows = [
        ("学校", school_called_on(int(str(values.pop("school_id"))), on, known)),
        ("专业", next(iter(programme.values()), "—")),
    ]
    rows += [(labels[name], value if value not in (None, "") else "—") for name, value in values.items()]
    return {"status": then.status.label if then.status else "尚未取得学籍", "rows": rows}


def _end_of(day: date | None) -> datetime | None:
    """Return the end of a day here: what was known on it."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day, time.max))
