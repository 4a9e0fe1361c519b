"""The sealing of an issue (验印)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.models import CaseState
from xueji.certificates.actions import seal_certificates
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Certificate, CertificateState, Issue
from xueji.certificates.stages import require_stage
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.packs import PackView
from xueji.core.rules import check_register
from xueji.institutions.queries.deferral import refuse_while_deferred
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.actions.rounds import held_round
from xueji.production.filechecks import not_graduated
from xueji.production.form_data import certificates_of, facts_to_check, number_range, register_facts
from xueji.production.kinds import kind_of
from xueji.production.materials import check_materials
from xueji.production.models import SealingRefusal, SealingRound, SealingSession
from xueji.production.refusals import approval_cites, counting_cites, refusal
from xueji.production.rights import require_sealers
from xueji.production.windows import window_of


@transaction.atomic
def seal_issue(
    *,
    issue: Issue,
    round: SealingRound,  # noqa: A002  # the model's word
    diplomas_counted: int,
    refused: Mapping[UUID, str],
    sealed_by: User,
    supervised_by: User,
    at: datetime,
    note: str = "",
    materials: Collection[str] = (),
) -> SealingSession:
    """Seal the diplomas a school brought: counted = range of numbers = register, or nothing is sealed.

    `refused` names certificates that are not sealed, each with its reason; the rest becomes valid, and what its kind
    has follow the seal begins (the duties of the school). Two persons stand at the press: who seals and who watches the seal. `materials` are the
    papers ticked off, where the pack lists what must be brought; where it has electronic files looked at, the lots
    must be drawn and settled, and whose file does not say «graduated» is refused.
    """
    issue = lock_paper(issue)
    view = issue.law
    if issue.sealed_at is not None:
        raise Conflict("这一批次已经验印")
    if issue.case.state != CaseState.APPROVED or issue.numbered_at is None:
        raise refusal(
            "sealing.batch_approved", "批次没有通过审核、发放证书编号，不能验印",
            cites=approval_cites(issue),
        )  # fmt: skip
    require_sealers(issue.authority, sealed_by, supervised_by)
    sealing_round = held_round(round)
    _check_day(issue, sealing_round, view, at)
    refuse_while_deferred(issue.school, view)
    require_stage(issue, "seal")
    check_materials(issue, view, materials)
    certificates = list(certificates_of(issue).filter(state=CertificateState.ISSUED).select_for_update(of=("self",)))
    reasons = _reasons(certificates, {**not_graduated(issue, view), **refused})
    _check_counts(issue, view, len(certificates), diplomas_counted)
    first, last = number_range(issue)
    session = SealingSession.objects.create(
        issue=issue, round=sealing_round, diplomas_counted=diplomas_counted, register_total=len(certificates),
        refused_count=len(reasons), sealed_count=len(certificates) - len(reasons), first_number=first,
        last_number=last, sealed_by=sealed_by, supervised_by=supervised_by, sealed_at=at, note=note.strip(), materials=sorted(materials),
    )  # fmt: skip
    SealingRefusal.objects.bulk_create(
        SealingRefusal(session=session, certificate_id=pk, reason=reason) for pk, reason in reasons.items()
    )
    if fit := [certificate.pk for certificate in certificates if certificate.pk not in reasons]:
        seal_certificates(certificates=Certificate.objects.filter(pk__in=fit), by=sealed_by, at=at)
    issue.sealed_at = at
    issue.save(update_fields=["sealed_at"])
    _record(session, view, reasons)
    kind_of(issue).on_sealed(issue, sealed_by, at)
    return session


def _check_day(issue: Issue, sealing_round: SealingRound, view: PackView, at: datetime) -> None:
    """Refuse outside the days of the round: before, between, or for late ones after the last day for good (S1-13)."""
    if not sealing_round.takes(issue):
        raise BadInput("这一批次不属于该次验印")
    day = timezone.localdate(at)
    if sealing_round.opens_on <= day <= sealing_round.closes_on:
        return
    window = window_of(issue)
    cites = window.cites if window else counting_cites(view, issue)
    if issue.is_late and day > sealing_round.closes_on:
        message = f"补验印已于 {sealing_round.closes_on:%Y-%m-%d} 截止，逾期不予办理"
        remedy = "确有特殊原因的，请向验印机关书面报告"
    else:
        message = f"今天（{day:%Y-%m-%d}）不在验印时间内：{sealing_round.opens_on:%Y-%m-%d} 至 {sealing_round.closes_on:%Y-%m-%d}"
        missed = view.guidance("missed_sealing")
        remedy = missed.text if missed and day > sealing_round.closes_on else ""
    raise refusal("sealing.within_window", message, cites=cites, remedy=remedy)


def _reasons(certificates: list[Certificate], refused: Mapping[UUID, str]) -> dict[UUID, str]:
    """Return the refused certificates with trimmed reasons; each must be of this issue and have a reason."""
    known = {certificate.pk: certificate.number.number for certificate in certificates}
    if strangers := [str(pk) for pk in refused if pk not in known]:
        raise BadInput(f"不属于本批次、或已作废的证书：{'、'.join(strangers)}")
    reasons = {pk: reason.strip() for pk, reason in refused.items()}
    if empty := [known[pk] for pk, reason in reasons.items() if not reason]:
        raise BadInput(f"不予验印须写明原因：{'、'.join(empty)}")
    return reasons


def _check_counts(issue: Issue, view: PackView, live: int, counted: int) -> None:
    """Raise RuleViolation unless the register is sound and the diplomas counted are as many as it says (S1-21)."""
    cites = counting_cites(view, issue)
    findings = errors_of(check_register(facts_to_check(issue, register_facts(issue)), view))
    if findings:
        raise RuleViolation(findings)
    if live == 0:
        raise refusal("sealing.counts_agree", "这一批次没有可验印的证书", cites=cites)
    if counted != live:
        raise refusal(
            "sealing.counts_agree",
            f"清点证书 {counted} 本，登记册验印人数 {live} 人，相差 {abs(counted - live)}",
            cites=cites,
            remedy="请重新清点；短少的证书须补齐，多出的须查明来源，数目相符后再验印",
        )


def _record(session: SealingSession, view: PackView, reasons: Mapping[UUID, str]) -> None:
    issue, by, at = session.issue, session.sealed_by, session.sealed_at
    window = window_of(issue)
    record_event(
        tag=EventTag.SEALING_DONE, subject=session, by=by, at=at, parent=issue, view=view, school_id=issue.school_id,
        rules=[Basis("sealing.within_window", window.cites)] if window else (),
        after={"counted": session.diplomas_counted, "sealed": session.sealed_count, "refused": session.refused_count,
               "first": session.first_number, "last": session.last_number, "supervised_by": session.supervised_by.full_name},
    )  # fmt: skip
    if reasons:
        record_event(
            tag=EventTag.SEALING_REFUSED, subject=session, by=by, at=at, parent=issue, view=view,
            school_id=issue.school_id, after={str(pk): reason for pk, reason in reasons.items()},
        )  # fmt: skip
