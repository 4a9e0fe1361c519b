"""One install for all drills, founded once; the seed comes from XUEJI_DRILL_SEED or is drawn and printed."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.conftest import Stack, start_stack, stop_stack
from tests.faults.rig import Rig

from xueji.config import postgres

# Batches of 3 and of 60 that wait for the city, and graduates of the approved one: less of what a single drill ignores.
SMALL, MIDDLE, LARGE = map(int, os.environ.get("XUEJI_DRILL_SIZES", "12,3,400").split(","))
FACES = 20
GRADUATES = 240  # whose diplomas are printed on blanks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here that takes the rig is a long drill."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and {"rig", "press"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.drill)
            item.add_marker(pytest.mark.timeout(900))  # of which a busy machine needs half to found and to start again


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A served city with work waiting for everybody."""
    home = tmp_path_factory.mktemp("drill")
    seed = int(os.environ.get("XUEJI_DRILL_SEED") or secrets.randbelow(1_000_000))
    print(f"XUEJI_DRILL_SEED={seed}", flush=True)
    founded = _found(home, "found", small=SMALL, middle=MIDDLE, large=LARGE, faces=FACES)
    rig = _served(home, founded, seed)
    yield rig
    stop_stack(rig.stack)
    _keep_figures(rig)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A served province on numbered blanks, in an install of its own."""
    home = tmp_path_factory.mktemp("press")
    seed = int(os.environ.get("XUEJI_DRILL_SEED") or secrets.randbelow(1_000_000))
    print(f"XUEJI_DRILL_SEED={seed}", flush=True)
    rig = _served(home, _found(home, "found_paper", graduates=GRADUATES), seed)
    yield rig
    stop_stack(rig.stack)
    _keep_figures(rig, ".press")


def _keep_figures(rig: Rig, suffix: str = "") -> None:
    if path := os.environ.get("XUEJI_DRILL_FIGURES"):
        text = json.dumps({"seed": rig.seed, **rig.figures}, ensure_ascii=False, indent=1)
        Path(path + suffix).write_text(text)


def _served(home: Path, founded: dict, seed: int) -> Rig:
    (home / "town").touch()
    rig = Rig(start_stack(home), founded, postgres.cluster(home), seed)
    rig.wait_for_worker()
    return rig


def _found(home: Path, word: str, **arguments: int) -> dict:
    """Found the place before anything is served."""
    environment = {
        k: v
        for k, v in os.environ.items()
        if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "XUEJI_TESTING", "XUEJI_TEST_DB"}
    }
    builder = Stack(home, "", None, environment | {"XUEJI_HOME": str(home)})  # type: ignore[arg-type]  # nothing is served yet
    done = builder.run("-m", "tests.faults.hands", word, json.dumps(arguments))
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
