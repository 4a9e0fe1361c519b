"""A request to print spoiled certificates again (S3-22): which certificate, on which blank, spoiled how, printed when."""

from __future__ import annotations

from xueji.cases.models import Case
from xueji.production.models import Reprint
from xueji.production.queries import reprint_items, reprint_of_case, sheets_of
from xueji.production.reprinting import REPRINT_KIND
from xueji.web.casepages import CasePage, Context, Look, panel, register_page


@panel("reprint", "panels/reprint.html")
def reprint(look: Look) -> Context:
    """The spoiled sheets for which new ones are asked, each with its certificate and every sheet it was printed on."""
    found = look.once(reprint_of_case)
    items = reprint_items(found)
    histories = sheets_of([item.sheet.certificate for item in items])
    rows = [
        {"sheet": item.sheet, "certificate": item.sheet.certificate, "history": histories[item.sheet.certificate_id]}
        for item in items
    ]
    return {"reprint": found, "season": found.issue.season_label, "items": rows}


def _subjects(case: Case) -> list[Reprint]:
    return [reprint_of_case(case)]


register_page(
    CasePage(
        kinds=(REPRINT_KIND,),
        panels=("reprint",),
        takes_evidence=False,
        url_name="school:reprint_case",
        subjects=_subjects,
    )
)
