"""The kinds of case of graduates' applications: filed by the applicant, decided by the office the law names."""

from __future__ import annotations

from xueji.applications.checks import check_application, check_approvable
from xueji.applications.hands import barred_from
from xueji.applications.models import Application
from xueji.applications.outcome_actions import (
    approve_application,
    end_application,
    refuse_application,
    say_returned,
)
from xueji.cases.kinds import CaseKind

APPLICANT, OFFICE = "applicant", "office"


def _kind(kind: Application.Kind) -> CaseKind:
    return CaseKind(
        kind=kind.value,
        label=kind.label,
        check=check_application,
        check_approval=check_approvable,
        apply=approve_application,
        on_return=say_returned,
        on_refuse=refuse_application,
        on_withdraw=end_application,
        parties=(APPLICANT, OFFICE),
        bars=barred_from,
    )


REPLACEMENT_CASE = _kind(Application.Kind.REPLACEMENT)
VERIFICATION_CASE = _kind(Application.Kind.VERIFICATION)
