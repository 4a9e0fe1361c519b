"""What a case of a move is about."""

from __future__ import annotations

from django.db import models

from xueji.cases.models import Case


class Move(models.Model):
    """Apprentices who go from one guild school to another; nothing moves before the case is approved."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="guild_move")
    apprentices = models.PositiveSmallIntegerField()
    moved_at = models.DateTimeField(null=True)
