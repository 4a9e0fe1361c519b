"""What is known of a graduate who applies; None: nothing was said."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.status.territories import Territory

HELD, LOST, DAMAGED, REPLACEMENT_HELD = "held", "lost", "damaged", "replacement_held"
DIPLOMAS = (HELD, LOST, DAMAGED, REPLACEMENT_HELD)
FORMS = (HELD, LOST, DAMAGED, "unclear")
MISMATCHES = ("birth_date", "name", "programme")
SCHOOL_STATES = ("operating", "merged", "closed")
SEALS = ("province", "city")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerFacts:
    """Whose diploma it is: its kind, when its holder came and went, where the school is, whose seal it bears."""

    category: str
    entered: Intake | None = None
    entered_month: Month | None = None
    graduated: Month | None = None
    place: Territory | None = None
    sealed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFacts:
    """What somebody applies for, and what they and the archives have."""

    procedure: str
    category: str
    diploma: str
    admission_form: str = HELD
    admission_office_copy: bool | None = None
    entered: Intake | None = None
    graduated: Month | None = None
    duration_years: Decimal | None = None
    health_major: bool = False
    programme: str = ""
    mismatch: tuple[str, ...] = ()
    identity_changed: bool = False
    school_status: str = "operating"

    @property
    def has_form(self) -> bool:
        """Whether the school's archive can copy the admission form."""
        return self.admission_form == HELD

    @property
    def has_diploma(self) -> bool:
        """Whether the original diploma can be shown."""
        return self.diploma == HELD
