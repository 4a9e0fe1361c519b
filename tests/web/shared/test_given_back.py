"""A page filled in as it was sent, and the page made anew after a refusal: the mechanism by itself."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from tests.factories.graduation import at_the_city, rows_of, setting
from tests.factories.graduation import filled as full
from tests.web.reading import forms_of, values_of

from xueji.web.controls import filled, sent_form

PAGE = """
<form method="get" action="/here/"><input name="q"></form>
<form method="post" action="/there/"><input type="hidden" name="row" value="1"><input name="why"></form>
<details><form method="post" action="/there/"><input type="hidden" name="row" value="2"><input name="why" value="old">
<input name="again"><input name="again"><textarea name="more">old</textarea>
<input type="checkbox" name="ids" value="a" checked><input type="checkbox" name="ids" value="b">
<input type="radio" name="way" value="x" checked><input type="radio" name="way" value="y">
<select name="one"><option value="1" selected>1</option><option value="2">2</option></select>
<select name="many" multiple><option value="1">1</option><option value="2">2</option><option value="3">3</option></select>
<input type="password" name="secret" value=""><input type="file" name="paper">
<dialog><input name="inside"></dialog><button name="act" value="do">x</button></form></details>
"""
SENT = (
    "csrfmiddlewaretoken=t&row=2&why=%22a%26b%22&again=first&again=%3C2%3E&more=line%0Atwo&ids=b&way=y&one=2&many=2&many=3"
    "&secret=hidden-1&inside=here&act=do"
)


def test_every_kind_of_field_comes_back_in_the_form_that_was_sent() -> None:
    sent = QueryDict(SENT)
    form = sent_form(PAGE, "/here/", "/there/", sent)
    page = filled(PAGE, form, sent, ["paper"])
    first, other, again = forms_of(page)
    assert values_of(first, page) == {"q": [""]}
    assert values_of(other, page) == {"row": ["1"], "why": [""]}
    expected = {name: sent.getlist(name) for name in sent if name not in ("csrfmiddlewaretoken", "act")}
    assert values_of(again, page) == expected | {"secret": [""]}
    assert "hidden-1" not in page
    assert "密码不保留，请重新输入" in page
    assert "文件不保留，请重新选择" in page
    assert "<details open" in page
    assert "<dialog data-reopen" in page


def test_a_form_sent_elsewhere_is_not_touched() -> None:
    assert sent_form(PAGE, "/here/", "/elsewhere/", QueryDict(SENT)) is None
    assert sent_form(PAGE, "/here/", "/there/", QueryDict("row=3&why=x")) is None


@pytest.fixture
def marking(db):
    here = full(setting(), rows_of(3))
    step = at_the_city(here)
    client = Client()
    client.force_login(here.city.city_reviewer, backend="xueji.accounts.backends.Accounts")
    return client, step, here.batch


def test_an_address_that_only_writes_shows_the_page_it_was_sent_from(marking) -> None:
    client, step, batch = marking
    page = reverse("authority:step_candidates", args=[step.pk])
    chosen = str(batch.candidates.first().pk)
    answer = client.post(
        reverse("authority:marks", args=[step.pk]),
        {"ids": [chosen, "no-such"], "reason": "  ", "act": "mark"}, HTTP_REFERER=f"http://testserver{page}?q=",
    )  # fmt: skip
    assert answer.status_code == 400
    assert "请写明原因" in answer.text
    assert "data-reopen" in answer.text or "<dialog" in answer.text
    form = next(form for form in forms_of(answer.text) if "ids" in {c.attributes.get("name") for c in form.controls})
    assert values_of(form, answer.text)["ids"] == [chosen]


def test_without_a_page_to_show_the_words_stand_on_the_page_of_the_error(marking) -> None:
    client, step, _ = marking
    data = {"ids": ["no-such"], "reason": "照片与本人不符", "act": "mark"}
    answer = client.post(reverse("authority:marks", args=[step.pk]), data)
    assert answer.status_code == 400
    assert "照片与本人不符" in answer.text
    elsewhere = client.post(
        reverse("authority:marks", args=[step.pk]), data, HTTP_REFERER="http://elsewhere.example/office/queue/"
    )
    assert "照片与本人不符" in elsewhere.text
