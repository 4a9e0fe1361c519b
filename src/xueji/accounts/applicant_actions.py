"""What applicants do to their accounts: ask for a code, sign in with it, prove who they are.

Nothing here tells whether a number has an account, or a person a record: a code goes to whoever asks, and the answer to a
wrong one is the same for all.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from xueji.accounts.applicants import PHONE_PURPOSE, Applicant, SignInCode, followers
from xueji.accounts.models import SignIn, User
from xueji.accounts.realname import real_name_check
from xueji.accounts.session_actions import end_sign_ins
from xueji.core.errors import BadInput, Conflict
from xueji.core.identifiers import normalise_resident_id, parse_resident_id
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.messaging.actions import queue_message
from xueji.sealing.indexes import keyed_index
from xueji.sealing.texts import blind_index

CODE_TEMPLATE = "sign_in_code"
CODE_LIFE, CODE_TRIES = timedelta(minutes=5), 5
_BETWEEN, _DAY, _HOUR = timedelta(seconds=60), timedelta(days=1), timedelta(hours=1)
_PER_PHONE, _PER_ADDRESS = 10, 30  # codes a day for one number, an hour from one address
WITHOUT_IDENTITY = timedelta(days=30)  # how long an account nobody has proven is found by its number
TAIL = 6
_CHECKS = 5  # real-name checks a day
_PHONE = re.compile(r"1[3-9]\d{9}")
_LOCK_SPACE = 0x584C
PHONE_CHANGED_TEMPLATE = "phone_changed"
_OF_ANOTHER = "这个手机号是另一人核验过身份的账号在用：请申请人另留一个号码，或者手机号不填；号码已经归申请人的，请申请人先用它登录一次"
_WRONG = "验证码不对或已失效；请核对后再填，填错 5 次须重新获取"


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of an attempt to sign in: the account, or why not."""

    applicant: Applicant | None = None
    sign_in: SignIn | None = None  # the session names it, and lives no longer than it
    problem: str = ""
    asks_tail: bool = False  # the code was right, the account wants to know its person


def dialled(text: str) -> str:
    """Return a phone number as it is dialled, however it was written."""
    return "".join(text.split()).replace("-", "").removeprefix("+86")


def phone_of(text: str) -> str:
    """Return a mobile number as it is dialled; BadInput for anything else."""
    phone = dialled(text)
    if not _PHONE.fullmatch(phone):
        raise BadInput("请填写 11 位手机号")
    return phone


@transaction.atomic
def send_sign_in_code(*, phone: str, address: str, by: User | None, at: datetime) -> SignInCode:
    """Send a one-time code to a number, whoever has it; Conflict when too many were asked for."""
    number = phone_of(phone)
    index, origin = keyed_index(PHONE_PURPOSE, number), keyed_index("address of an applicant", address)
    _take_turn(index)
    _require_few(index, origin, at)
    code = f"{secrets.randbelow(10**6):06d}"
    sent = SignInCode.objects.create(
        phone_index=index, address_index=origin, code_index=_code_index(number, code), sent_at=at,
        expires_at=at + CODE_LIFE,
    )  # fmt: skip
    queue_message(template=CODE_TEMPLATE, address=number, values={"code": code}, by=by, at=at)
    return sent


def _require_few(index: bytes, origin: bytes, at: datetime) -> None:
    of_phone = SignInCode.objects.filter(phone_index=index, sent_at__gt=at - _DAY)
    last = of_phone.order_by("-sent_at").first()
    if last is not None and last.sent_at > at - _BETWEEN:
        raise Conflict("验证码刚刚发出，请在 60 秒后再获取")
    if of_phone.count() >= _PER_PHONE:
        raise Conflict("这个号码今天获取验证码的次数已满，请明天再试，或到受理机构窗口办理")
    if SignInCode.objects.filter(address_index=origin, sent_at__gt=at - _HOUR).count() >= _PER_ADDRESS:
        raise Conflict("从您所在的网络获取验证码过于频繁，请过一小时再试")


def _code_index(phone: str, code: str) -> bytes:
    return keyed_index("code of an applicant", phone, code)


def _take_turn(index: bytes) -> None:
    """Wait for whoever asks about the same number; held to the end of the transaction."""
    with connection.cursor() as cursor:
        key = int.from_bytes(index[:4], "big", signed=True)
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, key])


@transaction.atomic
def sign_in_applicant(
    *, phone: str, code: str, at: datetime, tail: str = "", is_new_holder: bool = False, address: str | None = None,
    device: str = "",
) -> Entry:  # fmt: skip
    """Sign in with a code: into the account of the number, or a new one; the entry says why not.

    An account whose person is known asks for the last six characters of their document besides: who got the number anew
    does not know them and takes an account of their own (`is_new_holder`). One that nobody has proven is not found after
    a month. A wrong code counts, so nothing is raised here: it would be undone with the count.
    """
    number = phone_of(phone)
    index = keyed_index(PHONE_PURPOSE, number)
    _take_turn(index)
    sent = SignInCode.objects.filter(phone_index=index, expires_at__gt=at, used_at__isnull=True).order_by("-sent_at").first()  # fmt: skip
    if sent is None or sent.tries >= CODE_TRIES:
        return Entry(problem=_WRONG)
    if not hmac.compare_digest(bytes(sent.code_index), _code_index(number, code.strip())):
        return _refused(sent, at, _WRONG)
    applicant = Applicant.objects.select_for_update(of=("self",)).filter(phone_index=index, released_at__isnull=True).first()  # fmt: skip
    if applicant is not None and (is_new_holder or _is_forgotten(applicant, at)):
        _release(applicant, at)
        applicant = None
    if applicant is not None and applicant.is_proven:
        if not tail:
            return Entry(problem="请再填本人证件号码的后六位", asks_tail=True)
        if not hmac.compare_digest(applicant.document_number[-TAIL:].encode(), normalise_resident_id(tail).encode()):
            return _refused(sent, at, "证件号码后六位与这个账号不符", asks_tail=True)
    sent.used_at = at
    sent.save(update_fields=["used_at"])
    if applicant is None:
        applicant = _opened(number, index, at)
    applicant.signed_in_at = at
    applicant.save(update_fields=["signed_in_at", "digest"])
    user = applicant.user
    if not applicant.is_proven:  # who holds the number now may not be who left a session open somewhere
        end_sign_ins(user=user, how=SignIn.End.ENDED, at=at)
    opened = SignIn.objects.create(user=user, opened_at=at, last_seen_at=at, address=address, device=device[:80])
    record_event(tag=EventTag.APPLICANT_SIGNED_IN, subject=applicant, by=user, at=at)
    return Entry(applicant, opened)


def _refused(sent: SignInCode, at: datetime, problem: str, *, asks_tail: bool = False) -> Entry:
    sent.tries += 1
    sent.save(update_fields=["tries"])
    record_event(tag=EventTag.SIGN_IN_FAILED, subject=sent, by=None, at=at, after={"tries": sent.tries})
    return Entry(problem=problem, asks_tail=asks_tail)


def _is_forgotten(applicant: Applicant, at: datetime) -> bool:
    last = applicant.signed_in_at or applicant.opened_at
    return not applicant.is_proven and last < at - WITHOUT_IDENTITY


def _release(applicant: Applicant, at: datetime) -> None:
    """Take the number from an account: its new holder inherits nothing."""
    applicant.released_at = at
    applicant.save(update_fields=["released_at", "digest"])
    end_sign_ins(user=applicant.user, how=SignIn.End.CLOSED, at=at)
    record_event(tag=EventTag.APPLICANT_PHONE_RELEASED, subject=applicant, by=None, at=at)


def _opened(phone: str, index: bytes | None, at: datetime, by: User | None = None) -> Applicant:
    user = User(username=f"sq.{secrets.token_hex(12)}", full_name="申请人")
    user.set_unusable_password()
    user.save(force_insert=True)
    applicant = Applicant(user=user, phone=phone, phone_index=index, document_number="", opened_at=at)
    applicant.save(force_insert=True)
    record_event(tag=EventTag.APPLICANT_OPENED, subject=applicant, by=by or user, at=at)
    return applicant


def prove_identity(*, applicant: Applicant, name: str, number: str, by: User, at: datetime) -> Applicant:
    """Tie an account to a person by the real-name check; Conflict when name and number are not of one person.

    What does not agree says no more than that. `by` is the applicant. Returns the account of the person: the earlier one
    if there is one, which has the number from now on.
    """
    if by.pk != applicant.user_id:
        raise Conflict("只有申请人本人可以办理实名核验")
    _count_try(applicant)
    document = normalise_resident_id(number)
    problem = parse_resident_id(document, on=timezone.localdate(at)).problem
    if problem:
        raise BadInput(f"身份证号码有误：{problem}")
    if not real_name_check().agrees(name=name.strip(), document_number=document, phone=applicant.phone):
        raise Conflict("姓名、身份证号码与手机号不能确认为同一人；请核对后再试，或带身份证到受理机构窗口核验")
    with transaction.atomic():
        return _tie(
            applicant, proof=Applicant.Proof.REAL_NAME, name=name, kind="居民身份证", number=document, by=by, at=at
        )


def _count_try(applicant: Applicant) -> None:
    """Count a try, whatever becomes of it: Conflict when there were too many that day."""
    key = f"real-name:{applicant.pk}"
    cache.add(key, 0, timeout=int(_DAY.total_seconds()))
    if cache.incr(key) > _CHECKS:
        raise Conflict("今天实名核验的次数已满；请明天再试，或带身份证到受理机构窗口核验")


@transaction.atomic
def record_identity_at_counter(
    *, applicant: Applicant, name: str, document_kind: str, number: str, by: User, at: datetime
) -> Applicant:
    """Tie an account to the person whose document an officer has in hand; who may, the caller has asked.

    Who has an account already keeps its phone number: at a counter nobody proves with a code that another is theirs.
    """
    if by.pk == applicant.user_id:
        raise Conflict("窗口核验由受理人员办理")
    return _tie(
        applicant,
        proof=Applicant.Proof.COUNTER,
        name=name,
        kind=document_kind,
        number=normalise_resident_id(number),
        by=by,
        at=at,
    )


@transaction.atomic
def open_applicant_at_counter(*, phone: str, by: User, at: datetime) -> Applicant:
    """Open an account for somebody who stands at a counter, with or without a phone; who may, the caller has asked.

    Conflict for the number of somebody whose identity is proven: no code shows here that it is no longer theirs.
    """
    if not phone.strip():
        return _opened("", None, at, by)
    number = phone_of(phone)
    index = keyed_index(PHONE_PURPOSE, number)
    _take_turn(index)
    earlier = Applicant.objects.select_for_update(of=("self",)).filter(phone_index=index, released_at__isnull=True).first()  # fmt: skip
    if earlier is not None and earlier.is_proven:
        raise Conflict(_OF_ANOTHER)
    if earlier is not None:
        _release(earlier, at)
    return _opened(number, index, at, by)


def _tie(applicant: Applicant, *, proof: str, name: str, kind: str, number: str, by: User, at: datetime) -> Applicant:
    """Tie an account to a person; who has an account already gets that one back, under the number of this one."""
    if not name.strip() or not kind.strip() or len(number) < TAIL:
        raise BadInput("请填写姓名、证件类型和证件号码")
    index = blind_index(number)
    _take_turn(index)
    locked = Applicant.objects.select_for_update(of=("self",)).select_related("user").get(pk=applicant.pk)
    if locked.is_proven:
        raise Conflict("这个账号的身份已经核验，不能改为另一人；换了使用人的，请以新使用人的身份重新登录")
    earlier = Applicant.objects.select_for_update(of=("self",)).select_related("user").filter(document_kind=kind.strip(), document_index=index).first()  # fmt: skip
    if earlier is not None:
        keeps_phone = proof == Applicant.Proof.COUNTER and earlier.has_phone
        return _hand_over(locked, earlier, by, at, keeps_phone=keeps_phone)
    locked.name, locked.document_kind, locked.document_number = name.strip(), kind.strip(), number
    locked.document_index, locked.proof, locked.proven_at = index, proof, at
    locked.proven_by = by if proof == Applicant.Proof.COUNTER else None
    locked.save()
    locked.user.full_name = locked.name[:60]
    locked.user.save(update_fields=["full_name"])
    record_event(tag=EventTag.APPLICANT_IDENTITY_PROVEN, subject=locked, by=by, at=at, after={"proof": proof})
    return locked


def _hand_over(newcomer: Applicant, earlier: Applicant, by: User, at: datetime, *, keeps_phone: bool) -> Applicant:
    """Give the number of a new account, its sessions and what was begun in it to the account its person has already.

    One that keeps its phone gets only what was begun.
    """
    if keeps_phone:
        _release(newcomer, at)
        for follow in followers():
            follow(newcomer, earlier, by, at)
        return earlier
    before = earlier.phone if earlier.released_at is None else ""
    end_sign_ins(user=earlier.user, how=SignIn.End.ENDED, at=at)
    SignIn.objects.filter(user=newcomer.user, ended_at__isnull=True).update(user=earlier.user)
    _release(newcomer, at)
    if newcomer.phone_index is not None:
        earlier.phone, earlier.phone_index, earlier.released_at = newcomer.phone, newcomer.phone_index, None
        earlier.save(update_fields=["phone", "phone_index", "released_at", "digest"])
    record_event(tag=EventTag.APPLICANT_PHONE_CHANGED, subject=earlier, by=by, at=at, after={"from": newcomer.pk})
    for follow in followers():
        follow(newcomer, earlier, by, at)
    if before and before != earlier.phone:
        queue_message(template=PHONE_CHANGED_TEMPLATE, address=before, values={}, by=by, at=at)
    return earlier


@transaction.atomic
def sign_out_applicant(*, applicant: Applicant, by: User, at: datetime, sign_in: SignIn | None = None) -> None:
    """Sign an applicant out: of one session, or of all of them; none of them opens a page from then on."""
    if sign_in is None:
        end_sign_ins(user=applicant.user, how=SignIn.End.ENDED, at=at)
    else:
        rows = SignIn.objects.filter(pk=sign_in.pk, user=applicant.user, ended_at__isnull=True)
        rows.update(ended_at=at, ended_how=SignIn.End.SIGNED_OUT)
    record_event(tag=EventTag.APPLICANT_SIGNED_OUT, subject=applicant, by=by, at=at)


def clear_old_codes(*, at: datetime) -> int:
    """Forget codes a day after they were sent; return how many."""
    old, _ = SignInCode.objects.filter(sent_at__lt=at - _DAY - _HOUR).delete()
    return old
