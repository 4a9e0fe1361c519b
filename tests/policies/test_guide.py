"""The guide asks what the answer hangs on, and nothing else: held against every answer to every question it leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from xueji.core.decisions.guide import Circumstances, guide
from xueji.core.decisions.services import decide_issuer, decide_papers
from xueji.core.errors import FactMissing
from xueji.core.months import Month
from xueji.core.services.facts import DIPLOMAS, FORMS, MISMATCHES, SEALS
from xueji.core.status.territories import territory_of
from xueji.policy import get_library

pytestmark = pytest.mark.requirement("S0-07", "S0-18", "S0-26", "S0-28")
QUESTIONS = {
    "sealed_by": SEALS, "admission_form": FORMS, "admission_office_copy": (True, False), "health_major": (True, False),
    "mismatch": [(name,) for name in MISMATCHES], "identity_changed": (True, False),
}  # fmt: skip


def law_says(known: Circumstances, view) -> object:
    """Return what the law answers: papers and office, or what it misses."""
    try:
        papers, issuer = decide_papers(known.paper_facts(), view), decide_issuer(known.issuer_facts(), view)
    except FactMissing as missing:
        return missing.fact
    return [(paper.spec.key, paper.copies, paper.any_of) for paper in papers.papers], issuer.office


def test_no_question_it_leaves_out_would_change_the_answer() -> None:
    view = get_library().pack("edu/henan").on(date(2026, 11, 30))
    asked = left_out = 0
    for procedure, category, diploma, entered, graduated in product(
        ("replacement", "verification"), view.keys("issuer"), DIPLOMAS, ("1985-09", "2005-09", "2010-09"), (None, "2013-07")
    ):  # fmt: skip
        known = Circumstances(
            procedure=procedure, category=category, diploma=diploma, entered=Month.parse(entered),
            graduated=Month.parse(graduated) if graduated else None, place=territory_of("410100", view),
        )  # fmt: skip
        answer = guide(known, view)
        if answer.papers is None or answer.papers.refused or answer.needed:
            continue
        further = {question.fact for question in answer.further}
        asked += len(further)
        for fact in QUESTIONS.keys() - further:
            left_out += 1
            assert {repr(law_says(replace(known, **{fact: value}), view)) for value in QUESTIONS[fact]} == {
                repr(law_says(known, view))
            }
    assert (asked > 100, left_out > 100) == (True, True)


def test_a_school_of_which_nothing_is_said_still_works() -> None:
    known = Circumstances(procedure="verification", category="普通中专", diploma="held", entered=None, place=None)
    assert known.paper_facts().school_status == "operating"
    assert replace(known, school_status="closed").paper_facts().school_status == "closed"
