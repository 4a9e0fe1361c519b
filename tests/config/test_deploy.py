"""The files in deploy/ are those the runbook names: units start commands that exist, the proxy lets through what pages take."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver, reverse

from xueji.cli import COMMANDS, main
from xueji.web.access import body_limit_of

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
_BIN = "/opt/xueji/.venv/bin/"


def command_of(unit: Path) -> list[str]:
    line = next(line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
    return shlex.split(line.removeprefix("ExecStart="))


def test_there_are_units_for_pages_worker_and_check() -> None:
    assert [unit.name for unit in UNITS] == [
        "xueji-backup.service", "xueji-backup.timer", "xueji-doctor.service", "xueji-doctor.timer", "xueji-migrate.service",
        "xueji-worker.service", "xueji.service",
    ]  # fmt: skip


@pytest.mark.parametrize("unit", [u for u in UNITS if u.suffix == ".service"], ids=lambda u: u.name)
def test_what_a_unit_starts_exists_and_says_what_it_needs(unit: Path, tmp_path: Path) -> None:
    program, *words = command_of(unit)
    assert program == f"{_BIN}xueji"
    assert words[0] in COMMANDS
    bare = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("XUEJI_") and k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    done = subprocess.run(
        [Path(sys.executable).parent / "xueji", *words], capture_output=True, text=True, check=False, timeout=60,
        env=bare | {"XUEJI_PRODUCTION": "1", "XUEJI_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert "XUEJI_SITE_URL" in done.stdout + done.stderr  # its options were understood: it stopped at the settings
    assert "Traceback" not in done.stderr


def test_a_backup_is_made_and_checked_in_the_one_place_it_may_write() -> None:
    text = (DEPLOY / "xueji-backup.service").read_text()
    folder = re.findall(r"^ReadWritePaths=(.+)$", text, re.MULTILINE)
    made, checked = (
        re.findall(rf"^{word}={_BIN}xueji (.+)$", text, re.MULTILINE) for word in ("ExecStart", "ExecStartPost")
    )
    assert folder[1:] == ["-/var/lib/xueji/upkeep"]  # where the page «系统状态» reads when it was
    assert (made, checked) == ([f"backup {folder[0]}"], [f"restore --check {folder[0]}"])


@pytest.fixture
def by_hand(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command for root, with folders of ours; it says what it would start and in which environment."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/setpriv").write_text('#!/bin/sh\necho "$@"\nenv\n')
    (tmp_path / "bin/setpriv").chmod(0o755)
    (tmp_path / "xueji.env").write_text("# XUEJI_NO=1\nXUEJI_HOME=/x\nDATABASE_URL=postgresql://a:b&c$HOME d;e@h/x")
    (tmp_path / "owner.env").write_text("XUEJI_OWNER_URL=postgresql://o@h/x\n")
    text = (DEPLOY / "xueji").read_text().replace("/etc/xueji", str(tmp_path)).replace("/var/lib/xueji", str(tmp_path))
    (tmp_path / "xueji").write_text(text)
    kept = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    return lambda *words: subprocess.run(
        ["/bin/sh", tmp_path / "xueji", *words], env=kept, capture_output=True, text=True, check=True
    )


def test_a_command_by_hand_has_the_user_and_the_variables_of_the_service(by_hand) -> None:
    lines = by_hand("audit", "--json").stdout.splitlines()
    assert lines[0] == f"--reuid=xueji --regid=xueji --init-groups {_BIN}xueji audit --json"
    assert {"XUEJI_HOME=/x", "DATABASE_URL=postgresql://a:b&c$HOME d;e@h/x"} < set(lines)
    assert [line for line in lines if line.startswith(("XUEJI_OWNER", "XUEJI_NO", "# "))] == []


def test_the_owners_password_is_given_where_it_is_asked_for_alone(by_hand) -> None:
    lines = by_hand("--owner", "restore", "/a b").stdout.splitlines()
    assert lines[0].endswith(f"{_BIN}xueji restore /a b")
    assert "XUEJI_OWNER_URL=postgresql://o@h/x" in lines


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """Asked of systemd itself where it is; everywhere, no line stands outside a section or without a value."""
    for unit in UNITS:
        text = unit.read_text().replace(_BIN, f"{Path(sys.executable).parent}/")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert lines[0].startswith("[")
        assert all(re.fullmatch(r"\[\w+\]|\w+=.+", line) for line in lines), unit.name
        (tmp_path / unit.name).write_text(text)
    if program := shutil.which("systemd-analyze"):
        asked = [str(tmp_path / unit.name) for unit in UNITS]
        done = subprocess.run([program, "verify", "--man=no", *asked], capture_output=True, text=True, check=False)
        complaints = [line for line in done.stderr.splitlines() if "xueji" in line.lower()]
        assert (done.returncode, complaints) == (0, [])


def test_every_variable_of_the_example_is_explained() -> None:
    explained = (ROOT / "docs/runbooks/configuration.md").read_text()
    examples = "\n".join(path.read_text() for path in sorted(DEPLOY.glob("*.env.example")))
    names = re.findall(r"^([A-Z_]+)=", examples, re.MULTILINE)
    assert len(names) >= 6
    assert [name for name in names if f"`{name}`" not in explained] == []


_VALUES = {
    "IntConverter": 7, "StringConverter": "employment", "SlugConverter": "employment",
    "UUIDConverter": "00000000-0000-4000-8000-000000000007", "PathConverter": "hrss/national",
}  # fmt: skip


def locations() -> Iterator[tuple[re.Pattern[str], int]]:
    """Each regular location of the proxy with the bytes it lets through, then what holds everywhere else."""
    text = (DEPLOY / "nginx.conf").read_text()
    for pattern, size in re.findall(r"location ~ (\S+) \{\s*client_max_body_size (\d+)m;", text):
        yield re.compile(pattern), int(size) * 1024**2
    yield re.compile(""), int(re.findall(r"^    client_max_body_size (\d+)m;", text, re.MULTILINE)[0]) * 1024**2


def let_through(path: str) -> int:
    return next(size for pattern, size in locations() if pattern.search(path))


def test_the_proxy_lets_through_what_each_page_takes_and_little_more() -> None:
    checked = set()

    def walk(patterns, namespace: str) -> None:
        for entry in patterns:
            if hasattr(entry, "url_patterns"):
                walk(entry.url_patterns, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
                continue
            keys = {name: _VALUES[type(kind).__name__] for name, kind in entry.pattern.converters.items()}
            path = reverse(f"{namespace}{entry.name}", kwargs=keys)
            wanted, given = body_limit_of(entry.callback), let_through(path)
            assert wanted <= given <= wanted * 2, (path, wanted, given)
            checked.add(given)

    walk(get_resolver().url_patterns, "")
    assert len(checked) == 4


def test_keys_are_written_once_for_their_owner_alone(tmp_path: Path, capsys) -> None:
    path = tmp_path / "keys.json"
    assert main(["keys", str(path)]) == 0
    first = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert main(["keys", str(path)]) == 2
    assert "没有改动" in capsys.readouterr().err
    assert path.read_bytes() == first
