"""The province of `xueji bench province`, killed in every stage, ends with the very files of an undisturbed run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from xueji.config import postgres

ROOT = Path(__file__).resolve().parents[2]
GRADUATES = 300
STAGES = ("build", "submit", "approve", "diplomas", "lists", "balance")
pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]


def begin(work: Path) -> subprocess.Popen[str]:
    """Start the province, or let it go on, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "xueji.cli", "bench", "province", "--graduates", str(GRADUATES), "--work", str(work),
         "--keep", "--json"],
        cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "XUEJI_POSTGRES": "embedded"},
    )  # fmt: skip


def finish(work: Path) -> dict[str, object]:
    """Let a run come to its end."""
    out, errors = begin(work).communicate()
    assert out, errors[-2000:]
    return json.loads(out.splitlines()[-1])


def kill_within(work: Path, stage: str, *, database_too: bool) -> None:
    """Kill the run, its workers and the server if asked, as soon as the first unit of a stage is told."""
    running = begin(work)
    seen = next((line for line in running.stderr if line.startswith(f"{stage} ")), None)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert seen, f"the run ended before {stage}"
    if database_too:
        data = postgres.cluster(work, prefer="embedded").data_dir  # as root it may lie outside the work folder
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


@pytest.fixture
def works(tmp_path: Path):
    """Two work folders; their servers are stopped."""
    folders = [tmp_path / "killed", tmp_path / "undisturbed"]
    tmp_path.chmod(0o755)
    yield folders
    for folder in folders:
        if folder.exists():
            cluster = postgres.cluster(folder, prefer="embedded")
            postgres.stop(cluster, mode="immediate")
            shutil.rmtree(cluster.data_dir)


@pytest.mark.requirement("S1-08", "S4-03")
def test_a_province_killed_in_every_stage_ends_as_an_undisturbed_one(works):
    killed, undisturbed = works
    for stage in STAGES:
        kill_within(killed, stage, database_too=stage == "approve")
    mended, whole = finish(killed), finish(undisturbed)
    assert mended["sha256"] == whole["sha256"]
    assert mended["files"] == whole["files"]
    assert whole["stages"]["numbers"]["rows"] == GRADUATES
