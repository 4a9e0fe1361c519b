"""Blank diplomas: by the serial printed on the sheet."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from xueji.accounts.permissions import Permission
from xueji.blanks.models import Blank
from xueji.blanks.queries import find_blanks
from xueji.core.sought import Sought
from xueji.web.finding.kinds import FindingKind, FoundRow, Seeker, register_finding


def _find(seeker: Seeker, sought: Sought, most: int) -> Sequence[FoundRow]:
    return [_row(seeker, blank) for blank in find_blanks(seeker.user, sought.number)[:most]]


def _row(seeker: Seeker, blank: Blank) -> FoundRow:
    portal = "school" if Permission.REQUEST_BLANKS in seeker.may else "authority"
    return FoundRow(
        title=blank.serial,
        url=reverse(f"{portal}:blank", args=[blank.pk]),
        cells=(str(blank.school or blank.holder),),
        state=(blank.state, blank.get_state_display()),
    )


def _list_url(_seeker: Seeker, _sought: Sought) -> str:
    return ""


register_finding(FindingKind("空白证书", 30, ("在",), Permission.WATCH_BLANKS, _find, _list_url))
