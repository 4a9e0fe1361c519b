"""No page falls over: every address × role × missing, foreign and odd value, in its keys, its query and its form.

Generated from the URL table and from the names the pages read; one role of each portal here, all roles and all
provinces in the drill. Whatever is sent, the answer is a page that says what is wrong, never a 5xx.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from tests.architecture.source import SRC
from tests.factories.jurisdictions import FUJIAN, GUANGXI, HENAN
from tests.web.test_matrix import ALL, Address
from tests.web.world import World, build, moved_to

from xueji.institutions.models import Appointment, Post

# What people, scripts and torn copies send. No NUL: that is refused before a page sees it, and is sent by itself.
ODD = (
    "", " ", "0", "-1", "9" * 25, "1.5", "1e9", "NaN", "²", "１２", "2026-13-45", "0001-01-01", "9999-12-31",
    "你好<'\"&%s{{ 1 }}", "\u202e\ufeff\u200b", "a" * 5000, "[]", "../../etc/passwd", "true",
)  # fmt: skip
NUL = "\x00"
ODD_KEYS: dict[type, tuple[Any, ...]] = {
    int: (0, 2**31 - 1, 2**31, 2**63, 10**30),
    UUID: (UUID(int=0), UUID(int=2**128 - 1)),
    str: ("nothing", "你好'<", "x" * 300, NUL, "."),
}
_READ = re.compile(r"""(?:GET|POST|FILES)(?:\.get|\.getlist)?[(\[]f?"([\w-]+)""")
_FIELD = re.compile(r"^\s+(\w+)(?:: [\w.]+)? = (?:forms\.|Sized)", re.MULTILINE)
_CONTROL = re.compile(r'<(?:input|select|textarea|button)[^>]* name="([\w-]+)"')


def names() -> list[str]:
    """Every name that a page reads from a query or a form, by the source of the pages."""
    found: set[str] = set()
    for path in [*(SRC / "web").rglob("*.py"), *(SRC / "web").rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        found |= {*_READ.findall(text), *_FIELD.findall(text), *_CONTROL.findall(text)}
    return sorted(found)


NAMES = names()


def test_the_names_are_those_the_pages_read() -> None:
    assert {"ids", "page", "q", "reason", "verdict", "number", "serials", "day", "workbook", "login"} <= {
        *NAMES,
        "login",
    }
    assert len(NAMES) > 80


class Crawler:
    """One role, and what fell over for it. Nothing that is sent stays: each request is undone."""

    def __init__(self, world: World, role: str, *, rounds: int) -> None:
        self.world, self.role, self.rounds = world, role, rounds
        self.client = Client(raise_request_exception=False)
        if role in world.people:
            self.client.force_login(world.people[role], backend="xueji.accounts.backends.Accounts")
        self._cookies = SimpleCookie(self.client.cookies)
        self.fallen: list[str] = []
        self.asked = 0

    def walk(self, addresses: list[Address]) -> list[str]:
        """Visit every address in every way; return what answered with a 5xx."""
        for address in addresses:
            for url in self._odd_urls(address):
                self._send("get", url, {})
                self._send("post", url, {"reason": "x"})
            if url := self._url(address, self.world.keys["own"]):
                for method, sent in self._odd_forms():
                    self._send(method, url, sent)
        return self.fallen

    def _odd_urls(self, address: Address) -> Iterator[str]:
        """Own, foreign, and each key in turn missing or odd."""
        for scope in ("own", "other_city"):
            yield from filter(None, [self._url(address, self.world.keys[scope])])
        keys = self.world.keys["own"]
        for key in address.keys:
            kind = type(keys.get(key, 1))
            for value in ODD_KEYS[kind]:
                yield from filter(None, [self._url(address, keys | {key: value})])

    def _url(self, address: Address, keys: dict[str, Any]) -> str:
        try:
            return reverse(address.name, kwargs={key: keys.get(key, 1) for key in address.keys})
        except NoReverseMatch:
            return ""

    def _odd_forms(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each name with another odd value each time, as a query and as a form; then a NUL alone, and odd files."""
        for turn in range(self.rounds):
            fields = {name: ODD[(i + turn * 5) % len(ODD)] for i, name in enumerate(NAMES)}
            yield "get", fields
            yield "post", fields
        for name in ("q", "page", "number", "login"):
            yield "get", {name: f"1{NUL}2"}
            yield "post", {name: f"1{NUL}2"}
        yield "get", {f"a{NUL}": "1"}
        for name in ("workbook", "photos", "file"):
            yield "post", {name: SimpleUploadedFile("不是.xlsx", b"\x00\xff no workbook")}

    def _send(self, method: str, url: str, sent: dict[str, Any]) -> None:
        self.client.cookies = SimpleCookie(self._cookies)
        self.asked += 1
        point = transaction.savepoint()
        try:
            answer = getattr(self.client, method)(url, sent)
            status = answer.status_code
            if answer.streaming:
                b"".join(answer.streaming_content)
        finally:
            transaction.savepoint_rollback(point)
        if status >= 500:
            error = getattr(answer, "exc_info", None)
            why = f" {error[0].__name__}: {str(error[1])[:120]}" if error else ""
            shown = {name: str(value)[:20] for name, value in list(sent.items())[:2]}
            self.fallen.append(f"{self.role} {method} {url[:90]} {shown}: {status}{why}")


STRANGER = "stranger"


@pytest.mark.long
@pytest.mark.parametrize("role", [STRANGER, Post.SCHOOL_CLERK, Post.CITY_REVIEWER])
def test_nothing_falls_over(db, role: str) -> None:
    crawler = Crawler(build(), str(role), rounds=1)
    assert crawler.walk(ALL) == []
    assert crawler.asked > 1500


def test_a_post_this_version_does_not_know_opens_nothing_and_breaks_nothing(db) -> None:
    world = build()
    person = world.people[Post.SEALER]
    (appointment,) = Appointment.objects.filter(user=person)
    appointment.post = "city_sealer"
    appointment.save()
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="xueji.accounts.backends.Accounts")
    answers = {url.name: client.get(url.url(world.keys["own"])).status_code for url in ALL if url.keys or url.access}
    assert {name: status for name, status in answers.items() if status >= 500} == {}
    assert answers["desk"] == 200
    assert answers["authority:sealing"] == 403


@pytest.mark.drill
@pytest.mark.parametrize("role", [STRANGER, *Post])
def test_nothing_falls_over_for_anybody(db, role: str) -> None:
    assert Crawler(build(), str(role), rounds=len(ODD)).walk(ALL) == []


@pytest.mark.drill
@pytest.mark.parametrize("which", [FUJIAN, GUANGXI, HENAN], ids=lambda entry: entry[0].replace("/", "-"))
@pytest.mark.parametrize("role", [Post.SCHOOL_CLERK, Post.SCHOOL_LEADER, Post.CITY_REVIEWER])
def test_nothing_falls_over_under_another_pack(db, role: str, which: tuple[Any, ...]) -> None:
    assert Crawler(moved_to(which), str(role), rounds=3).walk(ALL) == []
