"""The prefilled workbook of a change: exactly those who may have it; the others on a second sheet, with reason and clause."""

from __future__ import annotations

from datetime import date
from io import BytesIO

from xueji.core.identifiers import tail_of
from xueji.core.packs import PackView
from xueji.exchange.templates import write_prefilled
from xueji.registry.bulk_columns import COMPARED, KEY, OTHER_HEADERS, OTHERS, TITLE, form_of
from xueji.registry.bulk_reading import class_of, clauses_in_words
from xueji.registry.models import Enrolment
from xueji.registry.queries.choices import ChangeChoice
from xueji.registry.queries.shown_changes import REASON_WORDS
from xueji.registry.queries.status_changes import JudgedWish

__all__ = ["KEY", "TITLE", "prefilled_workbook"]  # what pages ask for


def prefilled_workbook(
    choice: ChangeChoice, view: PackView, *, effective_on: date, statement: str, reason: str = "", shows_tail: bool
) -> bytes:
    """Return the workbook of a change that was asked of chosen students."""
    alike = {
        "change": choice.spec.key, "effective_on": effective_on.isoformat(), "statement": statement,
        "reason": REASON_WORDS.get(reason, ""),
    }  # fmt: skip
    rows = [alike | _compared(record, shows_tail=shows_tail) for record in choice.may]
    lines = [_other(row, view) for row in choice.barred]
    out = BytesIO()
    form = form_of(choice.spec.key)
    write_prefilled(form, rows, out, compared=COMPARED | {"record"}, others=(OTHERS, OTHER_HEADERS, lines))
    return out.getvalue()


def _compared(record: Enrolment, *, shows_tail: bool) -> dict[str, str]:
    return {
        "record": str(record.pk), "name": record.person.name, "class_now": class_of(record),
        "tail": tail_of(record.person.resident_id) if shows_tail else "", "status": record.get_status_display(),
    }  # fmt: skip


def _other(row: JudgedWish, view: PackView) -> tuple[str, ...]:
    record = row.wish.enrolment
    reasons = [finding for finding in row.findings if finding.is_error]
    return (
        record.person.name, class_of(record), record.get_status_display(),
        "；".join(finding.message for finding in reasons), "；".join(clauses_in_words(reasons, view)),
    )  # fmt: skip
