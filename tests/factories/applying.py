"""Applications with everything the law asks for, submitted the way an applicant submits them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from tests.factories.applications import FACTS, picture

from xueji.accounts.models import Applicant
from xueji.applications.actions import add_material, open_application, state_facts
from xueji.applications.models import Application
from xueji.applications.submission_actions import submit_application
from xueji.institutions.models import Authority

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PAPERS = ("id_card", "portrait_red", "attestation", "admission_form")


def drafted(person: Applicant, centre: Authority, **facts: Any) -> Application:
    """Return the application of somebody whose diploma is lost, with every paper, not yet submitted."""
    draft = open_application(applicant=person, kind="replacement", centre=centre, by=person.user, at=AT)
    draft = state_facts(application=draft, facts=FACTS | facts, by=person.user, at=AT)
    for n, paper in enumerate(PAPERS):
        data = picture(portrait=paper == "portrait_red", seed=n)
        add_material(application=draft, paper=paper, data=data, by=person.user, at=AT)
    return draft


def submitted(person: Applicant, centre: Authority, **facts: Any) -> Application:
    """Return such an application, submitted."""
    draft = drafted(person, centre, **facts)
    return submit_application(application=draft, key=secrets.token_hex(16), by=person.user, at=AT)
