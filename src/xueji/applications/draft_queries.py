"""Read a draft as its applicant goes on with it."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.applications.checks import submission_findings
from xueji.applications.facts import MaterialStatus, decide_materials, decide_office, law_for, material_statuses
from xueji.applications.models import Application
from xueji.core.decisions.services import PaperDecision
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, errors_of
from xueji.core.packs import PackView
from xueji.core.service_specs import OfficeSpec


@dataclass(frozen=True, slots=True)
class DraftShown:
    """A draft as its applicant goes on with it: what is still missing, the papers as far as they are known, who will decide it."""

    application: Application
    findings: list[Finding]
    papers: list[MaterialStatus]
    decision: PaperDecision | None  # none: what the list of papers hangs on is not stated yet
    office: OfficeSpec | None

    @property
    def missing(self) -> frozenset[str]:
        """The facts and papers that are still to come, by their names."""
        return frozenset(finding.field or "" for finding in errors_of(self.findings))


def draft_shown(application: Application) -> DraftShown:
    """Return what an applicant sees of a draft; two statements."""
    view = law_for(application)
    findings = submission_findings(application, view)
    try:
        decision = decide_materials(application, view)
    except BadInput:  # the first facts are still to be stated; the findings say which
        return DraftShown(application, findings, [], None, None)
    papers = material_statuses(application, decision, list(application.materials.all()))
    return DraftShown(application, findings, papers, decision, _office(application, view))


def _office(application: Application, view: PackView) -> OfficeSpec | None:
    """Return the office it lies with, before it is submitted that of the law; None while what this hangs on is not stated."""
    if application.office is not None:
        specs = {spec.key: spec for spec in view.every("office", OfficeSpec)}
        return specs.get(application.office.division_code)
    try:
        return decide_office(application, view).office
    except BadInput:
        return None
