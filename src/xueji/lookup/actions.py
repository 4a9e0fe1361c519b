"""The public check of a certificate: one answer for every «no», an attempt recorded for each, slower where many were made."""

from __future__ import annotations

import hmac
import logging
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from xueji.certificates.models import Certificate
from xueji.certificates.queries import is_as_issued, number_shapes, successors_of
from xueji.lookup import limits
from xueji.lookup.answers import LookupAnswer, minimum_of
from xueji.lookup.models import LookupAttempt
from xueji.lookup.normalise import keyed_index, network_of, printed_forms, read_name, read_number, spellings_of
from xueji.lookup.tasks import LookupQuestion, Task, give_task, read_task

_log = logging.getLogger(__name__)
Result = LookupAttempt.Result
_ANSWERED = [Result.FOUND, Result.NOT_FOUND]
_LOCK_SPACE = 0x584B


@transaction.atomic
def check_certificate(
    *, number: str, name: str, address: str, at: datetime, token: str = "", solution: str = ""
) -> LookupAnswer:
    """Say whether a certificate of this number bears this name; beyond the limits, once the task given was done.

    `address` is REMOTE_ADDR; `token` and `solution` are what a task's page sends back. An unknown number, another name
    and an unreadable input are told alike and take the same queries. Who asks from one network waits for each other,
    so that its limit is counted before the answer; nobody waits for strangers.
    """
    if settings.PRACTICE:  # what was practised must never pass for a certificate
        return LookupAnswer(found=False, limited=False)
    typed_number, typed_name = read_number(number), read_name(name)
    key = settings.INDEX_KEY
    question = LookupQuestion(
        keyed_index("address", network_of(address), key),
        keyed_index("number", spellings_of(typed_number)[0], key),
        keyed_index("name", typed_name, key),
    )
    _take_turn(question.origin)
    if task := _task_before(question, at, token, solution):
        _record(question, Result.LIMITED, at)
        return LookupAnswer(found=False, limited=True, task=task)
    certificate = (
        Certificate.objects.filter(number__number__in=printed_forms(typed_number, number_shapes()))
        .select_related("number", "school", "issue__case")
        .first()
    )
    stored = read_name(certificate.holder_name) if certificate else ""
    is_same = hmac.compare_digest(stored.encode(), typed_name.encode()) and bool(typed_name)
    found = certificate is not None and is_same and _is_genuine(certificate)
    _record(question, Result.FOUND if found else Result.NOT_FOUND, at)
    if certificate is None or not found:
        return LookupAnswer(found=False, limited=False)
    return LookupAnswer(found=True, limited=False, certificate=minimum_of(certificate, successors_of(certificate)))


def _is_genuine(certificate: Certificate) -> bool:
    """Whether the row is what was issued: one that somebody changed is told to nobody, and the log says so."""
    if is_as_issued(certificate):
        return True
    _log.error("certificate %s is not as it was issued; see `xueji audit`", certificate.pk)
    return False


def _take_turn(origin: bytes) -> None:
    """Wait for others of the same network; held to the end of the transaction."""
    with connection.cursor() as cursor:
        key = int.from_bytes(origin[:4], "big", signed=True)
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, key])


def _record(question: LookupQuestion, outcome: str, at: datetime) -> None:
    LookupAttempt.objects.create(at=at, address_index=question.origin, target_index=question.target, outcome=outcome)


def _task_before(question: LookupQuestion, at: datetime, token: str, solution: str) -> Task | None:
    """Return the task that stands before the answer, None when there is none or it was done."""
    needed = limits.bits_for(_asked(question, at))
    if not needed:
        return None
    brought = read_task(token, question, at)
    if brought is None or brought.bits < needed - 1:  # one bit may have come on while it was being done
        return give_task(question, needed, at)
    if brought.is_solved_by(solution):
        return None
    if brought.seconds_left(at) == 0 and not _answered_lately(question, at):
        return None
    return brought


def _asked(question: LookupQuestion, at: datetime) -> limits.Asked:
    """Count what was answered before; each count ends where it no longer matters, however many attempts there were."""
    attempts = LookupAttempt.objects
    wrong = attempts.filter(outcome=Result.NOT_FOUND, target_index=question.target, at__gt=at - limits.TARGET_SPAN)
    answered = attempts.filter(outcome__in=_ANSWERED)
    by_address = answered.filter(address_index=question.origin, at__gt=at - limits.ADDRESS_SPAN)
    return limits.Asked(
        by_address=_count(by_address, limits.PER_ADDRESS * limits.COUNTED_UP_TO),
        wrong_from_network=_count(
            wrong.filter(address_index=question.origin), limits.WRONG_PER_NETWORK * limits.COUNTED_UP_TO
        ),
        wrong_at_target=_count(wrong, limits.WRONG_PER_TARGET * 2),
        together=_count(answered.filter(at__gt=at - limits.GLOBAL_SPAN), limits.PER_MINUTE * 2),
    )


def _count(attempts: QuerySet[LookupAttempt], most: int) -> int:
    return attempts.order_by()[:most].count()


def _answered_lately(question: LookupQuestion, at: datetime) -> bool:
    """Whether the network had an answer just now: waiting is for one at a time."""
    return LookupAttempt.objects.filter(
        outcome__in=_ANSWERED, address_index=question.origin, at__gt=at - limits.WAIT_APART
    ).exists()
