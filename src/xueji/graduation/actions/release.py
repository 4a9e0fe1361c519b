"""The city's approval: everybody is checked once more, then number and date of issue are given in one transaction (S1-08)."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from xueji.accounts.models import User
from xueji.certificates.actions import issue_certificates, prepare_certificates, release_numbers
from xueji.certificates.content import CertificateContent
from xueji.certificates.models import Certificate, NumberBlock
from xueji.core.errors import Conflict, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.packs import PackView
from xueji.graduation.actions.batches import lock_batch
from xueji.graduation.facts import batch_view, facts_of_candidate, roster_order, surroundings_of
from xueji.graduation.models import Batch, BatchBlock, Candidate, CandidateState
from xueji.graduation.rules import check_batch, deferral_findings
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.models import Enrolment


def release_batch(*, batch: Batch, by: User, at: datetime) -> NumberBlock:
    """Give every listed graduate a number, in the order of the roster and without a gap, and one date of issue.

    Refused and withdrawn ones get none. RuleViolation when sealing is deferred for the school, a correction is open,
    somebody is marked, or a rule speaks against one of them: then nothing is written.
    """
    batch = lock_batch(batch)
    if batch.numbered_at is not None:
        raise Conflict("本批次已经发放编号")
    view, today = batch_view(batch), timezone.localdate(at)
    errors = errors_of([*deferral_findings(view, batch.school), *check_batch(batch, today)])
    if errors:
        raise RuleViolation(errors)
    listed = roster_order(batch.candidates.filter(state=CandidateState.LISTED).select_related("person"))
    prepared = prepare_certificates([_content(c, batch) for c in listed], view, surroundings_of(batch))
    block = release_numbers(
        view=view, kind="graduation", parts={"year": batch.season.year}, count=len(listed), school=batch.school,
        purpose=batch.case.title, by=by, at=at,
    )  # fmt: skip
    certificates = issue_certificates(prepared=prepared, block=block, issue_date=today, by=by, at=at)
    _approve(batch, block, today, at)
    record_event(
        tag=EventTag.BATCH_APPROVED, subject=batch, parent=batch.case, by=by, at=at, view=view,
        rules=[view_step(view)],
        after={
            "certificates": len(certificates), "first": certificates[0].number.number,
            "last": certificates[-1].number.number, "issue_date": today,
        },
    )  # fmt: skip
    return block


def view_step(view: PackView) -> Basis:
    """Return the ground of the release: the last step of the workflow with its clauses."""
    step = view.workflow("graduation_batch").steps[-1]
    return Basis(f"workflow.graduation_batch.{step.key}", step.cites)


def _content(candidate: Candidate, batch: Batch) -> CertificateContent:
    return CertificateContent(
        certificate_id=uuid.uuid4(),
        kind="graduation",
        person_id=candidate.person_id,
        enrolment_id=candidate.enrolment_id,
        school_id=batch.school_id,
        holder_id_index=bytes(candidate.person.resident_id_index),
        school_name=batch.school.name,
        principal=batch.school.principal,
        facts=facts_of_candidate(candidate),
        photo_sha256=candidate.photo_id,
    )


def _approve(batch: Batch, block: NumberBlock, issue_date: date, at: datetime) -> None:
    """Tie candidates to their certificates in one statement; the records behind them count as examined from now on."""
    batch.numbered_at, batch.issue_date = at, issue_date
    batch.save(update_fields=["numbered_at", "issue_date"])
    BatchBlock.objects.create(batch=batch, block=block)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE graduation_candidate SET state = %s, certificate_id = c.id FROM certificates_certificate c"
            " JOIN certificates_certificatenumber n ON n.id = c.number_id"
            " WHERE n.block_id = %s AND graduation_candidate.batch_id = %s"
            " AND c.enrolment_id = graduation_candidate.enrolment_id AND graduation_candidate.state = %s",
            [CandidateState.APPROVED.value, block.pk, batch.pk, CandidateState.LISTED.value],
        )
    issued = Certificate.objects.filter(number__block=block).order_by()
    Enrolment.objects.filter(pk__in=issued.values("enrolment"), confirmed_at__isnull=True).update(confirmed_at=at)
