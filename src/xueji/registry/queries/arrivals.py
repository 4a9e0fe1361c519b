"""Read who comes from schools of another kind: what a case asks for, for whom one may be opened."""

from __future__ import annotations

from xueji.cases.models import Case
from xueji.cases.queries import subject_of
from xueji.registry.models import Arrival


def arrival_of(case: Case) -> Arrival:
    """Return the student a case decides on; NotFound for a case about something else."""
    found: Arrival = subject_of(
        case, Arrival.objects.select_related("case", "programme__school__authority", "enrolment")
    )
    return found
