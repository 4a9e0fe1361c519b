"""Every bad workbook gets its own sentence, its reader stays within memory, and this process lives on."""

from __future__ import annotations

import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
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
GROWTH_LIMIT_KB = 150 * 1024


@dataclass(frozen=True)
class Read:
    """What came of one workbook: the refusal or the findings, and the most memory (KB) of the asker and of its readers."""

    refusal: str
    findings: list[CellFinding]
    own_kb: int
    readers_kb: int


def read(path: Path | None, name: str) -> Read:
    """Read one workbook as an upload is read; without a path, only what a process takes that reads nothing."""
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))
    refusal, findings = "", []
    try:
        findings = list(check_graduates(path, None, view, name=name).findings) if path else []
    except BadInput as error:
        refusal = error.message
    own_usage, readers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return Read(refusal, findings, own_usage.ru_maxrss, readers.ru_maxrss)


@pytest.fixture(scope="module")
def asker():
    """A process that does nothing else: the system counts the children of a whole process, whoever started them."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def idle_kb(asker: ProcessPoolExecutor) -> int:
    return asker.submit(read, None, "").result().own_kb


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize("odd", WORKBOOKS, ids=lambda odd: odd.name)
def test_bad_workbook_gets_its_own_message(odd: Odd, asker: ProcessPoolExecutor, idle_kb: int, tmp_path: Path):
    came = asker.submit(read, odd.make(tmp_path / odd.file), odd.file).result()
    if not odd.rule:
        assert odd.says in came.refusal
    else:
        assert [finding for finding in came.findings if matches(odd, finding)], (came.refusal, came.findings)
    assert came.own_kb - idle_kb < GROWTH_LIMIT_KB
    assert came.readers_kb < CHILD_LIMIT_KB
    assert came.readers_kb or came.refusal  # what is seen to be no workbook at all is given to no reader


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
