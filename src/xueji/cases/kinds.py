"""Kinds of case: what the engine calls back when a request is submitted, returned, refused, withdrawn or approved.

An app registers its kinds when it is ready; cases never import the apps above them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, CaseState
from xueji.core.errors import Conflict
from xueji.core.findings import Finding
from xueji.core.workflow import MAIN_ROLE

Check = Callable[[Case], list[Finding]]
Effect = Callable[[Case, User, datetime], None]
Bars = Callable[[Case, User], str | None]
Counts = Callable[[Case], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind of request. `kind` is the key of its workflow in the packs.

    `check` runs at every submission and refuses it with its errors; `check_approval` does the same at every step
    that is to be approved. `apply` runs in the transaction of the last approval, with the case row locked: it begins
    with `require_approved`, and what it raises undoes the approval. The others run in the transaction of their act.

    `parties` are the roles of a case, first the one whose people file it: they submit and withdraw it, by posts that
    grant `files` where it is said; `opens` is asked for over the main school when a case is opened. `sees` is what lets
    the authorities over a party see a case that was submitted; parties see theirs. `counts` is what routing asks for.
    `bars` says why somebody may not decide a case of the kind, beyond the two-person rule. `recalls` makes a kind one
    whose submission may be taken back until somebody decides: it raises Conflict where an office has begun otherwise.
    """

    kind: str
    label: str
    check: Check
    apply: Effect
    check_approval: Check | None = None
    on_submit: Effect | None = None
    on_return: Effect | None = None
    on_refuse: Effect | None = None
    on_withdraw: Effect | None = None
    url_name: str = ""
    parties: tuple[str, ...] = (MAIN_ROLE,)
    opens: Permission | None = None
    files: Permission | None = None
    sees: Permission = Permission.VIEW_BATCHES
    counts: Counts | None = None
    bars: Bars | None = None
    recalls: Callable[[Case], None] | None = None


_kinds: dict[str, CaseKind] = {}


def register(kind: CaseKind) -> CaseKind:
    """Make a kind known; a second kind under the same key is a bug."""
    if _kinds.setdefault(kind.kind, kind) != kind:
        raise ValueError(f"case kind {kind.kind!r} is registered twice")
    return kind


def kind_of(key: str) -> CaseKind:
    """Return a registered kind; an unknown key is a bug."""
    if key not in _kinds:
        raise ValueError(f"case kind {key!r} is not registered; known: {', '.join(_kinds) or 'none'}")
    return _kinds[key]


def registered_kinds() -> tuple[CaseKind, ...]:
    """Return all kinds, for filters and menus."""
    return tuple(_kinds.values())


def require_approved(case: Case, act: str = "据此办理") -> None:
    """Conflict unless the case was approved: what it was to bring about is asked for by nothing else.

    Whoever carries a case out asks this first, whatever called them: an action is within anybody's reach in the code.
    """
    if case.state != CaseState.APPROVED:
        raise Conflict(f"办件{case.get_state_display()}，没有通过，不能{act}")
