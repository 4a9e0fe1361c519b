"""A faultless list of graduates is put into register and batch: new ones listed, changed ones brought up to date, missing ones out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from xueji.accounts.models import User
from xueji.core.errors import RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.graduation.candidates import COMPARED, bring_up_to_date, candidate_values
from xueji.graduation.duplicates import clash_findings
from xueji.graduation.facts import from_text, outcome_of
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.registry.actions import drop_unexamined, enrol_graduates
from xueji.registry.models import Enrolment
from xueji.sealing.fields import store_sealed
from xueji.sealing.rows import store_signed
from xueji.uploads.models import Upload, UploadRow


def list_graduates(
    *, upload: Upload, subject: Batch, rows: Sequence[UploadRow], by: User, at: datetime
) -> dict[str, Any]:
    """Put the rows of an upload into register and batch, in the transaction of its confirmation.

    RuleViolation when somebody has been listed elsewhere, or left the register, since it was read.
    """
    assert upload.subject_id == subject.pk
    facts = [from_text(row.payload) for row in rows]
    if clashes := clash_findings(facts, subject):
        raise RuleViolation([finding for _, finding in clashes])
    cites = subject.law.workflow("particulars_change").cites
    enrolments = enrol_graduates(facts, school=subject.school, by=by, at=at, cites=cites)
    return _list_candidates(subject, rows, facts, enrolments, by=by, at=at)


def _list_candidates(
    batch: Batch,
    rows: Sequence[UploadRow],
    facts: Sequence[GraduateFacts],
    enrolments: Sequence[Enrolment],
    *,
    by: User,
    at: datetime,
) -> dict[str, Any]:
    standing = {c.person_id: c for c in batch.candidates.select_related("person")}
    new, changed, moved = [], [], []
    summaries: dict[UUID, str] = {}  # as the page of the upload showed them: birth dates and names by their label alone
    for ordinal, (row, claimed, enrolment) in enumerate(zip(rows, facts, enrolments, strict=True), start=1):
        candidate = standing.pop(enrolment.person_id, None)
        if candidate is None:
            new.append(_new_candidate(batch, ordinal, row, claimed, enrolment))
        elif bring_up_to_date(candidate, claimed, enrolment, photo_id=row.photo_id):
            changed.append(candidate)
            summaries[candidate.pk] = row.change_summary
        if candidate is not None and candidate.ordinal != ordinal:
            candidate.ordinal = ordinal
            moved.append(candidate)
    removed = _remove(standing, by=by, at=at)
    in_clear = [name for name in COMPARED if name != "birth_date"]
    Candidate.objects.bulk_update(
        changed, [*in_clear, "outcome", "state", "mark_reason", "photo", "enrolment"], batch_size=500
    )
    store_sealed(changed, "birth_date", "digest")
    Candidate.objects.bulk_update(moved, ["ordinal"], batch_size=1000)
    copy_rows(new)
    shared: dict[str, Any] = {"parent": batch, "by": by, "at": at, "school_id": batch.school_id}
    events = [event_of(tag=EventTag.CANDIDATES_LISTED, subject=c, after={"name": c.name}, **shared) for c in new]
    events += [
        event_of(
            tag=EventTag.CANDIDATES_CORRECTED, subject=c, after={"name": c.name, "changed": summaries[c.pk]}, **shared
        )
        for c in changed
    ]
    if events:  # a new order alone is the act of who confirms the list
        record_events(events)
    return {"listed": len(rows), "new": len(new), "changed": len(changed), "removed": removed}


def _new_candidate(batch: Batch, ordinal: int, row: UploadRow, facts: GraduateFacts, enrolment: Enrolment) -> Candidate:
    return Candidate(
        batch=batch, ordinal=ordinal, person_id=enrolment.person_id, enrolment=enrolment, photo_id=row.photo_id,
        outcome=outcome_of(facts, batch.law), **candidate_values(facts),
    )  # fmt: skip


def _remove(standing: Mapping[Any, Candidate], *, by: User, at: datetime) -> list[str]:
    """Take those out whom the new list no longer names; return their names. What others decided about stays on record."""
    leaving = [c for c in standing.values() if c.state in (CandidateState.LISTED, CandidateState.MARKED)]
    if not leaving:
        return []
    batch = leaving[0].batch
    record_events(
        [
            event_of(
                tag=EventTag.CANDIDATES_WITHDRAWN, subject=c, parent=batch, by=by, at=at, school_id=batch.school_id,
                before={"state": c.state, "name": c.name}, note="新名单中没有此人",
            )
            for c in leaving
        ]
    )  # fmt: skip
    argued = set(
        Candidate.objects.filter(pk__in=[c.pk for c in leaving], special_case_items__isnull=False).values_list(
            "pk", flat=True
        )
    )
    store_signed([c for c in leaving if c.pk in argued], state=CandidateState.WITHDRAWN, mark_reason="新名单中没有此人")
    Candidate.objects.filter(pk__in=[c.pk for c in leaving if c.pk not in argued]).delete()
    drop_unexamined([c.enrolment_id for c in leaving])
    return [c.name for c in leaving]
