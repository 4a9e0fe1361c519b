"""The units of an administrator's area: authorities, schools with their principals, programmes; who works there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.institutions.actions import add_programme, register_authority, register_school
from xueji.institutions.actions_particulars import (
    AUTHORITY_FIELDS,
    SCHOOL_FIELDS,
    amend_authority,
    amend_programme,
    amend_school,
    close_programme,
    remove_authority,
    remove_programme,
    remove_school,
    reopen_programme,
)
from xueji.institutions.divisions import levels_below
from xueji.institutions.models import Authority, Level, School
from xueji.institutions.queries import authority_for, school_for
from xueji.institutions.queries.area import (
    LACKS,
    amendments_of,
    authorities_in_area,
    people_at,
    planned_principals,
    programme_for,
    programmes_of,
    school_levels,
    schools_in_area,
    schools_lacking,
)
from xueji.institutions.queries.sites import sites_of
from xueji.web.access import requires
from xueji.web.authority.institution_forms import (
    AmendAuthorityForm,
    AmendSchoolForm,
    AuthorityForm,
    CloseProgrammeForm,
    ProgrammeForm,
    SchoolForm,
)
from xueji.web.context import joined
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import page_of

_LABELS = {**SCHOOL_FIELDS, **AUTHORITY_FIELDS, "closed_on": "停办日期"}


@require_GET
@requires(P.MANAGE_INSTITUTIONS)
def institutions(request: HttpRequest) -> HttpResponse:
    """Show the tree of authorities and the schools of the area; schools are found by name or code."""
    search, lack = request.GET.get("q", "").strip(), request.GET.get("lack", "")
    found = schools_lacking(request.user, lack, timezone.localdate()) if lack else schools_in_area(request.user)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(code__startswith=search) | Q(principal=search))
    context = {
        "authorities": authorities_in_area(request.user), "page": page_of(request, found), "q": search, "lack": lack,
        "lacks": LACKS, "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "authority/institutions/list.html", context)


@require_GET
@requires(P.MANAGE_INSTITUTIONS)
def authority(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Show an authority: what it is called and was called, what stands below it, who works there."""
    found = authority_for(request.user, authority_id)
    context = {
        "authority": found,
        "place": f"authority-{found.pk}",
        "children": authorities_in_area(request.user).filter(parent=found),
        "page": page_of(request, schools_in_area(request.user, found)),
        "people": people_at(found, timezone.localdate()),
        "amendments": _history_of(found),
        "today": timezone.localdate(),
    }
    return render(request, "authority/institutions/authority.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def new_authority(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Enter an authority below this one."""
    above = authority_for(request.user, authority_id)
    below = levels_below(above.level) or [Level.COUNTY]  # below a county nothing is taken, and the engine says so
    form = AuthorityForm(posted(request), levels=below, initial={"division_code": above.division_code})

    def enter(values: dict[str, Any]) -> HttpResponse:
        made = register_authority(parent=above, line=above.line, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记{made.name}")
        return redirect("authority:authority", above.pk)

    return answer(request, form, enter, {"title": "登记下级主管部门", "above": above})


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def amend_authority_page(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Change what an authority is called."""
    found = authority_for(request.user, authority_id)
    form = AmendAuthorityForm(posted(request), initial={name: getattr(found, name) for name in AUTHORITY_FIELDS})

    def amend(values: dict[str, Any]) -> HttpResponse:
        amend_authority(
            authority=found, values={name: values[name] for name in AUTHORITY_FIELDS}, effective_on=values["effective_on"],
            document_number=values["document_number"], by=request.user, at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "已保存，原来的登记留在变更记录里")
        return redirect("authority:authority", found.pk)

    return answer(request, form, amend, {"title": "修改主管部门资料", "above": found})


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def new_school(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Enter a school under this authority."""
    above = authority_for(request.user, authority_id)
    form = SchoolForm(posted(request), levels=school_levels(above, timezone.localdate()))

    def enter(values: dict[str, Any]) -> HttpResponse:
        made = register_school(authority=above, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记{made.name}，请接着登记专业，并给经办人和负责人发放账号")
        return redirect("authority:school", made.pk)

    return answer(request, form, enter, {"title": "登记学校", "above": above})


@require_GET
@requires(P.MANAGE_INSTITUTIONS)
def school(request: HttpRequest, school_id: int) -> HttpResponse:
    """Show a school: its particulars and their history, its programmes, who works there."""
    found = school_for(request.user, school_id)
    context = {
        "school": found,
        "place": f"school-{found.pk}",
        "programmes": programmes_of(found),
        "sites": sites_of(found),
        "people": people_at(found, timezone.localdate()),
        "amendments": _history_of(found),
        "today": timezone.localdate(),
        "planned": planned_principals(found),
        "has_levels": bool(school_levels(found.authority, timezone.localdate())),
    }
    return render(request, "authority/institutions/school.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def amend_school_page(request: HttpRequest, school_id: int) -> HttpResponse:
    """Change a school's name, principal or other particulars."""
    found = school_for(request.user, school_id)
    levels = school_levels(found.authority, timezone.localdate())
    form = AmendSchoolForm(
        posted(request), levels=levels, initial={name: getattr(found, name) for name in SCHOOL_FIELDS}
    )

    def amend(values: dict[str, Any]) -> HttpResponse:
        amend_school(
            school=found, values={name: values[name] for name in SCHOOL_FIELDS if name in values},
            effective_on=values["effective_on"], document_number=values["document_number"], by=request.user,
            at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "已保存，原来的登记留在变更记录里；已签发的证书不变")
        return redirect("authority:school", found.pk)

    return answer(request, form, amend, {"title": "修改学校资料", "school": found, "above": found.authority})


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def new_programme(request: HttpRequest, school_id: int) -> HttpResponse:
    """Enter a programme the school teaches."""
    found = school_for(request.user, school_id)
    form = ProgrammeForm(posted(request))

    def enter(values: dict[str, Any]) -> HttpResponse:
        made = add_programme(school=found, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记专业「{made.name}」")
        return redirect("authority:school", found.pk)

    return answer(request, form, enter, {"title": "登记专业", "school": found, "above": found.authority})


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def programme(request: HttpRequest, school_id: int, programme_id: int) -> HttpResponse:
    """Mend the entry of a programme nobody was enrolled in yet."""
    found = school_for(request.user, school_id)
    entry = programme_for(request.user, found, programme_id)
    names = ("code", "name", "duration_years", "education_level", "catalogue_year")
    form = ProgrammeForm(posted(request), initial={name: getattr(entry, name) for name in names})

    def amend(values: dict[str, Any]) -> HttpResponse:
        amend_programme(programme=entry, by=request.user, at=timezone.now(), **values)
        messages.success(request, "已保存")
        return redirect("authority:school", found.pk)

    context = {"title": "修改专业", "school": found, "above": found.authority}
    return answer(request, form, amend, context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def close_programme_page(request: HttpRequest, school_id: int, programme_id: int) -> HttpResponse:
    """State from which day on nobody is enrolled in a programme any more."""
    found = school_for(request.user, school_id)
    entry = programme_for(request.user, found, programme_id)
    form = CloseProgrammeForm(posted(request), initial={"closed_on": timezone.localdate()})

    def close(values: dict[str, Any]) -> HttpResponse:
        close_programme(programme=entry, closed_on=values["closed_on"], by=request.user, at=timezone.now())
        messages.success(request, f"「{entry.name}」已停止招生，在读学生仍可毕业")
        return redirect("authority:school", found.pk)

    context = {"title": f"「{entry.name}」停止招生", "school": found, "above": found.authority}
    return answer(request, form, close, context)


@require_POST
@requires(P.MANAGE_INSTITUTIONS)
def reopen_programme_act(request: HttpRequest, school_id: int, programme_id: int) -> HttpResponse:
    """Take back that a programme was closed."""
    found = school_for(request.user, school_id)
    entry = programme_for(request.user, found, programme_id)
    reopen_programme(programme=entry, by=request.user, at=timezone.now())
    messages.success(request, f"「{entry.name}」已恢复招生")
    return redirect("authority:school", found.pk)


@require_POST
@requires(P.MANAGE_INSTITUTIONS)
def remove_programme_act(request: HttpRequest, school_id: int, programme_id: int) -> HttpResponse:
    """Take back a programme entered by mistake."""
    found = school_for(request.user, school_id)
    entry = programme_for(request.user, found, programme_id)
    remove_programme(programme=entry, by=request.user, at=timezone.now())
    messages.success(request, f"已删除专业「{entry.name}」")
    return redirect("authority:school", found.pk)


@require_POST
@requires(P.MANAGE_INSTITUTIONS)
def remove_school_act(request: HttpRequest, school_id: int) -> HttpResponse:
    """Take back a school entered by mistake."""
    found = school_for(request.user, school_id)
    remove_school(school=found, by=request.user, at=timezone.now())
    messages.success(request, f"已删除{found.name}")
    return redirect("authority:authority", found.authority_id)


@require_POST
@requires(P.MANAGE_INSTITUTIONS)
def remove_authority_act(request: HttpRequest, authority_id: int) -> HttpResponse:
    """Take back an authority entered by mistake."""
    found = authority_for(request.user, authority_id)
    remove_authority(authority=found, by=request.user, at=timezone.now())
    messages.success(request, f"已删除{found.name}")
    return redirect("authority:institutions")


def answer(
    request: HttpRequest, form: forms.Form, act: Callable[[dict[str, Any]], HttpResponse], context: dict[str, Any]
) -> HttpResponse:
    """Do the act with what the form says; a refusal comes back beside the fields, with everything that was typed."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return act(form.cleaned_data)
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
    return render(request, "authority/institutions/form.html", joined({"form": form}, context), status=status)


def _history_of(place: Authority | School) -> list[dict[str, Any]]:
    """Return the history of a unit, newest first, each line with the word of its field."""
    return [{"label": _LABELS.get(row.field, row.field), "row": row} for row in amendments_of(place)]
