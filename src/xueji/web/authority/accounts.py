"""Accounts: issue, appoint, reset, close. The administrator sees names and posts, never pupils."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, XuejiError
from xueji.institutions.account_actions import (
    deactivate,
    issue_account,
    reactivate,
    reset_password,
    reset_second_factor,
)
from xueji.institutions.actions import appoint, end_appointment
from xueji.institutions.models import Appointment
from xueji.institutions.queries import (
    account_for,
    accounts_visible_to,
    appointment_of,
    appointments_on,
    authorities_visible_to,
    authority_for,
    school_for,
    schools_visible_to,
    without_password,
)
from xueji.institutions.queries.staff import administers, area_of, standing_posts_of
from xueji.web.access import requires
from xueji.web.authority.forms import AccountForm, AppointForm
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import page_of


@require_GET
@requires(P.MANAGE_ACCOUNTS)
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts in the administrator's area."""
    found = accounts_visible_to(request.user)
    if search := request.GET.get("q", "").strip():
        found = found.filter(Q(full_name__icontains=search) | Q(username__icontains=search))
    lacks_password = request.GET.get("lack") == "password"
    if lacks_password:
        found = without_password(found)
    page = page_of(request, found)
    today = timezone.localdate()
    posts = appointments_on([user.pk for user in page], today)
    rows = [(user, posts.get(user.pk, [])) for user in page]
    return render(
        request, "authority/accounts.html", {"page": page, "rows": rows, "q": search, "lacks_password": lacks_password}
    )


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_ACCOUNTS)
def new_account(request: HttpRequest) -> HttpResponse:
    """Issue an account with its first post; the password is shown this once."""
    form = AccountForm(posted(request), places=_places(request), initial={"place": request.GET.get("place", "")})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _issued(request, form)
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
    return render(request, "authority/new_account.html", {"form": form}, status=status)


def _issued(request: HttpRequest, form: AccountForm) -> HttpResponse:
    chosen = form.cleaned_data
    with transaction.atomic():
        issued = issue_account(
            username=chosen["username"],
            full_name=chosen["full_name"],
            phone=chosen["phone"],
            by=request.user,
            at=timezone.now(),
        )
        appoint(
            user=issued.user,
            post=chosen["post"],
            by=request.user,
            at=timezone.now(),
            **_place(request, chosen["place"]),
        )
    return _password_page(request, issued.user, issued.password)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_ACCOUNTS)
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show an account with its posts; appoint, end a post, reset, close or open it."""
    found = account_for(request.user, account_id)
    if request.method == "POST":
        return _act(request, found)
    appointments = found.appointments.select_related("school", "authority").order_by("-days")
    context = {
        "account": found,
        "appointments": appointments,
        "form": AppointForm(places=_places(request)),
        "today": timezone.localdate(),
        "is_mine": administers(request.user, found),
        "own_places": {post.pk for post in standing_posts_of(found) if _is_mine(request.user, post)},
    }
    return render(request, "authority/account.html", context)


def _is_mine(administrator: User, post: Appointment) -> bool:
    place = post.authority or post.school.authority
    return bool(place.path.startswith(area_of(administrator)))


def _act(request: HttpRequest, found: User) -> HttpResponse:
    """Do one of the acts of the page; each says what it did."""
    act, reason, at = request.POST.get("act", ""), request.POST.get("reason", "").strip(), timezone.now()
    if act == "password":
        return _password_page(request, found, reset_password(user=found, by=request.user, at=at))
    if act == "appoint":
        form = AppointForm(request.POST, places=_places(request))
        if not form.is_valid():
            raise BadInput("请选择岗位和单位")
        appoint(
            user=found,
            post=form.cleaned_data["post"],
            by=request.user,
            at=at,
            **_place(request, form.cleaned_data["place"]),
        )
        messages.success(request, f"已任命{found.full_name}")
    elif act == "end":
        appointment = appointment_of(found, request.POST.get("appointment"))
        end_appointment(appointment=appointment, reason=_needed(reason), by=request.user, at=at)
        messages.success(request, "已免去该岗位")
    elif act == "deactivate":
        deactivate(user=found, reason=_needed(reason), by=request.user, at=at)
        messages.success(request, f"已停用{found.full_name}的账号")
    elif act == "reactivate":
        reactivate(user=found, reason=_needed(reason), by=request.user, at=at)
        messages.success(request, f"已恢复{found.full_name}的账号")
    elif act == "second_factor":
        reset_second_factor(user=found, reason=_needed(reason), by=request.user, at=at)
        messages.success(request, "已重置二次验证，下次登录时重新设置")
    else:
        raise BadInput("没有这项操作")
    return redirect("authority:account", found.pk)


def _needed(reason: str) -> str:
    if not reason:
        raise BadInput("请写明原因")
    return reason


def _password_page(request: HttpRequest, user: User, password: str) -> HttpResponse:
    """Show a password once; no cache keeps the page."""
    answer = render(request, "authority/password.html", {"account": user, "password": password})
    answer["Cache-Control"] = "no-store"
    return answer


def _places(request: HttpRequest) -> list[tuple[str, str]]:
    authorities = [(f"authority-{a.pk}", a.name) for a in authorities_visible_to(request.user)]
    return authorities + [(f"school-{s.pk}", s.name) for s in schools_visible_to(request.user)]


def _place(request: HttpRequest, typed: str) -> dict[str, object]:
    kind, _, key = typed.partition("-")
    return (
        {"school": school_for(request.user, key)}
        if kind == "school"
        else {"authority": authority_for(request.user, key)}
    )
