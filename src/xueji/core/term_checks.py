"""Windows of a pack beside a day: all there are, and the one of a kind that is open, such as the check of a term, or opens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xueji.core.packs import Pack, PackView, Window

STATUS_CHECK = "status_check"  # keys of these windows begin so: a pack has one a term
LISTS = "list_download"


@dataclass(frozen=True, slots=True)
class Nearest:
    """A window beside a day: open on it, or the next to open."""

    window: Window
    on: date

    @property
    def is_open(self) -> bool:
        """Whether the day lies in it."""
        return self.window.opens <= self.on

    @property
    def days(self) -> int:
        """How many days are left until it closes, the last one counted; until it opens, while it is not open."""
        return (self.window.closes - self.on).days + 1 if self.is_open else (self.window.opens - self.on).days


def every_window(pack: Pack) -> list[Window]:
    """Return the periods a pack and those it stands on set for all classes, whatever the legal date."""
    items = (item.value for layer in pack.lineage() for item in layer.items if item.kind == "window")
    return [window for window in items if isinstance(window, Window)]


def nearest_window(view: PackView, beginning: str, on: date) -> Nearest | None:
    """Return the window whose key begins so that is open on a day or opens next; None where the pack has none any more."""
    windows = [w for w in every_window(view.pack) if w.key.startswith(beginning) and w.closes >= on]
    return Nearest(min(windows, key=lambda window: window.closes), on) if windows else None
