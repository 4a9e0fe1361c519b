"""Applicant and officer at the same moment: both take the case before the application, so that nobody waits for good."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import province
from tests.factories.applying import AT, drafted, submitted
from tests.factories.institutions import appointed

from xueji.applications.actions import withdraw_application
from xueji.applications.locks import lock_application
from xueji.applications.models import Application
from xueji.applications.review_actions import DefectFound, ask_for_supplement
from xueji.applications.submission_actions import submit_application
from xueji.applications.supplement_actions import answer_defect, resubmit_application
from xueji.cases.checks import lock_case
from xueji.cases.queries import open_step_of
from xueji.core.errors import Conflict
from xueji.institutions.models import Post

pytestmark = pytest.mark.django_db(transaction=True)


def beside(act: Callable[[], object], outcomes: list[object]) -> threading.Thread:
    """Do something over a connection of its own; what came of it stands in `outcomes`."""

    def run() -> None:
        try:
            outcomes.append(act())
        except Conflict as conflict:
            outcomes.append(conflict)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def wait_for_waiting() -> None:
    """Return once another session waits for a lock of ours; the test's own time limit ends a wait for nothing."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return


def sent_and_returned() -> Application:
    """Return an application that was asked for one explanation."""
    centre = province()
    sent = submitted(ApplicantFactory(proven=True), centre)
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    ask_for_supplement(
        step=open_step_of(sent.case), defects=[DefectFound("other", "请说明校名")], by=officer, at=AT
    )  # fmt: skip
    sent.refresh_from_db()
    return sent


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", ["withdraw", "answer", "resubmit"])
def test_whoever_waits_for_the_case_holds_nothing_that_its_decision_needs(what: str) -> None:
    sent = sent_and_returned()
    person, defect, outcomes = sent.applicant.user, sent.defects.get(), list[object]()
    if what == "resubmit":
        answer_defect(defect=defect, words="郑州市一职中", by=person, at=AT)
    acts: dict[str, Callable[[], object]] = {
        "withdraw": lambda: withdraw_application(application=sent, by=person, at=AT),
        "answer": lambda: answer_defect(defect=defect, words="一职中", by=person, at=AT),
        "resubmit": lambda: resubmit_application(application=sent, letter=1, by=person, at=AT),
    }
    with transaction.atomic():
        lock_case(sent.case)
        thread = beside(acts[what], outcomes)
        wait_for_waiting()
        # what a decision takes next is free: with the locks the other way round this is refused
        assert Application.objects.select_for_update(nowait=True, of=("self",)).get(pk=sent.pk) == sent
        assert sent.defects.select_for_update(nowait=True).get() == defect
    thread.join()
    assert [outcome.pk for outcome in outcomes] == [defect.pk if what == "answer" else sent.pk]


@pytest.mark.timeout(120)
def test_a_draft_that_was_handed_in_meanwhile_is_worked_on_from_a_fresh_page() -> None:
    draft, outcomes = drafted(ApplicantFactory(proven=True), province()), list[object]()
    with transaction.atomic():
        submit_application(application=draft, key="k" * 32, by=draft.applicant.user, at=AT)
        thread = beside(lambda: transaction.atomic(lock_application)(draft), outcomes)
        wait_for_waiting()
    thread.join()
    assert "刷新页面后再办" in str(outcomes[0])
