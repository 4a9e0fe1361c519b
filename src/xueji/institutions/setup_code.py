"""The one-time code that opens the set-up page: printed on the terminal of whoever runs the machine, kept in a file.

Whoever can read the terminal or the file (mode 0600, in the state folder) runs the machine anyway; nobody on the network
can guess 60 random bits. The code is spent with the set-up it allowed.
"""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

_FILE = "setup.code"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are mistaken for one another
_GROUPS, _GROUP = 3, 4


def issue_code(home: Path) -> str:
    """Return the code that opens the set-up page, making one when there is none; two starts end with the same."""
    path = home / _FILE
    home.mkdir(parents=True, exist_ok=True)
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    draft = path.with_name(f"{_FILE}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(code)
    try:
        os.link(draft, path)
    except FileExistsError:
        return path.read_text().strip()
    finally:
        draft.unlink()
    return code


def is_open(home: Path) -> bool:
    """Whether setting up is allowed: a code lies there, unspent."""
    return (home / _FILE).exists()


def fits(home: Path, typed: str) -> bool:
    """Whether the typed code is the one of the terminal; case, spaces and dashes do not matter."""
    try:
        kept = (home / _FILE).read_text()
    except FileNotFoundError:
        return False
    return bool(_plain(kept)) and hmac.compare_digest(_plain(kept).encode(), _plain(typed).encode())


def spend(home: Path) -> None:
    """Make the code worthless; a second set-up needs a new one."""
    with suppress(FileNotFoundError):
        (home / _FILE).unlink()


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())
