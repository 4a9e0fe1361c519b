"""Pages of ratings: the school reads its draft and objects, two people decide, the list publishes; every figure leads to its findings."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.factories.accounts import UserFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed
from tests.factories.supervision import ListedFindingFactory, RatingFactory

from xueji.accounts.models import User
from xueji.institutions.models import Level, Post
from xueji.ledger.models import Event
from xueji.supervision.models import Rating

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-43")]
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def body(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def province():
    return AuthorityFactory(division_code="410000", level=Level.PROVINCE)


@pytest.fixture
def school(province):
    return SchoolFactory(authority=AuthorityFactory(division_code="410100", level=Level.CITY, parent=province))


def test_a_year_goes_from_its_drafts_to_publication_on_its_pages(province, school) -> None:
    year = timezone.localdate().year
    hit = ListedFindingFactory(
        school=school, item="FM3", state="confirmed", proposed_by=UserFactory(), decided_by=UserFactory(), decided_at=timezone.now()
    )  # fmt: skip
    first, second = (signed_in(appointed(post, province)) for post in (Post.PROVINCE_REVIEWER, Post.PROVINCE_LEADER))
    clerk = signed_in(appointed(Post.SCHOOL_CLERK, school))
    assert "计算草稿" in body(first, "ratings")
    early = first.post(reverse("rating_drafts"), {"year": year + 1})
    assert (early.status_code, "不能评" in early.content.decode()) == (400, True)
    assert first.post(reverse("rating_drafts"), {"year": year}).status_code == 302
    rating = Rating.objects.get(school=school)
    address = reverse("rating", args=[rating.pk])
    text = body(clerk, "ratings")
    assert (address in text, reverse("rating_drafts") in text) == (True, False)
    assert f"{rating.objections_until} 为止可以提出一次异议" in body(clerk, "inbox")
    message = Event.objects.get(tag="rating:drafted", subject_id=str(rating.pk))
    assert clerk.get(reverse("inbox"), {"open": message.pk})["Location"] == address
    text = body(clerk, "rating", rating.pk)
    assert "一票否决，为 D 级" in text
    assert "另行发文" in text  # the reading of the criteria and the clause
    assert '?figure=confirmed&amp;item=FM3">1<' in text
    rows = body(clerk, "rating_findings", rating.pk, figure="confirmed", item="FM3")
    assert reverse("finding", args=[hit.pk]) in rows
    paper = SimpleUploadedFile("核对表.pdf", PDF, "application/pdf")
    sent = clerk.post(
        reverse("rating_objection", args=[rating.pk]), {"turn": 1, "statement": "学生已删除", "file": paper}
    )
    assert (sent.status_code, sent.url) == (302, address)
    again = clerk.post(reverse("rating_objection", args=[rating.pk]), {"turn": 1, "statement": "再次说明"})
    assert (again.status_code, "只能提出一次" in again.content.decode()) == (409, True)
    act = rating.acts.get()
    assert first.get(reverse("rating_paper", args=[rating.pk, act.pk])).status_code == 200
    given = {"turn": 1, "letter": "B", "statement": "属实"}
    refused = first.post(reverse("rating_proposal", args=[rating.pk]), given)
    text = refused.content.decode()
    assert ("一票否决，只能评为D级" in text, "属实" in text) == (True, True)  # what was typed is there
    assert first.post(reverse("rating_proposal", args=[rating.pk]), given | {"letter": "D"}).status_code == 302
    assert 'name="agrees"' not in body(first, "rating", rating.pk)
    proposal = rating.acts.get(kind="proposed").pk
    agreed = {"proposal": proposal, "agrees": "yes", "statement": "同意"}
    assert second.post(reverse("rating_decision", args=[rating.pk]), agreed).status_code == 302
    asked = second.post(reverse("rating_publication"), {"year": year}).content.decode()
    assert ("公布评级？" in asked, "1 个单位" in asked, school.name in asked) == (True, True, True)
    second.post(reverse("rating_publication"), {"year": year, "confirmed": "1"})  # nothing was shown
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', asked)
    text = body(second, "rating", rating.pk)
    assert ("退回评定" in text, 'name="agrees" value="no"' in text) == (True, True)
    back = {"proposal": proposal, "agrees": "no", "statement": ""}
    assert second.post(reverse("rating_decision", args=[rating.pk]), back).status_code == 422
    second.post(reverse("rating_publication"), {"year": year, "confirmed": "1", "seen": seen})
    rating.refresh_from_db()
    assert (rating.state, rating.rating) == (Rating.State.PUBLISHED, "D")
    assert Event.objects.filter(tag="rating:published", subject_id=str(rating.pk)).exists()
    second.post(reverse("rating_revision", args=[rating.pk]), {"statement": "复核"})
    revised = Rating.objects.get(replaces=rating)
    assert reverse("rating", args=[revised.pk]) in body(second, "rating", rating.pk)


def test_the_list_is_filtered_and_asks_as_much_for_many_as_for_few(province, school) -> None:
    client = signed_in(appointed(Post.PROVINCE_REVIEWER, province))
    RatingFactory(school=school)
    RatingFactory(school=SchoolFactory(authority=school.authority, name="落后职业学校"), draft="D", hits=["FM3"])
    assert "落后职业学校" in body(client, "ratings", year="2024", letter="D")
    assert school.name not in body(client, "ratings", year="2024", letter="D")
    assert school.name in body(client, "ratings", state="draft")
    assert school.name not in body(client, "ratings", place="落后")
    assert school.name not in body(client, "ratings", year="2023")
    with CaptureQueriesContext(connection) as few:
        body(client, "ratings")
    for _ in range(6):
        RatingFactory(school=SchoolFactory(authority=school.authority))
    with CaptureQueriesContext(connection) as many:
        body(client, "ratings")
    assert len(many) == len(few)


def test_another_school_finds_nothing_and_an_office_objects_for_itself(province, school) -> None:
    rating = RatingFactory(school=school)
    neighbour = signed_in(appointed(Post.SCHOOL_CLERK, SchoolFactory(authority=school.authority)))
    assert neighbour.get(reverse("rating", args=[rating.pk])).status_code == 404
    assert neighbour.get(reverse("rating_findings", args=[rating.pk])).status_code == 404
    ends = timezone.localdate() + timedelta(days=3)
    office = RatingFactory(school=None, authority=school.authority, draft="", objections_until=ends)
    city = signed_in(appointed(Post.CITY_REVIEWER, school.authority))
    text = body(city, "rating", office.pk)
    assert ("不作草稿等级" in text, "提出异议" in text) == (True, True)
    assert (
        city.post(reverse("rating_objection", args=[office.pk]), {"turn": 1, "statement": "已督促"}).status_code == 302
    )
    assert "提出异议</button>" not in body(city, "rating", rating.pk)  # the school's, not the city's
