"""The days a pack sets for a graduating class: sealing, late sealing, central printing."""

from __future__ import annotations

from datetime import date

from xueji.core.packs import Window
from xueji.graduation.models import Season


def window_starting(season: Season, word: str) -> Window | None:
    """Return the window of a season whose key begins with a word; None where the pack sets none."""
    view = season.law
    return next((w for w in view.windows(season.year, season.term) if w.key.startswith(word)), None)


def sealing_window(season: Season, *, is_late: bool) -> Window | None:
    """Return the days of sealing a season, or its late ones; None when the notice is not in the pack."""
    return window_starting(season, "late_sealing" if is_late else "sealing")


def prints_from(season: Season) -> tuple[date, Window] | None:
    """Return the day on which central printing opens for a season (S2-32), with its window; None without one."""
    window = window_starting(season, "print")
    return (window.opens, window) if window else None
