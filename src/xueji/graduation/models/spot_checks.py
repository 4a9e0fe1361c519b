"""The spot check of handbooks: which lots are a batch's, and who stands behind the codes drawn. The lots are of `draws`."""

from __future__ import annotations

from django.db import models

from xueji.draws.models import Commitment, Draw, DrawItem
from xueji.graduation.models.batches import Batch, Candidate
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable


class SpotCheckCommitment(models.Model):
    """By which secret the next list of a batch will be drawn from, published before it is filed (S4-02).

    One for each list: a secret that was told could be aimed at by the next list.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="draw_commitments")
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, related_name="spot_check_commitment")

    class Meta:
        ordering = ["commitment__published_at", "id"]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.commitment)


class SpotCheck(models.Model):
    """One draw of handbooks from the list of a batch as submitted."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="spot_checks")
    promised = models.OneToOneField(SpotCheckCommitment, on_delete=models.PROTECT, related_name="spot_check")
    draw = models.OneToOneField(Draw, on_delete=models.PROTECT, related_name="spot_check")

    class Meta:
        ordering = ["-draw__drawn_at", "-id"]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.draw)


class SpotCheckItem(models.Model):
    """The graduate behind a code that was drawn, while there is one."""

    item = models.OneToOneField(DrawItem, on_delete=models.PROTECT, related_name="spot_check_item")
    candidate = models.ForeignKey(Candidate, on_delete=models.SET_NULL, null=True, related_name="spot_check_items")

    class Meta:
        ordering = ["item"]
        triggers = [*kept_for_good(), unchangeable("item_id")]

    def __str__(self) -> str:
        return str(self.item)
