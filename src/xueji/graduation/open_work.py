"""What a school has not finished of its graduations, for whoever closes it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from xueji.cases.models import Case, CaseParty, CaseState
from xueji.certificates.stages import done_stages, process_of
from xueji.graduation.models import Batch
from xueji.institutions.models import School
from xueji.institutions.open_work import OpenWork

_UNDECIDED = (CaseState.DRAFT, CaseState.IN_PROGRESS, CaseState.RETURNED)


def open_work(school: School) -> Iterator[OpenWork]:
    """Yield cases under way and approved batches with stages to come."""
    cases = list(Case.objects.filter(pk__in=_cases_of(school), state__in=_UNDECIDED).order_by("pk"))
    yield OpenWork("未办结的事项", len(cases), tuple(f"{case.title}（{case.get_state_display()}）" for case in cases))
    batches = [named for batch in _approved(school) if (named := _stages_to_come(batch))]
    yield OpenWork("还没有走完程序的批次", len(batches), tuple(batches))


def _cases_of(school: School) -> QuerySet[CaseParty, int]:
    """Return the cases in which a school has any part: one that another school files waits for it as well."""
    return CaseParty.objects.filter(school=school).order_by().values_list("case", flat=True)


def _approved(school: School) -> Iterator[Batch]:
    found = Batch.objects.filter(school=school, case__state=CaseState.APPROVED)
    yield from found.select_related("case", "issue", "season", "school__authority").order_by("pk")


def _stages_to_come(batch: Batch) -> str:
    """Name the stages of its pack a batch has still to go through; nothing when it is done."""
    process, done = process_of(batch.issue_at_hand), done_stages(batch.issue_at_hand)
    left = [stage.label for stage in process.stages if stage.key not in done] if process else []
    return f"{batch.season.label}：{'、'.join(left)}" if left else ""
