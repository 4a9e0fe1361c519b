"""The kinds of case: an attestation made by a school, and one made by the authority that keeps the files of a school that is gone."""

from __future__ import annotations

from django.utils import timezone

from xueji.accounts.permissions import Permission
from xueji.attestations.actions import apply_attestation
from xueji.attestations.queries import CUSTODIAN_KIND, KIND, attestation_of, facts_of
from xueji.cases import kinds
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.attestations import check_attestation
from xueji.core.findings import Finding


def check_case(case: Case) -> list[Finding]:
    """Return what is wrong with the facts on the day it is sent on or confirmed."""
    return check_attestation(facts_of(attestation_of(case)), law_of(case), timezone.localdate())


def _kind(key: str, label: str, party: str) -> kinds.CaseKind:
    return kinds.CaseKind(
        kind=key, label=label, check=check_case, check_approval=check_case, apply=apply_attestation,
        url_name="school:case", parties=(party,), opens=Permission.MAKE_ATTESTATIONS,
        files=Permission.MAKE_ATTESTATIONS, sees=Permission.VIEW_REGISTER,
    )  # fmt: skip


ATTESTATION = _kind(KIND, "毕业证明", "school")
CUSTODIAN_ATTESTATION = _kind(CUSTODIAN_KIND, "撤销学校的毕业证明", "authority")
