"""Requests about a certificate: put right, voided, replaced."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.certificates.models import Certificate, CertificateState
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.graduation.actions import open_certificate_case
from xueji.graduation.actions.certificate_cases import CERTIFICATE_KINDS, CORRECTION, REPLACEMENT, VOIDING
from xueji.graduation.corrected import printed_on
from xueji.graduation.queries import candidate_for
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import guidance_for
from xueji.web.school.filings import case_list
from xueji.web.school.forms import CertificateCaseForm

_REFUSALS = (RuleViolation, BadInput, Conflict)


@require_GET
@requires(P.VIEW_BATCHES)
def certificate_cases(request: HttpRequest) -> HttpResponse:
    """List the requests about certificates of the person's schools."""
    return case_list(request, CORRECTION)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_CERTIFICATE_CASE)
def new_certificate_case(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Ask for a certificate to be put right, voided or replaced; proof and submission follow on the case's page."""
    candidate = candidate_for(request.user, candidate_id)
    certificate = candidate.certificate
    if certificate is None:
        raise Conflict("这名毕业生还没有证书")
    form = CertificateCaseForm(posted(request), kinds=_kinds_for(certificate))
    if request.method == "POST" and form.is_valid():
        try:
            opened = open_certificate_case(
                kind=form.cleaned_data["kind"], certificate=certificate, reason=form.cleaned_data["reason"],
                changes=form.changes(), by=request.user, at=timezone.now(),
            )  # fmt: skip
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已建立申请：请上传证明材料，再提交")
            return redirect("school:case", opened.case_id)
    context = {
        "candidate": candidate, "batch": candidate.batch, "certificate": certificate, "form": form,
        "fields": [(form[name], printed) for name, printed in printed_on(certificate).items()],
        "guidance": guidance_for(candidate.batch.law, "lost_diploma", "certificate_case"),
    }  # fmt: skip
    return render(request, "school/new_certificate_case.html", context, status=422 if form.is_bound else 200)


def _kinds_for(certificate: Certificate) -> list[tuple[str, str]]:
    """Return what may be asked for, as the certificate stands."""
    keys = (REPLACEMENT,) if certificate.state == CertificateState.VOID else (CORRECTION, VOIDING)
    return [(key, CERTIFICATE_KINDS[key]) for key in keys]
