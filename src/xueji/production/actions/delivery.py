"""At the school: photograph and steel seal on each diploma, then its hand-out, which nobody takes back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.certificates.actions import seal_certificates
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Certificate, CertificateState, Issue
from xueji.certificates.stages import process_of, require_stage
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.process import has_stage
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import Basis, event_of, mask_identity_numbers, record_event, record_events
from xueji.ledger.tags import EventTag
from xueji.production.form_data import certificates_of
from xueji.production.models import Embossing, HandOut, ParcelItem
from xueji.production.refusals import stage_cites
from xueji.production.withholding import withheld


@transaction.atomic
def emboss_diplomas(*, issue: Issue, certificates: Collection[UUID], by: User, at: datetime) -> int:
    """Confirm photograph and steel seal on these diplomas; return how many are new.

    Where no authority seals, this makes them valid (S2-35): the school's steel seal is the last on the paper.
    """
    require_permission(by, Permission.HAND_OUT_DIPLOMAS, school=issue.school)
    issue = lock_paper(issue)
    view = issue.law
    require_stage(issue, "emboss")
    chosen = _chosen(issue, certificates)
    fresh = [certificate for certificate in chosen if not hasattr(certificate, "embossing")]
    if not fresh:
        raise Conflict("这些证书都已确认过")
    try:
        with transaction.atomic():
            Embossing.objects.bulk_create(
                Embossing(certificate=certificate, done_by=by, done_at=at) for certificate in fresh
            )
    except IntegrityError as error:
        raise Conflict("其中有证书刚被确认，请刷新后重试") from error
    if not _is_sealed_by_authority(issue):
        waiting = [certificate.pk for certificate in fresh if certificate.state == CertificateState.ISSUED]
        seal_certificates(certificates=Certificate.objects.filter(pk__in=waiting), by=by, at=at)
    numbers = [certificate.number.number for certificate in fresh]
    record_event(
        tag=EventTag.DIPLOMAS_EMBOSSED, subject=issue, by=by, at=at, view=view, school_id=issue.school_id,
        rules=[Basis("emboss.done", stage_cites(issue, "emboss"))],
        after={"count": len(numbers), "first": numbers[0], "last": numbers[-1]},
    )  # fmt: skip
    return len(fresh)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who takes a diploma: the graduate (name empty), or a proxy with a document that says so."""

    name: str = ""
    is_proxy: bool = False
    document: str = ""

    def __post_init__(self) -> None:
        if self.is_proxy and not (self.name.strip() and self.document.strip()):
            raise BadInput("代领须填写代领人姓名和代领凭证")


@dataclass(frozen=True, slots=True)
class HandOutReport:
    """What was handed out, and what was not, each with the reason."""

    handed: tuple[HandOut, ...] = ()
    withheld: tuple[tuple[Certificate, tuple[Finding, ...]], ...] = ()
    already: tuple[Certificate, ...] = field(default=())


@transaction.atomic
def hand_out(
    *, issue: Issue, certificates: Collection[UUID], by: User, at: datetime, receiver: Receiver | None = None,
    on: date | None = None,
) -> HandOutReport:  # fmt: skip
    """Hand out diplomas of an issue; those withheld by a rule of the pack or handed out before are told, not handed.

    Many at once go to their graduates; a proxy takes one diploma at a time, with a document.
    """
    receiver = receiver or Receiver()
    require_permission(by, Permission.HAND_OUT_DIPLOMAS, school=issue.school)
    if receiver.is_proxy and len(certificates) != 1:
        raise BadInput("代领逐本登记，一次一本")
    issue = lock_paper(issue)
    view = issue.law
    require_stage(issue, "hand_out")
    day = on or timezone.localdate(at)
    require_day("handed_on", day, timezone.localdate(at))
    chosen = _chosen(issue, certificates)
    for certificate in chosen:
        _require_valid_on(certificate, day, issue)
    if unsealed := [
        certificate.number.number for certificate in chosen if certificate.state != CertificateState.SEALED
    ]:
        raise Conflict(f"证书尚未生效，不能发放：{'、'.join(unsealed[:20])}")
    gone = set(HandOut.objects.filter(certificate__in=chosen, corrects=None).values_list("certificate_id", flat=True))
    barred = withheld(issue, [certificate for certificate in chosen if certificate.pk not in gone], view)
    fit = [certificate for certificate in chosen if certificate.pk not in gone and certificate.pk not in barred]
    handed = _hand(fit, receiver, day, by=by, at=at)
    _record(handed, issue, view, by=by, at=at)
    return HandOutReport(
        tuple(handed), tuple((certificate, tuple(barred[certificate.pk])) for certificate in chosen if certificate.pk in barred),
        tuple(certificate for certificate in chosen if certificate.pk in gone),
    )  # fmt: skip


def _require_valid_on(certificate: Certificate, day: date, issue: Issue) -> None:
    """Raise BadInput for a day before the date that is printed on the diploma, or before an authority sealed it.

    A steel seal of the school's own is no bound: it may be noted after the diplomas were given out.
    """
    number = certificate.number.number
    if day < certificate.issue_date:
        raise BadInput(
            f"领取日期 {day.isoformat()} 早于证书 {number} 的发证日期 {certificate.issue_date.isoformat()}，请核对"
        )
    sealed_on = timezone.localdate(certificate.sealed_at) if certificate.sealed_at else None
    if sealed_on is not None and day < sealed_on and _is_sealed_by_authority(issue):
        raise BadInput(f"领取日期 {day.isoformat()} 早于证书 {number} 的验印日期 {sealed_on.isoformat()}，请核对")


def _hand(
    certificates: Sequence[Certificate], receiver: Receiver, day: date, *, by: User, at: datetime
) -> list[HandOut]:
    try:
        with transaction.atomic():
            return HandOut.objects.bulk_create(
                HandOut(
                    certificate=certificate, received_by_name=receiver.name.strip()[:100] or certificate.holder_name,
                    is_proxy=receiver.is_proxy, proxy_document=mask_identity_numbers(receiver.document.strip())[:100],
                    handed_on=day, handed_by=by, recorded_at=at,
                )
                for certificate in certificates
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("其中有证书刚被发放，请刷新后重试") from error


@transaction.atomic
def correct_hand_out(*, entry: HandOut, receiver: Receiver, on: date, reason: str, by: User, at: datetime) -> HandOut:
    """Correct the record of a hand-out by a further entry; the first one stays, and so does that it happened."""
    issue = entry.certificate.issue
    require_permission(by, Permission.HAND_OUT_DIPLOMAS, school=issue.school)
    if not reason.strip():
        raise BadInput("请写明更正原因")
    require_day("handed_on", on, timezone.localdate(at))
    _require_valid_on(entry.certificate, on, issue)
    try:
        with transaction.atomic():
            newer = HandOut.objects.create(
                certificate=entry.certificate, received_by_name=receiver.name.strip()[:100] or entry.certificate.holder_name,
                is_proxy=receiver.is_proxy, proxy_document=mask_identity_numbers(receiver.document.strip())[:100],
                handed_on=on, handed_by=by, recorded_at=at, corrects=entry, reason=reason.strip()[:200],
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("这条记录已被更正过，请在最新的一条上更正") from error
    record_event(
        tag=EventTag.HAND_OUT_CORRECTED, subject=newer, by=by, at=at, parent=issue, school_id=issue.school_id,
        before=_shown(entry), after=_shown(newer), note=newer.reason,
    )  # fmt: skip
    return newer


def _record(handed: Iterable[HandOut], issue: Issue, view: PackView, *, by: User, at: datetime) -> None:
    rules = [Basis("hand_out.done", stage_cites(issue, "hand_out"))]
    record_events(
        [
            event_of(
                tag=EventTag.DIPLOMAS_HANDED_OUT, subject=hand_out.certificate, by=by, at=at, parent=issue, view=view,
                school_id=issue.school_id, rules=rules, after=_shown(hand_out),
            )
            for hand_out in handed
        ]
    )  # fmt: skip


def _shown(hand_out: HandOut) -> dict[str, object]:
    return {
        "number": hand_out.certificate.number.number, "received_by": hand_out.received_by_name, "is_proxy": hand_out.is_proxy,
        "document": hand_out.proxy_document, "on": hand_out.handed_on,
    }  # fmt: skip


def _chosen(issue: Issue, certificates: Collection[UUID]) -> list[Certificate]:
    """Return the certificates, all of this issue; where they come by parcel, all of them received."""
    wanted = set(certificates)
    chosen = list(certificates_of(issue).select_related("embossing").filter(pk__in=wanted))
    if len(chosen) != len(wanted) or not chosen:
        raise BadInput("请选择本批次有效的证书")
    process = process_of(issue)
    if process and has_stage(process, "dispatch"):
        here = ParcelItem.objects.filter(certificate__in=chosen, state=ParcelItem.State.RECEIVED)
        certificate_ids = set(here.values_list("certificate_id", flat=True))
        if absent := [certificate.number.number for certificate in chosen if certificate.pk not in certificate_ids]:
            raise Conflict(f"学校尚未收到：{'、'.join(absent[:20])}")
    return chosen


def _is_sealed_by_authority(issue: Issue) -> bool:
    process = process_of(issue)
    return process is None or has_stage(process, "seal")
