"""What is owed: opened by the pack's words, counted by its clock, done with its evidence; nothing of it is in the code."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.factories import packs
from tests.factories.graduation import AT, approved, filled, setting
from tests.factories.obligations import ObligationFactory

from xueji.core.calendar import Clock
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.obligations import ObligationSpec
from xueji.institutions.open_work import open_work_of
from xueji.ledger.models import Event
from xueji.obligations.actions import fulfil_obligation, open_obligations, recount_obligations
from xueji.obligations.models import Obligation
from xueji.registry.models import Enrolment

pytestmark = pytest.mark.django_db
ON = date(2019, 7, 8)
REPORT = packs.item(
    "obligation", "report_to_guild",
    ObligationSpec("report_to_guild", "向行会报送名册", "seal", "guild_term", needs_evidence=True, cites=(packs.CLAUSE,)),
)  # fmt: skip
TERM = packs.item("clock", "guild_term", Clock("guild_term", "验印后报送名册", 4, "calendar_days", (packs.CLAUSE,)))


def owed(here, on: date = ON) -> list[Obligation]:
    return open_obligations(
        case=here.batch.case, school=here.batch.school, after="seal", on=on, by=here.city.sealer, at=AT
    )


@pytest.mark.requirement("S1-16")
def test_an_obligation_of_a_packs_own_name_is_opened_counted_and_done(monkeypatch) -> None:
    packs.use(monkeypatch, REPORT, TERM)
    here = filled(setting())
    approved(here)
    (*_, named) = owed(here)
    assert (named.label, named.due_on, named.done_at) == ("向行会报送名册", date(2019, 7, 12), None)
    assert [obligation.due_on for obligation in owed(here)[:-1]] == [
        date(2019, 7, 22)
    ] * 3  # the base's own, by their own clock
    assert Event.objects.filter(tag="obligation:opened").count() == 2  # one for each term
    (work,) = [work for work in open_work_of(here.batch.school) if work.label == "验印后事项"]
    assert (work.count, work.names[0].endswith("：向行会报送名册")) == (4, True)
    with pytest.raises(BadInput, match="「向行会报送名册」须写明完成的依据"):
        fulfil_obligation(obligation=named, by=here.clerk, at=AT, evidence=" ")
    with pytest.raises(NotPermitted):
        fulfil_obligation(obligation=named, by=here.city.city_clerk, at=AT, evidence="回执7号")
    done = fulfil_obligation(obligation=named, by=here.clerk, at=AT, evidence="回执7号")
    assert (done.done_by, done.evidence) == (here.clerk, "回执7号")
    assert "graduated" not in Event.objects.get(tag="obligation:fulfilled").after
    with pytest.raises(Conflict, match="「向行会报送名册」已于"):
        fulfil_obligation(obligation=named, by=here.clerk, at=AT, evidence="再报")


@pytest.mark.forges
def test_an_obligation_altered_past_the_product_is_neither_done_nor_counted_anew(monkeypatch) -> None:
    """Either would put a digest of ours under a term somebody gave themselves."""
    packs.use(monkeypatch, REPORT, TERM)
    here = filled(setting())
    approved(here)
    (*_, named) = owed(here)
    later = Obligation.objects.filter(pk=named.pk)
    later.update(due_on=date(2019, 12, 31))
    with pytest.raises(Conflict, match="「向行会报送名册」的登记与系统写入时不一致"):
        fulfil_obligation(obligation=named, by=here.clerk, at=AT, evidence="回执7号")
    assert recount_obligations(here.city.city, None, AT) == 0
    assert later.get().due_on == date(2019, 12, 31)
    later.update(due_on=date(2019, 7, 12))
    assert fulfil_obligation(obligation=named, by=here.clerk, at=AT, evidence="回执7号").done_at == AT


def test_terms_are_counted_anew_with_their_rows_held_in_order() -> None:
    here = filled(setting())
    approved(here)
    owed(here)
    with CaptureQueriesContext(connection) as asked:
        recount_obligations(here.city.city, None, AT)
    (locking,) = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    assert locking.index('ORDER BY "obligations_obligation"."id"') < locking.index("FOR UPDATE")


@pytest.mark.requirement("S1-16")
def test_a_pack_that_says_nothing_is_owed_opens_nothing(monkeypatch) -> None:
    empty = [
        packs.item("obligation", key, None) for key in ("submit_graduated", "graduate_module", "employment_module")
    ]
    packs.use(monkeypatch, *empty)
    here = filled(setting())
    approved(here)
    assert owed(here) == []
    assert not Obligation.objects.exists()


@pytest.mark.requirement("S1-16")
def test_what_follows_is_what_the_pack_says_follows(monkeypatch) -> None:
    spec = ObligationSpec("told", "报告毕业", "seal", "guild_term", effect="record_graduated", cites=(packs.CLAUSE,))
    packs.use(monkeypatch, packs.item("obligation", "told", spec), TERM)
    here = filled(setting())
    approved(here)
    obligation = owed(here)[-1]
    plain = owed(here)[1]
    fulfil_obligation(obligation=plain, by=here.clerk, at=AT)
    assert "graduated" not in Event.objects.get(tag="obligation:fulfilled").after
    fulfil_obligation(obligation=obligation, by=here.clerk, at=AT)
    assert Event.objects.filter(tag="obligation:fulfilled").latest("pk").after == {"duty": "报告毕业", "graduated": 0}
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"studying"}  # nothing was sealed yet


def test_the_database_itself_refuses_what_was_not_done_so() -> None:
    obligation = ObligationFactory(needs_evidence=True)
    rows = Obligation.objects.filter(pk=obligation.pk)
    for changes, name in (
        ({"done_at": AT}, "obligation_done_by_and_at"),
        ({"done_at": AT, "done_by": obligation.case.opened_by}, "obligation_done_with_evidence"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**changes)
    for changes in ({"label": "别的"}, {"counted_from": date(2019, 8, 1)}, {"needs_evidence": False}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**changes)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    with pytest.raises(IntegrityError, match="obligation_once_per_case"), transaction.atomic():
        ObligationFactory(case=obligation.case)
