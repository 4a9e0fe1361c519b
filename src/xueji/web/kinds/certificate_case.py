"""A certificate put right, voided or replaced: which one, what is printed on it, why."""

from __future__ import annotations

from typing import Any

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.certificates.models import CertificateCase
from xueji.certificates.queries import certificate_case_of, successors_of
from xueji.graduation.actions.certificate_cases import CERTIFICATE_KINDS
from xueji.graduation.corrected import CORRECTABLE
from xueji.production.queries import sheets_of
from xueji.registry.models import Person
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.menu import Line


@panel("certificate_case", "panels/certificate_case.html")
def certificate_case(look: Look) -> Context:
    """The certificate, what is printed on it beside what is to stand there, the reason, what took its place."""
    asked = look.once(certificate_case_of)
    return {
        "asked": asked,
        "certificate": asked.certificate,
        "kind_label": CERTIFICATE_KINDS.get(look.case.kind, ""),
        "corrections": [
            {"label": CORRECTABLE.get(i.field, i.field), "field": i.field, "before": i.before, "after": i.after}
            for i in asked.items.all()
        ],
        "successors": successors_of(asked.certificate),
    }


@panel("sheets", "panels/sheets.html")
def sheets(look: Look) -> Context:
    """Every sheet the certificate was printed on."""
    certificate = look.once(certificate_case_of).certificate
    return {"sheets": sheets_of([certificate])[certificate.pk], "cites": look.law.workflow(look.case.kind).cites}


def _subjects(case: Case) -> list[CertificateCase]:
    return [certificate_case_of(case)]


def _corrected(case: Case) -> tuple[Person, list[Any]]:
    asked = certificate_case_of(case)
    return asked.certificate.person, list(asked.items.all())


register_page(
    CasePage(
        kinds=tuple(CERTIFICATE_KINDS),
        panels=("certificate_case",),
        listing=CaseListing(
            "证书更正、作废和换发", "在毕业生页面的「证书」一栏发起。", "证书更正和作废", "school:certificate_cases"
        ),
        menu=(
            Line(
                "毕业办理", "证书更正和作废", "file-x", "school:certificate_cases", "school", P.VIEW_BATCHES, place=50
            ),
            Line(
                "审核", "证书更正和作废", "file-x", "authority:certificates", "authority", P.VOID_CERTIFICATES, place=30
            ),
        ),
        subjects=_subjects,
        corrected=_corrected,
    )
)
