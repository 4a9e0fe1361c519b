"""The files of the schools, written by a second process while the first one tells their stories."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from xueji.core.facts import GraduateFacts
from xueji.demo.city import ClassYear, SchoolPlan
from xueji.demo.workbooks import SchoolFiles, write_school

FACES_IN_POOL = 300  # finished batches share so many drawn faces; what a newcomer uploads has a face for each person


class Ahead:
    """Files are ordered in the order in which they will be wanted; taking one waits until it is written."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._folder = TemporaryDirectory(prefix="xueji-demo-")
        self._writer = ProcessPoolExecutor(1, mp_context=get_context("spawn"))  # a child that was forked hangs in Typst
        self._ordered: dict[str, Future[SchoolFiles]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def order_list(self, plan: SchoolPlan, people: Sequence[GraduateFacts], year: ClassYear, stem: str) -> None:
        """Order a faultless list whose faces come from the pool; it is gone when the loading is over."""
        self._order(Path(self._folder.name), plan, people, year=year, stem=stem, pool=FACES_IN_POOL)

    def order_for_hand(
        self,
        folder: Path,
        plan: SchoolPlan,
        people: Sequence[GraduateFacts],
        *,
        year: ClassYear,
        stem: str,
        elsewhere: GraduateFacts | None = None,
    ) -> None:
        """Order files a newcomer drags in; with somebody from `elsewhere` they have every kind of fault."""
        self._order(folder, plan, people, year=year, stem=stem, faulty=elsewhere is not None, elsewhere=elsewhere)

    def take(self, stem: str) -> SchoolFiles:
        """Return files that were ordered; KeyError for those that were not."""
        return self._ordered.pop(stem).result()

    def _order(
        self, folder: Path, plan: SchoolPlan, people: Sequence[GraduateFacts], *, stem: str, **how: object
    ) -> None:
        self._ordered[stem] = self._writer.submit(_write, folder, plan, people, seed=self._seed, stem=stem, **how)


def _write(folder: Path, plan: SchoolPlan, people: Sequence[GraduateFacts], **how: Any) -> SchoolFiles:
    """Write the files; which faults went where stays here, nobody who uploads them asks."""
    return replace(write_school(folder, plan, people, **how), entries=(), faults=())
