"""What stands in the way of submitting an application: everything at once, each with its clause."""

from __future__ import annotations

from collections.abc import Iterator

from xueji.applications.facts import MaterialStatus, decide_materials, law_for, material_statuses
from xueji.applications.making_kinds import making_of
from xueji.applications.models import Application, label_of
from xueji.applications.queries import open_defects
from xueji.cases.models import Case
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity, errors_of
from xueji.core.packs import PackView
from xueji.core.service_specs import ServiceSpec

_NEEDED = (
    "category", "school_name", "place_code", "entered", "graduated", "programme", "duration_years", "study_mode",
    "diploma", "original_number", "holder_name", "delivery",
)  # fmt: skip


def submission_findings(application: Application, view: PackView) -> list[Finding]:
    """Return all that is missing or speaks against an application."""
    cites = view.entry("service", application.kind, ServiceSpec).cites
    findings = [
        Finding(f"application.{name}", Severity.ERROR, message, name, cites=cites)
        for name, message in _gaps(application)
    ]
    try:
        decision = decide_materials(application, view)
    except BadInput as error:
        return [
            *findings,
            Finding("application.facts_complete", Severity.ERROR, error.message, "category", cites=cites),
        ]
    findings += decision.findings
    if decision.first is not None and not errors_of(findings):
        message = f"须先办理{Application.Kind(decision.first).label}，取得后再申请；请改为申请{Application.Kind(decision.first).label}"
        findings.append(Finding("application.first", Severity.ERROR, message, "diploma", cites=decision.cites))
    for status in material_statuses(application, decision, list(application.materials.all())):
        if not status.is_covered:
            findings.append(_missing(status, application.kind))
    return findings


def _gaps(application: Application) -> Iterator[tuple[str, str]]:
    """Yield what is not filled in, and what to do."""
    if not application.applicant.is_proven:
        yield "identity_proven", "请先核验身份：在「身份核验」填写姓名和身份证号码，或带证件到受理机构窗口"
    for name in _NEEDED:
        if not getattr(application, name):
            label = label_of(name)
            yield name, f"请填写「{label}」"
    if application.delivery == Application.Delivery.MAIL and not application.mail_address:
        yield "mail_address", "选择邮寄的，请填写邮寄地址"


def _missing(status: MaterialStatus, kind: str) -> Finding:
    spec = status.paper.spec
    return Finding(
        "application.material_given", Severity.ERROR, f"请上传「{spec.label}」", spec.key, cites=spec.clauses[kind]
    )


def check_application(case: Case) -> list[Finding]:
    """Return what stands in the way of submitting the case of an application, now or after it was given back."""
    application = Application.objects.select_related("applicant", "centre", "case").get(case=case)
    view = law_for(application)
    cites = view.entry("service", application.kind, ServiceSpec).cites
    unanswered = [
        Finding("application.defect_answered", Severity.ERROR, f"补正通知第 {row.ordinal} 项「{row.label}」还没有补正", row.aspect, cites=cites)
        for row in open_defects(application)
    ]  # fmt: skip
    return [*submission_findings(application, view), *unanswered]


def check_approvable(case: Case) -> list[Finding]:
    """Return what stands in the way of approving the case of an application: what its paper cannot be made without."""
    application = Application.objects.select_related("applicant", "centre", "case", "school").get(case=case)
    making = making_of(application.kind)
    return making.check(application) if making else []
