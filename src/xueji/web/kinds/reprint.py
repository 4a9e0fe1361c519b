"""A request to print spoiled certificates again (S3-22): which certificate, on which blank, spoiled how, printed when."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.production.models import Reprint
from xueji.production.queries import reprint_items, reprint_of_case
from xueji.production.reprinting import REPRINT_KIND
from xueji.web.casepages import CasePage, Context, Look, panel, register_page


@panel("reprint", "panels/reprint.html")
def reprint(look: Look) -> Context:
    """The spoiled sheets for which new ones are asked."""
    found = look.once(reprint_of_case)
    return {"reprint": found, "items": reprint_items(found)}


def _subjects(case: Case) -> list[Reprint]:
    return [reprint_of_case(case)]


register_page(
    CasePage(
        kinds=(REPRINT_KIND,),
        panels=("reprint",),
        filed_with=P.FILE_CERTIFICATE_CASE,
        takes_evidence=False,
        url_name="school:reprint_case",
        subjects=_subjects,
    )
)
