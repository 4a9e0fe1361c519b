"""The receipt: who files it for whom, by when, and the comparison of the forms before anybody travels."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.journeys.world import AT, LATER, YEAR, found

from xueji.cases.actions import submit_case
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.demo.provinces import FUJIAN, GUANGXI
from xueji.graduation.actions import submit_batch
from xueji.graduation.actions.applications import open_number_application
from xueji.graduation.models import Receipt, Season
from xueji.graduation.records.actions import file_receipt
from xueji.graduation.records.comparison import compare_forms
from xueji.graduation.records.form_data import receipt_data
from xueji.graduation.records.queries import receipts_visible_to
from xueji.ledger.queries import timeline_of
from xueji.policy import get_library

pytestmark = pytest.mark.django_db
IN_TIME = datetime(YEAR, 4, 22, 10, tzinfo=UTC)
HEAD = {"contact_name": "王科长", "contact_phone": "0771-1234567", "address": "南宁市某路 1 号"}


@pytest.fixture
def guangxi():
    return found(GUANGXI)


def line(school, graduates=12):
    return {"school": school, "graduates": graduates, "contact": "李老师 13800000000", "address": "南宁市某路 2 号"}


def filed(world, graduates=12, at=IN_TIME):
    city = world.school().authority
    return file_receipt(
        season=world.province.season, place=city, head=HEAD, lines=[line(world.school(), graduates)],
        by=world.user("city"), at=at,
    )  # fmt: skip


@pytest.mark.requirement("S4-10")
def test_city_files_for_its_schools_and_a_direct_school_for_itself(guangxi) -> None:
    receipt = filed(guangxi)
    assert (receipt.is_late, receipt.lines.get().graduates) == (False, 12)
    direct = guangxi.school("direct")
    own_receipt = file_receipt(
        season=guangxi.province.season, place=direct, head=HEAD, lines=[line(direct, 6)],
        by=guangxi.user("direct_clerk"), at=IN_TIME,
    )  # fmt: skip
    data = receipt_data(own_receipt)
    assert data.fields["contact"] == "王科长　0771-1234567"
    assert data.groups[0].rows[0]["graduates"] == "6"
    assert {receipt.pk for receipt in receipts_visible_to(guangxi.user("province"))} == {receipt.pk, own_receipt.pk}
    assert {receipt.pk for receipt in receipts_visible_to(guangxi.user("direct_clerk"))} == {own_receipt.pk}


@pytest.mark.requirement("S4-10")
def test_receipt_after_the_last_day_is_marked_late_and_amended_ones_keep_what_was_before(guangxi) -> None:
    filed(guangxi, 10)
    receipt = filed(guangxi, 12, at=AT)
    assert (receipt.is_late, Receipt.objects.count()) == (True, 1)
    event = timeline_of(receipt)[-1]
    assert (event.before["total"], event.after["total"]) == (10, 12)


@pytest.mark.requirement("S4-10")
def test_receipt_is_refused_early_incomplete_and_from_others(guangxi) -> None:
    season, school = guangxi.province.season, guangxi.school()
    with pytest.raises(Conflict, match="开始"):
        filed(guangxi, at=datetime(YEAR, 4, 12, tzinfo=UTC))
    given = {"season": season, "place": school.authority, "head": HEAD, "at": IN_TIME}
    with pytest.raises(BadInput, match="没有填写"):
        file_receipt(**given, lines=[], by=guangxi.user("city"))
    with pytest.raises(BadInput, match="联系电话"):
        file_receipt(**{**given, "head": {**HEAD, "contact_phone": ""}}, lines=[line(school)], by=guangxi.user("city"))
    with pytest.raises(BadInput, match="不在这份回执里"):
        file_receipt(**given, lines=[line(guangxi.school("direct"))], by=guangxi.user("city"))
    with pytest.raises(NotPermitted):
        file_receipt(**given, lines=[line(school)], by=guangxi.user("school_clerk"))


@pytest.mark.requirement("S4-10")
def test_pack_that_says_so_refuses_what_is_late(guangxi, monkeypatch) -> None:
    view = get_library().pack("edu/guangxi").on(guangxi.province.season.legal_date)
    values = {**view.items["value"], "receipt_late": "refuse"}
    strict = type(view)(view.pack, view.day, {**view.items, "value": values}, view.sources, view.readings)
    monkeypatch.setattr(Season, "law", property(lambda _season: strict))
    with pytest.raises(RuleViolation) as refused:
        filed(guangxi, at=AT)
    assert refused.value.findings[0].cites
    filed(guangxi)


def test_jurisdiction_without_a_receipt_takes_none() -> None:
    world = found(FUJIAN)
    with pytest.raises(Conflict, match="不收"):
        filed(world, at=AT)


@pytest.mark.requirement("S4-13", "S4-05")
def test_head_count_unlike_the_receipts_keeps_the_batch_back_until_the_receipt_is_put_right(guangxi) -> None:
    batch = guangxi.listed()
    filed(guangxi, 13)
    clerk = guangxi.user("school_clerk")
    with pytest.raises(RuleViolation) as refused:
        submit_batch(batch=batch, by=clerk, at=LATER)
    (finding,) = [finding for finding in refused.value.findings if finding.rule.startswith("forms.")]
    assert (finding.rule, bool(finding.cites)) == ("forms.total_equals_receipt", True)
    assert "12" in finding.message
    assert "13" in finding.message
    filed(guangxi, 12, at=AT)
    submit_batch(batch=batch, by=clerk, at=LATER)


@pytest.mark.requirement("S4-13", "S4-12")
def test_papers_stand_side_by_side_with_the_application_and_its_ranges(guangxi) -> None:
    batch = guangxi.listed()
    filed(guangxi)
    application = open_number_application(
        season=batch.season, school=batch.school, by=guangxi.user("school_clerk"), at=AT
    )
    submit_case(case=application.case, by=guangxi.user("school_clerk"), at=AT)
    guangxi.approve(application.case)
    before = compare_forms(batch)
    assert (before.listed, before.applied, before.receipt, before.findings) == (12, 12, 12, ())
    assert all(line.agrees and line.ranges for line in before.lines)
    guangxi.approved(batch)
    batch.refresh_from_db()
    assert batch.issue.numbered_at is not None
    assert compare_forms(batch).findings == ()
