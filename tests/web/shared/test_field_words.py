"""No field of any form speaks the library's translation; what is missing or too long is told in our words."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.factories.institutions import staffed_city
from tests.web.authority.test_typed_days import forms_of_the_product

THEIRS = re.compile("确保|这个字段|该变量|有效的|输入一|^输入|字符（目前|步长|编码类型|提交文件")
TYPED = ["", "x" * 5000, "no-such-choice", "-1", "99999999999", "1.23456", "0000-13-45"]


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def refusals() -> list[tuple[str, str]]:
    found = []
    for kind in forms_of_the_product():
        for name, field in getattr(kind, "base_fields", {}).items():
            files = [SimpleUploadedFile("a.txt", b"")] if isinstance(field, forms.FileField) else []
            for typed in [*TYPED, *files, ["no-such-choice"]]:
                try:
                    field.clean(typed)
                except ValidationError as error:
                    found += [(f"{kind.__name__}.{name}", words) for words in error.messages]
                except (
                    TypeError,
                    AttributeError,
                    ValueError,
                ):  # a list for a text, a text for a file: no browser sends it
                    continue
    return found


def test_no_field_of_a_form_speaks_of_variables() -> None:
    found = refusals()
    assert len(found) > 200
    assert {field for field in found if THEIRS.search(field[1])} == set()
    assert {"请填写", "请选择", "最多 100 个字，现有 5000 个"} <= {words for _, words in found}


@pytest.mark.parametrize(
    "words", ["这个字段是必填项。", "确保该变量包含至多 60 字符（目前字符数 70）。", "输入一个有效的值。"]
)
def test_the_librarys_words_would_be_found(words: str) -> None:
    assert THEIRS.search(words)


@pytest.mark.django_db
def test_a_founding_form_says_what_is_missing_and_too_long() -> None:
    city = staffed_city()
    client = signed_in(city.administrator)
    url = reverse("authority:new_school", args=[city.city.pk])
    page = client.post(url, {"name": "校" * 120, "code": "3661000001", "principal": "", "is_public": "1"})
    errors = page.context["form"].errors
    assert (errors["name"], errors["principal"]) == (["最多 100 个字，现有 120 个"], ["请填写"])


@pytest.mark.django_db
def test_a_form_without_a_page_of_its_own_names_the_field() -> None:
    answer = signed_in(staffed_city().city_reviewer).post(
        reverse("authority:publish_year"), {"year": "", "notice": "国办"}
    )
    assert answer.status_code == 400
    assert "年份：请填写" in answer.text
