"""Numbers put together from facts, completion beside graduation, and whose season a school belongs to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.exchange.people import write_workbook
from tests.factories.graduation import (
    AT,
    LEGAL,
    approved,
    at_the_city,
    decide,
    filled,
    refiled,
    rows_of,
    setting,
    upload,
)
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, SchoolFactory, appointed, staffed_city
from tests.factories.packs import BASE, completion_by_claim, in_many_parts, item, numbering, process, use

from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.core.packs import ColumnSpec
from xueji.graduation.actions import open_batch, open_season, withdraw_candidates
from xueji.graduation.facts import outcome_of
from xueji.graduation.groups import group_of, number_facts
from xueji.graduation.models import Candidate, GraduationOutcome, Season
from xueji.graduation.season_authority import season_authority, seasons_of_school
from xueji.institutions.models import Level, Post
from xueji.policy import get_library
from xueji.uploads.actions import confirm_upload

pytestmark = pytest.mark.django_db


def in_parts(city=None):
    """Return a filled batch whose school has all that the many-part number asks for."""
    here = filled(setting(city), [*rows_of(2), *rows_of(2, start=2, 专业="会计")])
    school = here.batch.school
    school.level, school.ordinal = "甲等", "007"
    school.save()
    school.programmes.filter(name="护理").update(code="1001")
    school.programmes.filter(name="会计").update(code="2002")
    refiled(here.batch.candidates.all(), details={"graduate_level": "中班"})
    refiled(here.batch.candidates.filter(ordinal__in=[1, 3]), details={"graduate_level": "高班"})
    return here


@pytest.mark.requirement("S3-06", "S3-16")
def test_heads_differ_by_graduate_while_the_serial_counts_on(monkeypatch) -> None:
    use(monkeypatch, in_many_parts())
    batch = approved(in_parts())
    rows = batch.candidates.order_by("certificate__number__serial").values_list(
        "certificate__number__number", "programme_name", "ordinal"
    )
    assert list(rows) == [
        ("6100712019220020001", "会计", 3), ("6100712019320020002", "会计", 4), ("6100712019210010003", "护理", 1),
        ("6100712019310010004", "护理", 2),
    ]  # fmt: skip
    assert batch.issue.issue_blocks.count() == 1
    assert {len(number) for number, _, _ in rows} == {19}


@pytest.mark.requirement("S3-06")
def test_number_without_its_facts_is_refused_and_nothing_is_drawn(monkeypatch) -> None:
    use(monkeypatch, in_many_parts())
    here = in_parts()
    refiled(here.batch.candidates.all(), details={})
    at_the_city(here)
    with pytest.raises(BadInput, match="培养层次"):
        decide(here.batch.case, here.city)
    refiled(here.batch.candidates.all(), details={"graduate_level": "特班"})
    with pytest.raises(BadInput, match="可用：高班、中班"):
        decide(here.batch.case, here.city)
    here.batch.refresh_from_db()
    assert here.batch.issue.numbered_at is None


def test_two_codes_of_one_programme_are_refused(monkeypatch) -> None:
    use(monkeypatch, in_many_parts())
    here = in_parts()
    here.batch.school.programmes.update(duration_years=2)
    ProgrammeFactory(school=here.batch.school, name="护理", code="1009", duration_years=4)
    with pytest.raises(BadInput, match="不止一个"):
        number_facts(here.batch.school, 2019, group_of(here.batch.candidates.first()), {})


def completing(monkeypatch, *more):
    """Return a batch of one graduate and one for completion, under a pack that takes the row's own word."""
    use(monkeypatch, *completion_by_claim(), *more)
    here = filled(setting(), rows_of(2))
    refiled(
        here.batch.candidates.filter(ordinal=2),
        outcome=GraduationOutcome.COMPLETION,
        overall_mark="不及格",
        details={"outcome": "结业"},
    )
    return here


@pytest.mark.requirement("S3-14")
def test_completion_certificates_have_their_own_numbering(monkeypatch) -> None:
    here = completing(monkeypatch, numbering("completion", fixed={"unit": "96"}))
    batch = approved(here)
    rows = batch.candidates.order_by("ordinal").values_list(
        "certificate__kind", "certificate__number__number", "certificate__details"
    )
    assert list(rows) == [("graduation", "20190600001", {}), ("completion", "20199600001", {"outcome": "结业"})]
    assert batch.issue.issue_blocks.count() == 2


@pytest.mark.requirement("S3-14")
def test_completion_where_the_pack_numbers_none_is_refused_with_the_reason(monkeypatch) -> None:
    here = completing(monkeypatch)
    at_the_city(here)
    with pytest.raises(RuleViolation) as refused:
        decide(here.batch.case, here.city)
    (finding,) = refused.value.findings
    assert finding.rule == "batch.numbering_known"
    assert "没有结业证书的编号规则" in finding.message
    assert not Candidate.objects.exclude(certificate=None).exists()


@pytest.mark.requirement("S2-33")
def test_upload_says_for_each_row_which_certificate_it_is_for(monkeypatch) -> None:
    spec = get_library().pack(BASE).on(LEGAL).workbook("graduates")
    column = ColumnSpec("毕（结）业", "details.outcome", required=False, kind="text")
    use(
        monkeypatch,
        *completion_by_claim(),
        item("workbook", "graduates", replace(spec, columns=(*spec.columns, column))),
    )
    here = setting()
    rows = [
        rows_of(1)[0] | {"毕（结）业": "毕业"},
        rows_of(1, start=1)[0] | {"毕（结）业": "结业", "毕业成绩总评": "不及格"},
    ]
    monkeypatch.setitem(write_workbook.__kwdefaults__, "headers", tuple(rows[0]))
    intake = upload(here, rows)
    assert intake.error_count == 0, list(intake.findings.values_list("message", flat=True))
    confirm_upload(upload=intake, by=here.clerk, at=AT)
    assert list(here.batch.candidates.order_by("ordinal").values_list("outcome", flat=True)) == [
        "graduation",
        "completion",
    ]


def test_row_is_for_graduation_where_the_pack_knows_no_completion() -> None:
    here = setting()
    assert outcome_of(GraduateFacts(details={"outcome": "结业"}), here.batch.law) == GraduationOutcome.GRADUATION


def test_numbers_wait_for_the_stages_before_them(monkeypatch) -> None:
    """Nobody tells a stage of these: the batch's own approval is before its numbers, and is done when they are given."""
    use(monkeypatch, process(("approve", ()), ("number", ("approve",))))
    assert approved(filled(setting(), rows_of(1))).issue.numbered_at is not None


# -- whose season


@pytest.fixture
def province():
    """A province with two cities below it; the pack of the second lets the city seal."""
    top = AuthorityFactory(division_code="610000", level=Level.PROVINCE)
    city = staffed_city()
    city.city.parent = top
    city.city.path = f"{top.path}{city.city.pk}/"
    city.city.save()
    for county in city.city.children.all():
        county.path = f"{city.city.path}{county.pk}/"
        county.save()
    for school in (city.county_school, city.city_school):
        school.refresh_from_db()
    return top, city


@pytest.mark.requirement("S3-05", "S3-21")
def test_season_is_opened_by_the_level_that_seals(monkeypatch, province) -> None:
    top, city = province
    use(monkeypatch, item("value", "sealing_level", "province"))
    monkeypatch.setattr(
        "xueji.policy.library.PackLibrary.resolve",
        lambda self, line, territory, on=None: self.pack("fictional/variant"),
    )
    reviewer = appointed(Post.PROVINCE_REVIEWER, top)
    opening = {"year": 2019, "term": "autumn", "legal_date": LEGAL, "at": AT}
    with pytest.raises(Conflict, match="由省级机关开设"):
        open_season(authority=city.city, by=city.city_reviewer, **opening)
    season = open_season(authority=top, by=reviewer, **opening)
    direct = SchoolFactory(authority=top)
    for school in (city.county_school, city.city_school, direct):
        assert season_authority(school, LEGAL) == top
        assert seasons_of_school(school) == [season]
    batch = open_batch(season=season, school=city.county_school, by=city.clerk, at=AT)
    assert batch.season.authority == top


@pytest.mark.requirement("S3-21")
def test_school_whose_city_seals_is_not_in_the_season_of_the_province(monkeypatch, province) -> None:
    top, city = province
    real = get_library().pack(BASE)
    use(monkeypatch, item("value", "sealing_level", "city"))
    upper = Season.objects.create(
        authority=top,
        pack=real.id,
        year=2019,
        term="autumn",
        legal_date=LEGAL,
        opened_by=city.city_reviewer,
        opened_at=AT,
    )
    with pytest.raises(Conflict, match=f"由{city.city.name}验印"):
        open_batch(season=upper, school=city.county_school, by=city.clerk, at=AT)
    own_season = open_season(
        authority=city.city, year=2019, term="autumn", legal_date=LEGAL, by=city.city_reviewer, at=AT
    )
    assert seasons_of_school(city.county_school) == [own_season]
    assert open_batch(season=own_season, school=city.county_school, by=city.clerk, at=AT).season == own_season


def test_without_a_sealing_level_the_approving_authority_counts(monkeypatch) -> None:
    use(monkeypatch, item("value", "sealing_level", "none"))
    city = staffed_city()
    assert season_authority(city.county_school, LEGAL) == city.city
    assert season_authority(SchoolFactory(authority=city.county), LEGAL) == city.city


def test_refused_and_withdrawn_ones_get_no_number_of_either_kind(monkeypatch) -> None:
    here = completing(monkeypatch)
    candidate = here.batch.candidates.get(outcome=GraduationOutcome.COMPLETION)
    withdraw_candidates(batch=here.batch, ids=[candidate.pk], reason="另行办理", by=here.clerk, at=AT)
    batch = approved(here)
    assert batch.candidates.exclude(certificate=None).count() == 1
