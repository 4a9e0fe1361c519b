"""Keys: signing of sessions, sealing of ID numbers and files, blind indexes, the log of events.

Production gives them as files or variables; an evaluation install makes them once and keeps them in `keys.json`
(mode 0600) beside its database. Losing the data keys makes stored ID numbers and files unreadable: back them up apart
from the database. Data keys have ids, so that old ones read while a new one writes; the index key has none, because
nothing is read with an old one: `xueji reseal` computes every index anew (docs/runbooks/keys.md). The key of the log
stays for as long as the log does: what was signed with it lies with others (docs/adr/0027).
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from xueji.config.production import refuse_open_file


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one install. `data_keys` maps a key id (0–65535) to 32 bytes; `active` is the id used for writing."""

    secret_key: str
    data_keys: Mapping[int, bytes]
    active: int
    index_key: bytes
    log_key: bytes


def load_keys(home: Path, *, production: bool, only_stored: bool = False) -> Keys:
    """Return the keys from `XUEJI_DATA_KEYS` (a JSON file), else from the evaluation install's own file.

    With `own` whatever the environment gives is left alone: the file in `home` holds all keys.
    """
    given = None if only_stored else os.environ.get("XUEJI_DATA_KEYS")
    if production and not only_stored and not given:
        raise ImproperlyConfigured(
            "请设置环境变量 XUEJI_DATA_KEYS：密钥文件的路径（见 docs/runbooks/configuration.md）"
        )
    path = Path(given) if given else home / "keys.json"
    if not path.exists():
        if given:
            raise ImproperlyConfigured(f"密钥文件不存在：{path}")
        write_new_keys(path)
    if production:
        refuse_open_file(path)
    raw = json.loads(path.read_text())
    if "log_key" not in raw:
        if production:
            raise ImproperlyConfigured(
                f"密钥文件 {path} 中没有 log_key（履历日志的密钥）；请运行 xueji keys {path} 补上"
            )
        raw = add_log_key(path)
    data_keys = {int(k): base64.b64decode(v) for k, v in raw["data_keys"].items()}
    return Keys(
        secret_key=(not only_stored and os.environ.get("XUEJI_SECRET_KEY")) or raw["secret_key"],
        data_keys=data_keys,
        active=int(raw["active"]),
        index_key=base64.b64decode(raw["index_key"]),
        log_key=base64.b64decode(raw["log_key"]),
    )


def add_log_key(path: Path) -> dict[str, Any]:
    """Give a file of keys from before the log its key, once; return what the file holds then."""
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # of two processes that start together the second finds the key of the first
        raw = json.loads(path.read_text())
        if "log_key" not in raw:
            raw["log_key"] = _fresh()
            _draft(path, raw).replace(path)
    return dict(raw)


def write_new_keys(path: Path) -> None:
    """Write fresh keys; two processes starting together end with the same file (created exclusively, then read)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = {
        "secret_key": secrets.token_urlsafe(50),
        "data_keys": {"1": _fresh()},
        "active": 1,
        "index_key": _fresh(),
        "log_key": _fresh(),
    }
    draft = _draft(path, raw)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _fresh() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _draft(path: Path, raw: dict[str, Any]) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # of a process that died, and whose number this one has
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # never open to others, not for a moment
    with os.fdopen(handle, "w") as file:
        file.write(json.dumps(raw))
    return draft
