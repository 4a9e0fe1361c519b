"""A graduating class handled by one sealing authority."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from xueji import policy
from xueji.certificates.models import Term
from xueji.core.packs import PackView
from xueji.institutions.models import Authority
from xueji.ledger.triggers import unchangeable
from xueji.sealing.vouching import vouched

# Rounds know no seasons: only the database sees that one stands under the class to be taken back.
_NEVER_UNDER_A_ROUND = pgtrigger.Trigger(
    name="never_under_a_round",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func="""
        IF EXISTS (
            SELECT FROM production_sealinground r
            WHERE r.authority_id = OLD.authority_id AND r.year = OLD.year AND r.term = OLD.term
        ) THEN RAISE EXCEPTION 'a round of sealing stands under this class' USING ERRCODE = 'restrict_violation'; END IF;
        RETURN OLD;
    """,
)


class Season(models.Model):
    """A graduating class handled by one sealing authority: «2019届秋季». Its windows are the pack's."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="seasons")
    pack = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField("届")
    term = models.CharField("季", max_length=6, choices=Term.choices)
    legal_date = models.DateField("适用日期")  # the day on which the pack is read
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(
        "截止上报", null=True
    )  # from then on schools open no batch; those that stand go on

    class Meta:
        ordering = ["-year", "term"]  # «autumn» before «spring»: newest first
        constraints = [
            models.UniqueConstraint(name="season_once", fields=["authority", "year", "term"]),
            models.CheckConstraint(
                name="season_closed_by_and_at",
                condition=models.Q(closed_by__isnull=True, closed_at__isnull=True)
                | models.Q(closed_by__isnull=False, closed_at__isnull=False),
            ),
        ]
        triggers = [*vouched(), _NEVER_UNDER_A_ROUND, unchangeable("authority_id", "year", "term")]

    @property
    def law(self) -> PackView:
        """The pack of the authority that seals the class, as in force on the legal date: for what is true of the season, its days above all.

        What is true of a batch stands in the law of its case.
        """
        return policy.get_library().pack(self.pack).on(self.legal_date)

    @property
    def label(self) -> str:
        """«2019届秋季»."""
        return f"{self.year}届{self.get_term_display()}"

    def __str__(self) -> str:
        return self.label
