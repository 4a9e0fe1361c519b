"""Facts: frozen records of what is claimed, in the shape rules read them. No database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from xueji.core.months import Month

DETAILS = "details."  # how a pack names a fact that stands in `details`


@dataclass(frozen=True, slots=True)
class GraduateFacts:
    """One graduate as claimed by the school: the row of the workbook after reading and normalising.

    Every field may be None: a rule, not the reader, says that something required is missing.
    Texts are normalised (NFC, trimmed, half-width digits). `sex` is 男 or 女 when readable. `details` holds what only
    some packs ask for (their columns «details.…»), by the words of the glossary.
    """

    resident_id: str | None = None
    id_document_type: str | None = None
    name: str | None = None
    sex: str | None = None
    birth_date: date | None = None
    political_status: str | None = None
    ethnicity: str | None = None
    programme: str | None = None
    specialisation: str | None = None
    duration_years: Decimal | None = None
    study_mode: str | None = None
    entry_month: Month | None = None
    graduation_month: Month | None = None
    overall_mark: str | None = None
    conduct_mark: str | None = None
    internship_mark: str | None = None
    remark: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> object:
        """Return a fact by the name a pack gives it: a field, or «details.graduate_level» for what only some packs ask."""
        if name.startswith(DETAILS):
            return self.details.get(name.removeprefix(DETAILS))
        return getattr(self, name)


def is_fact(name: str) -> bool:
    """Whether a pack may call a fact of a graduate by this name."""
    if name.startswith(DETAILS):
        return name.removeprefix(DETAILS).isidentifier()
    return name in GraduateFacts.__dataclass_fields__ and name != "details"


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What a rule may know besides the row: the season and the school, as handed in by the caller; compared by identity.

    Empty sets mean «not known here» (a dry run without a database), and rules that need them stay silent.
    """

    season_year: int | None = None
    season_term: str | None = None  # "spring" | "autumn"
    programmes: frozenset[str] = frozenset()
    durations_by_programme: Mapping[str, frozenset[Decimal]] = field(default_factory=dict)
    uncovered: frozenset[str] = frozenset()  # characters of the batch that no installed font can print
    on: date | None = None  # the legal date
    workbook: str = "graduates"  # key of the form that the facts were read from: what people call them


@dataclass(frozen=True, slots=True)
class RegisterLineFacts:
    """One line of a sealing register: a programme with its counts; None where the form was left empty."""

    programme: str
    duration_years: Decimal | None = None
    level: str = ""
    planned: int | None = None
    admitted: int | None = None
    graduated: int | None = None
    sealed: int | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """A sealing register as filled in: its lines, the printed totals (None: not printed), the range of numbers."""

    lines: tuple[RegisterLineFacts, ...]
    first_number: str | None = None
    last_number: str | None = None
    printed_totals: RegisterLineFacts | None = None
    roster_count: int | None = None  # names on the roster that goes with it


@dataclass(frozen=True, slots=True)
class GraduateList:
    """One list of graduates as filed (a form of its own for each combination), with how many names stand on it.

    `numbers` are the certificate numbers printed on it; empty before numbers were granted.
    """

    programme: str
    entry_month: Month | None
    duration_years: Decimal | None
    study_mode: str
    admission_category: str
    count: int
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the audit form: a combination with its head-count and the first and last number of each range."""

    programme: str
    entry_month: Month | None
    duration_years: Decimal | None
    study_mode: str
    count: int
    ranges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormFacts:
    """The forms of one school for one season; a total that is not there yet is None."""

    lists: tuple[GraduateList, ...]
    lines: tuple[AuditLine, ...]
    receipt_total: int | None = None
    audit_total: int | None = None


@dataclass(frozen=True, slots=True)
class VocationalCertificateFacts:
    """A vocational certificate (职业资格证书) as recorded: its number and level, in the words of the record."""

    number: str
    level: str


@dataclass(frozen=True, slots=True)
class HandOutFacts:
    """A diploma about to be handed out: whose, of which graduate level, and the vocational certificates on record."""

    name: str
    graduate_level: str = ""
    vocational_certificates: tuple[VocationalCertificateFacts, ...] = ()
