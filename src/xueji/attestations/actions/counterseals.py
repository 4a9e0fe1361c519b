"""The health authority's seal on an attestation: asked at its desk or by a link that works once, answered, withdrawn."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.attestations.models import Attestation, AttestationStanding, CounterSeal
from xueji.attestations.queries import (
    counterseal_asked_of,
    counterseal_by_link,
    counterseal_offices,
    handle_index,
    open_counterseal_of,
    standing_of,
)
from xueji.cases.checks import lock_case, require_filer
from xueji.cases.law import law_of
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.models import Authority
from xueji.institutions.queries import holds_at, officers_granting
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_HANDLE_BYTES, _LONGEST = 24, 200
Answer = CounterSeal.Answer


@transaction.atomic
def ask_counterseal(*, attestation: Attestation, office: str, by: User, at: datetime) -> tuple[CounterSeal, str]:
    """Ask one of the offices of the pack for its seal; return what was asked, and the link's secret where it has no desk.

    The secret is told once, here: only its keyed index is kept.
    """
    case = lock_case(attestation.case)
    require_filer(by, case, "申请加盖公章")
    view = law_of(case)
    if office not in counterseal_offices(view):
        raise BadInput(f"「{office}」不是加盖公章的单位")
    if standing_of(attestation) != AttestationStanding.AWAITING:
        raise Conflict(f"毕业证明{standing_of(attestation).label}，不用申请加盖公章")
    if open_counterseal_of(attestation) is not None:
        raise Conflict("已经申请加盖公章，等待答复；要改请别的单位，先收回申请")
    desk = desk_of(office)
    asked = CounterSeal(attestation=attestation, office=office, authority=desk, asked_by=by, asked_at=at)
    handle = ""
    if desk is None:
        handle = secrets.token_urlsafe(_HANDLE_BYTES)
        asked.handle_index = handle_index(handle)
        asked.expires_at = at + timedelta(days=cast("int", view.value("counterseal_link_days")))
    asked.save(force_insert=True)
    record_event(
        tag=EventTag.COUNTERSEAL_ASKED, subject=asked, parent=case, by=by, at=at, school_id=case.school_id, view=view,
        after={"office": office, "by_link": desk is None, "until": asked.expires_at},
    )  # fmt: skip
    return asked, handle


def desk_of(office: str) -> Authority | None:
    """Return the authority of that name if somebody answers for it here, None where a link is sent."""
    found = Authority.objects.filter(name=office).first()
    return found if found is not None and officers_granting(found, Permission.SEAL_ATTESTATIONS).exists() else None


@transaction.atomic
def withdraw_counterseal(*, counterseal: CounterSeal, by: User, at: datetime) -> CounterSeal:
    """Take back what was asked and not answered: its link is dead with it."""
    case = lock_case(counterseal.attestation.case)
    require_filer(by, case, "收回加盖公章的申请")
    asked = _locked(counterseal)
    asked.withdrawn_at = at
    asked.save(update_fields=["withdrawn_at"])
    record_event(
        tag=EventTag.COUNTERSEAL_WITHDRAWN, subject=asked, parent=case, by=by, at=at, school_id=case.school_id,
        view=law_of(case), after={"office": asked.office},
    )  # fmt: skip
    return asked


@transaction.atomic
def decide_counterseal(
    *, counterseal: CounterSeal, answer: str, by: User, at: datetime, reason: str = ""
) -> CounterSeal:
    """Answer at the desk of the authority that was asked; NotFound to anybody else."""
    seen = counterseal_asked_of(by, counterseal.pk)
    assert seen.authority_id is not None
    assert holds_at(by, Permission.SEAL_ATTESTATIONS, seen.authority_id)
    return _answer(seen, answer, reason, by=by, answerer=by.full_name, phone=by.phone, at=at)


@transaction.atomic
def answer_counterseal(
    *, handle: str, answer: str, answerer: str, phone: str, at: datetime, reason: str = ""
) -> CounterSeal:
    """Answer by a link, which is dead afterwards; NotFound for every link that asks nothing (any more)."""
    if not answerer.strip() or not phone.strip():
        raise BadInput("请填写答复人姓名和电话")
    return _answer(
        counterseal_by_link(handle, at), answer, reason, by=None, answerer=answerer.strip(), phone=phone.strip(), at=at
    )


def _answer(
    counterseal: CounterSeal, answer: str, reason: str, *, by: User | None, answerer: str, phone: str, at: datetime
) -> CounterSeal:
    case = lock_case(counterseal.attestation.case)
    asked = _locked(counterseal)
    if standing_of(asked.attestation) != AttestationStanding.AWAITING:
        raise Conflict(f"毕业证明{standing_of(asked.attestation).label}，不能再加盖公章")
    reason = reason.strip()[:_LONGEST]
    if Answer(answer) == Answer.REFUSED and not reason:
        raise BadInput("不予加盖公章须写明理由")
    asked.answer, asked.answered_at, asked.answered_by, asked.reason = answer, at, by, reason
    asked.answerer, asked.phone = answerer[:40], phone[:40]
    asked.save(update_fields=["answer", "answered_at", "answered_by", "answerer", "phone", "reason"])
    record_event(
        tag=EventTag.COUNTERSEAL_ANSWERED, subject=asked, parent=case, by=by, at=at, school_id=case.school_id,
        view=law_of(case), after={"office": asked.office, "answer": asked.get_answer_display(), "answerer": answerer},
        note=reason,
    )  # fmt: skip
    return asked


def _locked(counterseal: CounterSeal) -> CounterSeal:
    """Return what was asked as it is under the lock of its case; Conflict when it was answered or withdrawn meanwhile."""
    asked = CounterSeal.objects.select_related("attestation__case").get(pk=counterseal.pk)
    if asked.answer or asked.withdrawn_at is not None:
        raise Conflict("加盖公章的申请已经答复或者收回")
    return asked
