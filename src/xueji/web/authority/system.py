"""The state of the system for its administrators and auditors: what whoever runs the machine sees by `xueji doctor`."""

from __future__ import annotations

from collections import Counter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.web.access import requires
from xueji.web.checkup import Grade, page_checks

_WORDS = {Grade.OK: ("good", "正常"), Grade.OPTIONAL: ("warning", "请留意"), Grade.MISSING: ("error", "须处理")}


@require_GET
@requires(P.WATCH_SYSTEM)
def system(request: HttpRequest) -> HttpResponse:
    """Show every check with words and what is to be done, what is not in order first."""
    order = [Grade.MISSING, Grade.OPTIONAL, Grade.OK]
    checks = sorted(page_checks(request.user), key=lambda line: order.index(line.state))
    rows = [{"check": line, "tone": _WORDS[line.state][0], "word": _WORDS[line.state][1]} for line in checks]
    context = {"rows": rows, "counts": Counter(line.state.value for line in checks), "looked_at": timezone.now()}
    return render(request, "authority/system.html", context)
