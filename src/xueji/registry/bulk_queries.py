"""The prefilled workbook of a change: exactly those who may have it; the others on a second sheet, with reason and clause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from io import BytesIO

from xueji.core.findings import Finding
from xueji.core.identifiers import tail_of
from xueji.core.packs import PackView
from xueji.exchange.templates import write_prefilled
from xueji.registry.bulk_columns import COMPARED, KEY, OTHER_HEADERS, OTHERS, TITLE, form_of
from xueji.registry.bulk_reading import class_of
from xueji.registry.models import Enrolment
from xueji.registry.queries.choices import ChangeChoice
from xueji.registry.queries.shown_changes import REASON_WORDS

__all__ = ["KEY", "TITLE", "prefilled_workbook"]  # what pages ask for


def prefilled_workbook(
    choice: ChangeChoice, view: PackView, *, effective_on: date, statement: str, reason: str = "", shows_tail: bool
) -> bytes:
    """Return the workbook of a change that was asked of chosen students."""
    alike = {
        "change": choice.spec.key, "effective_on": effective_on.isoformat(), "statement": statement,
        "reason": REASON_WORDS.get(reason, ""),
    }  # fmt: skip
    rows = [alike | compared_values(record, shows_tail=shows_tail) for record in choice.may]
    lines = [barred_line(row.wish.enrolment, row.findings, view) for row in choice.barred]
    out = BytesIO()
    form = form_of(choice.spec.key)
    write_prefilled(form, rows, out, compared=COMPARED | {"record"}, others=(OTHERS, OTHER_HEADERS, lines))
    return out.getvalue()


def compared_values(record: Enrolment, *, shows_tail: bool) -> dict[str, str]:
    """Return whom a row is about, as it comes prefilled (`WHOM`)."""
    return {
        "record": str(record.pk), "name": record.person.name, "class_now": class_of(record),
        "tail": tail_of(record.person.resident_id) if shows_tail else "", "status": record.get_status_display(),
    }  # fmt: skip


def barred_line(record: Enrolment, findings: Iterable[Finding], view: PackView) -> tuple[str, ...]:
    """Return the line of somebody who may not have what is asked, with the reasons and their clauses (`OTHER_HEADERS`)."""
    reasons = [finding for finding in findings if finding.is_error]
    cites = dict.fromkeys(cite for finding in reasons for cite in finding.cites)
    clauses = [f"{view.clause(cite)[0].number} {cite.clause}" for cite in cites]
    return (
        record.person.name, class_of(record), record.get_status_display(),
        "；".join(finding.message for finding in reasons), "；".join(clauses),
    )  # fmt: skip
