"""Graduates who were refused and are argued for by formal document (S1-14)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.kinds import require_approved
from xueji.cases.models import Case
from xueji.core.errors import BadInput, Conflict
from xueji.graduation.actions.batches import pick_candidates, set_state
from xueji.graduation.actions.supplements import late_batch_of, list_again
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Candidate, CandidateState, SpecialCase, SpecialCaseItem
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.queries import OPEN_CASE_STATES

SPECIAL_KIND = "special_case"
AFTER_RELEASE, LATE_BATCH = "special_case_after_release", "late_batch"


def open_special_case(
    *, batch: Batch, document_number: str, items: Mapping[Any, tuple[str, str]], by: User, at: datetime
) -> SpecialCase:
    """Open a report on refused graduates: for each the class of the reason and the explanation."""
    require_permission(by, Permission.FILE_SPECIAL_CASE, school=batch.school)
    if not document_number.strip():
        raise BadInput("请填写正式文件的文号")
    with transaction.atomic():
        batch = lock_batch(batch)
        _require_way(batch)
        chosen = pick_candidates(batch, items)
        texts = {str(key): (kind.strip()[:40], why.strip()) for key, (kind, why) in items.items()}
        if any(not all(pair) for pair in texts.values()):
            raise BadInput("请为每名毕业生填写原因类别和说明")
        if any(c.state != CandidateState.REFUSED for c in chosen):
            raise Conflict("特殊原因报告只适用于审核未通过的毕业生")
        pending = SpecialCaseItem.objects.filter(candidate__in=chosen, special_case__case__state__in=OPEN_CASE_STATES)
        if names := list(pending.values_list("candidate__name", flat=True)):
            raise Conflict(f"{'、'.join(names)}已有特殊原因报告在办理")
        case = open_case(
            kind=SPECIAL_KIND, school=batch.school, title=f"特殊原因验印报告 {batch.season.label} {batch.school.name}",
            legal_date=batch.case.legal_date, by=by, at=at,
        )  # fmt: skip
        special = SpecialCase.objects.create(case=case, batch=batch, document_number=document_number.strip()[:60])
        SpecialCaseItem.objects.bulk_create(
            SpecialCaseItem(
                special_case=special, candidate=c, reason_class=texts[str(c.pk)][0], explanation=texts[str(c.pk)][1]
            )
            for c in chosen
        )
        record_event(
            tag=EventTag.SPECIAL_CASE_OPENED, subject=special, parent=case, by=by, at=at, school_id=batch.school_id,
            after={"document_number": special.document_number, "graduates": {c.name: texts[str(c.pk)][0] for c in chosen}},
        )  # fmt: skip
    return special


def apply_special_case(case: Case, by: User, at: datetime) -> None:
    """Put the graduates of an approved report back: on the list while the batch is open, else into the late batch.

    What follows once numbers are released is the pack's word (`special_case_after_release`); where it says nothing, the
    late batch is the season's own, opened here when there is none, with no last day but the one the city sets.
    """
    require_approved(case)
    special = SpecialCase.objects.select_related("batch__issue", "case").get(case=case)
    batch = lock_batch(special.batch)
    chosen = list(
        Candidate.objects.filter(special_case_items__special_case=special, state=CandidateState.REFUSED)
        .select_related("person", "batch")
        .order_by("ordinal")
    )
    if batch.issue.numbered_at is None:
        set_state(chosen, CandidateState.LISTED, tag=EventTag.CANDIDATES_LISTED, by=by, at=at)
        target = batch
    else:
        _require_way(batch)
        target = late_batch_of(batch, by, at)
        list_again(chosen, target, by=by, at=at)
    record_event(
        tag=EventTag.SPECIAL_CASE_APPLIED, subject=special, parent=batch, by=by, at=at, school_id=batch.school_id,
        view=batch.law, after={"graduates": [c.name for c in chosen], "batch": target.case.title},
    )  # fmt: skip


def _require_way(batch: Batch) -> None:
    """Raise Conflict where the pack has nobody numbered after the batch they were refused in."""
    if batch.issue.numbered_at is not None and batch.law.value_or(AFTER_RELEASE, LATE_BATCH) != LATE_BATCH:
        raise Conflict(f"{batch.case.title}已经发放编号，按规定不再为特殊原因另行办理")
