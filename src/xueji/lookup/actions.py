"""The public check of a certificate: limits first, one answer for every «no», an attempt recorded for each."""

from __future__ import annotations

import hmac
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

from xueji.certificates.models import Certificate
from xueji.certificates.queries import successors_of
from xueji.lookup import limits
from xueji.lookup.answers import LookupAnswer, minimum_of
from xueji.lookup.models import LookupAttempt
from xueji.lookup.normalise import keyed_index, network_of, read_name, read_number, spellings_of

Outcome = LookupAttempt.Outcome
_ANSWERED = Q(outcome__in=[Outcome.FOUND, Outcome.NOT_FOUND])
_LOCK_SPACES = {"address": 0x584B, "target": 0x584C}


@transaction.atomic
def check_certificate(*, number: str, name: str, address: str, at: datetime) -> LookupAnswer:
    """Say whether a certificate of this number bears this name, within the limits; `address` is REMOTE_ADDR.

    An unknown number, another name and an unreadable input are told alike and take the same queries. Two strangers
    who guess at the same record wait for each other, so that the limit is counted before the answer, not after.
    """
    if settings.PRACTICE:  # what was practised must never pass for a certificate
        return LookupAnswer(found=False, limited=False)
    typed_number, typed_name = read_number(number), read_name(name)
    origin = keyed_index("address", network_of(address), settings.INDEX_KEY)
    target = keyed_index("number", spellings_of(typed_number)[0], settings.INDEX_KEY)
    _take_turn("address", origin)
    _take_turn("target", target)
    if _is_limited(origin, target, at):
        LookupAttempt.objects.create(at=at, address_index=origin, target_index=target, outcome=Outcome.LIMITED)
        return LookupAnswer(found=False, limited=True)
    certificate = (
        Certificate.objects.filter(number__number__in=spellings_of(typed_number))
        .select_related("number", "school")
        .first()
    )
    stored = read_name(certificate.holder_name) if certificate else ""
    is_same = hmac.compare_digest(stored.encode(), typed_name.encode()) and bool(typed_name)
    found = certificate is not None and is_same
    LookupAttempt.objects.create(
        at=at, address_index=origin, target_index=target, outcome=Outcome.FOUND if found else Outcome.NOT_FOUND
    )
    if certificate is None or not found:
        return LookupAnswer(found=False, limited=False)
    return LookupAnswer(found=True, limited=False, certificate=minimum_of(certificate, successors_of(certificate)))


def _take_turn(kind: str, index: bytes) -> None:
    """Wait for others at the same address or record; held to the end of the transaction, addresses before targets."""
    with connection.cursor() as cursor:
        key = int.from_bytes(index[:4], "big", signed=True)
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACES[kind], key])


def _is_limited(origin: bytes, target: bytes, at: datetime) -> bool:
    """Count what was answered before: to this address, wrongly at this record, to everybody."""
    attempts = LookupAttempt.objects
    by_address = attempts.filter(_ANSWERED, address_index=origin, at__gt=at - limits.ADDRESS_SPAN).aggregate(
        n=Count("pk")
    )
    at_target = attempts.filter(
        outcome=Outcome.NOT_FOUND, target_index=target, at__gt=at - limits.TARGET_SPAN
    ).aggregate(n=Count("pk"))
    together = attempts.filter(_ANSWERED, at__gt=at - limits.GLOBAL_SPAN).aggregate(n=Count("pk"))
    return (
        by_address["n"] >= limits.PER_ADDRESS
        or at_target["n"] >= limits.FAILED_PER_TARGET
        or together["n"] >= limits.PER_MINUTE
    )
