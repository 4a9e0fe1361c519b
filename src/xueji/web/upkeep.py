"""What whoever runs the machine did last, kept beside the database: that it was backed up, that it was audited.

Small files and no rows: a backup writes nothing into what it copies, an audit nothing into what it judges.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.utils import timezone


class Work(StrEnum):
    """What is noted."""

    BACKUP = "backup"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Noted:
    """When it was last done, whether it went well, and a few words without paths or names; or that it was begun."""

    at: datetime
    is_fine: bool
    words: str
    is_begun: bool = False  # and has not ended, so far as it could say


@contextmanager
def noting_end(work: Work) -> Iterator[None]:
    """Note that something begins, and where it breaks off that it did; who ends well notes it with `note_work`.

    The note of the time before does not stand while this runs: a run that is killed leaves its beginning.
    """
    note_work(work, is_fine=False, words="已经开始，还没有结束", is_begun=True)
    try:
        yield
    except BaseException:  # whatever it was, also an interruption
        note_work(work, is_fine=False, words="没有完成")
        raise


def note_work(work: Work, *, is_fine: bool, words: str, is_begun: bool = False) -> None:
    """Note how something stands just now; where that cannot be written it is said, and the work itself stands."""
    folder = Path(settings.UPKEEP)
    noted = Noted(timezone.now(), is_fine, words, is_begun)
    waiting = folder / f".{work}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(noted) | {"at": noted.at.isoformat()}, ensure_ascii=False)
        waiting.write_text(text, encoding="utf-8")  # a timer may run without a locale
        waiting.replace(folder / f"{work}.json")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "不能写成文字"
        print(f"没有记下这一次（{folder}：{why}），「系统状态」页看不到", file=sys.stderr)  # noqa: T201  # called by programs


def last_work(work: Work) -> Noted | None:
    """Return what was noted last; None when nothing was, or what is there cannot be read."""
    try:
        kept = json.loads((Path(settings.UPKEEP) / f"{work}.json").read_text(encoding="utf-8"))
        at = datetime.fromisoformat(kept["at"])
        is_begun = bool(kept.get("is_begun"))
        return Noted(at, bool(kept["is_fine"]), str(kept["words"]), is_begun) if at.tzinfo else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
