"""Kill -9 of worker, database and page server at random instants: work goes on by itself and nothing is half done."""

from __future__ import annotations

import threading
import time
import urllib.error
from http.client import HTTPException
from pathlib import Path

import psycopg
import pytest
from tests.exchange.people import people, photograph, write_photos, write_workbook
from tests.faults.conftest import FACES
from tests.faults.rig import RECOVERY_SECONDS, Rig, Visitor, kill, lines_of, pause

GRADUATES = 1200
ROUNDS = 3
TRIES = 8  # drawn instants a round: a quick machine is done before many of them
_UPLOADED = 5_000  # serials of people that no other batch holds


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A workbook with some faults and photographs, as files."""
    folder = tmp_path_factory.mktemp("upload")
    rows = people(_UPLOADED + GRADUATES)[_UPLOADED:]
    for place, change in {5: {"性别": "未知"}, 70: {"政治面貌": "神仙"}, 300: {"毕业年月": "2019-13"}}.items():
        rows[place] |= change
    write_workbook(folder / "名册.xlsx", rows)
    faces = [photograph(n) for n in range(FACES)]
    write_photos(folder / "照片.zip", {f"{r['身份证号']}.jpg": faces[n % FACES] for n, r in enumerate(rows[:-2])})
    return folder


@pytest.fixture(scope="session")
def undisturbed(rig: Rig, folder: Path) -> tuple[dict, float]:
    """What reading the upload comes to when nobody is killed, and the seconds it takes."""
    sent = upload(rig, folder)
    seconds = rig.wait_for_job(sent["job"], 180)
    read = digest(rig, sent["intake"])
    assert (read["state"], read["rows"]) == ("ready", GRADUATES)
    assert read["findings"] > 3
    rig.note("intake undisturbed", seconds=seconds, rows=read["rows"], findings=read["findings"])
    return read, seconds


def upload(rig: Rig, folder: Path) -> dict:
    return rig.hand("upload", batch=rig.city["empty"], clerk=rig.city["clerk"], folder=str(folder))


def digest(rig: Rig, intake: int) -> dict:
    return rig.hand("digest", intake=intake, clerk=rig.city["clerk"])


def strikes(rig: Rig, name: str, seconds: float):
    """Yield random instants within the first nine tenths of a run: many more than ROUNDS, since some come too late."""
    chance = rig.chance(name)
    for _ in range(ROUNDS * TRIES):
        yield chance.uniform(0.02, 0.9) * seconds


@pytest.mark.parametrize("victim", ["worker", "database"])
def test_an_intake_ends_by_itself_with_the_same_result(rig: Rig, folder: Path, undisturbed, victim: str):
    expected, seconds = undisturbed
    hits = 0
    for delay in strikes(rig, f"intake {victim}", seconds):
        rig.wait_for_worker()
        sent = upload(rig, folder)
        targets = rig.postmaster if victim == "database" else lambda: [rig.worker()]
        recovery = rig.strike_job(sent["job"], delay, targets)
        state, attempts = rig.job(sent["job"])
        read = digest(rig, sent["intake"])
        assert state == "done"
        assert read == expected
        if recovery is not None and attempts > 1:
            hits += 1
            rig.wait_for_pages()
            rig.note(f"intake, kill -9 {victim}", delay=round(delay, 3), recovery=recovery, attempts=attempts)
        if hits == ROUNDS:
            break
    assert hits >= ROUNDS - 1
    rig.audit()


def test_a_print_ends_by_itself_with_the_same_bytes(rig: Rig):
    def ordered() -> dict:
        return rig.hand("print_diplomas", batch=rig.city["approved"], clerk=rig.city["printing"])

    def file_of(run: int) -> str:
        return rig.ask("select file_id from production_printrun where id = %s", run)[0]

    first = ordered()
    seconds = rig.wait_for_job(first["job"], 120)
    expected = file_of(first["run"])
    hits = 0
    for delay in strikes(rig, "print", seconds):
        rig.wait_for_worker()
        order = ordered()
        recovery = rig.strike_job(order["job"], delay, lambda: [rig.worker()])
        state, attempts = rig.job(order["job"])
        assert state == "done"
        assert file_of(order["run"]) == expected
        if recovery is not None and attempts > 1:
            hits += 1
            rig.note("print, kill -9 worker", delay=round(delay, 3), recovery=recovery, undisturbed=seconds)
        if hits == ROUNDS:
            break
    assert hits >= 1
    rig.audit()


def test_numbers_stay_without_gap_when_the_database_dies_under_four_hands(rig: Rig):
    chance = rig.chance("numbers")
    steps = list(rig.city["small"])
    share = len(steps) // ROUNDS
    for turn in range(ROUNDS):
        mine = steps[turn * share : (turn + 1) * share]
        hands = [rig.hand_beside("approve", steps=mine[n:] + mine[:n], reviewer=rig.city["reviewer"]) for n in range(4)]
        for hand in hands:
            assert next(lines_of(hand))["ready"] == share
        for hand in hands:
            hand.stdin.write("go\n")
            hand.stdin.flush()
        delay = pause(chance.uniform(0.05, 1.0))
        kill(rig.postmaster())
        killed = time.monotonic()
        reports = [list(lines_of(hand)) for hand in hands]
        assert [hand.wait(RECOVERY_SECONDS) for hand in hands] == [0] * 4
        pages = (
            rig.wait_for_pages()
        )  # the hands may be through before the blow falls; the server is then still coming back
        acked = [line["acked"] for lines in reports for line in lines[:-1]]
        assert len(acked) == len(set(acked))
        assert set(acked) <= approved(rig, mine)
        assert approved(rig, mine) == set(mine)
        numbers = rig.numbers_have_no_gap()
        lost = sum(lines[-1]["lost"] for lines in reports)
        rig.note(
            "numbers, kill -9 database", delay=delay, acked=len(acked), lost=lost, stored=len(mine), numbers=numbers,
            seconds=round(time.monotonic() - killed, 2), pages=pages,
        )  # fmt: skip
        rig.audit()


def approved(rig: Rig, steps: list[int]) -> set[int]:
    """Return the steps whose case is approved and whose batch has its numbers."""
    with psycopg.connect(rig.cluster.url(), autocommit=True) as connection:
        rows = connection.execute(
            "select s.id from cases_step s join cases_case c on c.id = s.case_id join certificates_issue i on i.case_id = c.id"
            " where s.id = any(%s) and s.state = 'approved' and c.state = 'approved' and i.numbered_at is not null",
            [steps],
        )
        return {row[0] for row in rows}


def test_an_approval_is_whole_or_not_at_all_when_the_page_server_dies(rig: Rig):
    chance = rig.chance("pages")
    for step in rig.city["middle"]:
        visitor = Visitor(rig.stack.url, rig.city["reviewer"])
        path = f"/office/steps/{step}/"
        page = visitor.get(path)
        answer: list[object] = []

        def click(visitor: Visitor = visitor, path: str = path, page: str = page, answer: list = answer) -> None:
            try:
                answer.append(visitor.post(path, page, verdict="approve", reasons="", confirmed="1"))
            except (urllib.error.URLError, HTTPException, OSError) as lost:
                answer.append(type(lost).__name__)

        clicking = threading.Thread(target=click)
        clicking.start()
        delay = pause(chance.uniform(0.0, 0.9))
        kill(rig.pages())
        recovery = rig.wait_for_pages()
        clicking.join(RECOVERY_SECONDS)
        whole = step in approved(rig, [step])
        before = rig.ask(_OF_STEP, step)
        assert before == (("approved", "approved", 60, 60) if whole else ("current", "in_progress", 0, 0))
        rig.numbers_have_no_gap()
        second = visitor.post(path, page, verdict="approve", reasons="", confirmed="1")
        assert second in (200, 409) if whole else second == 200
        assert step in approved(rig, [step])
        rig.numbers_have_no_gap()
        rig.note("approval, kill -9 pages", delay=delay, first=answer, whole=whole, second=second, recovery=recovery)
    rig.audit()


_OF_STEP = """select s.state, c.state, count(k.certificate_id), coalesce(max(upper(n.serials) - lower(n.serials)), 0)::int
    from cases_step s join cases_case c on c.id = s.case_id join graduation_batch b on b.case_id = c.id
    left join certificates_issueblock g on g.issue_id = b.issue_id left join certificates_numberblock n on n.id = g.block_id left join graduation_candidate k on k.batch_id = b.id
    where s.id = %s group by s.state, c.state"""
