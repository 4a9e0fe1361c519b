"""Tables drawn by Jinja2: everything escaped, a forgotten name is an error, links as the URL table has them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.urls import reverse
from jinja2 import UndefinedError

from xueji.web.tabular import clock, path_of
from xueji.web.templatetags.xueji import table


def an_event(**other):
    event = SimpleNamespace(pk=7, before={}, after={})
    row = {
        "event": event,
        "at": datetime(2019, 7, 8, 1, 30, 5, tzinfo=UTC),
        "tone": "ok",
        "label": "已验印",
        "pack": "",
    }
    return row | {"actor": "王审核", "subject": "某校", "school": "某校", "note": "", "rules": []} | other


def test_what_a_person_wrote_is_escaped():
    drawn = table("ledger", rows=[an_event(note="<script>alert(1)</script>")])
    assert "&lt;script&gt;" in drawn
    assert "<script>" not in drawn
    assert "2019-07-08 09:30:05" in drawn


def test_clauses_are_shown_with_an_event():
    rule = {"number": "渭教发〔2019〕1 号", "clause": "三（二）", "words": "“原文”", "rule": ""}
    drawn = table("ledger", rows=[an_event(rules=[rule])])
    assert "渭教发〔2019〕1 号" in drawn
    assert "<blockquote>“原文”</blockquote>" in drawn


def test_a_name_nobody_gave_is_an_error():
    with pytest.raises(UndefinedError):
        table("candidates", rows=[SimpleNamespace(pk=UUID(int=1), name="甲")])


@pytest.mark.parametrize(
    ("name", "key"), [("authority:step", 12), ("school:batch", 100), ("school:candidate", UUID(int=5))]
)
def test_links_are_those_of_the_url_table(name, key):
    assert path_of(name, key) == reverse(name, args=[key])
    assert path_of(name, key) == reverse(name, args=[key])


def test_a_clock_shows_the_day_here():
    assert clock(datetime(2019, 7, 8, 16, 5, tzinfo=UTC)) == "2019-07-09 00:05"
