"""The sealing of a batch (验印) and the lodging of its papers (存档)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import CaseState
from xueji.certificates.actions import seal_certificates
from xueji.certificates.models import Certificate, CertificateState
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.packs import PackView
from xueji.core.registers import check_register
from xueji.graduation.actions.duties import open_duties
from xueji.graduation.models import Batch
from xueji.institutions.models import Post
from xueji.institutions.queries import officers_of, require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.actions.rounds import window_of
from xueji.production.forms import certificates_of, facts_to_check, number_range, view_of
from xueji.production.grounds import refusal
from xueji.production.models import ArchiveCopy, SealingRefusal, SealingRound, SealingSession
from xueji.production.standing import refuse_while_deferred


@transaction.atomic
def seal_batch(
    *,
    batch: Batch,
    round: SealingRound,  # noqa: A002  # the model's word
    diplomas_counted: int,
    refused: Mapping[UUID, str],
    sealed_by: User,
    supervised_by: User,
    at: datetime,
    note: str = "",
) -> SealingSession:
    """Seal the diplomas a school brought: counted = range of numbers = register, or nothing is sealed.

    `refused` names certificates that are not sealed, each with its reason; the rest becomes valid and the duties of
    the school begin to run. Two persons stand at the press: who seals and who watches the seal.
    """
    batch = Batch.objects.select_for_update().select_related("case", "season", "school").get(pk=batch.pk)
    view = view_of(batch)
    if batch.sealed_at is not None:
        raise Conflict("这一批次已经验印")
    if batch.case.state != CaseState.APPROVED or batch.numbered_at is None:
        raise refusal(
            "sealing.batch_approved", "批次没有通过审核、发放证书编号，不能验印",
            cites=view.workflow("graduation_batch").cites,
        )  # fmt: skip
    _check_persons(batch, sealed_by, supervised_by)
    _check_day(batch, round, view, at)
    refuse_while_deferred(batch.school, view)
    certificates = list(certificates_of(batch).filter(state=CertificateState.ISSUED).select_for_update(of=("self",)))
    reasons = _reasons(certificates, refused)
    _check_counts(batch, view, len(certificates), diplomas_counted)
    first, last = number_range(batch)
    session = SealingSession.objects.create(
        batch=batch, round=round, diplomas_counted=diplomas_counted, register_total=len(certificates),
        refused_count=len(reasons), sealed_count=len(certificates) - len(reasons), first_number=first,
        last_number=last, sealed_by=sealed_by, supervised_by=supervised_by, sealed_at=at, note=note.strip(),
    )  # fmt: skip
    SealingRefusal.objects.bulk_create(
        SealingRefusal(session=session, certificate_id=pk, reason=reason) for pk, reason in reasons.items()
    )
    if fit := [one.pk for one in certificates if one.pk not in reasons]:
        seal_certificates(certificates=Certificate.objects.filter(pk__in=fit), by=sealed_by, at=at)
    batch.sealed_at = at
    batch.save(update_fields=["sealed_at"])
    _record(session, view, reasons)
    open_duties(batch=batch, by=sealed_by, at=at)
    return session


def _check_persons(batch: Batch, sealed_by: User, supervised_by: User) -> None:
    """Refuse one person in both parts, and anyone who does not hold the post with the sealing authority."""
    if sealed_by.pk == supervised_by.pk:
        raise refusal("sealing.two_persons", "验印人和监印人必须是两个人", remedy="请由另一人监印")
    for user, posts, role in (
        (sealed_by, {Post.SEALER}, "验印人"),
        (supervised_by, {Post.SEAL_SUPERVISOR, Post.SEALER}, "监印人"),
    ):
        if not any(officers_of(batch.season.authority, post).filter(pk=user.pk).exists() for post in posts):
            raise NotPermitted(f"{user.full_name} 不是{batch.season.authority.name}的{role}")


def _check_day(batch: Batch, around: SealingRound, view: PackView, at: datetime) -> None:
    """Refuse outside the days of the round: before, between, or for late ones after the last day for good (S1-13)."""
    if around.season_id != batch.season_id or around.is_late != batch.is_late:
        raise BadInput("这一批次不属于该次验印")
    day = timezone.localdate(at)
    if around.opens_on <= day <= around.closes_on:
        return
    window = window_of(batch.season, is_late=batch.is_late)
    cites = window.cites if window else view.document("late_register" if batch.is_late else "register").cites
    if batch.is_late and day > around.closes_on:
        message = f"补验印已于 {around.closes_on:%Y-%m-%d} 截止，逾期不予办理"
        remedy = "确有特殊原因的，以正式文件向市教育局报告"
    else:
        message = f"今天（{day:%Y-%m-%d}）不在验印时间内：{around.opens_on:%Y-%m-%d} 至 {around.closes_on:%Y-%m-%d}"
        remedy = "" if day < around.opens_on else "错过集中验印的，按补验印办理"
    raise refusal("sealing.within_window", message, cites=cites, remedy=remedy)


def _reasons(certificates: list[Certificate], refused: Mapping[UUID, str]) -> dict[UUID, str]:
    """Return the refused certificates with trimmed reasons; each must be of this batch and have a reason."""
    known = {one.pk: one.number.number for one in certificates}
    if strangers := [str(pk) for pk in refused if pk not in known]:
        raise BadInput(f"不属于本批次、或已作废的证书：{'、'.join(strangers)}")
    reasons = {pk: reason.strip() for pk, reason in refused.items()}
    if empty := [known[pk] for pk, reason in reasons.items() if not reason]:
        raise BadInput(f"不予验印须写明原因：{'、'.join(empty)}")
    return reasons


def _check_counts(batch: Batch, view: PackView, live: int, counted: int) -> None:
    """Raise RuleViolation unless the register is sound and the diplomas counted are as many as it says (S1-21)."""
    cites = view.document("late_register" if batch.is_late else "register").cites
    findings = errors_of(check_register(facts_to_check(batch), view))
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
    batch, by, at = session.batch, session.sealed_by, session.sealed_at
    window = window_of(batch.season, is_late=batch.is_late)
    record_event(
        tag=EventTag.SEALING_DONE, subject=session, by=by, at=at, parent=batch, view=view, school_id=batch.school_id,
        rules=[Basis("sealing.within_window", window.cites)] if window else (),
        after={"counted": session.diplomas_counted, "sealed": session.sealed_count, "refused": session.refused_count,
               "first": session.first_number, "last": session.last_number, "supervised_by": session.supervised_by.full_name},
    )  # fmt: skip
    if reasons:
        record_event(
            tag=EventTag.SEALING_REFUSED, subject=session, by=by, at=at, parent=batch, view=view,
            school_id=batch.school_id, after={str(pk): reason for pk, reason in reasons.items()},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CopyReceived:
    """One paper handed over: who keeps it (city, county, school), which (register, roster), where it stands."""

    keeper: str
    document: str
    shelf_mark: str


@transaction.atomic
def lodge_archive_copies(
    *, session: SealingSession, copies: Iterable[CopyReceived], by: User, at: datetime
) -> list[ArchiveCopy]:
    """Record the papers lodged after a sealing with city, county and school (S1-15); each may come on its own day."""
    require_permission(by, Permission.SEAL, school=session.batch.school)
    copies = list(copies)
    if not copies:
        raise BadInput("没有登记任何存档件")
    stored = []
    for copy in copies:
        keeper = ArchiveCopy.Keeper(copy.keeper)
        if not copy.shelf_mark.strip():
            raise BadInput(f"请填写{keeper.label}存档的档号")
        try:
            with transaction.atomic():
                stored.append(
                    ArchiveCopy.objects.create(
                        session=session,
                        keeper=keeper,
                        document=copy.document,
                        shelf_mark=copy.shelf_mark.strip(),
                        received_by=by,
                        received_at=at,
                    )
                )
        except IntegrityError as error:
            raise Conflict(f"{keeper.label}的这一份已经登记过") from error
    view = view_of(session.batch)
    record_event(
        tag=EventTag.SEALING_COPIES_LODGED, subject=session, by=by, at=at, parent=session.batch, view=view,
        school_id=session.batch.school_id, rules=[Basis("sealing.archived", view.document("register").cites[-1:])],
        after=[{"keeper": one.keeper, "document": one.document, "shelf_mark": one.shelf_mark} for one in stored],
    )  # fmt: skip
    return stored
