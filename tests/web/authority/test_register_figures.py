"""The register in figures: what is counted is what the list shows behind each bar and each number."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import RegistrationFactory
from tests.web.school.test_new_student import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-05")]


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def test_every_bar_and_number_leads_to_the_list_of_as_many(henan) -> None:
    nursing = ProgrammeFactory(school=henan.county_school, name="护理")
    cooking = ProgrammeFactory(school=henan.city_school, name="烹饪")
    for programme, count in ((nursing, 3), (cooking, 2)):
        for _ in range(count):
            RegistrationFactory(enrolment__programme=programme)
    officer = client_of(henan.city_reviewer)
    page = officer.get(reverse("register_figures"))
    assert [page.context[name] for name in ("schools", "active", "suspended", "total")] == [2, 5, 0, 5]
    counted = {
        unescape(link): int(count)
        for link, count in re.findall(
            r'<a href="([^"]+)" aria-label="[^"]+"><rect[^>]*><title>[^<]* (\d+)</title>', page.text
        )
    }
    assert sorted(counted.values()) == [2, 2, 3, 3, 5]  # two schools, two programmes, one status
    for link, count in counted.items():
        assert officer.get(link).context["page"].paginator.count == count, link
    county = client_of(henan.county_reviewer).get(reverse("register_figures"))
    assert county.context["active"] == 3
    auditor = client_of(henan.auditor).get(reverse("register_figures"))  # sees figures, and no list
    assert auditor.context["active"] == 5
    assert reverse("students") + "?" not in auditor.text


def test_the_page_asks_no_more_for_more_schools(henan) -> None:
    officer, counts = client_of(henan.city_reviewer), []
    for school in (henan.county_school, henan.city_school):
        RegistrationFactory(enrolment__programme=ProgrammeFactory(school=school))
        with CaptureQueriesContext(connection) as asked:
            assert officer.get(reverse("register_figures")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12
