"""The desk of replacement certificates: the queue, the printer, the counter and the post; the seal on a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, XuejiError
from xueji.institutions.models import Authority, Post
from xueji.institutions.queries import officers_of
from xueji.production.actions import spoil_sheet
from xueji.replacements.actions import (
    Checked,
    Recipient,
    change_delivery,
    confirm_printed,
    hand_over,
    note_arrived,
    note_returned,
    print_next,
    record_original_found,
    seal_replacements,
    send_by_mail,
    withdraw_replacement,
)
from xueji.replacements.queries import (
    deliveries_open,
    delivery_for,
    press_of,
    printed,
    replacement_for,
    replacement_of_number,
    sheet_for,
    sheets_under_way,
    suggested_serials,
    to_print,
)
from xueji.web.access import requires
from xueji.web.authority.replacement_forms import (
    ConfirmForm,
    FoundForm,
    HandOverForm,
    MailForm,
    NotPrintedForm,
    Offered,
    OtherDeliveryForm,
    ParcelOutcomeForm,
    SealForm,
    SpoiledSheetForm,
    TrayForm,
)
from xueji.web.forms import add_refusal
from xueji.web.listing import page_of
from xueji.web.witness import WitnessFields, is_witnessed

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class _Desk:
    """What lies on the desk of an authority, read once for a page."""

    authority: Authority
    sheets: list[Any]
    deliveries: list[Any]
    waiting: list[Any]
    witnesses: dict[int, User]  # who else may watch: printers, sealers and supervisors of the press

    @property
    def to_mail(self) -> list[Any]:
        """Return the parcels that are to be given to the post, as many as a table shows."""
        return [d for d in self.deliveries if (d.way, d.state) == ("mail", "ready")][:_SHOWN]

    def choices(self, act: str) -> list[tuple[str, str]]:
        """Return what a form offers to choose from."""
        if act == "spoil":
            return [(str(s.pk), f"{s.blank.serial} {s.certificate.holder_name}") for s in self.sheets if s.blank]
        if act == "withdraw":
            return [(str(r.pk), f"{r.place} {r.name}") for r in self.waiting]
        if act == "change":
            return [
                (k, f"{n}（{w}）")
                for w, kind in (("柜台", "hand_over"), ("邮寄", "mail"))
                for k, n in self.choices(kind)
            ]
        wanted = {"hand_over": ("pick_up", "ready"), "mail": ("mail", "ready"), "parcel": ("mail", "sent")}[act]
        found = (d for d in self.deliveries if (d.way, d.state) == wanted)
        return [(str(d.pk), f"{d.replacement.certificate.number.number} {d.replacement.name}") for d in found]


_PLAIN: dict[str, type[forms.Form]] = {"print": TrayForm, "confirm": ConfirmForm, "found": FoundForm}
_CHOSEN: dict[str, type[forms.Form]] = {
    "spoil": SpoiledSheetForm, "hand_over": HandOverForm, "mail": MailForm, "change": OtherDeliveryForm, "parcel": ParcelOutcomeForm, "withdraw": NotPrintedForm,
}  # fmt: skip


@sensitive_post_parameters("change-password", "change-password_code")
@require_http_methods(["GET", "POST"])
@requires(P.PRINT_CENTRALLY)
def desk(request: HttpRequest) -> HttpResponse:
    """Show the queue and what is under way; do what the form says."""
    act, bound, status = request.POST.get("act", ""), None, 200
    lying = _desk_of(request)
    if request.method == "POST":
        if act not in _ACTS:
            raise BadInput("没有这种操作")
        bound, status = _form(act, lying, request.POST), 422
        if bound.is_valid() and _is_watched(request, lying, bound):
            try:
                messages.success(request, _ACTS[act](request, lying, bound.cleaned_data))
                return redirect("authority:replacements")
            except XuejiError as error:
                if error.http_status in {403, 404}:
                    raise
                add_refusal(bound, error)
                status = error.http_status
                lying = _desk_of(request)
    made = {name: _form(name, lying) for name in _ACTS} | ({act: bound} if bound else {})
    queue = to_print(lying.authority)
    context = {
        "page": page_of(request, queue), "waiting_count": queue.count(), "printed_count": printed(lying.authority).count(),
        "lying": lying, "forms": made,
    }  # fmt: skip
    return render(request, "authority/replacements.html", context, status=status)


def _is_watched(request: HttpRequest, lying: _Desk, form: forms.Form) -> bool:
    """Whether nobody else need be there, or whoever is named proved to be."""
    if not isinstance(form, WitnessFields):
        return True
    return is_witnessed(request, form, lying.witnesses[int(form.cleaned_data["watched_by"])], "另一人")


def _desk_of(request: HttpRequest) -> _Desk:
    authority = press_of(request.user)
    return _Desk(
        authority, list(sheets_under_way(authority)[:200]), list(deliveries_open(authority)[:200]),
        list(to_print(authority)[:_SHOWN]), _others(request, authority, Post.PRINTER, Post.SEALER, Post.SEAL_SUPERVISOR),
    )  # fmt: skip


def _others(request: HttpRequest, authority: Authority, *posts: Post) -> dict[int, User]:
    """Return everybody but the person who holds one of these posts at an authority."""
    return {user.pk: user for post in posts for user in officers_of(authority, post).exclude(pk=request.user.pk)}


def _form(act: str, lying: _Desk, data: QueryDict | None = None) -> forms.Form:
    if act in _CHOSEN:
        watching = [(str(pk), user.full_name) for pk, user in lying.witnesses.items()]
        return _CHOSEN[act](data, offered=Offered(lying.choices(act), watching), prefix=act)  # type: ignore[call-arg]  # of _Chosen
    initial = {"serials": suggested_serials(lying.authority, lying.waiting)} if act == "print" and not data else None
    return _PLAIN[act](data, prefix=act, initial=initial)


def _print(request: HttpRequest, lying: _Desk, typed: dict[str, Any]) -> str:
    runs = print_next(authority=lying.authority, serials=typed["serials"], by=request.user, at=timezone.now())
    return f"已按提交顺序装入 {len(runs)} 份，正在生成打印文件"


def _confirm(request: HttpRequest, lying: _Desk, typed: dict[str, Any]) -> str:
    count = confirm_printed(authority=lying.authority, serials=typed["serials"], by=request.user, at=timezone.now())
    return f"已确认完好 {count} 份"


def _spoil(request: HttpRequest, _lying: _Desk, typed: dict[str, Any]) -> str:
    sheet = spoil_sheet(
        sheet=sheet_for(request.user, typed["which"]), reason=typed["reason"], by=request.user, at=timezone.now()
    )
    return f"{sheet.certificate.holder_name}的一张已登记作废，仍在原来的位置等待重打"


def _hand_over(request: HttpRequest, _lying: _Desk, typed: dict[str, Any]) -> str:
    delivery = delivery_for(request.user, typed.pop("which"))
    done = hand_over(delivery=delivery, by=request.user, at=timezone.now(), **typed)
    return f"已交付{done.taken_by}"


def _mail(request: HttpRequest, _lying: _Desk, typed: dict[str, Any]) -> str:
    delivery = delivery_for(request.user, typed.pop("which"))
    sent = send_by_mail(delivery=delivery, by=request.user, at=timezone.now(), **typed)
    return f"已寄出，运单号 {sent.tracking_number}"


def _change(request: HttpRequest, lying: _Desk, typed: dict[str, Any]) -> str:
    delivery = delivery_for(request.user, typed["which"])
    to = Recipient(typed["recipient"], typed["phone"], typed["address"]) if typed["way"] == "mail" else None
    checked = Checked(typed["document"], lying.witnesses[int(typed["watched_by"])])
    again, is_told = change_delivery(
        delivery=delivery, way=typed["way"], reason=typed["reason"], checked=checked, to=to, by=request.user, at=timezone.now()
    )  # fmt: skip
    changed = "已改为邮寄" if to else "已发新的取证码，原来的作废"
    if is_told:
        return f"{changed}，已告知本人"
    return f"{changed}；本人没有留手机号，请当面告知" + ("" if to else f"：取证码 {again.code}")


def _parcel(request: HttpRequest, _lying: _Desk, typed: dict[str, Any]) -> str:
    delivery = delivery_for(request.user, typed["which"])
    if typed["outcome"] == "arrived":
        note_arrived(delivery=delivery, by=request.user, at=timezone.now())
        return "已登记签收"
    note_returned(delivery=delivery, reason=typed["note"], by=request.user, at=timezone.now())
    return "已登记退回，改在柜台领取"


def _withdraw(request: HttpRequest, _lying: _Desk, typed: dict[str, Any]) -> str:
    withdraw_replacement(
        replacement=replacement_for(request.user, typed["which"]),
        reason=typed["reason"],
        by=request.user,
        at=timezone.now(),
    )
    return "已撤出打印队列"


def _found(request: HttpRequest, lying: _Desk, typed: dict[str, Any]) -> str:
    replacement = replacement_of_number(lying.authority, typed.pop("number"))
    record_original_found(replacement=replacement, by=request.user, at=timezone.now(), **typed)
    return "已登记原毕业证书寻回"


_ACTS: dict[str, Callable[[HttpRequest, _Desk, dict[str, Any]], str]] = {
    "print": _print, "confirm": _confirm, "spoil": _spoil, "hand_over": _hand_over, "mail": _mail, "change": _change, "parcel": _parcel,
    "withdraw": _withdraw, "found": _found,
}  # fmt: skip


@sensitive_post_parameters("password", "password_code")
@require_http_methods(["GET", "POST"])
@requires(P.SEAL)
def seal(request: HttpRequest) -> HttpResponse:
    """List what is printed and waits for the seal; seal those chosen, a second person watching."""
    authority = press_of(request.user)
    waiting = printed(authority)
    supervisors = _others(request, authority, Post.SEAL_SUPERVISOR, Post.SEALER)
    ids = [str(pk) for pk in waiting.values_list("pk", flat=True)]
    form, status = SealForm(request.POST or None, supervisors=supervisors.values(), ids=ids), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            supervisor = supervisors[int(form.cleaned_data["supervised_by"])]
            try:
                if is_witnessed(request, form, supervisor):
                    chosen = [UUID(pk) for pk in form.cleaned_data["ids"]]
                    done = seal_replacements(
                        chosen=chosen,
                        counted=form.cleaned_data["counted"],
                        sealed_by=request.user,
                        supervised_by=supervisor,
                        at=timezone.now(),
                    )
                    messages.success(request, f"已盖章 {len(done)} 份，取证码已生成")
                    return redirect("authority:replacement_seal")
            except XuejiError as error:
                if error.http_status in {403, 404}:
                    raise
                add_refusal(form, error)
                status = error.http_status
    context = {"page": page_of(request, waiting), "form": form}
    return render(request, "authority/replacement_seal.html", context, status=status)
