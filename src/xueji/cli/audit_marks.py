"""What `xueji audit` asks of the marks of numbers: files and plain SQL read by code of its own (docs/adr/0008, 0012)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from xueji.cli.audit_asking import all_rows

# name -> (what it says, SQL that returns one text a mismatch)
MARK_BALANCES: dict[str, tuple[str, str]] = {
    "numbers.statements": (
        "跳过的编号都由两人核定：一人填写，另一人确认，履历中各有记录",
        """select '编号核定 ' || s.id || '：' || s.pack from certificates_numberstatement s where s.confirmed_at is not null
           and (s.confirmed_by_id = s.stated_by_id or 2 > (select count(distinct e.tag) from ledger_event e
             where e.subject_type = 'certificates.NumberStatement' and e.subject_id = s.id::text
               and ((e.tag = 'number_statement:filed' and e.actor_id = s.stated_by_id)
                 or (e.tag = 'number_statement:confirmed' and e.actor_id = s.confirmed_by_id))))
           union all
           select '跳过的编号 ' || k.id || '：核定没有确认' from certificates_skippedserials k
           join certificates_numberstatement s on s.id = k.statement_id where s.confirmed_at is null
           union all
           select c.scope || '：跳过的编号与编号段重叠' from certificates_skippedserials k
           join certificates_numbercounter c on c.id = k.counter_id
           join certificates_numberblock b on b.counter_id = k.counter_id and b.serials && k.serials""",
    ),
}

_HERE = """select (select system_identifier from pg_control_system())::text || ':' || (select oid from pg_database
    where datname = current_database())::text || ':' || (select oid from pg_class where relname = 'ledger_event'
    and relnamespace = (select oid from pg_namespace where nspname = current_schema()))::text"""
_SKIPPED = """select c.scope || '：第 ' || lower(k.serials) || ' 至 ' || upper(k.serials) - 1 || ' 个去向不明（编号核定 '
    || k.statement_id || '，' || to_char(s.confirmed_at, 'YYYY-MM-DD') || '）' from certificates_skippedserials k
    join certificates_numbercounter c on c.id = k.counter_id join certificates_numberstatement s on s.id = k.statement_id
    order by k.id"""


def marks() -> dict[str, Any]:
    """Compare every counter with its mark outside the database; say what was skipped, and what a rollback left behind."""
    from django.conf import settings

    here, stored = _one(_HERE)[0], {}
    for kind, scope, last in all_rows("select kind, scope, last_serial from certificates_numbercounter order by 1, 2"):
        stored[f"{kind} {scope}"] = last
    files = {name: lines for name, lines in _files(Path(settings.MARKS)) if any("lineage" in line for line in lines)}
    notes = [row[0] for row in all_rows(_SKIPPED)]
    wrong = _installation(files, here)
    counters = {name.split(" ", 1)[1]: lines for name, lines in files.items() if name.startswith("counter ")}
    for name in sorted(stored.keys() | counters.keys()):
        trouble, note = _counter(counters.get(name, []), stored.get(name, 0), here)
        wrong += [f"{name}：{trouble}"] if trouble else []
        notes += [f"{name}：{note}"] if note else []
    return {
        "check": "numbers.marks",
        "says": "每个计数器的末号与库外的标记一致（不一致的暂停发号，须两人核定）",
        "looked_at": len(stored),
        "mismatches": wrong,
        "notes": notes,
    }


def _installation(files: dict[str, list[dict[str, Any]]], here: str) -> list[str]:
    """Whether the folder belongs to this database, or two people said for some pack that it does."""
    stated = [lines for name, lines in files.items() if name.startswith("pack ") and _is_from(lines, here)]
    lines = files.get("installation")
    if stated or (lines and _is_from(lines, here)):
        return []
    used = _one("select exists (select from certificates_numbercounter) or exists (select from ledger_event)")[0]
    if lines is None and not used:
        return []
    why = "没有本库的标记" if lines is None else "标记属于另一个数据库，或履历比标记记载的短（由备份恢复）"
    return [f"{why}：发放编号前须两人核定纸上最后一个编号"]


def _is_from(lines: list[dict[str, Any]], here: str) -> bool:
    newest = [line for line in lines if "lineage" in line][-1]
    return newest["lineage"] == here and _goes_on(newest)


def _goes_on(line: dict[str, Any]) -> bool:
    """Whether the ledger still holds the event a line names."""
    if not line["anchor"]:
        return True
    number, at = line["anchor"]
    return bool(all_rows("select from ledger_event where id = %s and extract(epoch from at)::text = %s", number, at))


def _counter(lines: list[dict[str, Any]], stored: int, here: str) -> tuple[str, str]:
    """Return what is wrong with one counter, and what is worth knowing of it."""
    if not lines:
        return ("没有标记，库中末号 " + str(stored) if stored else ""), ""
    if not _is_from(lines, here):
        return f"标记属于恢复以前的数据库（标记 {_top(lines)}，库中末号 {stored}）", ""
    done = max((line.get("done", 0) for line in lines), default=0)
    if done > stored:
        return f"标记为 {done}，库中末号 {stored}：其后的编号可能已在纸上", ""
    last_marks = [line["last"] for line in lines if line.get("lineage") == here]
    if stored and stored not in last_marks:
        return f"库中末号 {stored}，标记只有 {max(last_marks)}", ""
    if last_marks[-1] > stored:
        return "", f"标记 {last_marks[-1]} 高于库中末号 {stored}：那次发放没有提交，没有发出编号"
    return "", ""


def _top(lines: list[dict[str, Any]]) -> int:
    return max((max(line.get("last", 0), line.get("done", 0)) for line in lines), default=0)


def _files(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for path in sorted(folder.glob("*.mark")) if folder.is_dir() else ():
        lines = []
        for raw in path.read_bytes().splitlines():
            try:
                lines.append(json.loads(raw))
            except ValueError:  # torn by a crash before its number was given out
                continue
        yield unquote(path.name.removesuffix(".mark").replace("+", " ")), [x for x in lines if isinstance(x, dict)]


def _one(sql: str) -> tuple[Any, ...]:
    return all_rows(sql)[0]
