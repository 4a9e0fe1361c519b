"""The approval of a batch: everybody is checked once more, then number and date of issue are given in one transaction (S1-08)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.models import prefetch_related_objects
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.queries import steps_of_round
from xueji.cases.rounds import basis_of
from xueji.certificates.actions import (
    PreparedCertificates,
    allocate_numbers,
    issue_certificates,
    prepare_certificates,
    return_numbers,
)
from xueji.certificates.content import CertificateContent
from xueji.certificates.models import Certificate, CertificateNumber, NumberState
from xueji.certificates.stages import require_stage
from xueji.core.composition import compose_parts
from xueji.core.errors import Conflict, RuleViolation
from xueji.core.findings import Finding, Severity, errors_of
from xueji.core.issue_dates import check_issue_date
from xueji.core.packs import NumberingSpec, PackView
from xueji.graduation.facts import facts_of_candidate, roster_order, surroundings_of
from xueji.graduation.groups import (
    GRANTED_BEFOREHAND,
    Group,
    blocks_of,
    group_of,
    grouped,
    is_granted_beforehand,
    number_facts,
    numbering_for,
)
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Candidate, CandidateState, GraduationOutcome
from xueji.graduation.queries.dating import floors_of
from xueji.graduation.rules import candidates_of, list_findings
from xueji.graduation.written import require_as_written, require_whole
from xueji.institutions.actions_closing import take_up_principals
from xueji.institutions.queries.deferral import deferral_findings
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.models import Enrolment
from xueji.sealing.rows import store_signed
from xueji.statements import ids_as_one

_SURPLUS = "批次核准时多出的编号"


def release_batch(*, batch: Batch, by: User, at: datetime) -> list[Certificate]:
    """Give every listed graduate a number, in the order of the roster and without a gap, and one date of issue.

    The date is the one who releases has chosen (`choose_issue_date`), else the day itself.

    Refused and withdrawn ones get none. Numbers granted beforehand are taken from the block of each group, and what
    is left of it is returned. RuleViolation when the pack wants something done before, sealing is deferred for the
    school, a correction is open, somebody is marked, a rule speaks against one of them, or fewer numbers were granted
    than there are graduates; Conflict when a row is not as the product wrote it: then nothing is written.
    """
    take_up_principals(at=at, school=batch.school)  # the diplomas name who heads the school today
    batch = lock_batch(batch)
    if batch.issue.numbered_at is not None:
        raise Conflict("本批次已经发放编号")
    for stage in ("approve", "number"):
        require_stage(batch.issue, stage)
    view, today, candidates = batch.law, timezone.localdate(at), candidates_of(batch)
    issue_date = batch.issue_on or today
    listed = roster_order(c for c in candidates if c.state == CandidateState.LISTED)
    prepared = _prepared(batch, candidates, listed, today)
    require_as_written(candidates)
    require_whole(batch, candidates)
    numbers = _numbers_for(batch, view, listed, by=by, at=at)
    certificates = issue_certificates(
        issue=batch.issue, prepared=prepared, numbers=numbers, issue_date=issue_date, by=by, at=at
    )
    _approve(listed, certificates, at)
    if is_granted_beforehand(view):
        _return_surplus(batch, by, at)
    printed = sorted(number.number for number in numbers)
    record_event(
        tag=EventTag.BATCH_APPROVED, subject=batch, parent=batch.case, by=by, at=at, view=view,
        rules=last_step(batch, view),
        after={"certificates": len(certificates), "first": printed[0], "last": printed[-1], "issue_date": issue_date},
    )  # fmt: skip
    return certificates


def _prepared(
    batch: Batch, candidates: Sequence[Candidate], listed: Sequence[Candidate], today: date
) -> PreparedCertificates:
    """Return what will be printed, every rule passed; RuleViolation carries what speaks against the batch and each graduate.

    The rules on graduates run once, over exactly what will be printed.
    """
    view, surroundings = batch.law, surroundings_of(batch)
    found = [*deferral_findings(view, batch.school, "numbers"), *list_findings(batch, candidates, surroundings, today)]
    floors = floors_of(batch) if batch.issue_on is not None else ()
    errors = errors_of([*found, *check_issue_date(batch.issue_on or today, view, today, floors)])
    try:
        prepared = prepare_certificates([content_of(c, batch) for c in listed], view, surroundings)
    except RuleViolation as refused:
        raise RuleViolation([*errors, *refused.findings]) from None
    if errors:
        raise RuleViolation(errors)
    return prepared


def last_step(batch: Batch, view: PackView) -> list[Basis]:
    """Return the ground of the release: the last step of the batch's own line, with its clauses."""
    steps = steps_of_round(batch.case)
    if not steps:
        return []
    last = steps[-1]
    last.case = batch.case
    return basis_of(last, view)


def content_of(candidate: Candidate, batch: Batch, predecessor: Certificate | None = None) -> CertificateContent:
    """Return what will stand on a graduate's certificate."""
    return CertificateContent(
        certificate_id=uuid.uuid4(),
        kind=candidate.outcome,
        person_id=candidate.person_id,
        enrolment_id=candidate.enrolment_id,
        school_id=batch.school_id,
        school_name=batch.school.name,
        principal=batch.school.principal,
        facts=facts_of_candidate(candidate),
        photo_sha256=candidate.photo_id,
        predecessor_id=predecessor.pk if predecessor else None,
    )


def assign_numbers(
    batch: Batch, candidates: Sequence[Candidate], *, purpose: str, by: User, at: datetime
) -> list[CertificateNumber]:
    """Draw a number for each graduate (all of one outcome) from the counters of the pack, in this order."""
    view = batch.law
    spec = view.numbering(candidates[0].outcome)
    return allocate_numbers(
        view=view, kind=spec.kind, parts=parts_of(spec, batch, candidates), school=batch.school, purpose=purpose,
        by=by, at=at,
    )  # fmt: skip


def parts_of(spec: NumberingSpec, batch: Batch, candidates: Sequence[Candidate]) -> list[Mapping[str, str]]:
    """Return the parts of each graduate's number; composed once for graduates who share every fact of it."""
    known: dict[tuple[Group, str], Mapping[str, str]] = {}
    prefetch_related_objects([batch.school], "programmes")  # read once, however many groups there are
    parts = []
    for candidate in candidates:
        key = (group_of(candidate), candidate.details.get("graduate_level", ""))
        if key not in known:
            facts = number_facts(batch.school, batch.season.year, key[0], candidate.details)
            known[key] = compose_parts(spec, facts)
        parts.append(known[key])
    return parts


def _numbers_for(
    batch: Batch, view: PackView, listed: Sequence[Candidate], *, by: User, at: datetime
) -> list[CertificateNumber]:
    """Return a number for each listed graduate, in their order; each outcome by its own numbering."""
    given: dict[uuid.UUID, CertificateNumber] = {}
    for outcome in dict.fromkeys(candidate.outcome for candidate in listed):
        members = [candidate for candidate in listed if candidate.outcome == outcome]
        spec = numbering_for(view, outcome)
        if spec is None:
            raise RuleViolation([_no_numbering(view, outcome, members)])
        if spec.granting == GRANTED_BEFOREHAND:
            given |= _from_blocks(batch, spec, members)
        else:
            numbers = assign_numbers(batch, members, purpose=batch.case.title, by=by, at=at)
            given |= {candidate.pk: number for candidate, number in zip(members, numbers, strict=True)}
    return [given[candidate.pk] for candidate in listed]


def _no_numbering(view: PackView, outcome: str, candidates: Sequence[Candidate]) -> Finding:
    label, names = GraduationOutcome(outcome).label, "、".join(candidate.name for candidate in candidates[:10])
    message = f"适用的规定没有{label}证书的编号规则，不能发放{label}证书：{names}{'等' if len(candidates) > 10 else ''}"
    remedy = f"请将{label}的学生退出本批次，另行办理"
    cites = view.workflow("graduation_batch").cites
    return Finding("batch.numbering_known", Severity.ERROR, message, remedy=remedy, cites=cites)


def _from_blocks(
    batch: Batch, spec: NumberingSpec, candidates: Iterable[Candidate]
) -> dict[uuid.UUID, CertificateNumber]:
    """Take the numbers of each group from the blocks granted for it, in order; RuleViolation names the groups that lack some."""
    granted, lacking = blocks_of(batch), []
    given: dict[uuid.UUID, CertificateNumber] = {}
    for group, members in grouped(candidates).items():
        usable = CertificateNumber.objects.select_for_update(of=("self",)).filter(
            block__in=granted.get(group, []), state=NumberState.FREE
        )
        numbers = list(usable.select_related("block").order_by("block", "serial")[: len(members)])
        if len(numbers) < len(members):
            message = f"「{group.label}」有 {len(members)} 名毕业生，核发的编号只余 {len(numbers)} 个"
            remedy = "请按实际毕业生数申请编号"
            lacking.append(Finding("batch.numbers_granted", Severity.ERROR, message, remedy=remedy, cites=spec.cites))
        given |= {candidate.pk: number for candidate, number in zip(members, numbers, strict=False)}
    if lacking:
        raise RuleViolation(lacking)
    return given


def _return_surplus(batch: Batch, by: User, at: datetime) -> None:
    """Return what is left of the blocks granted to the school: ranges then hold as many numbers as certificates."""
    for blocks in blocks_of(batch).values():
        for block in blocks:
            return_numbers(block=block, reason=_SURPLUS, by=by, at=at)


def _approve(listed: Sequence[Candidate], certificates: Sequence[Certificate], at: datetime) -> None:
    """Tie candidates to their certificates in one statement; the records behind them count as examined from now on."""
    for candidate, certificate in zip(listed, certificates, strict=True):
        candidate.certificate = certificate
    store_signed(listed, "certificate", state=CandidateState.APPROVED)
    studied = [certificate.enrolment_id for certificate in certificates if certificate.enrolment_id]
    Enrolment.objects.filter(pk__any_of=ids_as_one(studied), confirmed_at__isnull=True).update(confirmed_at=at)
