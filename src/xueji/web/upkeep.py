"""What whoever runs the machine did last, kept beside the database: that it was backed up, that it was audited.

Small files and no rows: a backup writes nothing into what it copies, an audit nothing into what it judges.
"""

from __future__ import annotations

import json
import os
import sys
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
    """When it was last done, whether it went well, and a few words without paths or names."""

    at: datetime
    is_fine: bool
    words: str


def note_work(work: Work, *, is_fine: bool, words: str) -> None:
    """Note that something was done just now; where that cannot be written it is said, and the work itself stands."""
    folder = Path(settings.UPKEEP)
    noted = Noted(timezone.now(), is_fine, words)
    waiting = folder / f".{work}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        waiting.write_text(json.dumps(asdict(noted) | {"at": noted.at.isoformat()}, ensure_ascii=False))
        waiting.replace(folder / f"{work}.json")
    except OSError as error:
        print(f"没有记下这一次（{folder}：{error.strerror}），「系统状态」页看不到", file=sys.stderr)  # noqa: T201  # called by programs


def last_work(work: Work) -> Noted | None:
    """Return what was noted last; None when nothing was, or what is there cannot be read."""
    try:
        kept = json.loads((Path(settings.UPKEEP) / f"{work}.json").read_text(encoding="utf-8"))
        at = datetime.fromisoformat(kept["at"])
        return Noted(at, bool(kept["is_fine"]), str(kept["words"])) if at.tzinfo else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
