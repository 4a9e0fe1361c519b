"""Applicants in every state in which a page of their portal shows a form."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import FACTS, drafted, province, submitted
from tests.web.applicants import signed_in_applicant

from xueji.applications.actions import open_application, state_facts


def unproven() -> None:
    """Somebody who has just come in, on two devices: nobody knows who it is."""
    province()
    signed_in_applicant(ApplicantFactory())


def drafting() -> None:
    """A replacement with pictures and everything stated, a verification whose commitment is to be signed."""
    person, centre = ApplicantFactory(proven=True), province()
    drafted(person, centre)
    second = open_application(applicant=person, kind="verification", centre=centre, by=person.user, at=timezone.now())
    facts = FACTS | {"diploma": "held", "original_number": "豫教职专证字 20020001"}
    state_facts(application=second, facts=facts, by=person.user, at=timezone.now())


def waiting() -> None:
    """One submitted, on which nobody has decided."""
    submitted(drafted(ApplicantFactory(proven=True), province()))


SCENES: tuple[Callable[[], None], ...] = (unproven, drafting, waiting)
