"""A production install refuses, with a sentence, what would be wrong for good; an evaluation may do it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from xueji.config.keys import load_keys
from xueji.config.production import hsts, refuse_demo, refuse_unsafe

GOOD = {"XUEJI_PRODUCTION": "1", "XUEJI_SITE_URL": "https://xueji.example.cn"}


def test_a_production_install_that_says_all_is_let_through() -> None:
    refuse_unsafe(GOOD, practice=False)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"XUEJI_SITE_URL": ""}, "XUEJI_SITE_URL"),
        ({"XUEJI_SITE_URL": "http://127.0.0.1:8000"}, "https://"),
        ({"XUEJI_DEBUG": "1"}, "XUEJI_DEBUG"),
        ({"XUEJI_AXES": "0"}, "XUEJI_AXES"),
    ],
)
def test_what_only_an_evaluation_may_do_is_refused(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        refuse_unsafe(GOOD | wrong, practice=False)


def test_a_key_file_that_others_can_read_is_refused_in_production_alone(tmp_path: Path, monkeypatch) -> None:
    load_keys(tmp_path, production=False)  # writes one
    path = tmp_path / "keys.json"
    monkeypatch.setenv("XUEJI_DATA_KEYS", str(path))
    assert load_keys(tmp_path, production=True).active == 1
    path.chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        load_keys(tmp_path, production=True)
    assert load_keys(tmp_path, production=False).active == 1


def test_subdomains_are_bound_to_https_only_when_the_operator_says_so() -> None:
    assert hsts({}) == (0, False, False)
    assert hsts(GOOD) == (31_536_000, False, False)
    assert hsts(GOOD | {"XUEJI_HSTS": "off"}) == (0, False, False)
    assert hsts(GOOD | {"XUEJI_HSTS": "subdomains"}) == (31_536_000, True, False)
    assert hsts(GOOD | {"XUEJI_HSTS": "preload"}) == (31_536_000, True, True)
    with pytest.raises(ImproperlyConfigured, match="XUEJI_HSTS"):
        hsts(GOOD | {"XUEJI_HSTS": "yes"})


def test_the_demo_is_refused_in_production() -> None:
    refuse_demo({})
    with pytest.raises(ImproperlyConfigured, match="演示"):
        refuse_demo(GOOD)


def _run(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XUEJI_") and k != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "xueji.cli", *words], env=kept | {"XUEJI_HOME": str(home)} | variables,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("words", [("serve",), ("worker",), ("demo",), ("manage", "check"), ("audit",)])
def test_every_command_stops_with_one_sentence_and_starts_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    keys = tmp_path / "given.json"
    load_keys(tmp_path, production=False)
    keys.write_text((tmp_path / "keys.json").read_text())
    keys.chmod(0o600)
    assert json.loads(keys.read_text())["active"] == 1
    done = _run(
        tmp_path, *words, XUEJI_PRODUCTION="1", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        XUEJI_DATA_KEYS=str(keys), XUEJI_HOSTS="xueji.example.cn",
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert ("演示" if words == ("demo",) else "XUEJI_SITE_URL") in done.stderr
    assert not list(tmp_path.glob("pg*"))


def test_a_file_of_keys_is_never_open_to_others_while_it_is_written(tmp_path, monkeypatch) -> None:
    """Not for the moment between its creation and a change of its mode either; one left by a dead process goes."""
    modes, opened = [], os.fdopen

    def watched(handle: int, *args: Any) -> Any:
        modes.append(os.fstat(handle).st_mode & 0o777)
        return opened(handle, *args)

    before = os.umask(0)
    (tmp_path / f"keys.json.{os.getpid()}").write_text("{")
    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "fdopen", watched)
            load_keys(tmp_path, production=False)
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("keys.json", 0o600)]
