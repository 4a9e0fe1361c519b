"""Applications of graduates (S0 二（二）, 三（一）): what is stated, and the pictures of the papers."""

from __future__ import annotations

from xueji.applications.kinds import REPLACEMENT_CASE, VERIFICATION_CASE
from xueji.applications.models import Application
from xueji.applications.queries import application_shown
from xueji.cases.models import Case
from xueji.replacements.queries import progress_of
from xueji.web.casepages import CasePage, Context, Look, panel, register_page


@panel("graduate_application", "panels/graduate_application.html")
def graduate_application(look: Look) -> Context:
    """Show what the graduate stated and the pictures, with what was remarked about them."""
    shown = look.once(application_shown)
    return {"shown": shown, "case": look.case, "progress": progress_of(shown.application)}


def _subjects(case: Case) -> list[Application]:
    return [case.application]


register_page(
    CasePage(
        kinds=(REPLACEMENT_CASE.kind, VERIFICATION_CASE.kind),
        panels=("graduate_application",),
        subjects=_subjects,
        takes_evidence=False,
        brings="同意以后按提交的先后办理",
    )
)
