"""Persons, their records of student status, what was decided about these, and what is asked to be."""

from xueji.registry.models.admissions import AdmissionDay
from xueji.registry.models.applications import StatusApplicant, StatusApplication
from xueji.registry.models.arrivals import Arrival
from xueji.registry.models.attendance import AttendanceNote
from xueji.registry.models.changes import (
    ENROLMENT_VALUES,
    REGISTRATION_VALUES,
    ParticularsChange,
    ParticularsChangeItem,
    StatusChange,
)
from xueji.registry.models.correction_requests import CorrectionRequest
from xueji.registry.models.duplicates import (
    Duplicate,
    DuplicateAnswer,
    DuplicateFiling,
    DuplicateReminder,
    MovedRecord,
    TwoPersons,
)
from xueji.registry.models.enrolments import ACTIVE, Enrolment, EnrolmentStatus, Registration
from xueji.registry.models.filings import FilingEntry, FilingRequest
from xueji.registry.models.handing_over import HandOverItem
from xueji.registry.models.people import (
    Guardian,
    IdentityDocument,
    Person,
    PersonName,
    Reveal,
    Sex,
    StudentNumber,
)

__all__ = [
    "ACTIVE",
    "ENROLMENT_VALUES",
    "REGISTRATION_VALUES",
    "AdmissionDay",
    "Arrival",
    "AttendanceNote",
    "CorrectionRequest",
    "Duplicate",
    "DuplicateAnswer",
    "DuplicateFiling",
    "DuplicateReminder",
    "Enrolment",
    "EnrolmentStatus",
    "FilingEntry",
    "FilingRequest",
    "Guardian",
    "HandOverItem",
    "IdentityDocument",
    "MovedRecord",
    "ParticularsChange",
    "ParticularsChangeItem",
    "Person",
    "PersonName",
    "Registration",
    "Reveal",
    "Sex",
    "StatusApplicant",
    "StatusApplication",
    "StatusChange",
    "StudentNumber",
    "TwoPersons",
]
