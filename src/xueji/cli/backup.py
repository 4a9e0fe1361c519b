"""`xueji backup DIR`: database and stored files in one folder, whole or not there; keys and marks stay apart."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from xueji.cli import dumps
from xueji.cli.bootstrap import set_up
from xueji.cli.dumps import BackupError, StoredLine

_APART = "密钥和编号标记（XUEJI_MARKS）不在备份中：密钥另外保管，标记不备份、不恢复"


def back_up(root: Path) -> dict[str, Any]:
    """Make one backup under `root` and return its manifest. Files that an earlier backup holds are not copied again."""
    began = time.perf_counter()
    refuse_places(root)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(root):
        for left in root.glob(".*.part"):  # of a run that broke off
            shutil.rmtree(left)
        name = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        part = root / f".{name}.part"
        part.mkdir(mode=0o700)
        facts = _dump(part / dumps.DUMP)
        lines, copied = _copy_files(root)
        listed = dumps.write_flushed(part / dumps.FILES, "".join(line.text() for line in lines))
        manifest = facts | {
            "format": dumps.FORMAT, "name": name,
            "files": {"count": len(lines), "bytes": sum(line.size for line in lines), "sha256": listed, "copied": copied},
            "keys": dumps.key_check(), "apart": _APART, "seconds": round(time.perf_counter() - began, 2),
        }  # fmt: skip
        dumps.write_flushed(part / dumps.MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        dumps.flush_folder(part)
        part.rename(root / name)
        dumps.flush_folder(root)
    return manifest


def refuse_places(root: Path) -> None:
    """Raise BackupError where backup, files and marks would lie in one another."""
    from django.conf import settings

    files, marks = Path(settings.MEDIA_ROOT).resolve(), Path(settings.MARKS).resolve()
    if marks.is_relative_to(files):
        raise BackupError(f"编号标记文件夹 {marks} 在文件目录之内，会随备份恢复到从前；请把 XUEJI_MARKS 移到别处")
    if marks.is_relative_to(root.resolve()) or root.resolve().is_relative_to(marks):
        raise BackupError(f"备份目录不能与编号标记文件夹 {marks} 放在一起")
    if root.resolve().is_relative_to(files):
        raise BackupError("备份目录不能在文件目录之内")


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One backup of a folder at a time."""
    with (root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"{root} 正在备份，请等它结束") from error
        yield


def _dump(target: Path) -> dict[str, Any]:
    """Dump the database; return what the manifest says of it, seen by the very snapshot that is dumped."""
    from django.db import connection, transaction

    major = dumps.server_major()
    pg_dump = dumps.program("pg_dump", major)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute("select pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        facts = _facts(cursor)
        command = [
            str(pg_dump),
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={target}",
        ]
        with tempfile.TemporaryFile("w+") as error_output:
            process = subprocess.Popen(command, env=dumps.environment(), stderr=error_output)  # noqa: S603  # our own command line
            _watch(process, target)
            error_output.seek(0)
            if process.returncode:
                raise BackupError(f"pg_dump 失败：{error_output.read()[-800:]}")
    with target.open("rb") as file:
        os.fsync(file.fileno())
    kept = {
        "size": target.stat().st_size,
        "sha256": dumps.hash_of(target),
        "server": major,
        "program": str(pg_dump.name),
    }
    return facts | {"database": kept}


def _watch(process: subprocess.Popen[bytes], target: Path) -> None:
    with tqdm(desc="导出数据库", unit="B", unit_scale=True, disable=None) as bar:
        while process.poll() is None:
            time.sleep(0.05)
            bar.update(max(0, (target.stat().st_size if target.exists() else 0) - bar.n))


def _facts(cursor: Any) -> dict[str, Any]:
    """Return what a reader of the manifest wants to know without restoring it."""
    from xueji.config.generations import migrations_of_database
    from xueji.policy import get_library

    cursor.execute("select count(*), max(id), max(at)::text from ledger_event")
    count, last, at = cursor.fetchone()
    cursor.execute("select kind, scope, last_serial from certificates_numbercounter order by kind, scope")
    counters = [{"kind": kind, "scope": scope, "last": serial} for kind, scope, serial in cursor.fetchall()]
    return {
        "version": version("xueji"),
        "made_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "ledger": {"count": count, "last_id": last, "last_at": at},
        "counters": counters,
        "migrations": sorted(migrations_of_database()),
        "packs": {pack.id: pack.hash for pack in get_library().packs()},
    }


def _copy_files(root: Path) -> tuple[list[StoredLine], int]:
    """Copy what the store does not hold yet; return the list of all files and how many were copied.

    After the database: what it names was on the disk before its row was written, so all of it is there. A file whose
    size and time are those of the last backup is not read again.
    """
    from django.conf import settings

    base = Path(settings.MEDIA_ROOT)
    paths = [path for path in sorted(base.rglob("*")) if path.is_file() and not path.name.startswith((".", "tmp"))]
    seen_at = root / ".seen.json"
    seen: dict[str, list[Any]] = json.loads(seen_at.read_text()) if seen_at.is_file() else {}
    lines, copied, now_seen = [], 0, {}
    with tqdm(
        total=sum(path.stat().st_size for path in paths), desc="复制文件", unit="B", unit_scale=True, disable=None
    ) as bar:
        for path in paths:
            facts, name = path.stat(), path.relative_to(base).as_posix()
            known = seen.get(name)
            if known and known[1:] == [facts.st_size, facts.st_mtime_ns] and dumps.stored_at(root, known[0]).is_file():
                sha256 = known[0]
            else:
                sha256, is_new = _keep(root, path)
                copied += is_new
            lines.append(StoredLine(sha256, facts.st_size, name))
            now_seen[name] = [sha256, facts.st_size, facts.st_mtime_ns]
            bar.update(facts.st_size)
    dumps.write_flushed(seen_at, json.dumps(now_seen))
    return lines, copied


def _keep(root: Path, path: Path) -> tuple[str, bool]:
    """Bring one file into the store under the hash of its bytes; return it and whether it was new there."""
    sha256 = dumps.hash_of(path)
    target = dumps.stored_at(root, sha256)
    if target.is_file() and target.stat().st_size == path.stat().st_size:
        return sha256, False
    if dumps.copy_flushed(path, target) != sha256:
        target.unlink()
        raise BackupError(f"{path} 在复制时被改动，请重新备份")
    return sha256, True


def main(argv: Sequence[str]) -> int:
    """`xueji backup`."""
    parser = argparse.ArgumentParser(prog="xueji backup", description="备份数据库和文件（不含密钥和编号标记）")
    parser.add_argument("folder", metavar="DIR", type=Path, help="备份目录；可以反复用同一个，文件只存一份")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    chosen = parser.parse_args(argv)
    set_up(migrate=False, quiet=True)
    from xueji.web.upkeep import Work, note_work, noting_end

    try:
        with noting_end(Work.BACKUP):
            manifest = back_up(chosen.folder)
    except OSError as error:
        raise BackupError(f"备份没有完成（{error.strerror}：{error.filename}）；此前的备份不受影响") from error
    count, files = manifest["ledger"]["count"], manifest["files"]["count"]
    note_work(Work.BACKUP, is_fine=True, words=f"完成，履历 {count} 条，文件 {files} 个")
    if chosen.json:
        print(json.dumps(manifest, ensure_ascii=False))
        return 0
    size = (manifest["database"]["size"] + manifest["files"]["bytes"]) / 1024**2
    print(
        f"备份完成：{chosen.folder / manifest['name']}（{size:.1f} MB，{manifest['seconds']} 秒，新存文件 {manifest['files']['copied']} 个）"
    )
    print(f"履历 {manifest['ledger']['count']} 条，文件 {manifest['files']['count']} 个。{_APART}。")
    return 0
