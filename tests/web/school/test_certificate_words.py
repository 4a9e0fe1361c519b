"""What the notice says of lost and of wrong diplomas, told where a school asks for something about one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.jurisdictions import FUJIAN, HENAN, jurisdiction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("where", "words", "clause"),
    [
        pytest.param(HENAN, "毕业证书遗失不予补办", "第十九条", marks=pytest.mark.requirement("S2-38"), id="lost in Henan"),
        pytest.param(
            FUJIAN, "得从学籍信息更改做起", "附件·四·3", marks=pytest.mark.requirement("S3-22"), id="wrong in Fujian"
        ),
    ],
)  # fmt: skip
def test_the_page_of_a_certificate_case_tells_the_law(where, words, clause):
    place = jurisdiction(where, count=1)
    client = Client()
    client.force_login(place.clerk)
    candidate = place.batch.candidates.get()
    page = client.get(reverse("school:new_certificate_case", args=[candidate.pk]))
    assert words in page.text
    assert clause in page.text
    offered = [label for _, label in page.context["form"].fields["kind"].choices]
    assert offered == ["证书信息更正", "证书作废"]  # a valid certificate is not issued a second time
