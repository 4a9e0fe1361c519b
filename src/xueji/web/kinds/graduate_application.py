"""Applications of graduates (S0 二（二）, 三（一）): what is stated, and the pictures of the papers."""

from __future__ import annotations

from django.utils import timezone

from xueji.accounts.permissions import Permission
from xueji.applications.blacklist_queries import entry_of, forged_in, standing_against
from xueji.applications.kinds import REPLACEMENT_CASE, VERIFICATION_CASE
from xueji.applications.models import Application
from xueji.applications.queries import application_shown, grounds_of, letter_of
from xueji.applications.referral_queries import referral_of, referrals_of
from xueji.applications.review_queries import document_of
from xueji.cases.models import Case, Verdict
from xueji.cases.queries import may_decide
from xueji.core.findings import Citation
from xueji.institutions.queries import holds_at
from xueji.replacements.queries import progress_of, replacement_before
from xueji.web.casepages import CasePage, Context, Look, panel, register_page


@panel("graduate_application", "panels/graduate_application.html")
def graduate_application(look: Look) -> Context:
    """Show what the graduate stated and the pictures, with what was remarked about them; of a case handed on, where to."""
    if (referral := look.once(referral_of)) is not None:
        cites = [Citation.read(text) for text in referral.cites]
        return {"referral": referral, "cites": cites, "case": look.case}
    shown = look.once(application_shown)
    return {
        "shown": shown,
        "case": look.case,
        "document": document_of(shown.application),
        "progress": progress_of(shown.application),
        "letter": letter_of(shown.application),
        "grounds": grounds_of(shown.application),
        "standing": standing_against(shown.application, timezone.localdate()),
        "blacklist_entry": entry_of(shown.application),
        "may_list": _may_list(look, shown.application),
        "referrals": referrals_of(shown.application),
        "review_step": look.step if look.step is not None and may_decide(look.user, look.step) else None,
        "may_refer": look.spec is not None and Verdict.REFER in look.spec.verdicts,
    }


def _may_list(look: Look, application: Application) -> bool:
    """Whether the person may propose the applicant for the blacklist: refused as forged, by an office they decide for."""
    if application.state != Application.State.REFUSED or not forged_in(application) or application.office_id is None:
        return False
    return holds_at(look.user, Permission.DECIDE_CASES, application.office_id)


def _concerned(case: Case, is_last: bool) -> list[tuple[str, str]]:  # noqa: FBT001  # as every kind answers
    """Say that a certificate given before is void with this one."""
    earlier = replacement_before(case.application) if is_last and case.kind == REPLACEMENT_CASE.kind else None
    if earlier is None or earlier.certificate is None:
        return []
    number = earlier.certificate.number.number
    return [("已出具的学历证明书", f"{number}：同意即视为该证明书遗失或者有误，重新出具，开始打印时作废")]


def _subjects(case: Case) -> list[Application]:
    referral = referral_of(case)
    return [case.application] if referral is None else []  # what it came to elsewhere is the other office's


register_page(
    CasePage(
        kinds=(REPLACEMENT_CASE.kind, VERIFICATION_CASE.kind),
        panels=("graduate_application",),
        subjects=_subjects,
        concerned=_concerned,
        takes_evidence=False,
        decided_apart=frozenset(
            {Verdict.RETURN, Verdict.REFUSE, Verdict.REFER}
        ),  # with all they need: `application_review`
        brings="同意以后按提交的先后办理",
    )
)
