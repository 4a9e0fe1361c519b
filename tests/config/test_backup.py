"""A backup is whole or not there, and says itself what it lacks (the whole way: tests/faults/test_restore.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xueji.cli import backup, dumps
from xueji.cli import restore as restoring
from xueji.cli.dumps import BackupError, StoredLine
from xueji.cli.restore import damage_of, find_backup


@pytest.fixture
def root(tmp_path: Path, settings) -> Path:
    """A folder with one complete backup of two files with one content, and a dump that stands for one."""
    settings.MEDIA_ROOT, settings.MARKS = tmp_path / "files", tmp_path / "marks"
    for name in ("ab/one", "cd/two"):
        path = settings.MEDIA_ROOT / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"a picture")
    root = tmp_path / "away"
    made = root / "20260708-093000"
    made.mkdir(parents=True)
    (made / dumps.DUMP).write_bytes(b"PGDMP")
    lines, copied = backup._copy_files(root)
    assert (len(lines), copied) == (2, 1)
    listed = dumps.write_flushed(made / dumps.FILES, "".join(line.text() for line in lines))
    manifest = {
        "format": dumps.FORMAT, "database": {"sha256": dumps.hash_of(made / dumps.DUMP)}, "files": {"sha256": listed},
    }  # fmt: skip
    (made / dumps.MANIFEST).write_text(json.dumps(manifest))
    return root


def test_a_whole_backup_has_no_damage_and_nothing_is_copied_twice(root: Path) -> None:
    assert damage_of(find_backup(root)) == []
    assert backup._copy_files(root)[1] == 0


def test_changed_and_missing_parts_are_named(root: Path) -> None:
    made = find_backup(root)
    line = dumps.read_files(made)[0]
    dumps.stored_at(root, line.sha256).write_bytes(b"a pictura")
    assert damage_of(made) == ["ab/one：缺失或被改动", "cd/two：缺失或被改动"]
    dumps.stored_at(root, line.sha256).unlink()
    (made / dumps.DUMP).write_bytes(b"PGDMP!")
    assert damage_of(made)[0] == "database.dump：缺失或被改动"
    assert len(damage_of(made)) == 3


def test_a_backup_that_broke_off_is_none(root: Path) -> None:
    (root / ".20260709-093000.part").mkdir()
    (root / ".20260709-093000.part" / dumps.MANIFEST).write_text("{}")
    (root / "20260710-093000").mkdir()
    assert find_backup(root).name == "20260708-093000"
    with pytest.raises(BackupError, match="没有完整的备份"):
        find_backup(root / "files")


@pytest.mark.parametrize("other", [dumps.FORMAT - 1, dumps.FORMAT + 1])
def test_another_format_is_refused(root: Path, other: int) -> None:
    (find_backup(root) / dumps.MANIFEST).write_text(json.dumps({"format": other}))
    with pytest.raises(BackupError, match=f"格式是 {other}，本程序只认识 {dumps.FORMAT}"):
        damage_of(find_backup(root))


def test_a_file_changed_since_lies_beside_its_old_content(root: Path, settings) -> None:
    """Sealed anew, a file has other bytes under the same name: the older backup keeps its own."""
    (settings.MEDIA_ROOT / "ab/one").write_bytes(b"sealed anew")
    lines, copied = backup._copy_files(root)
    assert copied == 1
    assert damage_of(find_backup(root)) == []
    assert StoredLine(lines[1].sha256, 9, "cd/two") in dumps.read_files(find_backup(root))


def test_marks_and_backups_never_lie_in_one_another(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    for marks, root in (("files/marks", "away"), ("away/marks", "away"), ("marks", "files/away"), ("away", "away/x")):
        settings.MARKS = tmp_path / marks
        with pytest.raises(BackupError):
            backup.refuse_places(tmp_path / root)
    settings.MARKS = tmp_path / "marks"
    backup.refuse_places(tmp_path / "away")


def test_a_program_of_another_version_is_not_taken() -> None:
    with pytest.raises(BackupError, match="PostgreSQL 3，本机的 pg_dump 版本为"):
        dumps.program("pg_dump", 3)


@pytest.mark.parametrize("fails_at", ["reading", "restoring"])
def test_what_is_there_goes_only_after_the_whole_dump_was_read_and_the_refusal_tells_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings, fails_at: str
) -> None:
    """The database is not asked: both answers come before or from PostgreSQL's own program."""
    settings.MEDIA_ROOT = tmp_path / "files"
    program, emptied = tmp_path / "pg_restore", []
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *--file*) exit {int(fails_at == "reading")};; esac\necho broken >&2\nexit 1\n'
    )
    program.chmod(0o700)
    monkeypatch.setattr(dumps, "read_manifest", lambda _: {"migrations": []})
    monkeypatch.setattr(dumps, "program", lambda *_: program)
    for name in ("_refuse_other_keys", "_major"):
        monkeypatch.setattr(restoring, name, lambda _: 18)
    monkeypatch.setattr(restoring, "_empty_database", lambda: emptied.append(True))
    words = {"reading": "没有恢复，数据库没有改动", "restoring": "原来的库已经清空，请排除原因后再恢复一次：broken"}
    with pytest.raises(BackupError, match=words[fails_at]):
        restoring.restore(tmp_path, replace=True)
    assert emptied == ([] if fails_at == "reading" else [True])
