"""What an applicant does before submitting: open, state facts, add pictures of papers, sign; and afterwards withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from xueji.accounts.models import Applicant, User
from xueji.accounts.permissions import Permission
from xueji.applications.facts import COMMITMENT, PORTRAIT, instead_of
from xueji.applications.locks import lock_application
from xueji.applications.models import DIPLOMA_INDEX, Application, PaperPicture, label_of
from xueji.applications.queries import asked_defects, may_act_for, open_defects, serves_applicants
from xueji.applications.supplement_actions import close_defect
from xueji.cases.actions import withdraw_case
from xueji.cases.models import CaseState, Decision
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.documents.models import StoredFile
from xueji.documents.snapshots import take_snapshot
from xueji.documents.storage import erase_stored, store_once
from xueji.institutions.models import Authority
from xueji.institutions.queries import holds_at
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.sealing.indexes import keyed_index

MAX_MATERIAL_BYTES = 12 * 1024 * 1024  # of one picture as it is sent
MAX_PAGES, MAX_FILES, MAX_BYTES = 8, 60, 60 * 1024 * 1024  # of one paper; of one person, kept
MAX_DRAFTS = 5
STATED = (
    "category", "school", "school_name", "place_code", "school_state", "entered", "graduated", "programme", "is_health",
    "duration_years", "study_mode", "diploma", "original_number", "sealed_by", "admission_form", "has_office_copy",
    "mismatch", "identity_changed", "holder_name", "birth_date", "delivery", "mail_address",
)  # fmt: skip
# what the law asks besides once one of the others is stated anew
FOLLOWS = frozenset({
    "school", "school_state", "is_health", "has_office_copy", "mismatch", "identity_changed", "diploma", "admission_form",
    "delivery", "mail_address",
})  # fmt: skip
_SEALED = {"original_number", "birth_date", "mail_address"}  # closed columns: nothing of their kind to check
State = Application.State


@transaction.atomic
def open_application(
    *, applicant: Applicant, kind: str, centre: Authority, by: User, at: datetime, counter: Authority | None = None
) -> Application:
    """Open a draft under the law of a centre; Conflict when too many drafts lie about.

    At a counter an officer who serves there opens it (`counter_actions`).
    """
    if by.pk != applicant.user_id and (counter is None or not holds_at(by, Permission.SERVE_AT_COUNTER, counter.pk)):
        raise NotPermitted("只有申请人本人可以办理自己的申请")
    Applicant.objects.select_for_update(of=("self",)).get(pk=applicant.pk)
    if kind not in Application.Kind.values:
        raise BadInput("没有这个办理事项")
    if not serves_applicants(centre, timezone.localdate(at)):
        raise Conflict(f"{centre.name}没有开通网上办理")
    if applicant.applications.filter(state=State.DRAFT).count() >= MAX_DRAFTS:
        raise Conflict(f"已有 {MAX_DRAFTS} 份没有提交的申请；请先提交或撤回其中一份")
    application = Application.objects.create(
        applicant=applicant, centre=centre, kind=kind, opened_at=at, original_number="", mail_address="",
        holder_name=applicant.name,
    )  # fmt: skip
    record_event(
        tag=EventTag.APPLICATION_OPENED, subject=application, by=by, at=at, authority_id=centre.pk,
        after={"kind": application.get_kind_display()},
    )  # fmt: skip
    return application


@transaction.atomic
def state_facts(*, application: Application, facts: Mapping[str, object], by: User, at: datetime) -> Application:
    """Keep what somebody states, as far as they have come; BadInput for a value that cannot be, and for unknown names."""
    locked = _lock_open(application, by)
    if unknown := set(facts) - set(STATED):
        raise ValueError(f"no facts of an application: {', '.join(sorted(unknown))}")
    if locked.state != State.DRAFT:  # a section comes as a whole: what it says as before changes nothing
        facts = {name: value for name, value in facts.items() if getattr(locked, name) != value}
        if not facts:
            return locked
    asked = {defect.aspect: defect for defect in asked_defects(locked)} if locked.state != State.DRAFT else {}
    if locked.state != State.DRAFT and set(facts) - asked.keys() - FOLLOWS:
        raise BadInput("补正时只能改补正通知列明的事项；其他要改的，请在说明里写明")
    for name, value in facts.items():
        setattr(locked, name, value)
    if set(locked.mismatch) - set(Application.Mismatch.values):
        raise BadInput("「与存档不一致的」只能是出生年月、姓名、专业")
    try:
        locked.clean_fields(exclude={field.name for field in locked._meta.fields} - _checked(facts))  # noqa: SLF001  # Django's documented interface
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise BadInput(f"「{label_of(name)}」{messages[0]}") from error
    locked.signed_at, locked.signature = None, None  # what was promised was promised of other facts
    if locked.state != State.DRAFT:
        locked.diploma_index = keyed_index(DIPLOMA_INDEX, locked.diploma_key)
    _save_one_for_diploma(locked)
    for name in facts.keys() & asked.keys():
        close_defect(asked[name], "已更正", by=by, at=at)
    record_event(
        tag=EventTag.APPLICATION_STATED, subject=locked, by=by, at=at, authority_id=locked.centre_id,
        after={"facts": sorted(facts)},
    )  # fmt: skip
    return locked


def _save_one_for_diploma(application: Application) -> None:
    """Save what was stated anew; Conflict when it is of a diploma that another application is open for."""
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError as error:
        if "one_open_application_per_diploma" not in str(error):
            raise
        raise Conflict("按更正后的内容，这份毕业证书已有另一份申请在办理；请核对，或先撤回其中一份") from error


def _checked(facts: Mapping[str, object]) -> set[str]:
    """Return the facts whose columns say what they may be; what is taken back («not asked yet») is no value to check."""
    return {name for name, value in facts.items() if value not in (None, [])} - _SEALED


@transaction.atomic
def add_material(*, application: Application, paper: str, data: bytes, by: User, at: datetime) -> PaperPicture:
    """Keep one picture of a paper, shrunk and without EXIF; BadInput, in words, for what is no picture."""
    if len(data) > MAX_MATERIAL_BYTES:
        raise BadInput(
            f"图片有 {len(data) / 1048576:.1f} MB，超过 {MAX_MATERIAL_BYTES // 1048576} MB：请用手机普通画质重拍"
        )
    snapshot = take_snapshot(data, is_portrait=paper == PORTRAIT)
    locked = _lock_open(application, by)
    _require_room(locked.applicant, len(snapshot.data))
    pages = locked.materials.filter(paper=paper)
    if pages.count() >= MAX_PAGES * (locked.case.round + 1 if locked.case else 1):  # what was sent once stays
        raise Conflict(f"一种材料最多 {MAX_PAGES} 张；请先删去不用的")
    material = PaperPicture.objects.create(
        application=locked, paper=paper, ordinal=(pages.aggregate(last=Max("ordinal"))["last"] or 0) + 1,
        file=store_once(snapshot.data, "image/jpeg"), size=len(snapshot.data), width=snapshot.width,
        height=snapshot.height, remarks=list(snapshot.remarks), added_by=by, added_at=at,
    )  # fmt: skip
    record_event(
        tag=EventTag.MATERIAL_ADDED, subject=material, parent=locked, by=by, at=at, authority_id=locked.centre_id,
        after={"paper": paper, "file": material.file_id, "remarks": material.remarks},
    )  # fmt: skip
    for defect in open_defects(locked) if locked.state != State.DRAFT else ():
        if paper in instead_of(locked, defect.aspect):
            close_defect(defect, "已补传图片", by=by, at=at)
    return material


def _require_room(applicant: Applicant, size: int) -> None:
    """Conflict when a person has as much here as one person may; the row of the person is locked meanwhile."""
    Applicant.objects.select_for_update(of=("self",)).get(pk=applicant.pk)
    kept = PaperPicture.objects.filter(application__applicant=applicant, application__forgotten_at__isnull=True)
    if kept.count() >= MAX_FILES or (kept.aggregate(total=Sum("size"))["total"] or 0) + size > MAX_BYTES:
        raise Conflict(f"您上传的图片已达上限（{MAX_FILES} 张、{MAX_BYTES // 1048576} MB）；请删去不用的")


@transaction.atomic
def remove_material(*, material: PaperPicture, by: User, at: datetime) -> None:
    """Take a picture out of a draft and erase it."""
    locked = _lock_draft(material.application, by)
    gone, file = PaperPicture.objects.select_related("file").get(pk=material.pk, application=locked), material.file
    event_of_it = {"paper": gone.paper, "file": gone.file_id}
    PaperPicture.objects.filter(pk=gone.pk).delete()
    erase_stored([file], at=at)
    record_event(
        tag=EventTag.MATERIAL_REMOVED, subject=locked, by=by, at=at, authority_id=locked.centre_id, before=event_of_it
    )


@transaction.atomic
def sign_commitment(*, application: Application, drawing: bytes, by: User, at: datetime) -> Application:
    """Sign the commitment to the truth of the papers on the screen; BadInput for an empty drawing."""
    locked = _lock_open(application, by)
    if not drawing.startswith(b"\x89PNG\r\n\x1a\n") or not 600 <= len(drawing) <= 300_000:
        raise BadInput("请在框内手写签名后再确认")
    locked.signature, locked.signed_at = store_once(drawing, "image/png"), at
    locked.save()
    record_event(
        tag=EventTag.COMMITMENT_SIGNED, subject=locked, by=by, at=at, authority_id=locked.centre_id,
        after={"file": locked.signature_id},
    )  # fmt: skip
    for defect in open_defects(locked) if locked.state != State.DRAFT else ():
        if defect.aspect == COMMITMENT:
            close_defect(defect, "已在屏幕上签署", by=by, at=at)
    return locked


@transaction.atomic
def withdraw_application(*, application: Application, by: User, at: datetime) -> Application:
    """Withdraw an application: a draft at any time, a submitted one until somebody decided something, or while it is returned."""
    locked = _lock(application, by)
    if locked.state == State.SUBMITTED and locked.case is not None:
        is_returned = locked.case.state == CaseState.RETURNED
        if not is_returned and Decision.objects.filter(step__case=locked.case).exists():
            raise Conflict("已经有人审核过，不能撤回；如不再需要，请联系受理机构")
        # the case is its applicant's, also where an officer withdraws it; its kind brings the application along
        is_own = by.pk == locked.applicant.user_id
        reason = "" if is_own else f"受理窗口由{by.full_name}代申请人撤回"
        withdraw_case(case=locked.case, by=locked.applicant.user, at=at, reason=reason)
        locked.refresh_from_db()
        if not is_own:
            record_event(
                tag=EventTag.APPLICATION_WITHDRAWN, subject=locked, parent=locked.case, by=by, at=at,
                authority_id=locked.office_id, note=reason,
            )  # fmt: skip
        return locked
    if locked.state != State.DRAFT:
        raise Conflict(f"申请{locked.get_state_display()}，不能撤回")
    files = list(StoredFile.objects.filter(pk__in=locked.materials.values("file")))
    locked.materials.all().delete()
    locked.state, locked.ended_at, locked.delivery = State.WITHDRAWN, at, locked.delivery or "pick_up"
    locked.save()
    erase_stored(files, at=at)
    record_event(tag=EventTag.APPLICATION_WITHDRAWN, subject=locked, by=by, at=at, authority_id=locked.centre_id)
    return locked


@transaction.atomic
def move_drafts(newcomer: Applicant, earlier: Applicant, by: User, at: datetime) -> None:
    """Move what was begun in an account to the one its person has already; goes along with the phone number."""
    for draft in newcomer.applications.select_for_update(of=("self",)).filter(state=State.DRAFT):
        draft.applicant, draft.holder_name = earlier, draft.holder_name or earlier.name
        draft.save()
        record_event(
            tag=EventTag.APPLICATION_MOVED, subject=draft, by=by, at=at, authority_id=draft.centre_id,
            after={"from": newcomer.pk},
        )  # fmt: skip


def _require_own(application: Application, by: User) -> None:
    if not may_act_for(application, by):
        raise NotPermitted("只有申请人本人可以办理自己的申请")


def _lock(application: Application, by: User) -> Application:
    _require_own(application, by)
    return lock_application(application)


def _lock_open(application: Application, by: User) -> Application:
    """Return an application that its applicant may work on: a draft, or one given back to be supplemented."""
    locked = _lock(application, by)
    if locked.state == State.SUBMITTED and locked.case is not None and locked.case.state == CaseState.RETURNED:
        return locked
    if locked.state != State.DRAFT:
        raise Conflict(f"申请{locked.get_state_display()}，不能再改；需要补正时受理机构会通知您")
    return locked


def _lock_draft(application: Application, by: User) -> Application:
    locked = _lock(application, by)
    if locked.state != State.DRAFT:
        raise Conflict(f"申请{locked.get_state_display()}，不能再改；需要补正时受理机构会通知您")
    return locked
