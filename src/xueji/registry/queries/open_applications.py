"""What is under way of records already: one change of a record is decided at a time, whatever its kind."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from xueji.core.errors import Conflict
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.registry.models import StatusApplicant

_NAMED = 5  # how many a refusal lists


def open_findings(records: Sequence[UUID], view: PackView) -> dict[UUID, Finding]:
    """Return, by record, the finding that another application is not over; one statement."""
    cites = view.workflow("status_change").cites
    return {
        row.enrolment_id: Finding(
            "status_change.one_at_a_time", Severity.ERROR, f"有异动正在办理：「{row.application.case.title}」", "record",
            "办结或撤回后再申请", cites,
        )
        for row in _open_of(records)
    }  # fmt: skip


def require_free(records: Sequence[UUID]) -> None:
    """Conflict names whoever has another application that is not over, and which: two would compete for one record."""
    rows = _open_of(records)
    if rows:
        more = f"等 {len(rows)} 人" if len(rows) > _NAMED else ""
        raise Conflict(
            f"以下学生有异动正在办理，办结或撤回后才能再申请：{'、'.join(_words(row) for row in rows[:_NAMED])}{more}"
        )


def _open_of(records: Sequence[UUID]) -> list[StatusApplicant]:
    open_ones = StatusApplicant.objects.filter(enrolment__in=records, outcome=StatusApplicant.Outcome.OPEN)
    return list(open_ones.select_related("enrolment__person", "application__case").order_by("pk"))


def _words(row: StatusApplicant) -> str:
    case = row.application.case
    opened = f"{timezone.localtime(case.opened_at):%Y-%m-%d} 建立，{case.get_state_display()}"
    return f"{row.enrolment.person.name}（「{case.title}」，{opened}）"
