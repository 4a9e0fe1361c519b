"""How far the intakes of a school are: registered, filed, still to be filed, and by when (S2 第六条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from xueji.core.findings import Citation
from xueji.core.intakes import Intake
from xueji.core.packs import PackView
from xueji.core.status_specs import ClosingSpec
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of
from xueji.registry.models import EnrolmentStatus, Registration


@dataclass(frozen=True, slots=True)
class IntakeStanding:
    """One intake of a school in numbers, and its last days; None where the law names none."""

    school: School
    intake: Intake
    registered: int
    filed: int
    claimed: int
    open: int
    registration_last: date | None
    filing_last: date | None
    days_left: int | None
    cites: tuple[Citation, ...]

    @property
    def key(self) -> str:
        """Return the intake as an address names it."""
        return f"{self.intake.year}-{self.intake.term}"

    @property
    def label(self) -> str:
        """Return the intake in words."""
        return f"{self.intake.year} 年{Registration.Term(self.intake.term).label}"


def has_register(school: School, on: date) -> bool:
    """Whether the law of a school knows registration and filing at all."""
    return "filing" in pack_of(school).on(on).keys("closing")


def standing_of_intakes(school: School, on: date) -> list[IntakeStanding]:
    """Return the intakes of a school, the newest first; who may know of it was asked before."""
    claimed = Q(enrolment__status=EnrolmentStatus.CLAIMED)
    rows = (
        Registration.objects.filter(enrolment__school=school)
        .values("intake_year", "intake_term")
        .annotate(
            registered=Count("pk"),
            filed=Count("pk", filter=Q(filing=Registration.Filing.FILED)),
            claimed=Count("pk", filter=claimed),
            open=Count("pk", filter=Q(filing=Registration.Filing.OPEN) & ~claimed),
        )
        .order_by("-intake_year", "intake_term")
    )
    view = pack_of(school).on(on)
    return [
        _standing(
            school, Intake(row["intake_year"], row["intake_term"]),
            (row["registered"], row["filed"], row["claimed"], row["open"]), view, on,
        )
        for row in rows
    ]  # fmt: skip


def _standing(
    school: School, intake: Intake, counts: tuple[int, int, int, int], view: PackView, on: date
) -> IntakeStanding:
    specs = {spec.key: spec for spec in view.every("closing", ClosingSpec)}  # none where there is no register
    last = {key: spec.day_for(intake) for key, spec in specs.items()}
    filing, cites = last.get("filing"), specs["filing"].cites if "filing" in specs else ()
    left = (filing - on).days if filing is not None and filing >= on else None
    return IntakeStanding(
        school, intake, *counts, last.get("registration"),
        filing, left, cites,
    )  # fmt: skip
