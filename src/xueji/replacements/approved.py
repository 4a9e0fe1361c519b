"""An application that was approved is what a certificate is printed from: what it lacks is named before, what it says is queued."""

from __future__ import annotations

from datetime import datetime

from xueji.accounts.models import User
from xueji.applications.models import NUMBER_LOST, Application
from xueji.applications.queries import portrait_of
from xueji.applications.review_queries import diploma_of, document_of, number_trouble, school_of
from xueji.core.findings import Finding, Severity
from xueji.core.months import Month
from xueji.documents.storage import read_stored, store_bytes
from xueji.institutions.models import School
from xueji.ledger.queries import last_event
from xueji.ledger.tags import EventTag
from xueji.replacements.actions.queueing import Holder, LostDiploma, queue_replacement
from xueji.replacements.law import cites_of, view_of_case
from xueji.replacements.models import DeliveryState, Replacement, ReplacementState
from xueji.replacements.queries import replacement_before


def check_approvable(application: Application) -> list[Finding]:
    """Return what keeps a certificate from being printed from an application, before anybody approves it."""
    assert application.case is not None
    cites = cites_of(view_of_case(application.case), "approve")
    gaps = {
        "original_number": number_trouble(application),
        "school": "" if school_of(application) else f"「{application.school_name}」不在学校登记里：请先登记该校（已合并、撤销的也要登记），再同意",
        "duration_years": "" if application.duration_years else "没有填写学制，学历证明书无法打印：请退回补正",
        "birth_date": "" if _is_readable(application) else "申请人的证件上读不出性别和出生日期：请申请人到窗口以居民身份证核验身份",
    }  # fmt: skip
    return [
        Finding(f"replacement.{name}", Severity.ERROR, message, name, cites=cites) for name, message in gaps.items() if message
    ]  # fmt: skip


def queue_approved(application: Application, by: User, at: datetime) -> None:
    """Let the certificate of an approved application be printed, at the place of its submission, the way its applicant wishes.

    One for a diploma that has a replacement already takes that one's place: it was lost too, or says something wrong.
    """
    assert application.case is not None
    assert application.office is not None
    school, read = school_of(application), document_of(application)
    assert school is not None  # asked before the approval
    assert read.birth_date is not None
    holder = Holder(application.applicant.name, read.sex, read.birth_date, read.resident_id)
    queue_replacement(
        case=application.case, holder=holder, diploma=_diploma_of(application, school), authority=application.office, by=by, at=at
    )  # fmt: skip


def reached_at(application: Application) -> datetime | None:
    """Return when the certificate was handed over or its parcel taken, or when it was taken out of the queue for good."""
    replacement = Replacement.objects.filter(case=application.case).first()
    if replacement is not None and replacement.state == ReplacementState.DELIVERED:
        taken: datetime | None = replacement.deliveries.filter(state=DeliveryState.DONE).latest("ended_at").ended_at
        return taken
    if replacement is not None and replacement.state == ReplacementState.WITHDRAWN:
        withdrawn = last_event(replacement, EventTag.REPLACEMENT_WITHDRAWN)
        return withdrawn.at if withdrawn else None
    return None


def _diploma_of(application: Application, school: School) -> LostDiploma:
    assert application.place is not None
    assert application.submitted_at is not None
    assert application.duration_years is not None
    is_number_known = application.original_number != NUMBER_LOST
    return LostDiploma(
        place=application.place, submitted_at=application.submitted_at, school=school, school_name=application.school_name,
        category=application.category, loss=application.diploma, programme_name=application.programme,
        duration_years=application.duration_years, study_mode=application.study_mode,
        entry_month=Month.parse(application.entered), graduation_month=Month.parse(application.graduated),
        # kept with the certificate, when the pictures of the application are erased after their term
        photo=store_bytes(read_stored(portrait_of(application).file_id), "image/jpeg"),
        original_number=application.original_number if is_number_known else "", original=diploma_of(application),
        follows=replacement_before(application), delivery_way=application.delivery, recipient=application.applicant.name,
        phone=application.applicant.phone, address=application.mail_address,
    )  # fmt: skip


def _is_readable(application: Application) -> bool:
    read = document_of(application)
    return bool(read.sex) and read.birth_date is not None
