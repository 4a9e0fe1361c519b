"""Practice and real work never share a database, keys or an answer to the public (S3-12)."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.utils import timezone
from psycopg import sql
from tests.factories.accounts import UserFactory
from tests.factories.certificates import issued
from tests.factories.institutions import ProgrammeFactory, SchoolFactory

from xueji.cli.practice import COPIED, write_slips
from xueji.config import postgres
from xueji.config.keys import load_keys
from xueji.config.practice import (
    WrongDatabase,
    is_practice,
    mark_for_practice,
    practice_database_url,
    refuse_database_in_use,
    refuse_wrong_database,
)
from xueji.core.rules import check_graduate
from xueji.demo.exercises import graduates_for
from xueji.documents.workshop import compile_document
from xueji.graduation.facts import Surroundings
from xueji.institutions.models import Installation
from xueji.institutions.queries import pack_of
from xueji.lookup.actions import check_certificate

pytestmark = pytest.mark.requirement("S3-12")


@pytest.mark.django_db
def test_practice_refuses_a_database_without_the_mark() -> None:
    with pytest.raises(WrongDatabase, match="没有练习标记"):
        refuse_wrong_database(practice=True)
    refuse_wrong_database(practice=False)


@pytest.mark.django_db
def test_real_work_refuses_a_database_marked_for_practice() -> None:
    mark_for_practice()
    with pytest.raises(WrongDatabase, match="练习用的"):
        refuse_wrong_database(practice=False)
    refuse_wrong_database(practice=True)


@pytest.mark.django_db
def test_mark_is_put_on_an_empty_database_only_and_for_good() -> None:
    SchoolFactory()
    with pytest.raises(WrongDatabase, match="已有数据"):
        refuse_database_in_use()
    assert not Installation.objects.exists()
    Installation.objects.create()
    for statement in (
        "delete from institutions_installation",
        "update institutions_installation set is_practice = false",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    mark_for_practice()


def test_addresses_of_practice_and_real_work_must_differ(tmp_path: Path) -> None:
    real = "postgresql://a@db.example:5432/xueji"
    given = {"DATABASE_URL": real, "XUEJI_PRACTICE_DATABASE_URL": "postgresql://b@db.example/xueji"}
    with pytest.raises(ImproperlyConfigured, match="同一个数据库"):
        practice_database_url(tmp_path, given)
    with pytest.raises(ImproperlyConfigured, match="XUEJI_PRACTICE_DATABASE_URL"):
        practice_database_url(tmp_path, {"DATABASE_URL": real})
    other = "postgresql://b@db.example/practice"
    assert practice_database_url(tmp_path, {**given, "XUEJI_PRACTICE_DATABASE_URL": other}) == other
    assert (is_practice({"XUEJI_PRACTICE": "1"}), is_practice({})) == (True, False)


def test_practice_has_keys_of_its_own_whatever_the_environment_gives(tmp_path: Path, monkeypatch) -> None:
    real = load_keys(tmp_path / "real", production=False)
    monkeypatch.setenv("XUEJI_DATA_KEYS", str(tmp_path / "real" / "keys.json"))
    monkeypatch.setenv("XUEJI_SECRET_KEY", "the real secret")
    practice_keys = load_keys(tmp_path / "practice", production=True, only_stored=True)
    assert practice_keys.secret_key not in {real.secret_key, "the real secret"}
    assert not set(practice_keys.data_keys.values()) & set(real.data_keys.values())
    assert practice_keys.index_key != real.index_key


@pytest.mark.django_db
def test_public_look_up_never_answers_for_practice() -> None:
    certificate = issued(ProgrammeFactory(), UserFactory())[0]
    asked = {
        "number": certificate.number.number,
        "name": certificate.holder_name,
        "address": "192.0.2.1",
        "at": timezone.now(),
    }
    with override_settings(PRACTICE=True):
        assert not check_certificate(**asked).found
    assert check_certificate(**asked).found


@pytest.mark.django_db
def test_every_page_says_that_this_is_practice(client) -> None:
    for path in ("/", "/accounts/login/", "/rates/"):
        assert "练习平台" not in client.get(path).text
        with override_settings(PRACTICE=True):
            assert "这里是练习平台" in client.get(path).text


def test_documents_of_practice_say_so_across_the_page(tmp_path: Path, monkeypatch) -> None:
    template = tmp_path / "form.typ"
    template.write_text(
        '#let data = cbor("data.cbor")\n#set page(width: 100mm, height: 60mm)\n#set text(font: data.fonts.serif)\n毕业证书'
    )
    day = date(2026, 7, 1)
    plain = compile_document(template, {}, issued_on=day)
    monkeypatch.setenv("XUEJI_PRACTICE", "1")
    marked = compile_document(template, {}, issued_on=day)
    assert "练习" not in _text(plain)
    assert "练习" in _text(marked)
    assert "毕业证书" in _text(marked)
    monkeypatch.delenv("XUEJI_PRACTICE")
    assert compile_document(template, {}, issued_on=day) == plain


def _text(pdf: bytes) -> str:
    pypdfium2 = pytest.importorskip("pypdfium2")
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return "".join(document[0].get_textpage().get_text_range().split())


@pytest.mark.django_db
def test_exercises_pass_the_rules_of_the_schools_own_pack() -> None:
    school = SchoolFactory(authority__division_code="610502")
    ProgrammeFactory(school=school, name="护理", duration_years=3)
    view = pack_of(school).on(date(2026, 7, 1))
    people = graduates_for(school, view, count=12)
    assert len({person.resident_id for person in people}) == 12
    surroundings = Surroundings(season_year=2026, season_term="autumn", on=view.day)
    errors = [f.message for person in people for f in check_graduate(person, view, surroundings) if f.is_error]
    assert errors == []


@pytest.mark.django_db
def test_everybody_gets_a_password_for_practice_once_and_no_copied_hash_stays(settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    old, new = UserFactory(username="a01", password=make_password("the real one")), UserFactory(username="b02")
    slips = write_slips()
    assert slips is not None
    assert slips.stat().st_mode & 0o777 == 0o600
    issued_to = {line.split(",")[0]: line.split(",")[2] for line in slips.read_text("utf-8-sig").splitlines()[1:]}
    for user in (old, new):
        user.refresh_from_db()
        assert user.check_password(issued_to[user.username])
    assert not old.check_password("the real one")
    assert len(set(issued_to.values())) == 2
    assert write_slips() is None
    type(old).objects.filter(pk=UserFactory(username="c03").pk).update(password="")  # as a copied account has it
    later = write_slips()
    assert later is not None
    assert [line.split(",")[0] for line in later.read_text("utf-8-sig").splitlines()[1:]] == ["c03"]
    old.refresh_from_db()
    assert old.check_password(issued_to["a01"])


@pytest.mark.drill
def test_practice_copies_accounts_without_their_passwords_and_nothing_of_any_student(tmp_path: Path) -> None:
    """The whole command against two databases of one server."""
    cluster = postgres.start()
    names = ("g_practice_real", "g_practice_own")
    urls = [cluster.url(name) for name in names]
    for name in names:
        _drop(cluster, name)
        postgres.create_database(cluster, name)
    environment = {k: v for k, v in os.environ.items() if k not in {"XUEJI_TESTING", "PYTEST_CURRENT_TEST"}}
    environment |= {"XUEJI_HOME": str(tmp_path), "DATABASE_URL": urls[0], "XUEJI_PRACTICE_DATABASE_URL": urls[1]}
    try:
        _run(environment, "demo", "--no-serve")
        _run(environment, "practice", "--no-serve")
        with psycopg.connect(urls[0]) as real, psycopg.connect(urls[1]) as practice:
            for table in COPIED:
                count = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
                assert practice.execute(count).fetchone() == real.execute(count).fetchone()
            names_of, hashes = (f"select {column} from accounts_user order by 1" for column in ("username", "password"))
            assert practice.execute(names_of).fetchall() == real.execute(names_of).fetchall()
            assert not set(practice.execute(hashes).fetchall()) & set(real.execute(hashes).fetchall())
            slips = list((tmp_path / "practice").glob("练习密码-*.csv"))
            assert [slip.stat().st_mode & 0o777 for slip in slips] == [0o600]
            assert len(slips[0].read_text("utf-8-sig").splitlines()) == 1 + len(practice.execute(names_of).fetchall())
            for table in ("registry_person", "graduation_candidate", "certificates_certificate"):
                count = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
                assert practice.execute(count).fetchone() == (0,)
            assert not practice.execute("select 1 from accounts_user where phone <> '' or email <> ''").fetchall()
        swapped = environment | {"DATABASE_URL": urls[1], "XUEJI_PRACTICE_DATABASE_URL": urls[0]}
        assert "练习用的" in _run(swapped, "audit", "--json", expect=2)
        assert "已有数据" in _run(swapped, "practice", "--no-serve", expect=2)
    finally:
        for name in names:
            _drop(cluster, name)


def _run(environment: dict[str, str], *words: str, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "xueji.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == expect, done.stderr[-2000:]
    return done.stdout + done.stderr


def _drop(cluster: postgres.Cluster, name: str) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
