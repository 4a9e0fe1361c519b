"""Slips of first passwords: eight on a page, to be cut apart and handed over; made for one answer, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xueji.documents.baseforms import PrintedText, require_printable
from xueji.documents.workshop import compile_document

A_PAGE = 8
_TEMPLATE = Path(__file__).parent / "templates" / "slips.typ"


@dataclass(frozen=True, slots=True)
class Slip:
    """What one person is handed: who, where, the name to sign in with and the password."""

    full_name: str
    place: str
    username: str
    password: str


def render_slips(slips: Sequence[Slip], *, address: str, hours: int, issued_on: date) -> bytes:
    """Print slips; RenderFailed names what no font can print, before anybody was handed anything."""
    require_printable(
        [
            PrintedText(number, label, label, text)
            for number, slip in enumerate(slips)
            for label, text in (("姓名", slip.full_name), ("单位", slip.place))
        ]
    )
    data = {
        "title": "账号密码条",
        "address": address,
        "hours": hours,
        "pages": [
            [[slip.full_name, slip.place, slip.username, slip.password] for slip in slips[start : start + A_PAGE]]
            for start in range(0, len(slips), A_PAGE)
        ],
    }
    return compile_document(_TEMPLATE, data, issued_on=issued_on)
