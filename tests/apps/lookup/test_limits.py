"""Guessing gets slow and asking is never closed: whoever holds number and name is answered, whatever strangers did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.institutions import staffed_city
from tests.factories.lookup import LookupAttemptFactory, solved
from tests.factories.production import approved_batch

from xueji.lookup import limits
from xueji.lookup.actions import check_certificate
from xueji.lookup.limits import Asked, bits_for, wait_for
from xueji.lookup.models import LookupAttempt
from xueji.production.form_data import certificates_of

AT = datetime(2019, 9, 1, 1, tzinfo=UTC)
HERE, HOME = "203.0.113.7", "198.51.100.200"
NAME = "张学生"


@pytest.fixture
def number(db):
    return certificates_of(approved_batch(staffed_city(), count=1).issue).first().number.number


def ask(number, name, address=HERE, at=AT, **done):
    return check_certificate(number=number, name=name, address=address, at=at, **done)


def guess(number, times, address=HERE, at=AT):
    return [ask(number, f"猜{n}", address, at) for n in range(times)]


def test_five_wrong_names_of_a_stranger_cost_the_holder_nothing(number):
    assert not any(answer.found for answer in guess(number, 50))
    answer = ask(number, NAME, HOME)
    assert answer.found
    assert not answer.limited


def test_the_sixth_wrong_name_from_one_network_takes_a_task_and_so_does_the_right_one(number):
    answers = guess(number, 6)
    assert [answer.limited for answer in answers] == [False] * 5 + [True]
    assert answers[5].certificate is None
    task = ask(number, NAME).task
    assert task is not None
    assert ask(number, NAME, **solved(task)).found


def test_a_wrong_name_that_was_paid_for_is_the_same_no(number):
    unpaid = ask(number, "李四", HOME)
    guess(number, 5)
    paid = ask(number, "李四", **solved(ask(number, "李四").task))
    assert paid == unpaid
    elsewhere = guess("20190699999", 6)[5].task
    assert ask("20190699999", "猜5", **solved(elsewhere)) == unpaid


def test_a_school_full_of_diplomas_cannot_be_blocked_from_one_address(number):
    for other in range(40):
        guess(f"2019069{other:04d}", 6)
    guess(number, 6)
    assert ask(number, NAME, HOME).found


def test_many_networks_together_make_everybody_do_the_least_task_and_no_more(number):
    for n in range(200):
        ask(number, "猜", f"192.0.2.{n}")
    task = ask(number, NAME, HOME).task
    assert task is not None
    assert task.bits <= limits.MOST_BITS_BY_OTHERS
    assert ask(number, NAME, HOME, **solved(task)).found


def test_everybody_together_costs_a_task_and_closes_nothing(number):
    LookupAttempt.objects.bulk_create(LookupAttemptFactory.build_batch(limits.PER_MINUTE, at=AT))
    task = ask(number, NAME).task
    assert task.bits <= limits.MOST_BITS_BY_OTHERS
    assert ask(number, NAME, **solved(task)).found
    assert ask(number, NAME, at=AT + limits.GLOBAL_SPAN + timedelta(seconds=1)).found


def test_an_office_that_asks_a_lot_goes_on_at_a_price(number):
    answers = [ask(f"2019060{n:04d}", "某人") for n in range(limits.PER_ADDRESS)]
    assert not any(answer.limited for answer in answers)
    task = ask(number, NAME).task
    assert ask(number, NAME, **solved(task)).found
    assert ask(number, NAME, address=HOME).found
    assert ask(number, NAME, at=AT + limits.ADDRESS_SPAN + timedelta(seconds=1)).found


def test_an_unknown_number_is_slowed_like_a_known_one_by_the_same_statements(number):
    def seen(of):
        seen_queries = []
        for n in range(8):
            with CaptureQueriesContext(connection) as queries:
                answer = ask(of, "错", f"2001:db8:{n % 2}::1")
            words = [q["sql"].split("(")[0][:60] for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]
            seen_queries.append((answer.found, answer.task and answer.task.bits, words))
        return seen_queries

    assert seen(number) == seen("20190612345")


def test_a_solution_is_good_for_its_own_question_alone(number):
    guess(number, 5)
    done = solved(ask(number, "李四").task)
    assert ask(number, NAME, **done).limited
    assert ask(number, "李四", HERE, AT + limits.TASK_LASTS + timedelta(seconds=1), **done).limited
    guess(number, 5, HOME)
    assert ask(number, "李四", HOME, **done).limited
    assert not ask(number, "李四", **done).limited


@pytest.mark.parametrize("solution", ["", "x", "-1", "１２", "9" * 30, "0"])
def test_a_wrong_solution_brings_the_task_back(number, solution):
    guess(number, 5)
    task = ask(number, NAME).task
    assert not task.is_solved_by(solution)
    assert ask(number, NAME, token=task.token, solution=solution).task == task


@pytest.mark.parametrize(
    "token",
    ["", "x", "x" * 1000, signing.dumps(["a", 1, 2]), signing.dumps([1], salt="xueji.lookup.task"), "\x00"],
    ids=["empty", "short", "long", "other salt", "other contents", "nul"],  # a signature has the second in it
)
def test_a_forged_task_is_answered_with_one_of_ours(number, token):
    guess(number, 5)
    answer = ask(number, NAME, token=token, solution="1")
    assert answer.limited
    assert answer.task.token != token


def test_an_easy_task_kept_from_earlier_does_not_pay_for_later_guesses(number):
    guess(number, 5)
    kept = {n: ask(number, f"囤{n}").task for n in range(3)}
    LookupAttempt.objects.bulk_create([
        LookupAttempt(at=AT, address_index=row.address_index, target_index=row.target_index, outcome="not_found")
        for row in [LookupAttempt.objects.filter(outcome="not_found").first()] * 40
    ])  # fmt: skip
    harder = ask(number, "囤0", **solved(kept[0]))
    assert harder.limited
    assert harder.task.bits > kept[0].bits + 1


def test_who_cannot_compute_waits_and_is_answered(number):
    guess(number, 5)
    task = ask(number, NAME).task
    wait = wait_for(task.bits)
    early = ask(number, NAME, at=AT + timedelta(seconds=wait - 3), token=task.token)
    assert early.task == task
    assert early.task.seconds_left(AT + timedelta(seconds=wait - 3)) == 3
    assert ask(number, NAME, at=AT + timedelta(seconds=wait), token=task.token).found


def test_waiting_with_many_tasks_at_once_gives_one_answer_at_a_time(number):
    guess(number, 5)
    tasks = {n: ask(number, f"等{n}").task for n in range(30)}
    later = AT + timedelta(minutes=3)
    answers = [ask(number, f"等{n}", at=later, token=task.token) for n, task in tasks.items()]
    assert sum(not answer.limited for answer in answers) == 1
    assert not ask(number, "等1", at=later + limits.WAIT_APART, token=tasks[1].token).limited


def test_what_is_kept_and_handed_out_holds_no_number_no_name_no_address(number):
    task = guess(number, 6)[5].task
    shown = str(signing.loads(task.token, salt="xueji.lookup.task")) + task.token + task.challenge
    for secret in (number, "猜5", HERE):
        assert secret not in shown
    stored = b"".join(bytes(a.address_index) + bytes(a.target_index) for a in LookupAttempt.objects.all())
    assert number.encode() not in stored


@pytest.mark.parametrize(
    ("asked", "bits"),
    [
        (Asked(0, 0, 0, 0), 0), (Asked(19, 4, 19, 1999), 0), (Asked(20, 0, 0, 0), 16), (Asked(0, 5, 5, 0), 16), (Asked(0, 10, 10, 0), 17),
        (Asked(0, 80, 80, 0), 20), (Asked(0, 10**6, 0, 0), 22), (Asked(10**6, 0, 0, 0), 22), (Asked(0, 0, 10**6, 10**9), 17),
    ],
)  # fmt: skip
def test_a_task_grows_with_what_its_own_network_did_and_hardly_with_what_others_did(asked, bits):
    assert bits_for(asked) == bits


def test_no_wait_is_longer_than_two_minutes():
    assert [wait_for(bits) for bits in (16, 17, 22, 60)] == [15, 30, 105, 120]
