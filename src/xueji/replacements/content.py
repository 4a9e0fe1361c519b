"""What a replacement certificate says, as it is checked before it is queued and printed afterwards."""

from __future__ import annotations

import uuid

from xueji.certificates.content import CertificateContent
from xueji.certificates.models import Certificate
from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.replacements.models import Replacement
from xueji.replacements.paperkind import ISSUE_KIND


def content_of(replacement: Replacement, earlier: Certificate | None) -> CertificateContent:
    """Return what the certificate of a replacement says; `earlier` is the replacement certificate it takes the place of."""
    facts = GraduateFacts(
        name=replacement.name, sex=replacement.sex, birth_date=replacement.birth_date, resident_id=replacement.resident_id,
        programme=replacement.programme_name, duration_years=replacement.duration_years, study_mode=replacement.study_mode,
        entry_month=Month.parse(replacement.entry_month), graduation_month=Month.parse(replacement.graduation_month),
        details={
            "original_number": replacement.original_number, "loss": replacement.get_loss_display(), "category": replacement.category,
        },
    )  # fmt: skip
    return CertificateContent(
        certificate_id=uuid.uuid4(), kind=ISSUE_KIND, person_id=replacement.person_id,
        enrolment_id=replacement.original.enrolment_id if replacement.original else None, school_id=replacement.school_id,
        school_name=replacement.school_name, principal="", facts=facts, photo_sha256=replacement.photo_id,
        predecessor_id=earlier.pk if earlier else None,
    )  # fmt: skip
