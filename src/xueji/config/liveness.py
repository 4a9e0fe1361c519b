"""A page process says that it lives only while it also works: one that hangs in a page falls silent and is replaced.

A thread gives the signs of life, so a process that is stopped, or held by code that never lets go of the interpreter,
gives none. An endless loop in a page would let that thread run on; so it keeps silent while a page is overdue.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xueji.config.lineage import BEAT, beat

# The proxy waits 120 s for an answer (deploy/nginx.conf): nobody reads what comes later. On a port a page also waits for
# an upload to come in over whatever line.
OVERDUE_BEHIND_PROXY, OVERDUE_ON_PORT = 130.0, 900.0
_BEAT_SECONDS = 2.0
_T = TypeVar("_T")


class Watch:
    """What the threads of this process have in hand, and since when. What a slow reader has not fetched does not count."""

    def __init__(self, overdue: float) -> None:
        self._overdue = overdue
        self._since: dict[int, float] = {}

    def is_stuck(self) -> bool:
        """Whether some page has been in hand for longer than anybody waits."""
        now = time.monotonic()
        return any(now - since > self._overdue for since in list(self._since.values()))

    def do(self, work: Callable[[], _T]) -> _T:
        """Do a piece of work of this thread, under watch."""
        here = threading.get_ident()
        self._since[here] = time.monotonic()
        try:
            return work()
        finally:
            del self._since[here]

    def over(self, pages: WSGIApplication) -> WSGIApplication:
        """Return the application with every page, and every piece of its answer, under watch."""

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return _Watched(self, self.do(lambda: pages(environ, start_response)))

        return answer


class _Watched:
    """The pieces of an answer, each made under watch."""

    def __init__(self, watch: Watch, pieces: Iterable[bytes]) -> None:
        self._watch, self._whole, self._pieces = watch, pieces, iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._watch.do(self._pieces.__next__)

    def close(self) -> None:
        """Let go of what the answer holds: files, the database's connection."""
        if close := getattr(self._whole, "close", None):
            self._watch.do(close)


def give_signs(is_stuck: Callable[[], bool] = lambda: False) -> None:
    """Give signs of life from a thread of its own while nothing is stuck; does nothing where nobody listens."""
    if os.environ.get(BEAT):
        threading.Thread(target=_go_on, args=(is_stuck,), name="signs of life", daemon=True).start()


def _go_on(is_stuck: Callable[[], bool]) -> None:
    while True:
        if not is_stuck():
            beat()
        time.sleep(_BEAT_SECONDS)
