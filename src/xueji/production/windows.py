"""The days the pack of the sealing authority sets for a class: sealing, late sealing, central printing."""

from __future__ import annotations

from datetime import date

from xueji.certificates.models import Issue
from xueji.core.packs import PackView, Window
from xueji.institutions.queries import pack_over


def window_starting(view: PackView, year: int | None, term: str, word: str) -> Window | None:
    """Return the window of a class whose key begins with a word; None where the pack sets none."""
    return next((w for w in view.windows(year, term) if w.key.startswith(word)), None) if year else None


def sealing_window(view: PackView, year: int | None, term: str, *, is_late: bool) -> Window | None:
    """Return the days of sealing a class, or its late ones; None when the notice is not in the pack."""
    return window_starting(view, year, term, "late_sealing" if is_late else "sealing")


def law_of_days(issue: Issue) -> PackView:
    """Return the pack under which the days of an issue stand: that over the authority which seals it, on its legal date.

    Its other law is that of its case, which may be a child of this one: days are set by whoever keeps them.
    """
    return pack_over(issue.authority).on(issue.case.legal_date)


def window_of(issue: Issue) -> Window | None:
    """Return the days on which an issue is sealed, where the pack sets them."""
    return sealing_window(law_of_days(issue), issue.year, issue.term, is_late=issue.is_late)


def prints_from(issue: Issue) -> tuple[date, Window] | None:
    """Return the day on which central printing opens for an issue (S2-32), with its window; None without one."""
    window = window_starting(law_of_days(issue), issue.year, issue.term, "print")
    return (window.opens, window) if window else None
