"""Sending printed diplomas to their schools, and what the schools found."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.graduation.queries import batch_for
from xueji.graduation.season_authority import ISSUE_KIND
from xueji.ledger.tags import EventTag
from xueji.production.actions import send_parcel
from xueji.production.form_data import certificates_of, in_paper_order, to_send
from xueji.production.lists import dispatch_note
from xueji.production.queries import issues_to_dispatch, parcel_for, parcels_visible_to, troubles_of, with_waiting
from xueji.web.access import requires
from xueji.web.forms import add_refusal
from xueji.web.guidance import guidance_for
from xueji.web.listing import made_answer, page_of
from xueji.web.looks import note_look


class ParcelForm(forms.Form):
    """A parcel: how many of the diplomas that wait, and how it goes."""

    count = forms.IntegerField(label="本包本数", min_value=1, max_value=100_000)
    carrier = forms.CharField(
        label="交寄方式", max_length=100, required=False, help_text="如：机要、快递单号、专人领取"
    )


@require_GET
@requires(P.DISPATCH_DIPLOMAS)
def dispatch(request: HttpRequest) -> HttpResponse:
    """List the batches to send, and the parcels not received or with something missing."""
    found = issues_to_dispatch(request.user).filter(kind=ISSUE_KIND).select_related("batch")
    if search := request.GET.get("q", "").strip():
        found = found.filter(school__name__icontains=search)
    page = page_of(request, with_waiting(found))
    under_way = parcels_visible_to(request.user).filter(received_at=None).order_by("sent_at")[:20]
    return render(request, "authority/dispatch.html", {"page": page, "q": search, "under_way": under_way})


@require_GET
@requires(P.DISPATCH_DIPLOMAS)
def dispatch_paper(request: HttpRequest, parcel_id: int) -> HttpResponse:
    """Send the note that goes with a parcel."""
    parcel = parcel_for(request.user, parcel_id)
    made = dispatch_note(parcel)
    note_look(request, EventTag.LIST_DOWNLOADED, parcel, parent=parcel.issue, school_id=parcel.issue.school_id)
    return made_answer(
        made.data, f"交接单 {parcel.issue.school.name} {parcel.ordinal}.pdf", "application/pdf", inline=True
    )


@require_http_methods(["GET", "POST"])
@requires(P.DISPATCH_DIPLOMAS)
def dispatch_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show the parcels of a batch; send the next one."""
    batch = batch_for(request.user, batch_id)
    waiting = list(in_paper_order(to_send(batch.issue_at_hand), batch.law))
    form = ParcelForm(request.POST or None, initial={"count": min(len(waiting), 200) or None})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                parcel = send_parcel(issue=batch.issue_at_hand, by=request.user, at=timezone.now(), **form.cleaned_data)
            except XuejiError as error:
                if error.http_status in {403, 404}:
                    raise
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, f"已寄发 {parcel}，{parcel.count} 本")
                return redirect("authority:dispatch_batch", batch.pk)
    parcels = batch.issue.parcels.select_related("sent_by", "received_by")
    context = {
        "batch": batch, "form": form, "waiting": len(waiting), "total": certificates_of(batch.issue_at_hand).count(),
        "next": waiting[:1], "guidance": guidance_for(batch.law, "dispatch"), "parcels": [(parcel, troubles_of(parcel)) for parcel in parcels],
    }  # fmt: skip
    return render(request, "authority/dispatch_batch.html", context, status=status)
