"""A new student as a school registers them: a row of the national system's import form, and the licences to admit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from xueji.core.intakes import Intake
from xueji.core.months import Month

Value = str | date | Month | Decimal | None
KIND = "enrolments"
_FIRST_HAN = 0x3400
_OF_MEMBER = (
    "name", "relation", "is_guardian", "phone", "born", "id_document_type", "resident_id", "ethnicity",
    "political_status", "health", "employer", "position",
)  # fmt: skip
MEMBERS = ("member1", "member2")
FIELDS = (
    "name", "sex", "birth_date", "id_document_type", "resident_id", "name_pinyin", "class_name", "student_number",
    "student_category", "study_mode", "entry_mode", "boarding", "nationality", "overseas", "marital_status",
    "train_route", "is_migrant_child", "origin_division", "birth_division", "native_division", "household_address",
    "police_station", "household_division", "household_type", "residence_type", "entry_month", "programme", "duration",
    "ethnicity", "political_status", "health", "graduate_freshness", "enrolment_target", "phone", "is_registered_poor",
    "admission_mode", "cooperation_type", "admission_ticket", "candidate_number", "exam_total", "cooperation_form",
    "cooperation_school", "teaching_site", "staged_training", "english_name", "email", "home_address", "postcode",
    "home_phone", *(f"{member}_{name}" for member in MEMBERS for name in _OF_MEMBER),
)  # fmt: skip


# Columns that are asked only by what another says: that one, and the words with which they are left empty.
ALONE, UNSTAGED = "非联合办学", "非分段培养"
DEPENDENT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cooperation_form": ("cooperation_type", ("", ALONE)), "cooperation_school": ("cooperation_type", ("", ALONE)),
    **{f"{member}_{name}": (f"{member}_name", ("",)) for member in MEMBERS for name in _OF_MEMBER if name != "name"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Licence:
    """What a school may admit to: a programme in an intake, as the province published it (招生资质)."""

    school: str
    programme: str
    intake: Intake


@dataclass(frozen=True, slots=True)
class Licences:
    """The licences last published, and the school that files (empty: nobody's licences are compared)."""

    every: frozenset[Licence]
    school: str = ""

    def knows(self, programme: str) -> bool:
        """Whether anybody may admit to a programme."""
        return any(licence.programme == programme for licence in self.every)

    def allows(self, programme: str, intake: Intake) -> bool:
        """Whether the school that files may admit to a programme in an intake."""
        return Licence(self.school, programme, intake) in self.every


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """One row: its values by field, and the licences it is compared with (None: none are at hand)."""

    values: Mapping[str, Value] = field(default_factory=dict)
    licences: Licences | None = None

    def text(self, name: str) -> str:
        """Return a value as text, empty where nothing is given."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    @classmethod
    def of_row(cls, values: Mapping[str, Value]) -> EnrolmentFacts:
        """Return the facts of a row; the blanks with which lists stretch a name of two characters are no part of it."""
        name = values.get("name")
        if isinstance(name, str) and all(ord(character) >= _FIRST_HAN for character in "".join(name.split())):
            return cls({**values, "name": "".join(name.split())})
        return cls(values)

    @property
    def intake(self) -> Intake | None:
        """When the student entered."""
        month = self.values.get("entry_month")
        return Intake.parse(str(month)) if isinstance(month, Month) else None
