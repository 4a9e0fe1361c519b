"""Issuing, sealing and voiding. `prepare_certificates` checks exactly what will be printed; nothing else can be issued."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from weakref import WeakSet

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.kinds import require_approved
from xueji.cases.models import Case
from xueji.certificates.actions.issues import note_numbers
from xueji.certificates.content import PURPOSE, CertificateContent, printed_values
from xueji.certificates.models import (
    Certificate,
    CertificateNumber,
    CertificateState,
    Issue,
    NumberBlock,
    NumberState,
)
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.facts import GraduateFacts, Surroundings
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.rules import check_certificate
from xueji.documents.fonts import uncovered
from xueji.ledger.actions import event_of, mask_identity_numbers, record_event, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.sealing.digests import active_key_id, keyed_digest
from xueji.sealing.rows import store_signed
from xueji.statements import keys_as_one

_MINT = secrets.token_bytes(32)  # known to prepare_certificates alone, new in every process
_VALUES_OF = attrgetter(*(field.name for field in fields(CertificateContent) if field.name != "facts"))
_FACTS_OF = attrgetter(*(field.name for field in fields(GraduateFacts)))
_OPEN: WeakSet[PreparedCertificates] = WeakSet()  # prepared and not issued yet


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class PreparedCertificates:
    """Contents that passed every rule of a pack on its legal date. Only `prepare_certificates` makes one.

    It binds exactly these contents and this law, and is good for one issue: refilled, copied or used again it is refused.
    """

    contents: tuple[CertificateContent, ...]
    view: PackView
    minted: bytes

    def __post_init__(self) -> None:
        self.require_bound()

    def require_bound(self) -> None:
        """ValueError when this is not what `prepare_certificates` looked at."""
        if not hmac.compare_digest(self.minted, _minted(self.contents, self.view)):
            raise ValueError("only prepare_certificates makes PreparedCertificates")


def _minted(contents: tuple[CertificateContent, ...], view: PackView) -> bytes:
    bound = [(_VALUES_OF(content), _FACTS_OF(content.facts)) for content in contents]
    return hmac.digest(_MINT, repr((bound, view.pack.hash, view.day)).encode(), "sha256")


def _redeem(prepared: PreparedCertificates) -> None:
    """Take what was prepared out of use, whatever becomes of the issue; ValueError when it never was or is used up."""
    if not isinstance(prepared, PreparedCertificates):
        raise TypeError("issue_certificates accepts only what prepare_certificates returned")
    if prepared not in _OPEN:
        raise ValueError("what was prepared is issued once")
    _OPEN.remove(prepared)
    prepared.require_bound()


def prepare_certificates(
    contents: Sequence[CertificateContent], view: PackView, surroundings: Surroundings | None = None
) -> PreparedCertificates:
    """Run the rules of their kind of paper and the fonts over exactly what will be printed; RuleViolation carries every error."""
    lacking = frozenset(uncovered("".join(sorted({c for content in contents for c in content.printed_text}))))
    known_surroundings = surroundings or Surroundings()
    known_surroundings = replace(
        known_surroundings, uncovered=known_surroundings.uncovered | lacking, on=known_surroundings.on or view.day
    )
    errors = [finding for content in contents for finding in _errors_of(content, view, known_surroundings)]
    if errors:
        raise RuleViolation(errors)
    bound = tuple(contents)
    prepared = PreparedCertificates(bound, view, _minted(bound, view))
    _OPEN.add(prepared)
    return prepared


def _errors_of(content: CertificateContent, view: PackView, surroundings: Surroundings) -> list[Finding]:
    """Return what refuses one certificate, each finding naming its holder."""
    found = [f for f in check_certificate(content.kind, content.facts, view, surroundings) if f.is_error]
    lacking = [c for c in dict.fromkeys(content.school_name + content.principal) if c in surroundings.uncovered]
    if lacking:  # the rule looks at graduates only
        rule = next((r for r in view.rules("graduate") if r.rule == "graduate.characters_printable"), None)
        if rule:
            text = "、".join(f"「{c}」（U+{ord(c):04X}）" for c in lacking)
            found.append(
                Finding(rule.rule, rule.severity, f"校名或校长姓名中的{text}没有字体可以打印", cites=rule.cites)
            )
    name = content.facts.name or "（无姓名）"
    return [replace(f, message=f"{name}：{f.message}") for f in found]


def issue_certificates(
    *,
    issue: Issue,
    prepared: PreparedCertificates,
    issue_date: date,
    by: User,
    at: datetime,
    block: NumberBlock | None = None,
    numbers: Sequence[CertificateNumber] | None = None,
) -> list[Certificate]:
    """Give the prepared certificates of an issue their numbers, in order, and store them as they will be printed.

    The numbers are the free ones of a block, or those named, one a certificate, of whatever blocks they are.
    """
    _redeem(prepared)
    with transaction.atomic():
        numbers = _lock_numbers(len(prepared.contents), block, numbers)
        _check_predecessors(prepared.contents)
        certificates = [
            _certificate(content, number, issue=issue, view=prepared.view, issue_date=issue_date, by=by, at=at)
            for content, number in zip(prepared.contents, numbers, strict=True)
        ]
        copy_rows(certificates)
        note_numbers(issue, {number.block_id for number in numbers}, issue_date, at)
        given = keys_as_one([n.pk for n in numbers])
        CertificateNumber.objects.filter(pk__any_of=given).update(state=NumberState.ISSUED)
        record_events(
            [
                event_of(
                    tag=EventTag.CERTIFICATES_ISSUED, subject=certificate, parent=number.block, by=by, at=at,
                    school_id=certificate.school_id, view=prepared.view,
                    after={"number": number.number, "issue_date": issue_date, "content_digest": certificate.content_digest},
                )
                for certificate, number in zip(certificates, numbers, strict=True)
            ]
        )  # fmt: skip
    return certificates


def _lock_numbers(
    count: int, block: NumberBlock | None, named: Sequence[CertificateNumber] | None
) -> list[CertificateNumber]:
    """Return as many usable numbers, locked; Conflict when there are fewer."""
    if (block is None) == (named is None):
        raise TypeError("name either a block or the numbers themselves")
    usable = CertificateNumber.objects.select_for_update().filter(state__in=[NumberState.FREE, NumberState.RESERVED])
    if named is None:
        found = list(usable.filter(block=block).order_by("serial")[:count])
    else:
        wanted = keys_as_one([number.pk for number in named])
        usable_by_pk = {number.pk: number for number in usable.filter(pk__any_of=wanted).order_by("pk")}
        found = [usable_by_pk[number.pk] for number in named if number.pk in usable_by_pk]
    blocks = NumberBlock.objects.in_bulk({number.block_id for number in found})
    for number in found:
        number.block = blocks[number.block_id]
    if len(found) != count or len({number.pk for number in found}) != count:
        raise Conflict(f"编号只有 {len(found)} 个可用，需要 {count} 个")
    return found


def _certificate(
    content: CertificateContent,
    number: CertificateNumber,
    *,
    issue: Issue,
    view: PackView,
    issue_date: date,
    by: User,
    at: datetime,
) -> Certificate:
    facts: Any = content.facts  # whole: the release refuses a graduate who lacks any of them
    key_id = active_key_id()
    return Certificate(
        id=content.certificate_id,
        kind=content.kind,
        issue=issue,
        number=number,
        person_id=content.person_id,
        enrolment_id=content.enrolment_id,
        school_id=content.school_id,
        holder_name=facts.name,
        holder_sex=facts.sex,
        holder_birth_date=facts.birth_date,
        holder_id=facts.resident_id or "",
        school_name=content.school_name,
        principal=content.principal,
        programme_name=facts.programme,
        specialisation=facts.specialisation or "",
        details=dict(facts.details),
        duration_years=facts.duration_years,
        study_mode=facts.study_mode,
        entry_month=str(facts.entry_month),
        graduation_month=str(facts.graduation_month),
        issue_date=issue_date,
        photo_id=content.photo_sha256,
        content_digest=keyed_digest(printed_values(content, number.number, issue_date), purpose=PURPOSE, key_id=key_id),
        content_key_id=key_id,
        pack=view.pack.id,
        pack_hash=view.pack.hash,
        issued_by=by,
        issued_at=at,
        predecessor_id=content.predecessor_id,
    )


def _check_predecessors(contents: Sequence[CertificateContent]) -> None:
    """A successor follows a voided certificate of the same person and kind; a living one is voided first."""
    wanted = {c.predecessor_id: c for c in contents if c.predecessor_id}
    found = Certificate.objects.select_for_update().in_bulk(list(wanted)) if wanted else {}
    for key, content in wanted.items():
        old = found.get(key)
        if old is None or (old.person_id, old.kind) != (content.person_id, content.kind):
            raise Conflict("原证书与新证书不是同一人、同一种类，不能接续")
        if old.state != CertificateState.VOID:
            raise Conflict("原证书尚未作废，不能另发新证书")


def seal_certificates(*, certificates: QuerySet[Certificate], by: User, at: datetime) -> int:
    """Make issued certificates valid; return how many. Conflict when one of them is not waiting for its seal."""
    with transaction.atomic():
        locked = list(certificates.order_by("pk").select_for_update(of=("self",)).select_related("number"))
        ready = [c for c in locked if c.state == CertificateState.ISSUED]
        if len(ready) != len(locked):
            raise Conflict(f"{len(locked) - len(ready)} 份证书已验印或已作废，不能再次验印")
        store_signed(ready, state=CertificateState.SEALED, sealed_at=at)
        record_events(
            [
                event_of(
                    tag=EventTag.CERTIFICATES_SEALED, subject=c, by=by, at=at, school_id=c.school_id,
                    after={"number": c.number.number},
                )
                for c in ready
            ]
        )  # fmt: skip
    return len(ready)


def void_by_case(*, certificate: Certificate, case: Case, reason: str, by: User, at: datetime) -> Certificate:
    """Void a certificate because a case decided so: whose posts decide is the workflow's word, not one permission's."""
    require_approved(case, "作废证书")
    if case.school_id not in (None, certificate.school_id):  # none: an applicant filed it, and its app says of what
        raise Conflict("证书所属学校没有通过的办件，不能作废证书")
    if not reason.strip():
        raise BadInput("作废证书须写明原因")
    with transaction.atomic():
        certificate = (
            Certificate.objects.select_for_update(of=("self",))
            .select_related("number", "school")
            .get(pk=certificate.pk)
        )
        if certificate.state == CertificateState.VOID:
            raise Conflict(
                f"证书 {certificate.number.number} 已于 {timezone.localdate(certificate.voided_at):%Y-%m-%d} 作废"
            )
        before = certificate.state
        certificate.state, certificate.voided_at = CertificateState.VOID, at
        certificate.void_reason = mask_identity_numbers(reason.strip())[:200]
        certificate.save(update_fields=["state", "voided_at", "void_reason", "digest"])
        CertificateNumber.objects.filter(pk=certificate.number_id).update(state=NumberState.VOID)
        record_event(
            tag=EventTag.CERTIFICATE_VOIDED,
            subject=certificate,
            parent=case,
            by=by,
            at=at,
            school_id=certificate.school_id,
            before={"state": before},
            after={"state": "void", "number": certificate.number.number},
            note=reason.strip(),
        )
    return certificate
