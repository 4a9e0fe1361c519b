"""What Django itself refuses is told in Chinese, in our page."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
def test_an_address_that_names_nothing_is_not_found_in_chinese() -> None:
    answer = Client().get("/no/such/page/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_changes_nothing_and_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/check/", {"number": "1", "name": "某"})
    assert answer.status_code == 403
    assert "刷新后重新办理" in answer.content.decode()
