"""Every request has a number, a line in the log without anybody's data, and a body no larger than its page takes."""

from __future__ import annotations

import ast
import inspect
import io
import json
import logging
import re
import textwrap
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from django.test import Client
from tests.factories.accounts import UserFactory
from tests.factories.institutions import staffed_city
from tests.factories.registry import PersonFactory
from tests.web.test_matrix import OURS

from xueji.logs import JsonLines, PlainLines, without_data
from xueji.web.access import body_limit_of

NUMBER = re.compile(r"[0-9a-f]{16}")
NAME, IDENTITY, ADDRESS = "欧阳映雪", "610502200203154217", "203.0.113.77"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything our processes would write, as they would write it."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    yield text
    root.removeHandler(handler)


def lines(log: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.django_db
def test_an_answer_carries_the_number_of_its_line_in_the_log(client: Client, log: io.StringIO) -> None:
    answer = client.get("/help/")
    number = answer["X-Request-ID"]
    assert NUMBER.fullmatch(number)
    entries = [line for line in lines(log) if line.get("request") == number]
    assert [(entry["route"], entry["method"], entry["status"]) for entry in entries] == [("public:guide", "GET", 200)]
    assert client.get("/help/")["X-Request-ID"] != number


@pytest.mark.django_db
def test_a_number_is_taken_from_the_proxy_alone(client: Client, settings) -> None:
    given = {"x-request-id": "0123456789abcdef0123456789abcdef"}
    assert client.get("/help/", headers=given)["X-Request-ID"] != given["x-request-id"]
    settings.PROXY = True
    assert client.get("/help/", headers=given)["X-Request-ID"] == given["x-request-id"]
    assert NUMBER.fullmatch(client.get("/help/", headers={"x-request-id": 'a"b{}<script>'})["X-Request-ID"])


@pytest.mark.django_db
def test_the_pages_of_errors_show_the_number(monkeypatch) -> None:
    visitor = Client(raise_request_exception=False)
    visitor.force_login(UserFactory(), backend="xueji.accounts.backends.Accounts")
    refused = visitor.get("/office/accounts/")
    assert refused.status_code == 403
    assert refused["X-Request-ID"] in refused.content.decode()

    def bug(*_, **__):
        raise KeyError("unforeseen")

    monkeypatch.setattr("xueji.web.middleware.access_of", bug)
    broken = visitor.get("/desk/")
    assert broken.status_code == 500
    assert broken["X-Request-ID"] in broken.content.decode()


@pytest.mark.django_db(transaction=True)
def test_no_line_tells_a_name_a_number_or_an_address(client: Client, log: io.StringIO) -> None:
    """Sign-in, look-up, a refused page, a page that is not there, and the worst: a constraint that names the row."""
    person = PersonFactory()
    away = {"REMOTE_ADDR": ADDRESS}
    client.post("/accounts/login/", {"login": NAME, "password": IDENTITY}, **away)
    client.post("/check/", {"number": IDENTITY, "name": NAME}, **away)
    client.get(f"/nothing/{IDENTITY}/{NAME}/", **away)
    client.get(f"/v/?n={IDENTITY}&name={NAME}", **away)
    city = staffed_city()
    client.force_login(city.clerk, backend="xueji.accounts.backends.Accounts")
    client.get("/office/accounts/", **away)
    try:
        with connection.cursor() as cursor:
            cursor.execute("create temporary table told (name text unique)")
            cursor.execute("insert into told values (%s), (%s)", [f"{NAME} {IDENTITY}"] * 2)
    except IntegrityError:
        logging.getLogger("xueji.jobs").exception("job %s (%s) failed", 7, "upload.read")
    logged = log.getvalue()
    assert '"fault": "IntegrityError"' in logged
    assert '"sqlstate": "23505"' in logged
    for secret in (NAME, IDENTITY, ADDRESS, city.clerk.username, str(city.clerk), str(person.pk)[:8]):
        assert secret not in logged, secret


def test_what_a_fault_says_is_kept_but_for_values() -> None:
    text = without_data(
        "duplicate key of constraint one_name: Key (name)=(王芳) exists, '610502' and 610502200203154217 DETAIL: 王芳"
    )
    assert text.startswith("duplicate key of constraint one_name")
    assert not re.search(r"王芳|610502|4217", text)


def test_a_plain_line_has_the_place_of_a_fault_and_no_values() -> None:
    with pytest.raises(ValueError, match="bad") as caught:
        int(f"bad {NAME} at '{IDENTITY}'")
    record = logging.LogRecord("xueji", logging.ERROR, "", 1, "broken", (), caught._excinfo)
    text = PlainLines().format(record)
    assert "test_requests.py" in text
    assert "ValueError: invalid literal for int() with base 10" in text
    assert NAME not in text
    assert IDENTITY not in text


# -- bodies


class Unread(io.BytesIO):
    """A body nobody may touch."""

    def read(self, *_args):
        raise AssertionError("the body was read")

    readline = read


def send(client: Client, path: str, size: int, **more):
    return client.generic("POST", path, b"", CONTENT_LENGTH=str(size), CONTENT_TYPE="multipart/form-data; boundary=x",
                          **{"wsgi.input": Unread()} | more)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/check/", "/accounts/login/", "/desk/", "/school/batches/1/submission/"])
def test_three_hundred_megabytes_are_refused_unread_wherever_files_are_not_taken(path: str) -> None:
    answer = send(Client(enforce_csrf_checks=True), path, 300 * 1024**2)
    assert answer.status_code == 413
    assert "300 MB" in answer.content.decode()
    assert "上限 4 MB" in answer.content.decode()


@pytest.mark.django_db
def test_an_upload_is_held_to_its_own_limit() -> None:
    assert send(Client(), "/school/batches/1/upload/", 300 * 1024**2).status_code == 413
    # within the limit the request goes on: a stranger is sent to sign in
    assert send(Client(), "/school/batches/1/upload/", 200 * 1024**2).status_code == 302


@pytest.mark.django_db
def test_a_body_without_a_length_is_refused_unread() -> None:
    answer = Client().generic(
        "POST", "/check/", b"", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": Unread()}
    )
    assert answer.status_code == 411


@pytest.mark.django_db
def test_a_length_that_is_no_number_falls_nowhere() -> None:
    """«²» is a digit to Python and not a number to anybody."""
    answer = Client().generic("POST", "/check/", b"", CONTENT_LENGTH="²")
    assert answer.status_code < 500


def _reads_files(view) -> bool:
    """Whether a view, or a function of our pages that it calls with its request, reads what was uploaded."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(view)))
    if "request.FILES" in source:
        return True
    called = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    module = inspect.unwrap(view).__globals__
    for call in called:
        owner = module.get(getattr(call.func.value, "id", ""))
        inner = getattr(owner, call.func.attr, None)
        if (
            inspect.isfunction(inner)
            and inner.__module__.startswith("xueji.web")
            and "request.FILES" in inspect.getsource(inner)
        ):
            return True
    return False


def test_every_page_that_reads_files_says_how_large_and_no_other_does() -> None:
    from django.urls import get_resolver

    views = {}

    def walk(patterns) -> None:
        for entry in patterns:
            if hasattr(entry, "url_patterns"):
                walk(entry.url_patterns)
            elif entry.callback.__module__.startswith("xueji."):
                views[f"{entry.callback.__module__}.{entry.callback.__name__}"] = entry.callback

    walk(get_resolver().url_patterns)
    assert len(views) > 100
    assert len(OURS) >= len(views)
    reading = {name for name, view in views.items() if _reads_files(view)}
    larger = {name for name, view in views.items() if body_limit_of(view) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    assert reading == larger
    assert {
        "xueji.web.authority.directory.send",
        "xueji.web.school.records.record_upload",
        "xueji.web.school.filings.evidence",
    } <= larger
