"""What the school does with its batch: register, withdrawals, answers to marks, submission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import submit_case
from xueji.cases.models import Case, CaseState
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.core.findings import Finding, errors_of
from xueji.core.rules import check_register
from xueji.graduation.facts import register_of
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Candidate, CandidateState, RegisterLine
from xueji.graduation.rules import check_batch
from xueji.institutions.models import Programme
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import store_signed

IN_SCHOOLS_HANDS = (CaseState.DRAFT, CaseState.RETURNED)


def lock_for_school(batch: Batch, by: User) -> Batch:
    """Return the locked batch when the school may change it now, else say why not."""
    require_permission(by, Permission.PREPARE_BATCH, school=batch.school)
    locked = lock_batch(batch)
    require_in_schools_hands(locked)
    return locked


def require_in_schools_hands(batch: Batch) -> None:
    """Conflict unless the school may change the batch now: it has not submitted it, or has it back."""
    if batch.case.state not in IN_SCHOOLS_HANDS:
        raise Conflict(f"批次{batch.case.get_state_display()}，学校不能更改；需要更改的，请先由审核人退回或撤回")


def set_register_lines(
    *, batch: Batch, lines: Iterable[Mapping[str, Any]], by: User, at: datetime, form_filler: str | None = None
) -> list[Finding]:
    """Store what the school states on the register, in place of what it stated; return what the rules say of it now.

    Each line has programme_name, duration_years, planned, admitted and may have remark and education_level. A line
    that admits less than it graduates is refused here; warnings are returned.
    """
    with transaction.atomic():
        batch = lock_for_school(batch, by)
        level = str(batch.law.value("level_of_study"))
        rows = [_line(batch, line, level) for line in lines]
        if len({(r.programme_name, r.duration_years) for r in rows}) != len(rows):
            raise BadInput("登记册中同一专业、同一学制只能有一行")
        RegisterLine.objects.filter(batch=batch).delete()
        RegisterLine.objects.bulk_create(rows)
        if form_filler is not None:
            batch.form_filler = form_filler.strip()[:40]
            batch.save(update_fields=["form_filler"])
        findings = check_register(register_of(batch), batch.law)
        descending = [f for f in findings if f.is_error and f.rule == "register.counts_descend"]
        if descending:
            raise RuleViolation(descending)
        after = [
            {"programme": r.programme_name, "planned": r.planned, "admitted": r.admitted, "remark": r.remark}
            for r in rows
        ]
        record_event(
            tag=EventTag.REGISTER_FILLED, subject=batch, parent=batch.case, by=by, at=at, view=batch.law,
            rules=findings, after={"lines": after, "form_filler": batch.form_filler},
        )  # fmt: skip
    return findings


def _line(batch: Batch, given: Mapping[str, Any], level: str) -> RegisterLine:
    programme, years = str(given["programme_name"]).strip(), Decimal(str(given["duration_years"]))
    counts = {key: given.get(key) for key in ("planned", "admitted")}
    if any(not isinstance(count, int) or count < 0 for count in counts.values()):
        raise BadInput(f"专业「{programme}」的招生计划和实际录取须为不小于 0 的整数")
    if not Programme.objects.filter(school=batch.school_id, name=programme, duration_years=years).exists():
        raise BadInput(f"本校没有登记「{programme}」{years.normalize():f} 年制专业")
    return RegisterLine(
        batch=batch, programme_name=programme, duration_years=years,
        education_level=str(given.get("education_level") or level)[:20], remark=str(given.get("remark") or "")[:100],
        **counts,
    )  # fmt: skip


def withdraw_candidates(*, batch: Batch, ids: Iterable[Any], reason: str, by: User, at: datetime) -> int:
    """Take graduates out of a batch: listed or returned ones while it is in the school's hands, refused ones at any time (S1-14)."""
    reason = reason.strip()[:200]
    if not reason:
        raise BadInput("请写明退出的原因")
    require_permission(by, Permission.PREPARE_BATCH, school=batch.school)
    with transaction.atomic():
        batch = lock_batch(batch)
        chosen = pick_candidates(batch, ids)
        late = [c for c in chosen if c.state != CandidateState.REFUSED]
        if late and batch.case.state not in IN_SCHOOLS_HANDS:
            raise Conflict(f"批次{batch.case.get_state_display()}，只有审核未通过的毕业生可以退出")
        fixed = [c.name for c in chosen if c.state in (CandidateState.APPROVED, CandidateState.WITHDRAWN)]
        if fixed:
            raise Conflict(f"{'、'.join(fixed)}已编号或已退出，不能退出")
        set_state(chosen, CandidateState.WITHDRAWN, tag=EventTag.CANDIDATES_WITHDRAWN, reasons=reason, by=by, at=at)
    return len(chosen)


def answer_marks(*, batch: Batch, answers: Mapping[Any, str], by: User, at: datetime) -> int:
    """Explain returned graduates whose entry stands as it is: they go back on the list with the explanation on record."""
    with transaction.atomic():
        batch = lock_for_school(batch, by)
        chosen = pick_candidates(batch, answers)
        if any(c.state != CandidateState.MARKED for c in chosen):
            raise Conflict("只有被退回的毕业生需要说明")
        texts = {c.pk: str(answers.get(c.pk) or answers.get(str(c.pk)) or "").strip() for c in chosen}
        if not all(texts.values()):
            raise BadInput("请写明说明")
        set_state(chosen, CandidateState.LISTED, tag=EventTag.CANDIDATES_LISTED, notes=texts, by=by, at=at)
    return len(chosen)


def submit_batch(*, batch: Batch, by: User, at: datetime, expected_version: int | None = None) -> Case:
    """Submit a batch for review; RuleViolation carries everything that keeps it back, each with its clause."""
    require_permission(by, Permission.PREPARE_BATCH, school=batch.school)
    if batch.is_late and batch.case.state in IN_SCHOOLS_HANDS:  # the case's own check knows no day
        errors = errors_of(check_batch(batch, timezone.localdate(at)))
        if errors:
            raise RuleViolation(errors)
    return submit_case(case=batch.case, by=by, at=at, expected_version=expected_version)


# -- shared by the acts on single graduates


def pick_candidates(batch: Batch, ids: Iterable[Any]) -> list[Candidate]:
    """Return the candidates of a batch with these ids; NotFound when one of them is not in it."""
    wanted = {str(pk) for pk in ids}
    if not wanted:
        raise BadInput("请至少选择一名毕业生")
    found = [c for c in batch.candidates.select_related("person") if str(c.pk) in wanted]
    if len(found) != len(wanted):
        raise NotFound
    return found


def set_state(
    candidates: list[Candidate],
    state: CandidateState,
    *,
    tag: EventTag,
    by: User,
    at: datetime,
    reasons: str | Mapping[Any, str] = "",
    notes: Mapping[Any, str] | None = None,
) -> None:
    """Move candidates to a state, each with its reason, and write an event for each."""
    if not candidates:
        return
    batch = candidates[0].batch
    events = []
    for candidate in candidates:
        before = {"state": candidate.state}
        candidate.state = state
        candidate.mark_reason = reasons if isinstance(reasons, str) else reasons[candidate.pk]
        note = candidate.mark_reason or (notes or {}).get(candidate.pk, "")
        events.append(
            event_of(tag=tag, subject=candidate, parent=batch, by=by, at=at, school_id=batch.school_id, before=before,
                     after={"state": state.value, "name": candidate.name}, note=note)
        )  # fmt: skip
    store_signed(candidates, "state", "mark_reason")
    record_events(events)
