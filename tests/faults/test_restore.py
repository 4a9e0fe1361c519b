"""Everything is lost and comes back from the backup; not one number is given to two people, whatever became of the marks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.faults.conftest import _found

from xueji.cli import dumps
from xueji.config import postgres

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1500)]


class Install:
    """An install whose every process is started for one command."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {
            k: v
            for k, v in os.environ.items()
            if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "XUEJI_TESTING", "XUEJI_TEST_DB"}
        }
        self.environment = kept | {"XUEJI_HOME": str(home), "XUEJI_MARKS": str(home.parent / "marks")}

    def xueji(self, *words: str, status: int = 0) -> Any:
        """Run a command of the product; return its JSON."""
        return self._answer("xueji.cli", *words, "--json", status=status)

    def hands(self, word: str, **given: object) -> Any:
        """Let people of the city do something."""
        return self._answer("tests.faults.restoring", word, json.dumps(given))

    def _answer(self, module: str, *words: str, status: int = 0) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", module, *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr[-2000:] + done.stdout[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    def lose_everything(self) -> bytes:
        """Destroy database, files and home; return the keys, which are kept elsewhere."""
        keys = (self.home / "keys.json").read_bytes()
        cluster = postgres.cluster(self.home)
        postgres.stop(cluster, mode="immediate")
        shutil.rmtree(cluster.data_dir)
        shutil.rmtree(self.home)
        return keys

    def come_back(self, keys: bytes) -> None:
        """An empty home with the keys put back."""
        self.home.mkdir()
        (self.home / "keys.json").write_bytes(keys)
        (self.home / "keys.json").chmod(0o600)


@pytest.mark.parametrize("way", ["xueji restore, marks kept", "raw pg_restore, marks lost"])
def test_no_number_is_given_twice_after_everything_was_lost(tmp_path: Path, way: str, monkeypatch) -> None:
    monkeypatch.setenv("XUEJI_MARKS", str(tmp_path / "marks"))
    install, away = Install(tmp_path / "home"), tmp_path / "away"
    founded = _found(install.home, "found", small=5, middle=0, large=10, faces=4)
    batches = founded["small"] + founded["middle"]
    install.hands("approve", steps=batches[:2])
    made = install.xueji("backup", str(away))
    on_paper = install.hands("approve", steps=batches[2:4])["given"]  # after the backup: printed, then forgotten
    assert install.xueji("backup", str(away / "other"))["files"]["count"] == made["files"]["count"]
    again = install.xueji("backup", str(away / "other"))
    assert again["files"]["copied"] == 0
    keys = install.lose_everything()
    began = time.monotonic()
    install.come_back(keys)
    if way.startswith("raw"):
        shutil.rmtree(tmp_path / "marks")
        _raw_restore(install, away / made["name"])
    else:
        install.xueji("restore", str(away / made["name"]))
    seconds = time.monotonic() - began
    try:
        audit = install.xueji("audit", status=1)
        wrong = {check["check"]: check["mismatches"] for check in audit["checks"] if check["mismatches"]}
        assert wrong.keys() == {"numbers.marks"}, wrong  # the rights of the product's role are among what is right
        hand = install.hands("approve", steps=batches[4:])
        assert "编号核定" in hand["held"]
        lost = on_paper.keys() - hand["given"].keys()
        assert len(lost) == 6
        install.hands("state", last=max(on_paper))
        after = install.hands("approve", steps=batches[2:])["given"]
        new = after.keys() - hand["given"].keys()
        assert len(new) == 9
        assert not new & on_paper.keys()
        assert all(after[number] == on_paper[number] for number in after.keys() & on_paper.keys())
        assert install.xueji("audit")["mismatches"] == 0
        print(
            f"{way}: back after {seconds:.1f} s, {len(lost)} certificates forgotten, 0 numbers given twice", flush=True
        )
    finally:
        postgres.stop(postgres.cluster(install.home))
        shutil.rmtree(postgres.cluster(install.home).data_dir.parent, ignore_errors=True)


def _raw_restore(install: Install, backup: Path) -> None:
    """As somebody does it who never heard of `xueji restore`; the start then gives the product's role its rights."""
    cluster = postgres.start(install.home)
    postgres.create_database(cluster, "xueji")
    command = [
        str(dumps.program("pg_restore", cluster.major)),
        "--no-owner",
        "--dbname",
        cluster.url(),
        str(backup / "database.dump"),
    ]
    subprocess.run(command, check=True)
    subprocess.run([sys.executable, "-m", "xueji.cli", "migrate"], env=install.environment, check=True)
    for line in dumps.read_files(backup):
        target = install.home / "files" / line.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(dumps.stored_at(backup.parent, line.sha256), target)
