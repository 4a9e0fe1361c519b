"""Whether a school may have anything sealed: a deferral (暂缓验印) in force stops it."""

from __future__ import annotations

from django.utils import timezone

from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import sealing_deferral
from xueji.production.grounds import deferral_cites, refusal


def refuse_while_deferred(school: School, view: PackView) -> None:
    """Raise RuleViolation while sealing is deferred for the school (S1-17)."""
    if sanction := sealing_deferral(school):
        raise refusal(
            "sealing.not_deferred",
            f"该校正处于暂缓验印（{timezone.localdate(sanction.imposed_at):%Y-%m-%d}起：{sanction.reason}）",
            cites=deferral_cites(view),
            remedy="待暂缓解除后再办理",
        )
