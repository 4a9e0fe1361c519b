"""Which pages make sense under a pack: a jurisdiction without sealing has no sealing pages, one without blanks no book of them.

A need is written «stage:seal», «blank», «workflow:number_application», «document:receipt», «value:spot_check», «window:status_check»: a section
of the pack, and the key that must stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from xueji.core.errors import BadInput, NotFound
from xueji.core.packs import PackView
from xueji.core.process import has_stage
from xueji.graduation.season_authority import season_levels
from xueji.institutions.models import Appointment
from xueji.institutions.queries import pack_over


def is_met(view: PackView, need: str) -> bool:
    """Whether a pack has what a page is about; a pack that sets no order of stages may have every stage."""
    kind, _, key = need.partition(":")
    if kind == "stage":
        return "graduation" not in view.keys("process") or has_stage(view.process(), key)
    if kind == "rules":
        return bool(view.rules(key))
    if kind == "window":  # one entry a class: «status_check:2026:autumn»
        return any(window.partition(":")[0] == key for window in view.keys(kind))
    return key in view.keys(kind) if key else bool(view.keys(kind))


def require(view: PackView, need: str) -> None:
    """Raise NotFound unless the pack has what a page is about: no menu leads there, an address typed or kept still does."""
    if not is_met(view, need):
        raise NotFound("本地的规定没有这一项，也就没有这个页面")


def packs_of(posts: Iterable[Appointment]) -> list[PackView]:
    """Return the packs in force today over the places of somebody's posts; none where no pack covers a place."""
    today, found = timezone.localdate(), []
    for post in posts:
        authority = post.authority or (post.school.authority if post.school else None)
        if authority is None:
            continue
        try:
            pack = pack_over(authority)
        except BadInput:  # an authority above every pack of its line: its pages are those of all of them
            continue
        found.append(pack.on(today))
    return found


def concerns(packs: list[PackView], need: str) -> bool:
    """Whether a page is worth showing to somebody who works under these packs."""
    return not need or not packs or any(is_met(view, need) for view in packs)


def opens_seasons(posts: Iterable[Appointment]) -> bool:
    """Whether somebody works where graduating classes are opened and sealed: at the level the pack says.

    A city below a province that seals would find these pages empty, and everything on them refused.
    """
    for post in posts:
        if post.authority is None:
            continue
        views = packs_of([post])
        if not views or post.authority.level in season_levels(views[0]):
            return True
    return False
