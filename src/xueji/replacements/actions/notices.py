"""The applicant hears how far the certificate is, in the transaction of what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from xueji.accounts.models import User
from xueji.applications.models import Application
from xueji.messaging.actions import queue_message
from xueji.replacements.models import Replacement


def say_to_holder(
    replacement: Replacement, template: str, *, by: User, at: datetime, values: Mapping[str, str] | None = None
) -> bool:
    """Write to who applied for a replacement; return whether: who applied at a counter without a phone is told there."""
    application = Application.objects.filter(case=replacement.case_id).select_related("applicant__user").first()
    if application is None or not application.applicant.phone:
        return False
    number = replacement.certificate.number.number if replacement.certificate else ""
    known = {"number": number, "office": replacement.authority.name, **(values or {})}
    queue_message(
        template=template, address=application.applicant.phone, recipient=application.applicant.user, values=known, by=by, at=at,
    )  # fmt: skip
    return True
