"""Every bad archive and photograph gets its own sentence; the good graduates beside it are not touched by it."""

from __future__ import annotations

import resource
from datetime import date
from pathlib import Path

import pytest
from tests.exchange import corpus_photos  # fills the corpus
from tests.exchange.corpus import ARCHIVES, PHOTOS, TOLERATED_PHOTOS, Odd
from tests.exchange.people import people, write_workbook

from xueji.core.errors import BadInput
from xueji.exchange.graduates import check_graduates
from xueji.policy import get_library

assert corpus_photos


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


@pytest.fixture(scope="module")
def roster(tmp_path_factory):
    return write_workbook(tmp_path_factory.mktemp("roster") / "名册.xlsx", people())


@pytest.mark.requirement("S1-10")
@pytest.mark.parametrize("odd", [*ARCHIVES, *PHOTOS], ids=lambda odd: odd.name)
def test_bad_archive_or_photograph_gets_its_own_message(odd: Odd, view, roster: Path, tmp_path: Path):
    path = odd.make(tmp_path / "照片.zip")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if not odd.rule:
        with pytest.raises(BadInput) as refusal:
            check_graduates(roster, path, view)
        assert odd.says in refusal.value.message
    else:
        findings = check_graduates(roster, path, view).findings
        found = [f for f in findings if f.rule == odd.rule and odd.says in f.message + f.remedy]
        assert found, [finding.sentence for finding in findings]
        assert odd.row in (None, found[0].row)
        assert odd.column in (None, found[0].column)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


@pytest.mark.requirement("S1-10")
@pytest.mark.parametrize("odd", TOLERATED_PHOTOS, ids=lambda odd: odd.name)
def test_odd_but_right_archive_passes(odd: Odd, view, roster: Path, tmp_path: Path):
    report = check_graduates(roster, odd.make(tmp_path / "照片.zip"), view)
    assert [finding.sentence for finding in report.findings] == []
    assert all(row.photo for row in report.rows)


@pytest.mark.requirement("S1-10")
def test_photograph_with_lower_case_x_is_taken_as_the_right_one(view, tmp_path: Path):
    person = people(60)
    chosen = next(row for row in person if row["身份证号"].endswith("X"))
    roster = write_workbook(tmp_path / "名册.xlsx", [chosen])
    name = chosen["身份证号"].replace("X", "x") + ".jpg"
    archive = corpus_photos.write_photos(tmp_path / "照片.zip", {name: corpus_photos.photograph()})
    report = check_graduates(roster, archive, view)
    assert [finding.rule for finding in report.findings] == ["photo_archive.name_form"]
    assert report.rows[0].photo is not None
    assert report.is_acceptable


@pytest.mark.requirement("S1-10")
def test_photograph_too_large_comes_with_one_that_fits(view, tmp_path: Path):
    chosen = people(1)
    roster = write_workbook(tmp_path / "名册.xlsx", chosen)
    body = corpus_photos.photograph(width=600, height=800, grain=60)
    archive = corpus_photos.write_photos(tmp_path / "照片.zip", {f"{chosen[0]['身份证号']}.jpg": body})
    report = check_graduates(roster, archive, view)
    photo = report.rows[0].photo
    assert not photo.is_acceptable
    assert photo.re_encoded is not None
    assert 5000 <= len(photo.re_encoded) <= 20480


def test_no_identity_number_stands_whole_in_any_finding(view, tmp_path: Path):
    rows = people(3)
    roster = write_workbook(tmp_path / "名册.xlsx", [rows[0], rows[0], {**rows[1], "身份证号": "610502200009010039"}])
    archive = corpus_photos.write_photos(
        tmp_path / "照片.zip", {f"{rows[2]['身份证号']} 张三.jpg": b"x", "610502200009019991.jpg": b"x"}
    )
    report = check_graduates(roster, archive, view)
    assert len(report.findings) >= 5
    text = " ".join(finding.sentence + finding.column for finding in report.findings)
    assert not [
        word
        for word in ("610502200009010039", rows[2]["身份证号"], rows[0]["身份证号"], "610502200009019991")
        if word in text
    ]
