"""What is done about a finding: the school first, then its authority; two people decide, and nobody alone (S2 第二十三条)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.factories.institutions import StaffedCity, staffed_city
from tests.factories.supervision import ListedFindingFactory, SystemComparisonFactory

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.ledger.models import Event
from xueji.supervision.actions import (
    answer_finding,
    decide_finding,
    propose_finding,
    search_findings,
    take_up_finding,
)
from xueji.supervision.models import ListedFinding
from xueji.supervision.queries import finding_for, findings_visible_to, standing_of_schools

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-44")]
AT = datetime(2024, 3, 20, 1, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
State = ListedFinding.State


@pytest.fixture
def henan() -> StaffedCity:
    return staffed_city("410100", "410102")


@pytest.fixture
def finding(henan) -> ListedFinding:
    return ListedFindingFactory(school=henan.county_school, shown_on=date(2024, 3, 18))


def test_the_school_sees_a_finding_at_once_and_its_authority_after_the_days_of_the_pack(henan) -> None:
    today = date.today()  # what is seen depends on the day it is looked at
    school = henan.county_school
    SystemComparisonFactory(school=school, differing=3)
    search_findings(schools=[school], by=henan.clerk, at=AT)
    row = ListedFinding.objects.get()
    assert row.shown_on == date(2024, 3, 30)
    hidden = ListedFindingFactory(school=school, shown_on=today + timedelta(days=1))
    assert set(findings_visible_to(henan.clerk)) == {row, hidden}
    assert set(findings_visible_to(henan.county_reviewer)) == {row}
    with pytest.raises(NotFound):
        finding_for(henan.city_clerk, row.pk)
    (standing, *_) = standing_of_schools(henan.city_reviewer, [school, henan.city_school])
    assert (standing.school, standing.standing, standing.confirmed) == (school, {"FM5": 1}, 0)


def test_a_finding_is_taken_up_answered_proposed_and_decided_by_another_person(henan, finding) -> None:
    with pytest.raises(NotPermitted, match="由该校的主管部门立案"):
        take_up_finding(finding=finding, statement="请核查", by=henan.clerk, at=AT)
    with pytest.raises(Conflict, match="还没有立案"):
        propose_finding(finding=finding, verdict="confirmed", statement="属实", by=henan.city_reviewer, at=AT)
    take_up_finding(finding=finding, statement="请逐人核对", by=henan.county_reviewer, at=AT)
    with pytest.raises(NotPermitted, match="市级或者省级"):
        propose_finding(finding=finding, verdict="confirmed", statement="属实", by=henan.county_reviewer, at=AT)
    with pytest.raises(Conflict, match="2024-03-30 以后"):
        propose_finding(finding=finding, verdict="confirmed", statement="属实", by=henan.city_reviewer, at=AT)
    with pytest.raises(BadInput, match="请填写说明"):
        answer_finding(finding=finding, statement=" ", by=henan.clerk, at=AT)
    answer_finding(finding=finding, statement="已更正", by=henan.clerk, at=AT, file_name="核对表.pdf", data=PDF)
    first = propose_finding(finding=finding, verdict="confirmed", statement="属实", by=henan.city_reviewer, at=AT).pk
    with pytest.raises(NotPermitted, match="另一人"):
        decide_finding(finding=finding, proposal=first, agrees=True, statement="同意", by=henan.city_reviewer, at=AT)
    second = henan.second_city_reviewer
    User.objects.filter(pk__in=[henan.city_reviewer.pk, second.pk]).update(phone="13800000000")
    second.refresh_from_db()
    with pytest.raises(NotPermitted, match="同一部电话"):
        decide_finding(finding=finding, proposal=first, agrees=True, statement="同意", by=second, at=AT)
    User.objects.filter(pk=second.pk).update(phone="13800000001")
    second.refresh_from_db()
    decide_finding(finding=finding, proposal=first, agrees=False, statement="再核一次", by=second, at=AT)
    again = propose_finding(finding=finding, verdict="dropped", statement="已更正", by=second, at=AT).pk
    with pytest.raises(Conflict, match="已经变动"):  # from a page that shows the first proposal
        decide_finding(finding=finding, proposal=first, agrees=True, statement="同意", by=henan.city_reviewer, at=AT)
    act = decide_finding(finding=finding, proposal=again, agrees=True, statement="同意", by=henan.city_reviewer, at=AT)
    finding.refresh_from_db()
    assert (finding.state, finding.proposed_by, finding.decided_by) == (
        State.DROPPED, henan.second_city_reviewer, henan.city_reviewer,
    )  # fmt: skip
    assert [row.kind for row in finding.acts.order_by("pk")] == [
        "taken_up", "answered", "proposed", "sent_back", "proposed", "decided",
    ]  # fmt: skip
    assert Event.objects.filter(tag="listed_finding:decided").latest("pk").after["verdict"] == act.get_verdict_display()
    with pytest.raises(Conflict, match="不再办理"):
        answer_finding(finding=finding, statement="补充", by=henan.clerk, at=AT)


def test_after_its_days_a_silent_school_is_decided_about_and_what_ended_is_not_taken_up(henan, finding) -> None:
    take_up_finding(finding=finding, statement="请逐人核对", by=henan.county_reviewer, at=AT)
    late = AT + timedelta(days=11)
    proposal = propose_finding(
        finding=finding, verdict="confirmed", statement="逾期未答复", by=henan.city_reviewer, at=late
    ).pk
    decide_finding(finding=finding, proposal=proposal, agrees=True, statement="同意", by=henan.city_leader, at=late)
    finding.refresh_from_db()
    assert finding.state == State.CONFIRMED
    over = ListedFindingFactory(school=henan.county_school, ended_at=AT)
    with pytest.raises(Conflict, match="已经消除"):
        take_up_finding(finding=over, statement="请核查", by=henan.county_reviewer, at=AT)
