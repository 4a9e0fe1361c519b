"""Who the applicant is: proven once, by name and number, or at a counter; everything but submitting goes on without."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.applicant_actions import prove_identity
from xueji.accounts.queries import real_name_check_here
from xueji.web.access import for_applicants
from xueji.web.applicant.entrance import wanted_page
from xueji.web.forms import posted

_SHOWN_LAST = 4  # characters of the document


class IdentityForm(forms.Form):
    """Name and number, as on the identity card."""

    name = forms.CharField(label="姓名", max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    number = forms.CharField(
        label="身份证号码",
        max_length=18,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="只用于核验；保存时加密，页面上不再显示全号",
    )


@for_applicants("the own identity")
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Show what is known of the person; take name and number where nobody has proven anything yet."""
    applicant, check = request.applicant, real_name_check_here()
    form, wanted = IdentityForm(posted(request)), wanted_page(request)
    if form.is_bound and form.is_valid():
        proven = prove_identity(applicant=applicant, by=applicant.user, at=timezone.now(), **form.cleaned_data)
        is_back = proven.pk != applicant.pk
        messages.success(request, "身份已经核验，您原来的申请都在这里" if is_back else "身份已经核验")
        return redirect(wanted)
    number = applicant.document_number
    context = {
        "form": form, "applicant": applicant, "check": check, "next": wanted,
        "document_masked": f"{'*' * (len(number) - _SHOWN_LAST)}{number[-_SHOWN_LAST:]}",
    }  # fmt: skip
    return render(request, "applicant/identity.html", context, status=422 if form.errors else 200)
