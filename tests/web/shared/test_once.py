"""Buttons pressed many times at once do their work once: real transactions, real locks, every click a connection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse
from tests.factories.graduation import filled, season_of, setting
from tests.factories.institutions import staffed_city
from tests.factories.jurisdictions import FUJIAN, jurisdiction
from tests.factories.production import approved_batch
from tests.web.reading import forms_of, values_of

from xueji.accounts.models import SentForm
from xueji.accounts.sent_actions import claim_form
from xueji.blanks.models import BlankRequest
from xueji.graduation.models import Batch
from xueji.production.models import Printer, PrintRun
from xueji.registry.models import ParticularsChange
from xueji.web.listing import stored_answer

CLICKS = 8


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def form_with(client: Client, url: str, **values: str) -> dict[str, list[str]]:
    """Return what the form of a page that has these hidden values would send, its tokens included."""
    page = client.get(url).content.decode()
    for form in forms_of(page):
        sent = values_of(form, page)
        is_ours = form.is_post and form.tag.attributes.get("action") != "/accounts/logout/"
        if is_ours and all(sent.get(name) == [value] for name, value in values.items()):
            return sent
    raise AssertionError(f"no such form on {url}")


def at_once(users_client: Client, url: str, sent: dict[str, list[str]], clicks: int = CLICKS) -> list:
    """Send the same form many times at the same moment, each on a connection of its own."""
    start = Barrier(clicks)
    cookies = users_client.cookies

    def click(_: int):
        client = Client()
        client.cookies = cookies
        try:
            start.wait(timeout=30)
            return client.post(url, sent)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(clicks) as pool:
        return list(pool.map(click, range(clicks)))


@pytest.mark.django_db(transaction=True)
def test_many_clicks_on_print_make_one_run() -> None:
    city = staffed_city()
    batch = approved_batch(city, count=1)
    client, url = signed_in(city.clerk), reverse("school:print_centre", args=[batch.pk])
    answers = at_once(client, url, form_with(client, url, document="register"))
    assert {answer.status_code for answer in answers} == {302}
    assert PrintRun.objects.count() == 1
    client.post(url, form_with(client, url, document="register"))  # the page made anew: the run still waits
    assert PrintRun.objects.count() == 1
    PrintRun.objects.get().job.__class__.objects.update(state="done", finished_at="2019-07-09T01:00Z")
    client.post(url, form_with(client, url, document="register"))  # rendered since: another run is another act
    assert PrintRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_clicks_on_a_request_for_blanks_make_one_draft() -> None:
    fujian = jurisdiction(FUJIAN)
    before = BlankRequest.objects.count()
    client, url = signed_in(fujian.clerk), reverse("school:new_blank_request")
    page = client.get(url)
    kind = page.context["kinds"][0][0]
    sent = form_with(client, url) | {"kind": [kind], "year": ["2019"], "term": ["autumn"], "count": ["7"]}
    answers = at_once(client, url, sent)
    assert {answer["Location"] for answer in answers} == {
        reverse("school:blank_request", args=[BlankRequest.objects.latest("pk").pk])
    }
    assert BlankRequest.objects.count() == before + 1
    client.post(url, sent | {"count": ["8"]})  # the same page with another figure is another request
    assert BlankRequest.objects.count() == before + 2


@pytest.mark.django_db(transaction=True)
def test_a_second_click_on_new_batch_leads_to_the_batch() -> None:
    city = staffed_city()
    season = season_of(city)
    client, url = signed_in(city.clerk), reverse("school:batches")
    sent = form_with(client, url, season=str(season.pk))
    answers = at_once(client, reverse("school:new_batch"), sent)
    batch_url = reverse("school:batch", args=[Batch.objects.get().pk])
    assert {answer["Location"] for answer in answers} == {batch_url}
    untokened = {name: values for name, values in sent.items() if name != "once"}
    assert client.post(reverse("school:new_batch"), untokened)["Location"] == batch_url
    assert client.post(reverse("school:new_batch"), {"season": "9" * 30, "school": "x"}).status_code == 404


@pytest.mark.django_db
def test_a_refused_form_may_be_sent_again_and_a_done_one_leads_where_it_led() -> None:
    city = staffed_city()
    client, url = signed_in(city.clerk), reverse("school:printers")
    sent = form_with(client, url)
    assert client.post(url, sent | {"name": ["  "]}).status_code == 422
    assert not SentForm.objects.exists()
    first = client.post(url, sent | {"name": ["教务处"]})
    again = client.post(url, sent | {"name": ["教务处"]}, follow=True)
    assert again.redirect_chain == [(first["Location"], 302)]
    assert "没有重复办理" in again.text
    assert Printer.objects.count() == 1
    assert client.post(url, sent | {"name": ["招生办"]}).status_code == 302
    assert Printer.objects.count() == 2
    other = signed_in(city.city_clerk)
    assert other.post(url, sent | {"name": ["教务处"]}).status_code == 302  # somebody else's form is their own
    assert Printer.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1_000, 3_000_000], ids=["in memory", "spooled"])
def test_another_file_of_the_same_name_and_size_is_another_act(size: int, tmp_path, settings) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    here = filled(setting())
    client = signed_in(here.clerk)
    corrected = {"document_number": "临职〔2019〕8号", "reason": "录错", "name": "张改名"}
    client.post(reverse("school:new_change", args=[here.batch.candidates.first().pk]), corrected)
    case = ParticularsChange.objects.get().case
    url = reverse("school:evidence", args=[case.pk])
    sent = form_with(client, reverse("school:case", args=[case.pk]), kind="") | {"kind": ["户口簿"]}
    scans = [_pdf(size, "1"), _pdf(size, "2")]
    for scan in (scans[0], scans[1], scans[0]):  # the third is the first one, sent again
        answer = client.post(url, sent | {"file": SimpleUploadedFile("扫描件.pdf", scan)})
        assert answer.status_code == 302
    kept = [
        b"".join(stored_answer(evidence.file, evidence.file_name).streaming_content)
        for evidence in case.evidence.order_by("pk")
    ]
    assert kept == scans  # whole: what was hashed is still read from its start


def _pdf(size: int, mark: str) -> bytes:
    head, end = f"%PDF-1.4\n% {mark}\n1 0 obj<<>>endobj\n".encode(), b"\ntrailer<<>>\n%%EOF"
    return head + b" " * (size - len(head) - len(end)) + end


@pytest.mark.django_db
def test_a_view_that_falls_over_leaves_no_claim(monkeypatch) -> None:
    city = staffed_city()
    client, url = signed_in(city.clerk), reverse("school:printers")
    client.raise_request_exception = False
    sent = form_with(client, url) | {"name": ["教务处"]}
    with monkeypatch.context() as broken:
        broken.setattr("xueji.web.school.printing.add_printer", lambda **_: 1 / 0)
        assert client.post(url, sent).status_code == 500
    assert client.post(url, sent).status_code == 302
    assert Printer.objects.count() == 1


@pytest.mark.django_db
def test_claims_are_forgotten_after_a_day(django_user_model) -> None:
    from datetime import UTC, datetime

    user = django_user_model.objects.create(username="somebody")
    assert claim_form(key="a", user=user, at=datetime(2019, 7, 1, tzinfo=UTC))
    assert not claim_form(key="a", user=user, at=datetime(2019, 7, 1, 23, tzinfo=UTC))
    assert claim_form(key="b", user=user, at=datetime(2019, 7, 3, tzinfo=UTC))
    assert list(SentForm.objects.values_list("key", flat=True)) == ["b"]
