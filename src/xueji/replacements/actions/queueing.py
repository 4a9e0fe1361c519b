"""What a decided case lets be printed enters the queue, at the place its application was submitted to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.applications.models import NUMBER_LOST
from xueji.cases.kinds import require_approved
from xueji.cases.models import Case
from xueji.certificates.actions import prepare_certificates, void_by_case
from xueji.certificates.models import Certificate, CertificateState
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, Level, School
from xueji.ledger.actions import Basis, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.actions import register_person
from xueji.replacements.actions.notices import say_to_holder
from xueji.replacements.content import content_of
from xueji.replacements.law import cites_of, view_of_case
from xueji.replacements.models import DeliveryWay, Loss, Replacement, ReplacementState
from xueji.replacements.queries import of_one_diploma, replacements_in_force, to_print
from xueji.replacements.rights import may_print
from xueji.replacements.wordings import WITHDRAWN
from xueji.sealing.rows import require_unaltered


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose diploma it was, as their papers of today say."""

    name: str
    sex: str
    birth_date: date
    resident_id: str


@dataclass(frozen=True, slots=True)
class LostDiploma:
    """The diploma as it was, and what the certificate in its place is to say; what the office approved."""

    place: int  # drawn with the submission
    submitted_at: datetime
    school: School  # in whose name it is filed today: the school itself, else who stands in its place
    school_name: str
    category: str
    loss: str
    programme_name: str
    duration_years: Decimal
    study_mode: str
    entry_month: Month
    graduation_month: Month
    photo: StoredFile
    original_number: str = ""
    original: Certificate | None = None
    follows: Replacement | None = None
    delivery_way: str = "pick_up"
    recipient: str = ""
    phone: str = ""
    address: str = ""
    supplemented_place: int | None = None  # drawn when what was asked for had come


@transaction.atomic
def queue_replacement(
    *, case: Case, holder: Holder, diploma: LostDiploma, authority: Authority, by: User, at: datetime
) -> Replacement:
    """Let a certificate be printed that an approved case allows; `authority` decided, that of the province prints (S0-20).

    The place is that of the submission: who is approved late stands before those who came later and are not started.
    Conflict when the diploma already has a replacement on its way, or one in force that nobody said was lost; RuleViolation
    when what it would say cannot be printed.
    """
    require_approved(case, "打印学历证明书")
    view = view_of_case(case)
    _require_sound(diploma)
    person = register_person(
        name=holder.name, sex=holder.sex, birth_date=holder.birth_date, resident_id=holder.resident_id, by=by, at=at
    )
    replacement = Replacement(
        case=case, authority=centre_of(authority), place=_place_of(diploma, view), submitted_at=diploma.submitted_at, person=person,
        school=diploma.school, original=diploma.original, follows=diploma.follows,
        original_number=_number_of(diploma), loss=Loss(diploma.loss), category=diploma.category, name=holder.name, sex=holder.sex,
        birth_date=holder.birth_date, resident_id=holder.resident_id, school_name=diploma.school_name,
        programme_name=diploma.programme_name, duration_years=diploma.duration_years, study_mode=diploma.study_mode,
        entry_month=str(diploma.entry_month), graduation_month=str(diploma.graduation_month), photo=diploma.photo, approved_by=by,
        approved_at=at, delivery_way=diploma.delivery_way, recipient=diploma.recipient, phone=diploma.phone, address=diploma.address,
    )  # fmt: skip
    _refuse_second(replacement)
    earlier = diploma.follows.certificate if diploma.follows else None
    prepare_certificates([content_of(replacement, earlier)], view)  # what could not be printed is not approved
    try:
        with transaction.atomic():
            replacement.save()
    except IntegrityError as error:
        raise Conflict("这份毕业证书的学历证明书已在打印队列中，不重复出具") from error
    record_event(
        tag=EventTag.REPLACEMENT_QUEUED, subject=replacement, parent=case, by=by, at=at, view=view, school_id=diploma.school.pk,
        authority_id=replacement.authority_id, rules=[Basis("replacement.queue", cites_of(view, "approve"))],
        after={"place": replacement.place, "original": replacement.original_number, "loss": replacement.get_loss_display()},
    )  # fmt: skip
    return replacement


@transaction.atomic
def withdraw_replacement(*, replacement: Replacement, reason: str, by: User, at: datetime) -> Replacement:
    """Take a replacement out of the queue: withdrawn by its holder, made twice, or seen to be wrong at the printer.

    What was started has a number: its certificate is void from then on, and none of its sheets may be in the printer or good.
    """
    rows = Replacement.objects.select_for_update(of=("self",)).select_related(
        "case", "authority", "certificate__number"
    )
    replacement = rows.get(pk=replacement.pk)
    if not may_print(by, replacement.authority):
        raise NotPermitted("学历证明书由省里的打印单位办理，您的岗位不办理此事")
    if not (reason := mask_identity_numbers(reason.strip())[:200]):
        raise BadInput("请写明不再打印的原因")
    if replacement.state not in (ReplacementState.WAITING, ReplacementState.STARTED):
        raise Conflict(f"学历证明书{replacement.get_state_display()}，不能再撤出打印队列")
    require_unaltered(replacement, str(replacement))
    if replacement.certificate is not None:
        if not to_print(replacement.authority).filter(pk=replacement.pk).exists():
            raise Conflict("这份学历证明书的纸张还在打印或已确认完好：请先登记该张打坏，再撤出打印队列")
        void_by_case(certificate=replacement.certificate, case=replacement.case, reason=reason, by=by, at=at)
    replacement.state, replacement.note = ReplacementState.WITHDRAWN, reason
    replacement.save()
    say_to_holder(replacement, WITHDRAWN, by=by, at=at, values={"reason": reason})
    record_event(
        tag=EventTag.REPLACEMENT_WITHDRAWN, subject=replacement, parent=replacement.case, by=by, at=at,
        view=view_of_case(replacement.case), school_id=replacement.school_id, authority_id=replacement.authority_id, note=reason,
    )  # fmt: skip
    return replacement


def centre_of(authority: Authority) -> Authority:
    """Return the authority of the province above (or this one): there everything is printed."""
    place: Authority | None = authority
    while place is not None and place.level != Level.PROVINCE:
        place = place.parent
    if place is None:
        raise Conflict(f"{authority.name}的上级没有登记省级主管部门，学历证明书无处打印")
    return place


def _place_of(diploma: LostDiploma, view: PackView) -> int:
    """Return the place in the queue: whether a supplement keeps it is the word of the pack."""
    keeps = view.value("replacement_queue") == "complete"
    return diploma.place if keeps or diploma.supplemented_place is None else diploma.supplemented_place


def _number_of(diploma: LostDiploma) -> str:
    if diploma.original is not None:
        return diploma.original.number.number
    return diploma.original_number.strip() or NUMBER_LOST


def _require_sound(diploma: LostDiploma) -> None:
    if diploma.original is not None and diploma.original.state != CertificateState.SEALED:
        raise Conflict(f"证书 {diploma.original.number.number} 不是有效的证书，不能出具学历证明书")
    if diploma.loss not in Loss.values:
        raise BadInput("请写明毕业证书是丢失还是损毁")
    if diploma.delivery_way not in DeliveryWay.values:
        raise BadInput("请选择自取或邮寄")
    if diploma.delivery_way == DeliveryWay.MAIL and not (
        diploma.recipient.strip() and diploma.phone.strip() and diploma.address.strip()
    ):
        raise BadInput("邮寄须填写收件人、电话和地址")


def _refuse_second(replacement: Replacement) -> None:
    """Refuse a second certificate for one diploma: only what follows the first, itself lost or misprinted, takes its place."""
    before = replacement.follows
    if before is not None and before.state not in (ReplacementState.SEALED, ReplacementState.DELIVERED):
        raise Conflict("原学历证明书还没有盖章交付，不能再办；打印坏了的在打印页面登记作废重打")
    same = of_one_diploma(
        persons=[replacement.person], category=replacement.category, school=replacement.school,
        school_name=replacement.school_name, graduated=replacement.graduation_month, original=replacement.original,
    )  # fmt: skip
    live = replacements_in_force().filter(same)
    if before is not None:
        live = live.exclude(pk=before.pk)
    if second := live.select_related("certificate__number").first():
        number = second.certificate.number.number if second.certificate else "待打印"
        raise Conflict(f"这份毕业证书已出具学历证明书（{number}）；该证明书遗失或有误的，请注明后重新办理")
