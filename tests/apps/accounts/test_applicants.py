"""Applicants: a phone number and a code lead in, proven identity ties them to a person, a new holder inherits nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from tests.factories.accounts import ApplicantFactory, UserFactory
from tests.factories.applications import ApplicationFactory

from xueji.accounts.applicant_actions import (
    CODE_TRIES,
    clear_old_codes,
    open_applicant_at_counter,
    prove_identity,
    record_identity_at_counter,
    send_sign_in_code,
    sign_in_applicant,
    sign_out_applicant,
)
from xueji.accounts.models import Applicant, SignInCode
from xueji.core.errors import BadInput, Conflict
from xueji.core.identifiers import check_character
from xueji.messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-16")]
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PHONE = "13912345678"
NUMBER = "41010219680712345" + check_character("41010219680712345")


def _code(phone=PHONE, at=AT):
    send_sign_in_code(phone=phone, address="10.0.0.1", by=None, at=at)
    return re.search(r"\d{6}", Message.objects.first().text).group()


def _signed_in(at=AT, **kwargs):
    entry = sign_in_applicant(phone=PHONE, code=_code(at=at), at=at, **kwargs)
    assert entry.applicant, entry.problem
    return entry.applicant


def test_a_code_leads_into_one_account_and_only_once():
    code = _code()
    first = sign_in_applicant(phone="+86 139-1234-5678", code=code, at=AT).applicant
    assert first is not None
    assert (first.is_proven, first.phone) == (False, PHONE)
    assert sign_in_applicant(phone=PHONE, code=code, at=AT).applicant is None
    assert _signed_in(at=AT + timedelta(hours=1)) == first
    assert not first.user.has_usable_password()
    sign_out_applicant(applicant=first, by=first.user, at=AT)


def test_a_code_is_guessed_five_times_at_most_and_lives_five_minutes():
    code = _code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    problems = {sign_in_applicant(phone=PHONE, code=wrong, at=AT).problem for _ in range(CODE_TRIES)}
    late = sign_in_applicant(phone=PHONE, code=code, at=AT)
    assert late.applicant is None
    assert problems == {late.problem}
    other = _code(at=AT + timedelta(minutes=2))
    assert sign_in_applicant(phone=PHONE, code=other, at=AT + timedelta(minutes=8)).applicant is None


def test_codes_are_asked_for_slowly():
    _code()
    with pytest.raises(Conflict, match="60 秒"):
        _code(at=AT + timedelta(seconds=59))
    for n in range(1, 10):
        _code(at=AT + timedelta(minutes=2 * n))
    with pytest.raises(Conflict, match="今天"):
        _code(at=AT + timedelta(hours=1))
    for n in range(20):
        send_sign_in_code(phone=f"137000000{n:02d}", address="10.0.0.1", by=None, at=AT)
    with pytest.raises(Conflict, match="网络"):
        send_sign_in_code(phone="13700000099", address="10.0.0.1", by=None, at=AT)
    with pytest.raises(BadInput):
        send_sign_in_code(phone="0371-57107919", address="10.0.0.2", by=None, at=AT)
    assert clear_old_codes(at=AT + timedelta(days=3)) == SignInCode.objects.count() + 30


def test_nothing_tells_whether_a_number_has_an_account():
    _signed_in()
    known = sign_in_applicant(phone=PHONE, code="000000", at=AT)
    stranger = sign_in_applicant(phone="13900000001", code="000000", at=AT)
    assert known == stranger
    assert send_sign_in_code(phone="13900000001", address="10.0.0.9", by=None, at=AT).tries == 0


def test_identity_is_proven_once_and_agrees_or_says_nothing_more():
    applicant = _signed_in()
    with pytest.raises(Conflict, match="不能确认为同一人"):
        prove_identity(applicant=applicant, name="假某", number=NUMBER, by=applicant.user, at=AT)
    with pytest.raises(BadInput, match="身份证号"):
        prove_identity(applicant=applicant, name="王小明", number=f"{NUMBER[:-1]}?", by=applicant.user, at=AT)
    proven = prove_identity(applicant=applicant, name="王小明", number=NUMBER.lower(), by=applicant.user, at=AT)
    assert (proven.name, proven.document_number, proven.user.full_name) == ("王小明", NUMBER, "王小明")
    with pytest.raises(Conflict, match="不能改为另一人"):
        prove_identity(applicant=applicant, name="李某", number=NUMBER, by=applicant.user, at=AT)
    with pytest.raises(Conflict):
        prove_identity(applicant=applicant, name="王小明", number=NUMBER, by=UserFactory(), at=AT)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Applicant.objects.filter(pk=applicant.pk).update(name="李某")


def test_checks_of_a_name_are_few_a_day():
    applicant = _signed_in()
    for _ in range(5):
        with pytest.raises(Conflict, match="同一人"):
            prove_identity(applicant=applicant, name="假某", number=NUMBER, by=applicant.user, at=AT)
    with pytest.raises(Conflict, match="次数已满"):
        prove_identity(applicant=applicant, name="王小明", number=NUMBER, by=applicant.user, at=AT)


def test_who_gets_the_number_anew_inherits_nothing():
    applicant = _signed_in()
    prove_identity(applicant=applicant, name="王小明", number=NUMBER, by=applicant.user, at=AT)
    later = AT + timedelta(days=400)
    code = _code(at=later)
    assert sign_in_applicant(phone=PHONE, code=code, at=later).asks_tail
    assert sign_in_applicant(phone=PHONE, code=code, at=later, tail="000000").applicant is None
    assert sign_in_applicant(phone=PHONE, code=code, at=later, tail=NUMBER[-6:].lower()).applicant == applicant
    after = later + timedelta(hours=1)
    new = _signed_in(at=after, is_new_holder=True)
    assert new != applicant
    assert not new.is_proven
    applicant.refresh_from_db()
    assert applicant.released_at == after
    assert _signed_in(at=after + timedelta(hours=1)) == new


def test_who_lost_the_number_has_the_account_back_with_another_and_what_was_begun_goes_along():
    applicant = _signed_in()
    prove_identity(applicant=applicant, name="王小明", number=NUMBER, by=applicant.user, at=AT)
    thief = _signed_in(at=AT + timedelta(hours=1), is_new_holder=True)
    with pytest.raises(Conflict, match="同一人"):
        prove_identity(applicant=thief, name="假某", number=NUMBER, by=thief.user, at=AT)
    later = AT + timedelta(hours=2)
    send_sign_in_code(phone="13800000001", address="10.0.0.2", by=None, at=later)
    code = re.search(r"\d{6}", Message.objects.order_by("-created_at").first().text).group()
    new = sign_in_applicant(phone="13800000001", code=code, at=later).applicant
    draft, foreign = ApplicationFactory(applicant=new), ApplicationFactory(applicant=thief)
    back = prove_identity(applicant=new, name="王小明", number=NUMBER, by=new.user, at=later)
    assert (back, back.phone, back.released_at) == (applicant, "13800000001", None)
    new.refresh_from_db()
    assert new.released_at == later
    draft.refresh_from_db()
    foreign.refresh_from_db()
    assert (draft.applicant, draft.holder_name, foreign.applicant) == (applicant, "王小明", thief)
    assert not Message.objects.filter(template="phone_changed").exists()  # the number before is another's by now
    again = ApplicantFactory(phone="13800000002")
    prove_identity(applicant=again, name="王小明", number=NUMBER, by=again.user, at=later)
    assert Message.objects.get(template="phone_changed").address == "13800000001"
    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicantFactory(proven=True, document_number=NUMBER)


def test_a_session_left_open_before_the_proof_ends_with_the_next_sign_in():
    left = sign_in_applicant(phone=PHONE, code=_code(), at=AT).sign_in
    later = AT + timedelta(minutes=10)
    acting = sign_in_applicant(phone=PHONE, code=_code(at=later), at=later)
    prove_identity(applicant=acting.applicant, name="王小明", number=NUMBER, by=acting.applicant.user, at=later)
    left.refresh_from_db()
    acting.sign_in.refresh_from_db()
    assert (left.ended_at, acting.sign_in.ended_at) == (later, None)


def test_an_account_nobody_has_proven_is_forgotten_after_a_month():
    applicant = _signed_in()
    assert _signed_in(at=AT + timedelta(days=29)) == applicant
    assert _signed_in(at=AT + timedelta(days=60)) != applicant


def test_a_counter_opens_accounts_and_proves_who_stands_there():
    officer, earlier = UserFactory(), ApplicantFactory(phone=PHONE)
    without = open_applicant_at_counter(phone="", by=officer, at=AT)
    assert open_applicant_at_counter(phone=" ", by=officer, at=AT) != without
    with_phone = open_applicant_at_counter(phone=PHONE, by=officer, at=AT)
    earlier.refresh_from_db()
    assert earlier.released_at == AT
    proven = record_identity_at_counter(
        applicant=with_phone, name="陈某", document_kind="港澳居民来往内地通行证", number="h12345678", by=officer, at=AT
    )
    assert (proven.proof, proven.proven_by, proven.document_number) == ("counter", officer, "H12345678")
    with pytest.raises(Conflict, match="窗口核验"):
        record_identity_at_counter(
            applicant=without, name="陈某", document_kind="护照", number="E12345678", by=without.user, at=AT
        )


def test_without_a_check_the_way_is_to_the_counter(settings):
    settings.REAL_NAME_CHECK = "xueji.accounts.realname.NoCheck"
    applicant = _signed_in()
    with pytest.raises(Conflict, match="窗口"):
        prove_identity(applicant=applicant, name="王小明", number=NUMBER, by=applicant.user, at=AT)
