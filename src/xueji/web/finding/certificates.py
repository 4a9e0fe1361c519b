"""Certificates: by their number, by the exact name of the holder."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from xueji.accounts.permissions import Permission
from xueji.certificates.models import TITLES, Certificate
from xueji.certificates.queries import certificates_sought
from xueji.core.sought import Sought
from xueji.web.finding.kinds import FindingKind, FoundRow, Seeker, register_finding


def _find(seeker: Seeker, sought: Sought, most: int) -> Sequence[FoundRow]:
    return [_row(seeker, certificate) for certificate in certificates_sought(seeker.user, sought)[:most]]


def _row(seeker: Seeker, certificate: Certificate) -> FoundRow:
    has_page = Permission.VIEW_REGISTER in seeker.may and certificate.enrolment_id is not None
    return FoundRow(
        title=certificate.number.number,
        url=reverse("student", args=[certificate.enrolment_id]) if has_page else "",
        cells=(
            certificate.holder_name,
            TITLES.get(certificate.kind, certificate.kind),
            certificate.school_name,
            certificate.issue_date,
        ),
        state=(certificate.state, certificate.get_state_display()),
    )


def _list_url(_seeker: Seeker, _sought: Sought) -> str:
    return ""


register_finding(
    FindingKind("证书", 20, ("姓名", "种类", "学校", "发证日期"), Permission.VIEW_BATCHES, _find, _list_url)
)
