"""Two people at the same moment: one does it, the other is told; nothing happens twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from tests.factories.graduation import AT, at_the_city, filled, rows_of, setting, upload

from xueji.cases.actions import decide_step
from xueji.certificates.models import Certificate, NumberBlock
from xueji.core.errors import AlreadyDecided, Conflict, XuejiError
from xueji.graduation.actions import refuse_candidates, submit_batch
from xueji.ledger.models import Event
from xueji.uploads.actions import confirm_upload

pytestmark = pytest.mark.django_db(transaction=True)


def _together(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads that begin together; return what each returned or was refused with."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait(timeout=20)
        try:
            return act()
        except XuejiError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.requirement("S1-08")
def test_two_officers_approving_at_once_release_one_block() -> None:
    here = filled(setting())
    step = at_the_city(here)
    officers = (here.city.city_reviewer, here.city.second_city_reviewer)
    outcome = _together(*[
        lambda by=by: decide_step(step=step, verdict="approve", by=by, at=AT) for by in officers
    ])  # fmt: skip
    assert sum(isinstance(o, AlreadyDecided) for o in outcome) == 1
    assert (NumberBlock.objects.count(), Certificate.objects.count()) == (1, 3)
    assert Event.objects.filter(tag="batch:approved").count() == 1


def test_one_upload_confirmed_twice_at_once_counts_once() -> None:
    here = setting()
    intake = upload(here, rows_of())
    outcome = _together(*[lambda: confirm_upload(upload=intake, by=here.clerk, at=AT)] * 2)
    assert sum(isinstance(o, Conflict) for o in outcome) == 1
    assert here.batch.candidates.count() == 3
    assert Event.objects.filter(tag="upload:confirmed").count() == 1


def test_batch_submitted_twice_at_once_is_in_one_round() -> None:
    here = filled(setting())
    outcome = _together(*[lambda: submit_batch(batch=here.batch, by=here.clerk, at=AT)] * 2)
    assert sum(isinstance(o, Conflict) for o in outcome) == 1
    here.batch.case.refresh_from_db()
    assert here.batch.case.round == 1


@pytest.mark.requirement("S1-14")
def test_refusing_one_while_another_approves_never_numbers_the_refused() -> None:
    here = filled(setting())
    step = at_the_city(here)
    candidate = here.batch.candidates.first()
    _together(
        lambda: decide_step(step=step, verdict="approve", by=here.city.city_reviewer, at=AT),
        lambda: refuse_candidates(
            step=step, refusals={candidate.pk: "无学籍"}, by=here.city.second_city_reviewer, at=AT
        ),
    )
    candidate.refresh_from_db()
    assert (candidate.state, candidate.certificate is None) in {("refused", True), ("approved", False)}
    live = here.batch.candidates.filter(state="approved").count()
    assert Certificate.objects.count() == live == NumberBlock.objects.get().numbers.filter(state="issued").count()
