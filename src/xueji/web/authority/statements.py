"""编号核定: after a restore one person writes down the last numbers on paper, another confirms (docs/adr/0012)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from xueji import policy
from xueji.accounts.permissions import Permission as P
from xueji.certificates.actions import confirm_last_numbers, drop_statement, state_last_numbers
from xueji.certificates.models import NumberStatement
from xueji.certificates.stating import (
    AwaitedCounter,
    is_held,
    label_of,
    open_statement,
    packs_stated_by,
    statement_for,
    statements_visible_to,
    waiting_for,
)
from xueji.core.errors import BadInput, XuejiError
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.listing import page_of


class StatementForm(forms.Form):
    """One line a counter that waits: the last number on paper, or that none was ever given."""

    others = forms.CharField(
        label="不在上表的编号", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="纸上有、上表没有的（例如备份以后新一年、新学校的编号）：每个计数器写最后一个，一行一个",
    )  # fmt: skip
    no_others = forms.BooleanField(
        label="除以上各项外，没有发放过别的编号（经确认后，新的年份、学校从第 1 个编号开始）", required=False
    )
    note = forms.CharField(
        label="依据", max_length=200, help_text="查看了哪些纸质材料（名册、验印登记册、证书存根），由谁保管"
    )

    def __init__(self, *args: Any, waiting: list[AwaitedCounter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = waiting
        for counter in waiting:
            self.fields[f"number {counter.key}"] = forms.CharField(label=counter.label, required=False, max_length=40)
            self.fields[f"none {counter.key}"] = forms.BooleanField(label="没有发过", required=False)

    def lines(self) -> list[tuple[AwaitedCounter, forms.BoundField, forms.BoundField]]:
        """Return each counter with its two fields, for the page."""
        return [(counter, self[f"number {counter.key}"], self[f"none {counter.key}"]) for counter in self.waiting]

    def stated(self) -> dict[str, Any]:
        """Return what the action takes; counters left empty are left for another time."""
        numbers = {}
        for counter in self.waiting:
            number, none = self.cleaned_data[f"number {counter.key}"], self.cleaned_data[f"none {counter.key}"]
            if number or none:
                numbers[counter.counter.kind, counter.counter.scope] = number
        others = self.cleaned_data["others"].splitlines()
        return {"numbers": numbers, "others": others} | {key: self.cleaned_data[key] for key in ("no_others", "note")}


@require_http_methods(["GET", "POST"])
@requires(P.STATE_NUMBERS)
def statements(request: HttpRequest) -> HttpResponse:
    """Show which counters wait and why; write a statement, or show the one that waits for its second person."""
    packs = packs_stated_by(request.user)
    chosen = (request.POST if request.method == "POST" else request.GET).get("pack") or next(iter(packs), "")
    if chosen not in packs:
        found = page_of(request, statements_visible_to(request.user))
        return render(request, "authority/number_statements.html", {"packs": [], "page": found})
    form, status = StatementForm(posted(request), waiting=waiting_for(request.user, chosen)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                state_last_numbers(pack=chosen, by=request.user, at=timezone.now(), **form.stated())
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, "已填写，须由另一人对照纸质材料确认后生效")
                return redirect(f"{request.path}?pack={chosen}")
    library, waits = policy.get_library(), open_statement(chosen)
    context = {
        "packs": [library.pack(pack_id) for pack_id in packs], "pack": library.pack(chosen), "form": form,
        "why": is_held(chosen), "waits": waits, "lines": _lines(waits) if waits else [],
        "page": page_of(request, statements_visible_to(request.user).filter(pack=chosen)),
    }  # fmt: skip
    return render(request, "authority/number_statements.html", context, status=status)


def _lines(statement: NumberStatement) -> list[dict[str, Any]]:
    pack = policy.get_library().pack(statement.pack)
    return [{"line": line, "label": label_of(pack, line.kind, line.scope)} for line in statement.lines.all()]


@require_POST
@requires(P.STATE_NUMBERS)
def confirmation(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Confirm a statement as its second person: numbers go on."""
    found = statement_for(request.user, statement_id)
    if not request.POST.get("compared"):
        raise BadInput("请勾选「本人已对照纸质材料逐个核对」后再确认")
    confirm_last_numbers(statement=found, by=request.user, at=timezone.now())
    messages.success(request, "已确认：所列编号从纸上最后一个之后继续发放")
    return redirect("authority:number_statements")


@require_POST
@requires(P.STATE_NUMBERS)
def dropping(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Give a statement back, with the reason."""
    found = statement_for(request.user, statement_id)
    drop_statement(statement=found, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    messages.success(request, "已退回，可以重新填写")
    return redirect("authority:number_statements")
