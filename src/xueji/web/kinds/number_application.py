"""An application for numbers by head-count, before the batch is approved (S4-03)."""

from __future__ import annotations

from typing import Any

from xueji.accounts.permissions import Permission as P
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState
from xueji.graduation.actions.applications import NUMBER_KIND, application_findings
from xueji.graduation.books import application_of_case, compare_application, lines_of_book
from xueji.graduation.models import GraduationOutcome, NumberApplication
from xueji.web.casepages import CasePage, Context, Look, panel, register_page
from xueji.web.guidance import guidance_for
from xueji.web.issue_dates import issue_date_form, keep_issue_date
from xueji.web.menu import Line
from xueji.web.phases import StageWords

_SETTLED = (CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN)


def application_context(application: NumberApplication) -> dict[str, Any]:
    """Return lines with what was granted for them, their sum, and what the rules say of it while it is undecided."""
    lines = list(application.lines.select_related("block"))
    book = {row.block.pk: row for row in lines_of_book(line.block for line in lines if line.block)}
    return {
        "application": application,
        "lines": [
            {"line": line, "book": book.get(line.block_id), "kind": GraduationOutcome(line.outcome).label}
            for line in lines
        ],
        "heads": sum(line.head_count for line in lines),
        "findings": [] if application.case.state in _SETTLED else application_findings(application),
        "guidance": guidance_for(law_of(application.case), "number_release"),
        "has_free": any(row.counts["free"] for row in book.values()),
    }


@panel("number_lines", "panels/number_lines.html")
def number_lines(look: Look) -> Context:
    """The head-counts asked for by group, held against the list."""
    return application_context(look.once(application_of_case))


@panel("on_list", "panels/on_list.html")
def on_list(look: Look) -> Context:
    """The numbers asked for beside the list and the receipt."""
    return {"comparison": compare_application(look.once(application_of_case))}


def _subjects(case: Case) -> list[NumberApplication]:
    return [application_of_case(case)]


register_page(
    CasePage(
        kinds=(NUMBER_KIND,),
        panels=("number_lines",),
        takes_evidence=False,
        url_name="school:number_application",
        key_of=lambda case: application_of_case(case).pk,
        menu=(
            Line(
                "毕业办理",
                "编号申请和台账",
                "hash",
                "school:numbers",
                "school",
                P.REQUEST_NUMBERS,
                place=40,
                need="workflow:number_application",
            ),
        ),
        stages={"apply_numbers": StageWords("hash", "按实际毕业生数申请证书编号。", "school:numbers", of_batch=False)},
        subjects=_subjects,
        asks=issue_date_form,
        keeps=keep_issue_date,
    )
)
