"""The seal on certificates issued in the place of others after their batch was sealed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.institutions.models import Authority, Post
from xueji.institutions.queries import officers_of, posts_of
from xueji.production.actions.successors import seal_successors
from xueji.production.successors import waiting_at
from xueji.web.access import requires
from xueji.web.authority.forms import SuccessorForm
from xueji.web.forms import add_refusal
from xueji.web.listing import page_of
from xueji.web.witness import is_witnessed


@sensitive_post_parameters("password", "password_code")
@require_http_methods(["GET", "POST"])
@requires(P.SEAL)
def successors(request: HttpRequest) -> HttpResponse:
    """List the replaced certificates that wait for this authority's seal; seal those chosen, a second person watching."""
    authority = next((appointment.authority for appointment in posts_of(request.user) if appointment.authority), None)
    waiting = waiting_at([authority] if authority else [])
    supervisors = _supervisors(authority, request.user)
    ids = [str(pk) for pk in waiting.values_list("pk", flat=True)]
    form = SuccessorForm(request.POST or None, supervisors=supervisors, ids=ids)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and authority:
            try:
                return _sealed(request, authority, form, supervisors)
            except XuejiError as error:
                if error.http_status in {403, 404}:
                    raise
                add_refusal(form, error)
                status = error.http_status
    context = {"page": page_of(request, waiting), "form": form}
    return render(request, "authority/successors.html", context, status=status)


def _sealed(request: HttpRequest, authority: Authority, form: SuccessorForm, supervisors: list[User]) -> HttpResponse:
    chosen = form.cleaned_data
    supervisor = next(user for user in supervisors if str(user.pk) == chosen["supervised_by"])
    if not is_witnessed(request, form, supervisor):
        context = {"page": page_of(request, waiting_at([authority])), "form": form}
        return render(request, "authority/successors.html", context, status=422)
    count = seal_successors(
        authority=authority,
        certificates=chosen["ids"],
        sealed_by=request.user,
        supervised_by=supervisor,
        at=timezone.now(),
    )
    messages.success(request, f"已验印 {count} 份换发证书")
    return redirect("authority:successors")


def _supervisors(authority: Authority | None, sealer: User) -> list[User]:
    if authority is None:
        return []
    found = {
        user.pk: user
        for post in (Post.SEAL_SUPERVISOR, Post.SEALER)
        for user in officers_of(authority, post).exclude(pk=sealer.pk)
    }
    return list(found.values())
