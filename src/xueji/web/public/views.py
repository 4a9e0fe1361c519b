"""The look-up of a certificate by number and name."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from xueji.lookup.actions import check_certificate
from xueji.lookup.normalise import MAX_NUMBER, read_number
from xueji.web.access import open_to_all


class CheckForm(forms.Form):
    """What stands on the diploma: its number and its holder's name."""

    number = forms.CharField(
        label="证书编号", max_length=80, strip=False,
        widget=forms.TextInput(attrs={
            "autocomplete": "off", "inputmode": "text", "spellcheck": "false", "placeholder": "印在证书左下方",
        }),
    )  # fmt: skip
    name = forms.CharField(
        label="姓名", max_length=100, strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "与证书上的姓名一致"}),
    )  # fmt: skip


@require_GET
@open_to_all("anybody may check a certificate they hold")
def home(request: HttpRequest) -> HttpResponse:
    """Show the form."""
    return render(request, "public/home.html", {"form": CheckForm()})


@require_GET
@never_cache
@open_to_all("where the code on a diploma leads; it tells nothing but what was scanned")
def landing(request: HttpRequest) -> HttpResponse:
    """Fill in the number that was scanned and ask for the name: a number alone is answered by nothing."""
    number = read_number(request.GET.get("n", ""))
    form = CheckForm(initial={"number": number[:MAX_NUMBER]})
    form.fields["name"].widget.attrs["autofocus"] = True
    return render(request, "public/home.html", {"form": form, "scanned": number})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@open_to_all("anybody may check a certificate they hold; limits are counted before the work")
def check(request: HttpRequest) -> HttpResponse:
    """Answer: found, or the one page for every «no», or a small task that comes first where many have asked.

    The address is REMOTE_ADDR alone (behind a proxy, as the proxy says: `config.proxy`): other headers can be written
    by anybody. The page of a «no» repeats nothing that was typed, so that its bytes are always the same.
    The address typed by hand, kept as a bookmark or opened again from the history leads to the form; nothing is looked
    up by an address, which stays in histories and logs.
    """
    if request.method != "POST":
        return redirect("public:home")
    number, name, now = request.POST.get("number", ""), request.POST.get("name", ""), timezone.now()
    answer = check_certificate(
        number=number,
        name=name,
        address=request.META.get("REMOTE_ADDR", ""),
        at=now,
        token=request.POST.get("token", ""),
        solution=request.POST.get("solution", ""),
    )
    if answer.task:
        shown = {
            "task": answer.task,
            "number": number[:80],
            "name": name[:100],
            "seconds": answer.task.seconds_to_show(now),
        }
        return render(request, "public/limited.html", shown, status=429)
    if not answer.found:
        return render(request, "public/not_found.html")
    return render(request, "public/found.html", {"certificate": answer.certificate, "checked_at": timezone.now()})


@require_GET
@open_to_all("how to check a certificate")
def guide(request: HttpRequest) -> HttpResponse:
    """Explain what to look at on paper, what the answer means, and what it does not tell."""
    return render(request, "public/guide.html", {"host": urlsplit(settings.SITE_URL).netloc})
