"""The workbooks of the demo hold exactly the faults that were put in, for the check that a school's upload goes through."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date

import pytest

from xueji.core.facts import Surroundings
from xueji.demo.city import PACK, ClassYear, school_plans
from xueji.demo.faults import ELSEWHERE, seeded_faults
from xueji.demo.people import PeopleMaker
from xueji.demo.workbooks import FIRST_ROW, write_school
from xueji.exchange.graduates import check_graduates
from xueji.policy import get_library

YEAR = ClassYear(2026)


def _files(folder, number: int, *, faulty: bool, seed: int = 7):
    maker = PeopleMaker(seed)
    plan = school_plans()[number - 1]
    people = maker.graduates_of(plan, YEAR)
    elsewhere = maker.graduates_of(school_plans()[13], YEAR, size=5)[3] if faulty else None
    return plan, write_school(
        folder, plan, people, year=YEAR, seed=seed, stem=f"{number:02d}", faulty=faulty, elsewhere=elsewhere
    )


def _report(plan, files):
    view = get_library().pack(PACK).on(date(2026, 7, 8))
    surroundings = Surroundings(
        season_year=2026,
        season_term="autumn",
        programmes=frozenset(programme.name for programme in plan.programmes),
        durations_by_programme={p.name: frozenset({p.duration_years}) for p in plan.programmes},
    )
    return check_graduates(files.workbook, files.photos, view, surroundings=surroundings)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_faultless_workbook_is_read_without_a_word_however_untidy_its_cells(tmp_path, number):
    plan, files = _files(tmp_path, number, faulty=False)
    report = _report(plan, files)
    assert report.findings == ()
    assert [row.facts for row in report.rows] == [entry.truth for entry in files.entries]
    assert report.counts["photos_matched"] == plan.size


@pytest.mark.parametrize("number", [1, 2])
def test_a_faulty_workbook_gives_exactly_the_findings_of_its_faults(tmp_path, number):
    plan, files = _files(tmp_path, number, faulty=True)
    report = _report(plan, files)
    assert Counter(finding.rule for finding in report.findings) == Counter(
        rule
        for fault in files.faults
        if fault.kind is not ELSEWHERE
        for rule in fault.kind.rules  # a dry run knows no other school
    )


def test_each_finding_stands_at_the_row_of_its_fault(tmp_path):
    plan, files = _files(tmp_path, 1, faulty=True)
    rows = {(f.rule, f.row) for f in _report(plan, files).findings if not f.rule.startswith(("photo", "roster"))}
    expected = {
        (rule, FIRST_ROW + fault.index)
        for fault in files.faults
        for rule in fault.kind.rules
        if not rule.startswith(("photo", "roster", "batch", "registry"))
    }
    assert rows == expected


def test_seeded_faults_are_counted_as_they_lie_in_the_file(tmp_path):
    _, files = _files(tmp_path, 2, faulty=True)
    assert Counter(fault.kind.label for fault in files.faults) == seeded_faults()
    assert len({fault.index for fault in files.faults}) == len(files.faults)


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    digests = [
        tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in (files.workbook, files.photos))
        for folder in ("one", "two")
        for _, files in [_files(tmp_path / folder, 1, faulty=True)]
    ]
    assert digests[0] == digests[1]
