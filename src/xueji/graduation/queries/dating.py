"""The date of issue before it is given: which batches the approval of a step would date, and with which day unless another is chosen."""

from __future__ import annotations

from datetime import date

from django.db.models import Max
from django.utils import timezone

from xueji.cases.models import Case, CaseState, Step
from xueji.cases.queries import label_after
from xueji.certificates.models import Issue
from xueji.certificates.stages import process_of
from xueji.core.issue_dates import Floor, issue_date_span
from xueji.core.months import Month
from xueji.graduation.groups import NUMBER_KIND, numbers_suffice
from xueji.graduation.models import Batch, Candidate, CandidateState, NumberApplication
from xueji.graduation.season_authority import BATCH_KIND
from xueji.production.queries import prints_from


def waits_for_numbers(batch: Batch) -> bool:
    """Whether the pack lets a school apply for numbers after the approval, and it has not yet: granting them numbers the batch."""
    process = process_of(batch.issue_at_hand)
    applied = next((s for s in process.stages if s.key == "apply_numbers"), None) if process else None
    return applied is not None and "approve" in applied.after and not numbers_suffice(batch)


def dated_by(step: Step) -> list[Batch]:
    """Return the batches that the approval of a step would number and date; none before the last step."""
    if step.case.kind not in (BATCH_KIND, NUMBER_KIND) or label_after(step) is not None:
        return []
    return [batch for batch in _released_by(step.case) if batch.issue.numbered_at is None]


def _released_by(case: Case) -> list[Batch]:
    rows = Batch.objects.select_related("case", "issue", "season", "school__authority")
    if case.kind == BATCH_KIND:
        return [batch for batch in rows.filter(case=case) if not waits_for_numbers(batch)]
    asked = NumberApplication.objects.get(case=case)
    return list(rows.filter(season=asked.season_id, school=asked.school_id, case__state=CaseState.APPROVED))


def floors_of(batch: Batch) -> list[Floor]:
    """Return before which days no certificate of a batch is dated, whatever the pack lets choose.

    They are not made before the day on which the pack begins to make them, before the school asked, or before the month
    in which the last of the graduates graduates.
    """
    floors = []
    if batch.case.submitted_at is not None:
        floors.append(Floor(day := timezone.localdate(batch.case.submitted_at), f"学校上报之日 {day.isoformat()}"))
    listed = Candidate.objects.filter(batch=batch, state=CandidateState.LISTED)
    if month := listed.aggregate(last=Max("graduation_month"))["last"]:
        floors.append(Floor(Month.parse(month).first_day(), f"毕业年月 {month}"))
    if opening := prints_from(batch.issue):
        day, window = opening
        floors.append(Floor(day, f"{window.label}开始之日 {day.isoformat()}", window.cites))
    return floors


def day_to_offer(batch: Batch, today: date) -> date:
    """Return the day that is offered: the one chosen before, else that of the schools of the class dated last, else today or the first that may be.

    One class then bears one date without anybody typing it a second time; a day the pack no longer allows is not offered.
    """
    first, last = issue_date_span(batch.law, today, floors_of(batch))
    if batch.issue_on is not None and first <= batch.issue_on <= last:
        return batch.issue_on
    same = Issue.objects.filter(
        kind=batch.issue.kind, authority=batch.issue.authority_id, year=batch.issue.year, term=batch.issue.term,
        is_late=batch.is_late, batch__issue_on__isnull=False, issue_date__range=(first, last),
    )  # fmt: skip
    return same.order_by("-numbered_at").values_list("issue_date", flat=True).first() or max(first, today)
