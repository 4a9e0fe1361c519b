"""How states look on pages: one word, one tone, everywhere alike; a kind of case brings those of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.db.models import Model

from xueji.web.casepages import registered_pages

TONE_OF: Mapping[str, str] = {
    # going on
    "in_progress": "info",
    "current": "info",
    "reading": "info",
    "queued": "info",
    "running": "info",
    "issued": "info",
    "new": "info",
    "printed": "info",
    "booked": "info",
    "pending": "info",
    "sent": "info",
    "advice": "info",
    "decided": "info",
    # done well
    "approved": "ok",
    "confirmed": "ok",
    "done": "ok",
    "sealed": "ok",
    "graduated": "ok",
    "studying": "ok",
    "filed": "ok",
    "completed": "ok",
    "good": "ok",
    "received": "ok",
    "published": "ok",
    # somebody must look
    "ready": "warn",
    "claimed": "warn",
    "suspended": "warn",
    "open": "warn",
    "deferred": "warn",
    "proposed": "warn",
    "paused": "warn",
    "changed": "warn",
    "warning": "warn",
    "due": "warn",
    "late": "warn",
    "withholding": "warn",
    "recorded": "warn",
    "drafted": "warn",
    "leaving": "warn",
    # went wrong
    "returned": "bad",
    "barred": "bad",
    "refused": "bad",
    "failed": "bad",
    "void": "bad",
    "error": "bad",
    "overdue": "bad",
    "removed": "bad",
    "listed": "bad",
    "left_out": "bad",
    "spoiled": "bad",
    "missing": "bad",
    "damaged": "bad",
}

WORD_OF: Mapping[str, str] = {
    "error": "错误",
    "warning": "警告",
    "advice": "提示",
    "new": "新增",
    "changed": "有变化",
    "same": "未变",
    "removed": "不再出现",
    "left_out": "退回",
    "overdue": "已逾期",
    "due": "临期",
    "sealed": "已验印",
    "late": "补验印",
}


def tone_of(state: str) -> str:
    """Return the tone of a state: info | ok | warn | bad, or nothing for a quiet one."""
    return TONE_OF.get(str(state)) or _brought("tones").get(str(state), "")


def word_of(thing: object) -> str:
    """Return the Chinese word of a state: a model's own choice label, an enum's label, else our list."""
    if isinstance(thing, Model):
        display = getattr(thing, "get_state_display", None)
        return str(display()) if display else str(thing)
    label = getattr(thing, "label", None)
    return str(label) if label else WORD_OF.get(str(thing)) or _brought("words").get(str(thing), str(thing))


@cache
def _brought(what: str) -> dict[str, str]:
    """Return the tones or words that kinds of case bring for states of their own."""
    return {state: words for page in registered_pages() for state, words in getattr(page, what).items()}
