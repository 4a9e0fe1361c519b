"""One graduate of a list is put right by itself: one photograph, one field. Nobody sends eight hundred again for one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.findings import Finding, errors_of
from xueji.documents.storage import store_many
from xueji.exchange.graduates import read_typed_fields
from xueji.graduation.actions.batches import lock_for_school
from xueji.graduation.candidates import bring_up_to_date, changed_words
from xueji.graduation.duplicates import clash_findings
from xueji.graduation.facts import facts_of_candidate, surroundings_of
from xueji.graduation.models import Candidate, CandidateState
from xueji.graduation.photographs import judged_photo
from xueji.graduation.queries.taking_back import correctable_fields
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.actions import enrol_graduates
from xueji.sealing.rows import store_signed

_STANDING = (CandidateState.LISTED, CandidateState.MARKED)


@transaction.atomic
def replace_photo(*, candidate: Candidate, body: bytes, by: User, at: datetime) -> list[Finding]:
    """Put another photograph in the place of one, or where none is, while the batch is in the school's hands; a mark is answered by it.

    RuleViolation when the picture may not be used. Return what else there is to say of it.
    """
    current = _lock_candidate(candidate, by)
    kept, findings = judged_photo(current, body)
    if errors_of(findings):
        raise RuleViolation(findings)
    (stored,) = store_many([kept], "image/jpeg")
    if stored.pk == current.photo_id:
        raise Conflict(f"这就是{current.name}现在的照片，没有变化")
    before = {"state": current.get_state_display(), "photo": current.photo_id}
    current.photo, current.state, current.mark_reason = stored, CandidateState.LISTED, ""
    store_signed([current], "photo", "state", "mark_reason")
    record_event(
        tag=EventTag.CANDIDATES_CORRECTED, subject=current, parent=current.batch, by=by, at=at, view=current.batch.law,
        school_id=current.batch.school_id, before=before, rules=findings,
        after={"name": current.name, "changed": "照片", "photo": stored.address},
    )  # fmt: skip
    return findings


@transaction.atomic
def correct_candidate(*, candidate: Candidate, typed: Mapping[str, str], by: User, at: datetime) -> list[Finding]:
    """Put single fields of a graduate right, judged as a row of the list would be; a mark is answered by it.

    Number, name, sex and birth date are not among them: they are the person's, and come with the list or a case of correction.
    RuleViolation with everything that speaks against it. Return what else there is to say.
    """
    if foreign := set(typed) - set(correctable_fields(candidate.batch)):
        raise BadInput(f"不能在这里更改：{'、'.join(sorted(foreign))}")
    current = _lock_candidate(candidate, by)
    batch = current.batch
    facts, findings = read_typed_fields(
        typed, facts_of_candidate(current), batch.law, surroundings=surroundings_of(batch), on=batch.case.legal_date
    )
    judged = [Finding(f.rule, f.severity, f.message, f.field, f.remedy, f.cites) for f in findings]
    judged += [finding for _, finding in clash_findings([facts], batch)]
    if errors_of(judged):
        raise RuleViolation(judged)
    words = changed_words(current, facts)
    if not words:
        raise Conflict("没有更改")
    before = {"state": current.get_state_display()}
    cites = batch.law.workflow("particulars_change").cites
    (enrolment,) = enrol_graduates([facts], school=batch.school, by=by, at=at, cites=cites)
    bring_up_to_date(current, facts, enrolment)
    current.save()
    record_event(
        tag=EventTag.CANDIDATES_CORRECTED, subject=current, parent=batch, by=by, at=at, view=batch.law,
        school_id=batch.school_id, before=before, rules=judged, after={"name": current.name, "changed": "；".join(words)},
    )  # fmt: skip
    return judged


def _lock_candidate(candidate: Candidate, by: User) -> Candidate:
    """Return the graduate as it is now, its batch locked and in the school's hands; Conflict for one who is off the list."""
    batch = lock_for_school(candidate.batch, by)
    current = batch.candidates.select_related("person").get(pk=candidate.pk)
    current.batch = batch
    if current.state not in _STANDING:
        raise Conflict(f"{current.name}{current.get_state_display()}，不能更改")
    return current
