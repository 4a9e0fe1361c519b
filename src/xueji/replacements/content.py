"""What a replacement certificate says, as it is checked before it is queued and printed afterwards."""

from __future__ import annotations

import uuid

from django.utils import timezone

from xueji.applications.models import Application
from xueji.certificates.content import CertificateContent
from xueji.certificates.models import Certificate
from xueji.core.facts import GraduateFacts
from xueji.core.identifiers import parse_resident_id
from xueji.core.months import Month
from xueji.replacements.models import Replacement
from xueji.replacements.paperkind import ISSUE_KIND


def content_of(replacement: Replacement, earlier: Certificate | None) -> CertificateContent:
    """Return what the certificate of a replacement says; `earlier` is the replacement certificate it takes the place of."""
    facts = GraduateFacts(
        name=replacement.name, sex=replacement.sex, birth_date=replacement.birth_date, resident_id=replacement.resident_id,
        id_document_type=_document_of(replacement),
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


def _document_of(replacement: Replacement) -> str | None:
    """Return what the number is of where it is no identity card's: the document that was shown at the counter."""
    read = parse_resident_id(replacement.resident_id, on=timezone.localdate(replacement.submitted_at))
    if read.problem is None:
        return None
    rows = Application.objects.filter(case=replacement.case_id).values_list("applicant__document_kind", flat=True)
    return rows.first()
