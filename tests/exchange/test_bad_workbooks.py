"""Every bad workbook gets its own sentence, its reader stays within memory, and this process lives on."""

from __future__ import annotations

import resource
from datetime import date
from pathlib import Path

import pytest
from tests.exchange import corpus_workbooks  # fills the corpus
from tests.exchange.corpus import WORKBOOKS, Odd

from xueji.core.errors import BadInput
from xueji.exchange.cells import CellFinding
from xueji.exchange.graduates import check_graduates
from xueji.policy import get_library

assert corpus_workbooks

CHILD_LIMIT_KB = 1024 * 1024


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize("odd", WORKBOOKS, ids=lambda odd: odd.name)
def test_bad_workbook_gets_its_own_message(odd: Odd, view, tmp_path: Path):
    path = odd.make(tmp_path / odd.file)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if not odd.rule:
        with pytest.raises(BadInput) as refusal:
            check_graduates(path, None, view, name=odd.file)
        assert odd.says in refusal.value.message
    else:
        report = check_graduates(path, None, view, name=odd.file)
        found = [finding for finding in report.findings if matches(odd, finding)]
        assert found, [finding.sentence for finding in report.findings]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < CHILD_LIMIT_KB


def matches(odd: Odd, finding: CellFinding) -> bool:
    """Whether a finding is the one that the corpus asks for."""
    return (
        finding.rule == odd.rule
        and odd.says in finding.message + finding.remedy
        and odd.row in (None, finding.row)
        and odd.column in (None, finding.column)
    )


def test_the_corpus_has_more_than_sixty_workbooks_with_names_of_their_own():
    names = [odd.name for odd in WORKBOOKS]
    assert len(names) == len(set(names)) >= 60
