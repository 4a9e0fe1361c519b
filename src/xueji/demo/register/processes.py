"""The loading in two processes: which school is done when, what memory it took, how far it is. Asks no models on the way in."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from xueji.core.intakes import Intake

_BAR = 32
Part = tuple[int, int, Sequence[Intake]]  # number of the school, students of the province, intakes


def each_of(work: str, parts: Sequence[Part], processes: int) -> Iterator[float]:
    """Do a work of the load for every part, in their order; yield as each is done what memory its process took."""
    if processes == 1:
        for part in parts:
            yield _one(work, part)
        return
    from django.db import connection

    connection.close()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin) as pool:
        for done in as_completed([pool.submit(_one, work, part) for part in parts]):
            yield done.result()


def _begin() -> None:
    import django

    django.setup()


def _one(work: str, part: Part) -> float:
    from xueji.demo.register.schools import load_school, load_transfers

    {"schools": load_school, "transfers": load_transfers}[work](*part)
    return peak_mb()


def peak_mb() -> float:
    """Return the greatest memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(what: str, done: int, of: int, seconds: float) -> None:
    """Show how far it is: a bar on a terminal, a line for each tenth elsewhere."""
    filled, left = _BAR * done // of, seconds / done * (of - done)
    bar = f"[{'#' * filled}{'.' * (_BAR - filled)}]"
    text = f"{what} {bar} {done}/{of}  {seconds:4.0f} 秒，约还需 {left:4.0f} 秒"
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}" + ("\n" if done == of else ""))
    elif done == of or done * 10 // of != (done - 1) * 10 // of:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
