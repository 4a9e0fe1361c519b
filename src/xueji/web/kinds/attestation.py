"""A 毕业证明 (S0 附件2): what is attested, how it stands, the seal it still wants, and what may be done with it."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.attestations.models import Attestation, AttestationStanding
from xueji.attestations.queries import (
    CUSTODIAN_KIND,
    KIND,
    attestation_of,
    counterseal_offices,
    counterseals_of,
    facts_of,
    is_counterseal_needed,
    maker_of,
    may_void,
    standing_of,
)
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import files_for
from xueji.institutions.queries import permissions_of
from xueji.web.attestation_forms import CounterSealForm
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line


@panel("attestation", "panels/attestation.html")
def attestation(look: Look) -> Context:
    """Show the facts, the photograph and the seals; the school's own people find here what they may do next."""
    found = look.once(attestation_of)
    standing = standing_of(found)
    asked = counterseals_of(found)
    is_ours = look.step is None and files_for(look.user, look.case)
    is_open = any(row.is_open for row in asked)
    may_ask = is_ours and standing == AttestationStanding.AWAITING and not is_open
    may = permissions_of(look.user)
    return {
        "attestation": found,
        "standing": standing,
        "maker": maker_of(found),
        "needs_seal": is_counterseal_needed(facts_of(found), look.law),
        "asked": asked,
        "is_ours": is_ours,
        "may_correct": is_ours and look.case.state in (CaseState.DRAFT, CaseState.RETURNED),
        "may_print": P.FETCH_DOCUMENTS in may and standing in (AttestationStanding.AWAITING, AttestationStanding.VALID),
        "may_reveal": P.REVEAL_IDENTITY in may,
        "may_void": standing in (AttestationStanding.AWAITING, AttestationStanding.VALID)
        and may_void(look.user, found),
        "form": CounterSealForm(offices=counterseal_offices(look.law)) if may_ask else None,
    }


def _subjects(case: Case) -> list[Attestation]:
    return [attestation_of(case)]


def _concerned(case: Case, is_last: bool) -> list[tuple[str, str]]:  # noqa: FBT001  # the signature of `CasePage`
    found = attestation_of(case)
    lines = [("毕业生", found.name), ("毕业学校", found.school.name)]
    return [*lines, ("之后", "编号并开具；开具以后不能改，有误的只能作废")] if is_last else lines


register_page(
    CasePage(
        kinds=(KIND, CUSTODIAN_KIND),
        panels=("attestation",),
        takes_evidence=False,
        listing=CaseListing("毕业证明", "在「毕业证明」页面填写。", "毕业证明", "attestations"),
        menu=(
            Line(
                "毕业办理", "毕业证明", "file-badge", "attestations", "school", P.VIEW_REGISTER, 62, f"workflow:{KIND}"
            ),
            Line(
                "审核",
                "毕业证明",
                "file-badge",
                "attestations",
                "authority",
                P.MAKE_ATTESTATIONS,
                47,
                f"workflow:{KIND}",
            ),
        ),
        tones={"awaiting": "warn", "valid": "ok"},
        subjects=_subjects,
        brings="核对无误：编号并开具毕业证明，只能作废，不能再改",
        concerned=_concerned,
    )
)
