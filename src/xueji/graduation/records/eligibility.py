"""Where a batch and its graduates stand by the records: certificate held, recorded as graduated, handbooks looked at."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When

from xueji.draws.models import DrawOutcome
from xueji.graduation.facts import LIVE
from xueji.graduation.models import (
    Batch,
    Candidate,
    CandidateState,
    EFileState,
    GraduationOutcome,
    SpotCheckItem,
)
from xueji.obligations.models import Obligation
from xueji.statements import Existence, Slot

HELD = "hand_out.vocational_certificate_held"
_PROCESSED_AS = {GraduationOutcome.GRADUATION: "毕业", GraduationOutcome.COMPLETION: "结业"}


def not_recorded_graduated(batch: Batch) -> list[Candidate]:
    """Return the graduates whom the national system does not show as graduated (or completed), by what was imported."""
    return list(not_processed(batch).prefetch_related("efilestates"))


def not_processed(batch: Batch | Slot) -> QuerySet[Candidate]:
    """Return the graduates on the list whom the national system does not show as graduated, or completed, as the list says."""
    wanted = Case(*(When(outcome=outcome, then=Value(word)) for outcome, word in _PROCESSED_AS.items()))
    live = Candidate.objects.filter(batch=batch, state__in=LIVE).annotate(processed_as=wanted)
    recorded = EFileState.objects.filter(candidate=OuterRef("pk"), outcome=OuterRef("processed_as"))
    return live.exclude(Exists(recorded))


_IS_REPORTED = Existence(
    lambda: Obligation.objects.filter(case=Slot("case"), effect="record_graduated", done_at__isnull=False)
)
_IS_NOT_PROCESSED = Existence(lambda: not_processed(Slot("batch")))
_IS_UNKNOWN = Existence(lambda: not_processed(Slot("batch")).filter(efilestates=None))
_IS_LISTED = Existence(lambda: Candidate.objects.filter(batch=Slot("batch"), state__in=LIVE))


def is_recorded_graduated(batch: Batch) -> bool:
    """Whether everybody is recorded as graduated: by import, or because the school reported it done (S1-16).

    Where the pack refuses the seal to whoever is not (S4-07), it is enough that the system's word on everybody is in:
    one who is not processed there must not keep the others from their diplomas.
    """
    if _IS_REPORTED.yes(case=batch.case_id):
        return True
    lacking = _IS_UNKNOWN if batch.law.value_or("sealing_requires_e_file", default=False) else _IS_NOT_PROCESSED
    return not lacking.yes(batch=batch.pk) and _IS_LISTED.yes(batch=batch.pk)


def open_items(batch: Batch) -> Any:
    """Return the drawn graduates still on the list whose handbook is not confirmed as passed."""
    items = SpotCheckItem.objects.filter(item__draw__spot_check__batch=batch, candidate__state__in=LIVE)
    passed = items.filter(item__outcome=DrawOutcome.PASSED, item__confirmed_at__isnull=False)
    return items.exclude(pk__in=passed.order_by().values("pk")).select_related("candidate")


def is_spot_checked(batch: Batch) -> bool:
    """Whether a draw was held and every handbook drawn, of whoever is still on the list, is confirmed as passed."""
    return batch.spot_checks.exists() and not open_items(batch).exists()


def listed(batch: Batch) -> Any:
    """Return the graduates whose handbooks may be drawn: on the list as submitted, to be given a diploma."""
    states = (CandidateState.LISTED, CandidateState.APPROVED)
    return batch.candidates.filter(state__in=states, outcome=GraduationOutcome.GRADUATION)
