"""What people mean is read as they mean it, whatever form they gave it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.exchange import corpus_tolerated  # fills the corpus
from tests.exchange.corpus import TOLERATED, Odd
from tests.exchange.people import people

from xueji.core.months import Month
from xueji.exchange.graduates import check_graduates
from xueji.policy import get_library

assert corpus_tolerated


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize("odd", TOLERATED, ids=lambda odd: odd.name)
def test_well_meant_workbook_is_read_without_an_error(odd: Odd, view, tmp_path: Path):
    report = check_graduates(odd.make(tmp_path / odd.file), None, view, name=odd.file)
    assert [finding.sentence for finding in report.findings if finding.is_error] == []
    wanted = people(1)[0]
    first = next(row for row in report.rows if row.facts.resident_id == wanted["身份证号"]).facts
    assert first.birth_date == date.fromisoformat(wanted["出生年月日"])
    assert (first.entry_month, first.graduation_month) == (Month(2016, 9), Month(2019, 7))
    assert first.duration_years == Decimal(3)
    assert first.political_status == "共青团员"
    assert first.name == first.name.strip()
    assert len(report.rows) == len({row.facts.resident_id for row in report.rows}) <= 3


def test_separating_dot_of_a_minority_name_is_the_middle_dot(view, tmp_path: Path):
    odd = next(odd for odd in TOLERATED if odd.name == "minority name with another dot")
    report = check_graduates(odd.make(tmp_path / odd.file), None, view)
    assert report.rows[0].facts.name == "尼格买提·热合曼"
