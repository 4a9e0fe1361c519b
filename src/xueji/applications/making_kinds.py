"""What is made of an approved application: the app that prints or writes it registers here when it is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from xueji.accounts.models import User
from xueji.applications.models import Application
from xueji.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Making:
    """What an approval of one kind leads to.

    `check` names what the paper cannot be made without, and refuses the approval with its errors; `make` runs in the
    transaction of the approval, and what it raises undoes it. `reached` says when what was made came into the hands
    of the applicant, or that it never will; None while that is open: until then the pictures of the papers are needed.
    """

    check: Callable[[Application], list[Finding]]
    make: Callable[[Application, User, datetime], None]
    reached: Callable[[Application], datetime | None]


_makings: dict[str, Making] = {}


def register_making(kind: str, making: Making) -> None:
    """Say what an approved application of a kind leads to; a second answer is a bug."""
    if _makings.setdefault(kind, making) != making:
        raise ValueError(f"what an application of kind {kind!r} leads to is registered twice")


def making_of(kind: str) -> Making | None:
    """Return what an approved application of a kind leads to; None where it is the approval itself."""
    return _makings.get(kind)
