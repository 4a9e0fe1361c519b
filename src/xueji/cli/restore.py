"""`xueji restore DIR`: check a backup, then bring it back; numbers stay held until two persons said where paper stands."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from xueji.cli import dumps
from xueji.cli.bootstrap import address_of_owner, bring_up_to_date, set_up
from xueji.cli.dumps import BackupError, StoredLine
from xueji.config.privileges import OWNER_VARIABLE, as_owner, may_migrate

_NEXT = """恢复完成。接下来：
 1. xueji audit —— 核对编号、证书、文件、履历；此时应只有 numbers.marks 一项不符（编号待核定）。
 2. 启动平台，由发号机关的两人在「编号核定」页写明纸上最后一个编号并互相确认；在此之前不能发放编号。
 3. 清点空白证书库存，与流转逐本核对后补记：备份以后的入库、领用、作废不在库中。"""


def find_backup(folder: Path) -> Path:
    """Return a backup: the folder itself, or the newest complete one in it; BackupError when there is none."""
    if (folder / dumps.MANIFEST).is_file():
        return folder
    backups = dumps.complete_backups(folder)
    if not backups:
        raise BackupError(f"{folder} 中没有完整的备份")
    return backups[-1]


def damage_of(backup: Path) -> list[str]:
    """Return what is missing or changed in a backup: its dump, its list of files, every file."""
    manifest, root = dumps.read_manifest(backup), backup.parent
    wrong = []
    for name, kept in ((dumps.DUMP, manifest["database"]), (dumps.FILES, manifest["files"])):
        path = backup / name
        if not path.is_file() or dumps.hash_of(path) != kept["sha256"]:
            wrong.append(f"{name}：缺失或被改动")
    if any(text.startswith(dumps.FILES) for text in wrong):
        return wrong
    lines = dumps.read_files(backup)
    with tqdm(total=sum(line.size for line in lines), desc="核对文件", unit="B", unit_scale=True, disable=None) as bar:
        for line in lines:
            path = dumps.stored_at(root, line.sha256)
            if not path.is_file() or dumps.hash_of(path) != line.sha256:
                wrong.append(f"{line.path}：缺失或被改动")
            bar.update(line.size)
    return wrong


def restore(backup: Path, *, replace: bool, role: str | None = None) -> dict[str, Any]:
    """Bring a checked backup back into the database and folder in use, as their owner; return its manifest.

    `role` is the product's role where it is another one: it gets its rights by this version's rules, not by the dump's.
    """
    from django.conf import settings

    from xueji.config.generations import require_known

    manifest = dumps.read_manifest(backup)
    _refuse_other_keys(manifest)
    require_known((tuple(key) for key in manifest["migrations"]), what="备份中的数据库")
    base = Path(settings.MEDIA_ROOT)
    _refuse_what_is_there(base, replace=replace)
    pg_restore = dumps.program("pg_restore", _major(manifest))
    dump = str(backup / dumps.DUMP)
    if problem := _run(pg_restore, "--file", os.devnull, dump):  # read to its end before anything that is there goes
        raise BackupError(f"备份的数据库读不完整，没有恢复，数据库没有改动：{problem}")
    if replace:
        _empty_database()
    database = dumps.environment()["PGDATABASE"]
    if problem := _run(pg_restore, "--single-transaction", "--exit-on-error", "--dbname", database, dump):
        became = "原来的库已经清空，请排除原因后再恢复一次" if replace else "数据库没有改动"
        raise BackupError(f"pg_restore 失败，{became}：{problem}")
    lines = dumps.read_files(backup)
    for line in tqdm(lines, desc="放回文件", disable=None):
        _put_back(base, backup.parent, line)
    bring_up_to_date(role=role)
    return manifest


def _run(pg_restore: Path, *words: str) -> str:
    """Run PostgreSQL's program; return what it complained of when it failed, nothing otherwise."""
    command = [str(pg_restore), "--no-owner", "--no-privileges", *words]
    done = subprocess.run(command, env=dumps.environment(), capture_output=True, text=True, check=False)  # noqa: S603  # our own command line
    return (done.stderr[-800:] or f"退出码 {done.returncode}") if done.returncode else ""


def _major(manifest: dict[str, Any]) -> int:
    running, made = dumps.server_major(), int(manifest["database"]["server"])
    if running < made:
        raise BackupError(f"备份由 PostgreSQL {made} 做成，不能恢复到更旧的 {running}")
    return running


def _refuse_other_keys(manifest: dict[str, Any]) -> None:
    """The keys in use must be those of the backup: with others no ID number could be read, nor any file."""
    present, made = dumps.key_check(), manifest["keys"]
    same = present["index_key"] == made["index_key"]
    if not same or any(present["data_keys"].get(number) != mark for number, mark in made["data_keys"].items()):
        raise BackupError(
            "现在的密钥不是备份时的那一份：请先放回另外保管的密钥文件（XUEJI_DATA_KEYS，评估安装为 keys.json）"
        )


def _refuse_what_is_there(base: Path, *, replace: bool) -> None:
    from django.db import connection

    if replace:
        return
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_tables where schemaname = current_schema()")
        tables = cursor.fetchone()[0]
    if tables:
        raise BackupError("数据库不是空的：请恢复到空库；确要清空现有数据库再恢复，加 --replace")
    if base.is_dir() and any(path.is_file() for path in base.rglob("*")):
        raise BackupError(f"文件目录 {base} 不是空的：请换一个空的 XUEJI_HOME；确要放进去，加 --replace")


def _empty_database() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select current_schema()")
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"drop schema {schema} cascade")
        cursor.execute(f"create schema {schema}")


def _put_back(base: Path, root: Path, line: StoredLine) -> None:
    target = base / line.path
    if not target.resolve().is_relative_to(base.resolve()):
        raise BackupError(f"备份中的文件名 {line.path} 指向文件目录之外")
    if target.is_file() and target.stat().st_size == line.size and dumps.hash_of(target) == line.sha256:
        return
    if dumps.copy_flushed(dumps.stored_at(root, line.sha256), target) != line.sha256:
        raise BackupError(f"{line.path} 放回时读出的内容不符，请核对备份所在的磁盘")


def main(argv: Sequence[str]) -> int:
    """`xueji restore`."""
    parser = argparse.ArgumentParser(prog="xueji restore", description="核对并恢复备份；恢复后编号待两人核定")
    parser.add_argument("folder", metavar="DIR", type=Path, help="备份目录（取其中最新的一份），或其中一份")
    parser.add_argument("--check", action="store_true", help="只核对备份是否完整，不恢复；退出码 1 为有缺损")
    parser.add_argument("--replace", action="store_true", help="清空现有数据库后恢复")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    chosen = parser.parse_args(argv)
    began = time.perf_counter()
    try:
        backup = find_backup(chosen.folder)
        wrong = damage_of(backup)
        if wrong or chosen.check:
            return _report(
                {"backup": backup.name, "damage": wrong}, chosen, _check_words(backup, wrong), 1 if wrong else 0
            )
        manifest = _restored(backup, replace=chosen.replace)
    except OSError as error:
        raise BackupError(f"恢复没有完成（{error.strerror}：{error.filename}）") from error
    seconds = round(time.perf_counter() - began, 2)
    report = {
        "backup": backup.name,
        "damage": [],
        "made_at": manifest["made_at"],
        "ledger": manifest["ledger"],
        "seconds": seconds,
    }
    words = [f"{backup.name}（{manifest['made_at']}，履历 {manifest['ledger']['count']} 条），用时 {seconds} 秒", _NEXT]
    return _report(report, chosen, words, 0)


def _restored(backup: Path, *, replace: bool) -> dict[str, Any]:
    """Restore as the owner of the database, who alone may make tables."""
    owner = address_of_owner(set_up(migrate=False, quiet=True))
    from django.db import connection

    role = str(connection.settings_dict["USER"]) if owner else None
    with as_owner(owner):
        if not may_migrate():
            raise BackupError(
                f"恢复要建表，须以库的所有者运行：请给出 {OWNER_VARIABLE}（与 xueji migrate 用的一样）再运行"
            )
        return restore(backup, replace=replace, role=role)


def _check_words(backup: Path, wrong: list[str]) -> list[str]:
    if not wrong:
        return [f"{backup.name}：备份完整"]
    return [f"{backup.name}：{len(wrong)} 处缺损，没有恢复", *(f"  {text}" for text in wrong)]


def _report(facts: dict[str, Any], chosen: argparse.Namespace, words: list[str], status: int) -> int:
    print(json.dumps(facts, ensure_ascii=False) if chosen.json else "\n".join(words))
    return status
