"""Kill -9 in every phase of paper: each act is done once and wholly, no sheet is lost or twice, both books balance."""

from __future__ import annotations

import time

import pytest
from tests.faults.blankwork import EACH, REQUESTS, SHEETS
from tests.faults.rig import RECOVERY_SECONDS, Rig, kill, lines_of, pause

HANDS = 4
ROUNDS = 3
TRIES = 8  # drawn instants a round: a quick machine is done before many of them
_STATES = "select coalesce(jsonb_object_agg(state, n), '{}') from (select state, count(*) n from blanks_blank group by state) s"
_FILES = "select array_agg(file_id order by ordinal) from production_printfile where run_id = %s"


def under_fire(press: Rig, name: str, hands: int = 1) -> list[dict]:
    """Let somebody do an act, kill the database at a random instant of it; return what the hands say at the end."""
    chance = press.chance(f"paper {name}")
    beside = [press.hand_beside("act", name=name, world=press.city, turn=n * 5) for n in range(hands)]
    for hand in beside:
        assert next(lines_of(hand)) == {"ready": name}
    for hand in beside:
        assert hand.stdin is not None
        hand.stdin.write("go\n")
        hand.stdin.flush()
    delay = pause(chance.uniform(0.0, 0.4))
    kill(press.postmaster())
    killed = time.monotonic()
    reports = [list(lines_of(hand))[-1] for hand in beside]
    assert [hand.wait(RECOVERY_SECONDS) for hand in beside] == [0] * hands
    seconds = round(time.monotonic() - killed, 2)
    press.wait_for_pages()
    press.note(
        f"paper {name}, kill -9 database", delay=delay, seconds=seconds, lost=[report["lost"] for report in reports]
    )
    return reports


def states(press: Rig) -> dict[str, int]:
    """Return how many sheets are in which state."""
    return press.ask(_STATES)[0]


@pytest.mark.requirement("S3-03", "S3-04")
def test_every_phase_of_paper_survives_the_death_of_the_database(press: Rig) -> None:
    graduates, given = press.city["graduates"], REQUESTS * EACH
    under_fire(press, "receive")
    assert states(press) == {"stock": SHEETS}
    reports = under_fire(press, "draw", HANDS)
    assert states(press) == {"stock": SHEETS - given, "drawn": given}
    assert sum(report.get("said", 0) for report in reports) <= REQUESTS
    served = press.ask("select count(*), min(n), max(n) from (select count(*) n from blanks_blank"
                       " where request_id is not null group by request_id) r")  # fmt: skip
    assert served == (REQUESTS, EACH, EACH)
    under_fire(press, "sign")
    assert states(press) == {"stock": SHEETS}
    assert press.ask("select count(*) from blanks_blank where school_id is not null")[0] == given
    press.audit()
    _printed_under_fire(press, graduates)
    under_fire(press, "confirm")
    assert states(press) == {"stock": SHEETS - graduates, "used": graduates}
    under_fire(press, "seal")
    assert press.ask("select count(*), min(sealed_count) from production_sealingsession") == (1, graduates)
    assert press.ask("select count(*) from certificates_certificate where state = 'sealed'")[0] == graduates
    under_fire(press, "hand_out")
    assert press.ask("select count(*), count(distinct certificate_id) from production_handout") == (
        graduates,
        graduates,
    )
    press.audit()


def _printed_under_fire(press: Rig, graduates: int) -> None:
    """Load the tray while the database dies, then print the same again while the worker dies: the same bytes."""
    under_fire(press, "load")
    assert states(press) == {"stock": SHEETS - graduates, "loaded": graduates}
    run, job = press.ask("select id, job_id from production_printrun")  # exactly one
    press.wait_for_job(job, 120)
    expected = press.ask(_FILES, run)[0]
    assert len(expected) == -(-graduates // 50)
    chance, hits = press.chance("paper worker"), 0
    loaded = _loaded_again(press)
    seconds = press.wait_for_job(loaded["job"], 120)  # undisturbed, from the moment the worker may take it
    for _ in range(ROUNDS * TRIES):
        loaded, delay = _loaded_again(press), round(chance.uniform(0.0, 0.8) * seconds, 3)
        recovery = press.strike_job(loaded["job"], delay, lambda: [press.worker()])
        state, attempts = press.job(loaded["job"])
        assert state == "done"
        assert press.ask(_FILES, loaded["run"])[0] == expected
        if recovery is not None and attempts > 1:
            hits += 1
            press.note("paper printed, kill -9 worker", delay=delay, recovery=recovery)
        if hits == ROUNDS:
            break
    assert hits >= 1
    press.audit()


def _loaded_again(press: Rig) -> dict[str, int]:
    """Put the sheets back unprinted and load them anew; the worker may take the job from the moment this returns.

    Free, a quick worker is done before the loading process has said which job it is.
    """
    press.wait_for_worker()
    assert press.hand("once", name="give_up", world=press.city)["said"] == press.city["graduates"]
    with press.worker_held():
        return press.hand("once", name="load", world=press.city)["said"]
