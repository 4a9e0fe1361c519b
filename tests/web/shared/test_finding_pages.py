"""Pages of findings: the school reads what must be true for one to end and answers; two officers decide on the same page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.factories.institutions import staffed_city
from tests.factories.registry import RegistrationFactory
from tests.factories.supervision import ListedFindingFactory

from xueji.accounts.models import User
from xueji.supervision.models import ListedFinding

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-42")]
AT = datetime(2024, 3, 8, 1, tzinfo=UTC)


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def body(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_finding_goes_from_the_school_to_a_decision_by_two_on_its_page(henan) -> None:
    finding = ListedFindingFactory(school=henan.county_school)
    clerk, county, first, second = (
        signed_in(user)
        for user in (henan.clerk, henan.county_reviewer, henan.city_reviewer, henan.second_city_reviewer)
    )
    text = body(clerk, "finding", finding.pk)
    assert "逐人核对，更新学籍信息模块" in text
    assert "超过学籍总人数的2%" in text  # the words of the clause
    assert "立案核查" not in text
    sent = clerk.post(reverse("finding_answer", args=[finding.pk]), {"statement": "已经更正"})
    assert (sent.status_code, sent.url) == (302, reverse("finding", args=[finding.pk]))
    refused = county.post(reverse("finding_opening", args=[finding.pk]), {"statement": ""})
    assert refused.status_code == 422
    county.post(reverse("finding_opening", args=[finding.pk]), {"statement": "请说明"})
    agreed = {"agrees": "yes", "statement": "同意", "proposal": "1"}
    early = second.post(reverse("finding_decision", args=[finding.pk]), agreed)
    assert (early.status_code, "还没有认定意见" in early.content.decode()) == (409, True)
    assert "提出认定意见" not in body(county, "finding", finding.pk)
    given = {"verdict": "confirmed", "statement": "属实"}
    assert first.post(reverse("finding_proposal", args=[finding.pk]), given).status_code == 302
    assert "确认认定意见" not in body(first, "finding", finding.pk)
    assert "确认认定意见" in body(second, "finding", finding.pk)
    agreed["proposal"] = finding.acts.get(kind="proposed").pk
    asked = second.post(reverse("finding_decision", args=[finding.pk]), agreed).content.decode()
    assert ("作出认定？" in asked, "已查实" in asked, "属实" in asked) == (True, True, True)
    finding.refresh_from_db()
    assert finding.state == ListedFinding.State.TAKEN_UP
    second.post(reverse("finding_decision", args=[finding.pk]), agreed | {"confirmed": "1"})
    finding.refresh_from_db()
    assert finding.state == ListedFinding.State.CONFIRMED
    assert "本校答复" not in body(clerk, "finding", finding.pk)
    assert signed_in(henan.city_clerk).get(reverse("finding", args=[finding.pk])).status_code == 404
    text = body(second, "finding_schools")
    assert f'state=confirmed&amp;school={quote(henan.county_school.name)}">1<' in text


def test_the_list_filters_names_students_and_asks_as_much_for_many_as_for_few(henan) -> None:
    client = signed_in(henan.county_reviewer)
    for day in (1, 2):
        record = RegistrationFactory(enrolment__programme__school=henan.county_school).enrolment
        ListedFindingFactory(
            school=henan.county_school, item="FM4", subject=f"enrolment:{record.pk}", enrolment=record, began_on=date(2024, 2, day)
        )  # fmt: skip
    ListedFindingFactory(school=henan.county_school, ended_at=AT)
    text = body(client, "findings")
    assert record.person.name in text
    assert "FM5" not in text
    assert "FM5" in client.get(reverse("findings"), {"state": "ended"}).content.decode()
    assert record.person.name not in client.get(reverse("findings"), {"item": "fm5"}).content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("findings"))
    for _ in range(6):
        other = RegistrationFactory(enrolment__programme__school=henan.county_school).enrolment
        ListedFindingFactory(school=henan.county_school, item="FM4", subject=f"enrolment:{other.pk}", enrolment=other)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("findings"))
    assert len(many) == len(few)
    assert client.post(reverse("finding_search")).status_code == 302
