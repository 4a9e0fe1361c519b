"""What a case is about, for the pages of both portals: a certificate to put right, numbers applied for."""

from __future__ import annotations

from typing import Any

from xueji.accounts.permissions import Permission as P
from xueji.blanks.kinds import check_request
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState
from xueji.certificates.queries import successors_of
from xueji.graduation.actions.applications import application_findings
from xueji.graduation.actions.certificate_cases import CERTIFICATE_KINDS
from xueji.graduation.books import lines_of_book
from xueji.graduation.corrected import CORRECTABLE
from xueji.graduation.models import NumberApplication, Outcome
from xueji.web.blankdesk import request_facts
from xueji.web.context import joined
from xueji.web.guidance import told

SETTLED = (CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN)


def subject_of(case: Case) -> dict[str, Any]:
    """Return the context of a certificate case, a reprint, a number application or a request for blanks; nothing for the others."""
    if asked := getattr(case, "certificate_case", None):
        certificate = asked.certificate
        items = [
            {"label": CORRECTABLE.get(i.field, i.field), "field": i.field, "before": i.before, "after": i.after}
            for i in asked.items.all()
        ]
        kind = CERTIFICATE_KINDS.get(case.kind, "")
        return {
            "certificate_case": asked, "certificate": certificate, "corrections": items, "kind_label": kind,
            "successors": successors_of(certificate),
        }  # fmt: skip
    if application := getattr(case, "number_application", None):
        return application_context(application)
    if asked_blanks := getattr(case, "blank_request", None):
        decided = case.state in SETTLED
        return joined(request_facts(asked_blanks), {"findings": [] if decided else check_request(case)})
    if reprint := getattr(case, "reprint", None):
        sheets = reprint.items.select_related("sheet__certificate__number", "sheet__blank", "sheet__run")
        return {"reprint": reprint, "reprint_items": sheets}
    return {}


def application_context(application: NumberApplication) -> dict[str, Any]:
    """Return lines with what was granted for them, their sum, and what the rules say of it while it is undecided."""
    lines = list(application.lines.select_related("block"))
    book = {one.block.pk: one for one in lines_of_book(line.block for line in lines if line.block)}
    return {
        "application": application,
        "lines": [
            {"line": line, "book": book.get(line.block_id), "kind": Outcome(line.outcome).label} for line in lines
        ],
        "heads": sum(line.head_count for line in lines),
        "findings": [] if application.case.state in SETTLED else application_findings(application),
        "told": told(law_of(application.case), "number_release"),
        "has_free": any(one.counts["free"] for one in book.values()),
    }


def needed_for(case: Case) -> P:
    """Return the permission to file what a case is about."""
    if hasattr(case, "certificate_case") or hasattr(case, "reprint"):
        return P.FILE_CERTIFICATE_CASE
    if hasattr(case, "number_application"):
        return P.REQUEST_NUMBERS
    return P.FILE_SPECIAL_CASE if hasattr(case, "special_case") else P.FILE_PARTICULARS_CHANGE
