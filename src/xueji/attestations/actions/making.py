"""One person fills in an attestation, another confirms it: with that it is numbered and issued; a wrong one is voided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.attestations.models import Attestation
from xueji.attestations.queries import (
    CUSTODIAN_KIND,
    KIND,
    Place,
    facts_of,
    is_counterseal_needed,
    known_graduate,
    law_over,
    maker_of,
    may_void,
    schools_attested_by,
)
from xueji.cases.actions import open_case
from xueji.cases.checks import lock_case, require_filer
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState
from xueji.certificates.actions.numbers import release_numbers
from xueji.certificates.models import CertificateNumber, NumberState
from xueji.core.attestations import AttestationFacts, check_attestation
from xueji.core.composition import compose_parts
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.findings import errors_of
from xueji.documents.models import StoredFile
from xueji.documents.photos import picture_alone
from xueji.documents.storage import store_bytes
from xueji.institutions.models import School
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import require_unaltered, store_signed
from xueji.sealing.texts import blind_index

_CODE_DIGITS = 8  # of the code of a school, counted from its end: what precedes says of what kind it is
_LONGEST_REASON = 200
_SHORTEST_PURPOSE = 2


@transaction.atomic
def open_attestation(
    *,
    place: Place,
    school: School,
    facts: AttestationFacts,
    by: User,
    at: datetime,
    photo: bytes | None = None,
    has_steel_seal: bool = False,
) -> Attestation:
    """Draft an attestation of a graduate of `school`, made by `place`: the school itself, or who keeps its files.

    RuleViolation says what is wrong with the facts, NotPermitted that the files of the school lie elsewhere.
    """
    today = timezone.localdate(at)
    if school not in schools_attested_by(place, today):
        raise NotPermitted(f"{school}的学籍档案不在{place}：毕业证明由保管档案的单位开具")
    _require_right(facts, place, at)
    is_school = isinstance(place, School)
    case = open_case(
        kind=KIND if is_school else CUSTODIAN_KIND, school=place if isinstance(place, School) else None,
        parties=None if is_school else {"authority": place}, title=f"{facts.name}的毕业证明", legal_date=today, by=by, at=at,
    )  # fmt: skip
    known = known_graduate(place, facts.resident_id, today)
    attestation = Attestation(
        case=case, school=school, photo=_stored(photo), has_steel_seal=has_steel_seal,
        enrolment=known[1] if known else None, certificate=known[2] if known else None,
    )  # fmt: skip
    for name, value in _columns(facts).items():
        setattr(attestation, name, value)
    attestation.save(force_insert=True)
    record_event(
        tag=EventTag.ATTESTATION_OPENED, subject=attestation, parent=case, by=by, at=at, school_id=case.school_id,
        view=law_of(case), after=_told(attestation),
    )  # fmt: skip
    return attestation


@transaction.atomic
def correct_attestation(
    *,
    attestation: Attestation,
    facts: AttestationFacts,
    by: User,
    at: datetime,
    photo: bytes | None = None,
    has_steel_seal: bool = False,
) -> Attestation:
    """Put right what is drafted or was sent back; the photograph stays unless another is given."""
    case = lock_case(attestation.case)
    require_filer(by, case, "更正毕业证明")
    if case.state not in (CaseState.DRAFT, CaseState.RETURNED):
        raise Conflict(f"毕业证明{case.get_state_display()}，不能更正")
    _require_right(facts, maker_of(attestation), at)
    before = _told(attestation)
    for name, value in _columns(facts).items():
        setattr(attestation, name, value)
    attestation.has_steel_seal = has_steel_seal
    if photo is not None:
        attestation.photo = _stored(photo)
    attestation.save(force_update=True)
    record_event(
        tag=EventTag.ATTESTATION_CORRECTED, subject=attestation, parent=case, by=by, at=at, school_id=case.school_id,
        view=law_of(case), before=before, after=_told(attestation),
    )  # fmt: skip
    return attestation


def apply_attestation(case: Case, by: User, at: datetime) -> None:
    """Number and issue what the second person confirmed: the next serial of the year and of the school's code, for good."""
    require_approved(case)
    attestation, view, today = (
        Attestation.objects.select_related("school").get(case=case),
        law_of(case),
        timezone.localdate(at),
    )
    attestation.case = case
    require_unaltered(attestation, str(attestation))
    facts, place = facts_of(attestation), maker_of(attestation)
    if errors_of(findings := check_attestation(facts, view, today)):
        raise RuleViolation(findings)
    numbered = place if isinstance(place, School) else attestation.school
    spec = view.numbering(KIND)
    parts = compose_parts(spec, {"season.year": str(today.year), "school.code": numbered.code[-_CODE_DIGITS:]})
    block = release_numbers(
        view=view, kind=KIND, parts=parts, count=1, school=numbered, purpose=str(attestation), by=by, at=at
    )
    CertificateNumber.objects.filter(block=block).update(state=NumberState.ISSUED)
    attestation.number = CertificateNumber.objects.get(block=block)
    attestation.issued_on, attestation.signed_as = today, place.name
    attestation.needs_counterseal = is_counterseal_needed(facts, view)
    store_signed([attestation], "number", "issued_on", "signed_as", "needs_counterseal")
    record_event(
        tag=EventTag.ATTESTATION_ISSUED, subject=attestation, parent=case, by=by, at=at, school_id=case.school_id,
        view=view, rules=[Basis(f"numbering.{KIND}", spec.cites)],
        after={"number": attestation.number.number, "on": today, "counterseal": attestation.needs_counterseal},
    )  # fmt: skip


@transaction.atomic
def void_attestation(*, attestation: Attestation, reason: str, by: User, at: datetime) -> Attestation:
    """Void an attestation that is wrong or was taken back, by who confirms them at its maker's; its number is never given again."""
    reason = reason.strip()[:_LONGEST_REASON]
    if not reason:
        raise BadInput("作废毕业证明须写明原因")
    if not may_void(by, attestation):
        raise NotPermitted(f"毕业证明由{maker_of(attestation)}开具，只能由其作废")
    lock_case(attestation.case)
    attestation.refresh_from_db()
    if attestation.number_id is None:
        raise Conflict("毕业证明还没有开具，撤回即可")
    if attestation.voided_at is not None:
        raise Conflict("毕业证明已经作废")
    require_unaltered(attestation, str(attestation))
    CertificateNumber.objects.filter(pk=attestation.number_id).update(state=NumberState.VOID)
    attestation.voided_by, attestation.voided_at, attestation.void_reason = by, at, reason
    store_signed([attestation], "voided_by", "voided_at", "void_reason")
    case = attestation.case
    record_event(
        tag=EventTag.ATTESTATION_VOIDED, subject=attestation, parent=case, by=by, at=at, school_id=case.school_id,
        view=law_of(case), note=reason,
    )  # fmt: skip
    return attestation


@transaction.atomic
def record_attestation_fetch(*, attestation: Attestation, purpose: str, by: User, at: datetime) -> None:
    """Record that somebody prints an attestation or reads its whole number, and what for."""
    if len(purpose.strip()) < _SHORTEST_PURPOSE:
        raise BadInput("请写明查看身份证号码的用途")
    case = attestation.case
    record_event(
        tag=EventTag.ATTESTATION_FETCHED, subject=attestation, parent=case, by=by, at=at, school_id=case.school_id,
        after={"title": str(attestation), "persons": 1}, note=purpose.strip()[:_LONGEST_REASON],
    )  # fmt: skip


def _require_right(facts: AttestationFacts, place: Place, at: datetime) -> None:
    today = timezone.localdate(at)
    findings = check_attestation(facts, law_over(place).on(today), today)
    if errors_of(findings):
        raise RuleViolation(findings)


def _columns(facts: AttestationFacts) -> dict[str, object]:
    """Return the columns of the facts; months as texts, the number with its index."""
    columns: dict[str, object] = asdict(facts)
    for name in ("birth_month", "study_from", "study_until"):
        columns[name] = str(getattr(facts, name))
    return columns | {"resident_id_index": blind_index(facts.resident_id)}


def _told(attestation: Attestation) -> Mapping[str, object]:
    """Return what the record says of the facts: neither number nor birth month."""
    return {
        "name": attestation.name, "programme": attestation.programme, "study_from": attestation.study_from,
        "study_until": attestation.study_until, "plan_category": attestation.plan_category,
        "original_number": attestation.original_number, "school": attestation.school.name,
    }  # fmt: skip


def _stored(photo: bytes | None) -> StoredFile | None:
    """Return the stored photograph, the picture alone; BadInput for what is none."""
    if photo is None:
        return None
    try:
        return store_bytes(picture_alone(photo), "image/jpeg")
    except ValueError as error:
        raise BadInput("照片不是完整的 JPG 图片：请换一张一寸免冠照片") from error
