"""Authorities, schools, programmes, posts and the people who hold them; what becomes of schools over the years."""

from __future__ import annotations

from xueji.institutions.models.inbox import InboxMark
from xueji.institutions.models.offices import RegisterOffice
from xueji.institutions.models.sites import TeachingSite
from xueji.institutions.models.succession import Custody, Succession, UsedSchoolCode
from xueji.institutions.models.units import (
    Amendment,
    Appointment,
    Authority,
    CalendarDay,
    Installation,
    Level,
    PlannedPrincipal,
    Post,
    Programme,
    PublishedYear,
    Sanction,
    School,
)

__all__ = [
    "Amendment",
    "Appointment",
    "Authority",
    "CalendarDay",
    "Custody",
    "InboxMark",
    "Installation",
    "Level",
    "PlannedPrincipal",
    "Post",
    "Programme",
    "PublishedYear",
    "RegisterOffice",
    "Sanction",
    "School",
    "Succession",
    "TeachingSite",
    "UsedSchoolCode",
]
