"""Where things lie: the state folder of an evaluation install, and the project's own data."""

from __future__ import annotations

import os
from pathlib import Path


def state_dir() -> Path:
    """Return the folder that holds the evaluation database, stored files and keys (`XUEJI_HOME`, else ./.local)."""
    return Path(os.environ.get("XUEJI_HOME") or ".local").resolve()
