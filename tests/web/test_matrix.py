"""Who may do what to whose: every address × method × post × scope, generated from the URL table.

A new address is walked the moment it exists; one whose keys the world does not know fails. Expected, in words:
strangers are sent to sign in; staff without the permission get 403; with it, what lies outside their place is 404 —
the same as not there — and nothing is written; what lies inside answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker
from tests.web.applicants import signed_in_applicant
from tests.web.world import World, build

from xueji.accounts.permissions import Permission
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.ledger.models import Event
from xueji.web.access import Access, access_of

ID_NUMBER = re.compile(rb"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X](?![0-9])")
METHODS = ("get", "post")

STANDARDS_OWN_SAMPLE = b"11010519491231002X"  # GB 11643's example, shown to explain how photographs are named

# Addresses that are «not found» or «not permitted» to some even inside their place, each with its reason.
NOT_EVEN_INSIDE: dict[str, str] = {
    "setup": "the founding is over: no code is out",
    "job": "a job is shown to whoever started it, to people of its school and to the administrator above",
    "job_retry": "the same",
    "grant": "what was handed to the world's person waits for no superior in it",
    "grant_seen": "is known to its own person alone",
    "end_session": "a session is ended by its own person alone",
    "school:new_batch": "the season and school are in the form, which the matrix leaves empty",
    "school:new_number_application": "the season and school are in the form, which the matrix leaves empty",
    "duplicate": "the pack of the world knows no register and no duplicates",
    "duplicate_answer": "the same",
    "duplicate_filing": "the same",
    "duplicate_undoing": "the same",
    "school:leaving": "the pack of the world knows no register",
    "school:new_transfer": "the pack of the world knows no register and no transfers",
    "school:decision": "a school's page decides the school's own step; the world's step is the county's",
    "school:evidence": "only the school of a draft, or whoever holds the open step, adds evidence",
    "school:case_submission": "only whoever prepares at the school submits",
    "school:case_withdrawal": "only whoever prepares at the school withdraws",
    "school:cancellation": "there is no appointment to cancel",
    "school:reprint_case": "the world's case is a correction, not a reprint",
    "school:admissions": "new students are entered at a school; an authority sees them in the filing it is asked for",
    "school:new_student": "the pack of the world knows no register",
    "school:national": "the pack of the world knows no register",
    "school:national_names": "the pack of the world knows no register",
    "school:national_student": "the world's student has no registration",
    "school:expected": "the pack of the world draws no class from a register",
    "school:prefilled": "the pack of the world draws no class from a register",
    "school:intake_filing": "the school is in the query, which the matrix leaves empty",
    "school:new_arrival": "the pack of the world knows nobody who comes from other kinds of school",
    "new_restriction": "the rating of the world is a draft, and a published D alone is restricted",
    "new_stewardship": "the same",
    "school_comparisons": "the pack of the world compares no two systems",
    "uploads:comparison": "what a school compares before it is recorded is its own",
    "uploads:comparison_errors": "the same",
    "uploads:comparison_confirmation": "the same",
    "uploads:comparison_discard": "the same",
    "uploads:comparison_by_authority": "what an authority compares before it is recorded is its own",
    "uploads:comparison_by_authority_errors": "the same",
    "uploads:comparison_by_authority_confirmation": "the same",
    "uploads:comparison_by_authority_discard": "the same",
    "school:attendance": "the pack of the world withdraws nobody for absence",
    "school:attendance_class": "the pack of the world withdraws nobody for absence",
    "school:attendance_names": "the pack of the world withdraws nobody for absence",
    "school:attendance_upload": "the pack of the world withdraws nobody for absence",
    "school:absence_withdrawals": "the pack of the world withdraws nobody for absence",
    "term_checks": "the pack of the world checks no register each term",
    "term_check": "the same",
    "authority:attendance": "the pack of the world withdraws nobody for absence",
    "authority:attendance_school": "the pack of the world withdraws nobody for absence",
    "school:bulk_change": "the pack of the world knows no changes of status",
    "school:application_form": "the pack of the world prints no application for a change",
    "school:bulk_particulars": "the pack of the world knows no changes of status",
    "school:particulars_workbook": "the pack of the world knows no changes of status",
    "school:new_student_change": "the pack of the world knows no changes of status",
    "school:bulk_transfer": "the pack of the world knows no register and no transfers",
    "school:transfer_workbook": "the pack of the world knows no register and no transfers",
    "school:bulk_workbook": "the pack of the world knows no changes of status",
    "school:status_choices": "the students are in the query, which the matrix leaves empty",
    "school:status_undoing": "the world's case is a correction, not a change of status",
    "school:new_status_change": "the students are in the query, which the matrix leaves empty",
    "authority:dispatch_note": "the pack of the world has no form for such a note",
    "authority:blanks": "a school's clerk has the same page in the school's portal",
    "authority:balance": "a school's clerk has the same page in the school's portal",
    "authority:spot_check_paper": "the pack of the world draws no handbooks",
    "licence_publication": "what is published belongs to a province, and none stands above the world's cities",
    "authority:material": "the world's case is a correction, no application of a graduate",
    "authority:power": "as above",
    "attestation_correction": "the pack of the world has no form of an attestation, and only who drafts one puts it right",
    "attestation_paper": "the world's attestation is not issued",
    "attestation_voiding": "the same",
    "ask_counterseal": "the world's attestation is under way, and its case files nothing more",
    "counterseal": "what was asked is asked of a health authority, and none works in the world",
    "counterseal_withdrawal": "the same",
    "counterseal_link": "no link was given",
    "applicant:receipt": "the world's application is a draft, which has no receipt",
    "authority:counter": "the law of the world's places knows no services for graduates",
    "authority:counter_application": "what came to a counter is its officers' own, and nothing did in the world",
    "authority:counter_paper": "the same",
    "authority:counter_answer": "the same",
    "authority:counter_submission": "the same",
    "authority:counter_withdrawal": "the same",
    "authority:counter_receipt": "the same",
    **dict.fromkeys(
        ("authority:new_blacklist_entry", "authority:blacklist_entry", "authority:blacklist_step"),
        "who forged papers is the affair of the very office that refused, and that of the world is its city",
    ),
    **dict.fromkeys(
        ("authority:blacklist_answer", "authority:blacklist_letter", "authority:blacklist_picture"),
        "as above",
    ),
    "authority:file_check": "the pack of the world has no electronic files looked at",
}
# Permissions no page needs yet.
NOT_YET_ON_A_PAGE: dict[Permission, str] = {}


@dataclass(frozen=True)
class Address:
    """One address of the product."""

    name: str
    route: str
    keys: tuple[str, ...]
    access: Access | None

    def url(self, keys: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={k: keys[k] for k in self.keys})


def addresses() -> list[Address]:
    """Every address, from the URL table itself."""
    return list(_walk(get_resolver().url_patterns, "", "", ()))


def _walk(
    patterns: list[URLPattern | URLResolver], namespace: str, above: str, keys: tuple[str, ...]
) -> Iterator[Address]:
    for entry in patterns:
        own_keys, route = keys + tuple(entry.pattern.converters), above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, inner, route, own_keys)
        else:
            yield Address(f"{namespace}{entry.name}", route, own_keys, access_of(entry.callback, entry.name))


ALL = addresses()
OURS = [a for a in ALL if not a.name.startswith(("account_", "mfa_"))]


def test_every_address_declares_who_may_call_it() -> None:
    assert [a.name for a in ALL if a.access is None] == []
    assert all(a.access.permission or a.access.reason for a in ALL if a.access)


def test_every_permission_opens_something() -> None:
    used = {a.access.permission for a in ALL if a.access and a.access.permission}
    assert set(Permission) - used == set(NOT_YET_ON_A_PAGE)


@dataclass(frozen=True)
class SignedIn:
    """The world, founded once for all addresses, and a client for each person with the session it signed in with."""

    world: World
    clients: dict[str, tuple[Client, str]]

    def applicant(self) -> Client:
        """Return a client in which the world's applicant is signed in."""
        return signed_in_applicant(self.world.applicant)

    def client(self, post: str) -> Client:
        """Return a client as it was after signing in, whatever an address did to its cookies."""
        client, session = self.clients[post]
        client.cookies.clear()
        client.cookies[settings.SESSION_COOKIE_NAME] = session
        return client


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[SignedIn]]:
    """One transaction for all addresses, in which the first founds the world: 300 times was a quarter of the whole suite."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield []
        transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(
    worlds: list[SignedIn], _own_media: None, _own_marks: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """What `db` stands on, here within the transaction of the world: what one address writes is undone."""
    with django_db_blocker.unblock():
        if not worlds:
            worlds.append(_signed_in(build()))
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


def _signed_in(world: World) -> SignedIn:
    clients = {}
    for post, person in world.people.items():
        client = Client()
        client.force_login(person, backend="xueji.accounts.backends.Accounts")
        clients[post] = (client, client.cookies[settings.SESSION_COOKIE_NAME].value)
    return SignedIn(world, clients)


@pytest.fixture
def signed_in(db: None, worlds: list[SignedIn]) -> SignedIn:
    return worlds[0]


@pytest.mark.parametrize("address", OURS, ids=lambda a: a.name)
def test_address_answers_each_post_and_scope_as_it_should(address: Address, signed_in: SignedIn) -> None:
    """All cells of one address; each miss is named by method, post and scope."""
    world = signed_in.world
    unknown = set(address.keys) - set(world.keys["own"])
    assert not unknown, f"tell tests/web/world.py what {unknown} is"
    misses = []
    for method in METHODS:
        misses += _strangers(address, method, world)
        misses += _applicants(address, method, signed_in)
        if address.access.of_applicants:
            continue
        for post in world.people:
            client = signed_in.client(post)
            for scope in world.keys if address.keys else ("own",):
                misses += _cell(client, address, method, post, scope, world)
    assert misses == []


def _strangers(address: Address, method: str, world: World) -> list[str]:
    answer = getattr(Client(), method)(address.url(world.keys["own"]))
    if not address.access.signed_in:
        return [] if answer.status_code < 500 else [f"{method} stranger: {answer.status_code}"]
    door = "/my/sign-in/" if address.access.of_applicants else "/accounts/login/"
    right = answer.status_code == 302 and answer["Location"].startswith(door)
    return [] if right else [f"{method} stranger: {answer.status_code}, not sent to sign in"]


def _applicants(address: Address, method: str, signed_in: SignedIn) -> list[str]:
    """What an applicant may: everything of the own, nothing of another's, and no page of staff; staff no page of theirs."""
    world, misses = signed_in.world, []
    before = Event.objects.aggregate(last=Max("pk"))["last"]
    if not address.access.of_applicants:
        answer = getattr(signed_in.applicant(), method)(address.url(world.keys["own"]))
        if not address.access.signed_in:
            return [] if answer.status_code < 500 else [f"{method} applicant: {answer.status_code}"]
        right = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
        return [] if right else [f"{method} applicant: {answer.status_code} at a page of staff"]
    for post in world.people:
        answer = getattr(signed_in.client(post), method)(address.url(world.keys["own"]))
        if answer.status_code != 302 or not answer["Location"].startswith("/my/sign-in/"):
            misses.append(f"{method} {post}: {answer.status_code} at a page of applicants")
    if address.keys:
        answer = getattr(signed_in.applicant(), method)(address.url(world.keys["own"] | world.of_another))
        if answer.status_code not in (404, 405):
            misses.append(f"{method} applicant: {answer.status_code} for another's")
    if Event.objects.aggregate(last=Max("pk"))["last"] != before:
        misses.append(f"{method}: written for somebody who may not")
    answer = getattr(signed_in.applicant(), method)(address.url(world.keys["own"]))
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    is_there = address.name in NOT_EVEN_INSIDE or answer.status_code not in (401, 403, 404)
    if not is_there or answer.status_code >= 500:
        misses.append(f"{method} applicant: {answer.status_code} for the own")
    return misses + ([f"{method} applicant: a full ID number in the answer"] if ID_NUMBER.search(body) else [])


def _cell(client: Client, address: Address, method: str, post: str, scope: str, world: World) -> list[str]:
    here = f"{method} {post} {scope}"
    before = Event.objects.aggregate(last=Max("pk"))["last"]
    answer = getattr(client, method)(address.url(world.keys[scope]))
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    written = Event.objects.aggregate(last=Max("pk"))["last"] != before
    misses = []
    if answer.status_code >= 500:
        misses.append(f"{here}: {answer.status_code}")
    if ID_NUMBER.search(body.replace(STANDARDS_OWN_SAMPLE, b"")):
        misses.append(f"{here}: a full ID number in the answer")
    permission = address.access.permission
    if permission and permission not in PERMISSIONS_OF[post]:
        refused = answer.status_code == 403
        misses += [] if refused else [f"{here}: {answer.status_code} without the permission"]
        misses += [f"{here}: written without the permission"] if written else []
    elif address.keys and not world.sees(post, scope) and not _shared_above(address, world, scope):
        refused = answer.status_code in (404, 405)
        misses += [] if refused else [f"{here}: {answer.status_code} outside one's place"]
        misses += [f"{here}: written outside one's place"] if written else []
    elif answer.status_code in (403, 404) and address.name not in NOT_EVEN_INSIDE and scope == "own":
        misses.append(f"{here}: {answer.status_code} inside one's place")
    return misses


def _shared_above(address: Address, world: World, scope: str) -> bool:
    """Rounds, seasons and declared days belong to the city: the same one is the own, the sibling's and the other county's.

    What is published belongs to everybody; the list of a kind is everybody's own. Where two scopes have the same keys
    (two schools of one county name one authority) the address is the same.
    """
    return (
        address.url(world.keys[scope]) == address.url(world.keys["own"])
        or address.keys in {("round_id",), ("season_id",), ("day_id",), ("year_id",), ("case_kind",)}
        or not address.access.signed_in
    )
