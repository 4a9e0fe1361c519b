"""Measures by the words of a pack: what one withholds it withholds, what it does not it does not, without a line of code."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from tests.factories import packs
from tests.factories.graduation import AT, at_the_city, decide, filled, setting
from tests.factories.institutions import SanctionFactory, staffed_city

from xueji.certificates.models import NumberBlock
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.obligations import MeasureSpec
from xueji.institutions.actions import impose_sanction, lift_sanction
from xueji.institutions.models import Sanction
from xueji.institutions.queries.deferral import deferral_findings, deferral_of, refuse_while_deferred
from xueji.ledger.models import Event
from xueji.policy import get_library

pytestmark = pytest.mark.django_db
SHUT = packs.item("measure", "shut_shop", MeasureSpec("shut_shop", "停业反省", ("numbers",), (packs.CLAUSE,)))
FINED = packs.item("measure", "fined", MeasureSpec("fined", "罚酒三杯", (), (packs.CLAUSE,)))


def page_of(user) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get("/office/sanctions/")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.requirement("S1-17")
def test_a_measure_of_a_packs_own_name_withholds_what_the_pack_says(monkeypatch) -> None:
    packs.use(monkeypatch, SHUT, FINED)
    here = filled(setting())
    at_the_city(here)
    school, leader = here.batch.school, here.city.city_leader
    for _ in range(2):  # one that withholds nothing may be imposed again
        impose_sanction(school=school, kind="fined", reason="迟报", by=leader, at=AT)
    assert deferral_of(school) is None
    measure = impose_sanction(school=school, kind="shut_shop", reason="名册不实", by=leader, at=AT)
    with pytest.raises(Conflict, match="已在停业反省中"):
        impose_sanction(school=school, kind="shut_shop", reason="再犯", by=leader, at=AT)
    with pytest.raises(RuleViolation, match="起停业反省：名册不实") as refused:
        decide(here.batch.case, here.city)
    (finding,) = refused.value.findings
    assert (finding.remedy, finding.cites) == ("解除停业反省后再办理", (packs.CLAUSE,))
    assert not NumberBlock.objects.exists()
    refuse_while_deferred(school, here.batch.law)  # it withholds numbers, not the seal
    assert deferral_of(school, "sealing") is None
    lift_sanction(sanction=measure, reason="已改", by=leader, at=AT)
    decide(here.batch.case, here.city)
    assert NumberBlock.objects.count() == 1
    assert Event.objects.filter(tag="sanction:imposed").latest("pk").after["kind"] == "停业反省"


@pytest.mark.requirement("S1-17")
def test_what_was_decided_stands_whatever_the_pack_says_later(monkeypatch) -> None:
    packs.use(monkeypatch, SHUT)
    people = staffed_city()
    impose_sanction(school=people.city_school, kind="shut_shop", reason="x", by=people.city_leader, at=AT)
    packs.use_library(monkeypatch, packs.PackLibrary([packs.variant(FINED)]))
    assert deferral_findings(packs.variant(FINED).on(date(2019, 7, 1)), people.city_school, "numbers")


def test_a_measure_the_pack_does_not_know_is_refused_by_the_names_it_knows() -> None:
    people = staffed_city()
    with pytest.raises(BadInput, match="没有「shut_shop」这种处理；可用：暂缓验印、通报批评"):
        impose_sanction(school=people.city_school, kind="shut_shop", reason="x", by=people.city_leader, at=AT)
    assert not Sanction.objects.exists()


@pytest.mark.forges
@pytest.mark.requirement("S1-17")
def test_a_measure_changed_past_the_product_withholds_all_the_same() -> None:
    measure = SanctionFactory(kind="public_criticism", label="通报批评", withholds=[])
    assert deferral_of(measure.school) is None
    Sanction.objects.filter(pk=measure.pk).update(reason="改过")
    assert deferral_of(measure.school, "sealing") == measure


@pytest.mark.requirement("S1-17")
def test_the_page_offers_the_measures_of_the_pack_and_no_other(monkeypatch) -> None:
    people = staffed_city()
    page = page_of(people.city_leader)
    assert ["暂缓验印" in page, "通报批评" in page, "停业反省" in page] == [True, True, False]
    packs.use(monkeypatch, SHUT)
    page = page_of(people.city_leader)
    assert "停业反省" in page


def test_each_jurisdiction_has_the_measures_of_its_own_notice() -> None:
    known = {pack.id: set(pack.on(date(2023, 1, 1)).keys("measure")) for pack in get_library().packs()}
    assert known["edu/shaanxi-weinan"] == {"sealing_deferred", "public_criticism"}
    assert known["edu/guangxi"] == {"accountability"}
    assert known["edu/henan"] == {
        "grade_lowered", "close_supervision", "registration_reduced", "accountability", "custody",
    }  # fmt: skip
    assert known["hrss/fujian"] == set()
