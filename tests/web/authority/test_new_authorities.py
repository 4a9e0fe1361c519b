"""The page on which a lower authority is entered: the level below stands first, a code of another division is refused beside its field."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.factories.institutions import AuthorityFactory, appointed
from tests.web.reading import forms_of, values_of

from xueji.institutions.models import Authority, Level, Post

pytestmark = pytest.mark.django_db


def form_of(client, authority):
    page = client.get(reverse("authority:new_authority", args=[authority.pk])).text
    (form,) = [form for form in forms_of(page) if "division_code" in {c.attributes.get("name") for c in form.controls}]
    (level,) = [control for control in form.controls if control.attributes.get("name") == "level"]
    return values_of(form, page), [option.attributes["value"] for option in level.options]


def test_the_level_below_stands_first_and_no_level_that_is_always_refused(city, as_user) -> None:
    values, offered = form_of(as_user(city.administrator), city.city)
    assert (values["level"], offered) == (["county"], ["county"])
    province = AuthorityFactory(level=Level.PROVINCE, division_code="610000")
    values, offered = form_of(as_user(appointed(Post.ADMINISTRATOR, province)), province)
    assert offered == ["city", "county"]


def test_what_the_page_offers_is_taken_and_a_code_of_another_province_is_not(city, as_user) -> None:
    client, url = as_user(city.administrator), reverse("authority:new_authority", args=[city.city.pk])
    typed = {"name": "邕宁区教育局", "short_name": "邕宁区", "level": "county", "division_code": "450102"}
    refused = client.post(url, typed)
    assert refused.status_code == 422
    assert "450102 不在" in str(refused.context["form"].errors["division_code"])
    assert "邕宁区教育局" in refused.text
    assert not Authority.objects.filter(division_code="450102").exists()
    assert client.post(url, typed | {"division_code": "610503", "name": "华州区教育局"}).status_code == 302
