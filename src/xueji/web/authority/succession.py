"""A school's history on pages: its timeline; renamed, merged, split with everything that follows shown before the last button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import Conflict, XuejiError
from xueji.institutions.actions_particulars import SCHOOL_FIELDS, amend_school
from xueji.institutions.actions_succession import (
    Part,
    hand_over_rest,
    merge_schools,
    name_custodian,
    record_founding,
    split_school,
    withdraw_succession,
)
from xueji.institutions.kinds import count_of, staying_at
from xueji.institutions.models import School, Succession
from xueji.institutions.open_work import open_work_of
from xueji.institutions.queries import school_for
from xueji.institutions.queries.area import programmes_of
from xueji.institutions.queries.succession import (
    custodian_of,
    merger_of,
    serves_files_of,
    succession_for,
    successors_of,
    timeline_of,
)
from xueji.web.access import requires
from xueji.web.authority.institutions import answer
from xueji.web.authority.succession_forms import (
    CustodianForm,
    FoundingForm,
    MergerForm,
    PartsForm,
    RenamingForm,
    SplitForm,
    WithdrawalForm,
)
from xueji.web.forms import add_refusal, posted


@require_GET
@requires(P.MANAGE_INSTITUTIONS)
def history(request: HttpRequest, school_id: int) -> HttpResponse:
    """Show everything that became of a school, who stands in its place today, who keeps its files and whose it keeps."""
    found, today = school_for(request.user, school_id), timezone.localdate()
    successors = [school for school in successors_of(found, today) if school != found]
    context = {
        "school": found, "moments": timeline_of(found, SCHOOL_FIELDS), "successors": successors, "today": today,
        "custodian": custodian_of(found, today), "kept": serves_files_of(found, today),
        "has_ended": found.closed_on is not None and found.closed_on <= today, "rest": _rest_of(found),
    }  # fmt: skip
    return render(request, "authority/institutions/history.html", context)


def _rest_of(school: School) -> dict[str, Any] | None:
    """Return what did not go along with a merged school, since it was under way: what may now, and what still waits."""
    merger = merger_of(school)
    if merger is None:
        return None
    moving = {label: count for label, count in count_of(school, [p.pk for p in programmes_of(school)]).items() if count}
    staying = {label: count for label, count in staying_at(school).items() if count}
    return {"merger": merger, "moving": moving, "staying": staying} if moving or staying else None


@require_POST
@requires(P.MANAGE_INSTITUTIONS)
def rest(request: HttpRequest, school_id: int, succession_id: int) -> HttpResponse:
    """Have what stayed at a merged school go along now."""
    found = school_for(request.user, school_id)
    entry = succession_for(request.user, found, succession_id)
    try:
        moved = hand_over_rest(succession=entry, by=request.user, at=timezone.now())
    except Conflict as error:
        messages.error(request, str(error))
    else:
        lines = "，".join(f"{label} {count} 份" for label, count in moved.items())
        messages.success(request, f"已移交给{entry.successor}：{lines}")
    return redirect("authority:school_history", found.pk)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def founding(request: HttpRequest, school_id: int) -> HttpResponse:
    """State since when a school exists."""
    found = school_for(request.user, school_id)

    def enter(values: dict[str, Any]) -> HttpResponse:
        record_founding(school=found, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记：{found.name}设立于 {values['founded_on']:%Y-%m-%d}")
        return redirect("authority:school_history", found.pk)

    context = {"title": "登记设立日期", "school": found, "above": found.authority}
    return answer(request, FoundingForm(posted(request)), enter, context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def withdrawal(request: HttpRequest, school_id: int, succession_id: int) -> HttpResponse:
    """Take back an entry of a school's history, by a document: what comes back is shown before."""
    found = school_for(request.user, school_id)
    entry = succession_for(request.user, found, succession_id)
    title = f"撤销：{entry.get_kind_display()}{entry.successor or ''}"

    def preview(_values: dict[str, Any]) -> dict[str, Any]:
        return {"lines": _of_withdrawing(found, entry), "button": f"确认{title}"}

    def act(values: dict[str, Any]) -> str:
        withdraw_succession(succession=entry, by=request.user, at=timezone.now(), **values)
        return "已撤销，两次登记都留在沿革里"

    return _previewed(
        request, found, WithdrawalForm(posted(request)), preview=preview, act=act, context={"title": title}
    )


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def custodian(request: HttpRequest, school_id: int) -> HttpResponse:
    """Name who keeps the files of a school that has ended."""
    found = school_for(request.user, school_id)
    form = CustodianForm(posted(request), user=request.user, initial={"from_on": timezone.localdate()})

    def name(values: dict[str, Any]) -> HttpResponse:
        name_custodian(school=found, by=request.user, at=timezone.now(), **values)
        messages.success(request, f"已登记：{found.name}的学籍档案由{values['custodian']}保管")
        return redirect("authority:school_history", found.pk)

    context = {"title": "指定档案保管单位", "school": found, "above": found.authority}
    return answer(request, form, name, context)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def renaming(request: HttpRequest, school_id: int) -> HttpResponse:
    """Rename a school: what will read otherwise is shown before."""
    found = school_for(request.user, school_id)
    form = RenamingForm(posted(request), initial={"name": found.name, "effective_on": timezone.localdate()})

    def preview(values: dict[str, Any]) -> dict[str, Any]:
        lines = [
            f"自 {values['effective_on']:%Y-%m-%d} 起，「{found.name}」更名为「{values['name']}」",
            "以后签发的证书、登记册和名册印新名称；以前签发的证书、登记册和重打件仍印当时的名称",
            f"学校标识码 {found.code} 不变；已用过的名称留在沿革里",
        ]
        return {"lines": lines, "button": f"确认更名为「{values['name']}」"}

    def act(values: dict[str, Any]) -> str:
        amend_school(
            school=found, values={"name": values["name"]}, effective_on=values["effective_on"],
            document_number=values["document_number"], by=request.user, at=timezone.now(),
        )  # fmt: skip
        return f"已更名为{values['name']}，原名留在沿革里"

    return _previewed(request, found, form, preview=preview, act=act, context={"title": "学校更名"})


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def merger(request: HttpRequest, school_id: int) -> HttpResponse:
    """Let other schools go into this one: what ends, what goes along and what is left open is shown before."""
    found = school_for(request.user, school_id)
    form = MergerForm(posted(request), user=request.user, initial={"effective_on": timezone.localdate()})

    def preview(values: dict[str, Any]) -> dict[str, Any]:
        day, schools = values["effective_on"], values["schools"]
        lines = [line for school in schools for line in _of_merging(school, found, day)]
        names = "、".join(school.name for school in schools)
        return {"lines": lines, "button": f"确认：{names}自 {day:%Y-%m-%d} 起并入{found.name}"}

    def act(values: dict[str, Any]) -> str:
        merge_schools(into=found, by=request.user, at=timezone.now(), **values)
        return f"已登记：{'、'.join(school.name for school in values['schools'])}并入{found.name}"

    return _previewed(request, found, form, preview=preview, act=act, context={"title": "其他学校并入本校"})


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def split(request: HttpRequest, school_id: int) -> HttpResponse:
    """Let parts of a school go to others: first which, then where each programme goes, then everything before the button."""
    found = school_for(request.user, school_id)
    named = PartsForm(request.POST if request.method == "POST" else request.GET or None, user=request.user)
    if not named.is_valid():
        context = {"school": found, "form": named}
        status = 422 if request.method == "POST" else 200
        return render(request, "authority/institutions/split_parts.html", context, status=status)
    parts = named.cleaned_data["parts"]
    form = SplitForm(
        posted(request), user=request.user, parts=parts, programmes=programmes_of(found),
        initial={"effective_on": timezone.localdate()},
    )  # fmt: skip

    def preview(values: dict[str, Any]) -> dict[str, Any]:
        day, keeper = values["effective_on"], values["custodian"]
        lines = [_of_part(found, part, form) for part in parts]
        ends = f"原校自 {day:%Y-%m-%d} 起终止，学籍档案由{keeper}保管" if keeper else "原校存续，学籍档案仍由本校保管"
        names = "、".join(part.name for part in parts)
        return {"lines": [*lines, ends], "button": f"确认：{found.name}分立出{names}"}

    def act(values: dict[str, Any]) -> str:
        split_school(
            school=found, parts=[Part(part, form.programmes_of(part)) for part in parts], custodian=values["custodian"],
            effective_on=values["effective_on"], document_number=values["document_number"], by=request.user,
            at=timezone.now(),
        )  # fmt: skip
        return f"已登记：{found.name}分立出{'、'.join(part.name for part in parts)}"

    context = {"title": "学校分立", "carried": [("parts", "\n".join(part.code for part in parts))]}
    return _previewed(request, found, form, preview=preview, act=act, context=context)


def _of_merging(school: School, into: School, day: Any) -> list[str]:
    """Say what follows for one of the schools that merge."""
    programmes = list(school.programmes.all())
    known = set(into.programmes.values_list("name", "duration_years"))
    new = sum((programme.name, programme.duration_years) not in known for programme in programmes)
    moved = count_of(school, [programme.pk for programme in programmes])
    kept = len(serves_files_of(school, day))
    lines = [
        f"{school.name}（{school.code}）自 {day:%Y-%m-%d} 起终止，不再建立新的批次；学校标识码不再给其他学校",
        f"它的 {len(programmes)} 个专业由{into.name}继续（其中 {new} 个在{into.name}新登记）"
        + "".join(f"，{label} {count} 份随之移交" for label, count in moved.items()),
        *(
            f"另有{label} {count} 份有事项正在办理，暂留{school.name}；办结后在它的沿革里移交"
            for label, count in staying_at(school).items()
            if count
        ),
        f"它的学籍档案由{into.name}保管" + (f"，连同它代管的 {kept} 所学校的档案" if kept else ""),
    ]
    return lines + [f"还没有办完：{work.label} {work.count} 项，照常办结" for work in open_work_of(school)]


def _of_withdrawing(school: School, entry: Succession) -> list[str]:
    lines = [
        f"「{entry.get_kind_display()}{entry.successor or ''}」自 {entry.effective_on:%Y-%m-%d} 的登记作废，留在沿革里"
    ]
    if entry.ends:
        lines.append(f"{school.name}视为没有终止，学籍档案仍由它保管")
    if entry.handed_over:
        lines.append(
            f"随之移交给{entry.successor}的学籍全部退回{school.name}；移交后又办过异动、或者有事项正在办理的，须先撤销或办结"
        )
    if entry.successor is not None:
        lines.append(f"当时在{entry.successor}新登记的专业不随之删除；没有学生的可以在专业页面删除")
    return lines


def _of_part(school: School, part: School, form: SplitForm) -> str:
    programmes = form.programmes_of(part)
    moved = count_of(school, [programme.pk for programme in programmes])
    names = "、".join(programme.name for programme in programmes) or "没有专业"
    return f"{part.name}接收：{names}" + "".join(f"，{label} {count} 份随之移交" for label, count in moved.items())


def _previewed(
    request: HttpRequest,
    school: School,
    form: forms.Form,
    *,
    preview: Callable[[dict[str, Any]], dict[str, Any]],
    act: Callable[[dict[str, Any]], str],
    context: dict[str, Any],
) -> HttpResponse:
    """Show the form, then what follows with the last button, then do it; a refusal comes back with everything typed."""
    status, shown = 200, None
    if request.method == "POST" and "back" not in request.POST:
        status = 422
        if form.is_valid():
            if "confirmed" not in request.POST:
                status, shown = 200, preview(form.cleaned_data)
            else:
                try:
                    done = act(form.cleaned_data)
                except XuejiError as error:
                    add_refusal(form, error)
                    status = error.http_status
                else:
                    messages.success(request, done)
                    return redirect("authority:school_history", school.pk)
    typed = [*context.get("carried", ()), *((bound.html_name, bound.value() or "") for bound in form)]
    page = {"school": school, "form": form, "shown": shown, "typed": typed, **context}
    return render(request, "authority/institutions/previewed.html", page, status=status)
