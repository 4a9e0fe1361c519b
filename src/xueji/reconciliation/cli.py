"""`xueji reconcile A B`: two lists of a bureau held against each other. No database, nothing written.

Exit status: 0 everybody is the same, 1 somebody differs, 2 could not be done.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from xueji.core.errors import XuejiError
from xueji.reconciliation.answers import Answer, FieldAnswer, PersonAnswer, Report, Spot
from xueji.reconciliation.columns import read_map
from xueji.reconciliation.decisions import read_decisions
from xueji.reconciliation.engine import reconcile
from xueji.reconciliation.memory import open_memory
from xueji.reconciliation.sides import open_side

_EQUAL, _DIFFERENT, _COULD_NOT = 0, 1, 2
_ROWS = 100_000


def main(argv: Sequence[str]) -> int:
    """Hold two files against each other and print what is said of each person."""
    chosen = _parser().parse_args(argv)
    try:
        report = run(
            chosen.here,
            chosen.there,
            map_path=chosen.map,
            decisions=chosen.decisions,
            key=chosen.key,
            row_limit=chosen.rows,
        )
    except (XuejiError, OSError) as error:
        message = error.message if isinstance(error, XuejiError) else f"读写文件出错：{error}"
        print(
            json.dumps({"error": message}, ensure_ascii=False) if chosen.json else message,
            file=None if chosen.json else sys.stderr,
        )
        return _COULD_NOT
    print(json.dumps(as_json(report), ensure_ascii=False) if chosen.json else as_text(report))
    return _EQUAL if report.is_equal else _DIFFERENT


def run(
    here: Path,
    there_path: Path,
    *,
    map_path: Path | None = None,
    decisions: Path | None = None,
    key: Path | None = None,
    row_limit: int = _ROWS,
) -> Report:
    """Return the report on two files."""
    column_map = read_map(map_path)
    decided = read_decisions(decisions, key)
    with (
        open_memory() as connection,
        open_side(here, column_map, column_map.here) as ours,
        open_side(there_path, column_map, column_map.there_side) as theirs,
    ):
        return reconcile(connection, ours, theirs, column_map, decisions=decided, row_limit=row_limit)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xueji reconcile", description="核对两份表：逐人比较，不保存任何数据")
    parser.add_argument("here", type=Path, metavar="A", help="甲表（.xlsx、.xls 或 .csv）")
    parser.add_argument("there", type=Path, metavar="B", help="乙表；如全国系统导出的表，列名不必相同")
    parser.add_argument("--map", type=Path, metavar="M.toml", help="列名对照：keys、ignore、[columns]、[here]、[there]")
    parser.add_argument(
        "--decisions", type=Path, metavar="FILE", help="以前的判定，一行一条：编号 same|different 判定人 日期"
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="判定编号的密钥（32 字节以上），与判定记录分开存放")
    parser.add_argument(
        "--rows", type=int, default=_ROWS, metavar="N", help=f"最多列出多少人（默认 {_ROWS}），其余只计数"
    )
    parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")
    return parser


def as_json(report: Report) -> dict[str, object]:
    """Return a report in the shape that programs read."""
    return {
        "total": report.total,
        "counts": {answer.value: report.counts[answer] for answer in Answer},
        "columns": dict(report.columns),
        "same_by_form": {"people": report.by_form, "columns": dict(report.forms.most_common())},
        "decided": report.decided,
        "rows": [_row_as_json(person) for person in report.rows],
        "rows_left_out": report.left_out,
    }


def _row_as_json(person: PersonAnswer) -> dict[str, object]:
    row: dict[str, object] = {
        "answer": person.answer.value,
        "label": person.answer.label,
        "name": person.name,
        "tail": person.tail,
        "here": _spot_as_json(person.here),
        "there": _spot_as_json(person.there_spot),
        "reasons": list(person.reasons),
        "fields": [_field_as_json(answer) for answer in person.fields],
    }
    if person.points is not None:
        row |= {"points": person.points, "pair": person.pair or None}
    return row


def _spot_as_json(spot: Spot | None) -> dict[str, object] | None:
    return None if spot is None else {"sheet": spot.sheet, "row": spot.row}


def _field_as_json(answer: FieldAnswer) -> dict[str, object]:
    return {
        "field": answer.field,
        "answer": answer.answer,
        "here": {
            "sheet": answer.here.sheet,
            "row": answer.here.row,
            "column": answer.here.column,
            "value": answer.here_value,
        },
        "there": {
            "sheet": answer.there_spot.sheet,
            "row": answer.there_spot.row,
            "column": answer.there_spot.column,
            "value": answer.there_value,
        },
    }


def as_text(report: Report) -> str:
    """Return a report as a clerk reads it: one line a person, the counts at the end."""
    lines = [_line(person) for person in report.rows]
    if report.left_out:
        lines.append(f"另有 {report.left_out:,} 人没有列出（--rows 可改）")
    if report.by_form:
        columns = "、".join(f"{column} {count:,} 处" for column, count in report.forms.most_common(5))
        lines.append(f"{report.by_form:,} 人内容一致，只是写法不同：{columns}")
    counts = "，".join(f"{answer.label} {report.counts[answer]:,}" for answer in Answer)
    lines.append(f"共 {report.total:,} 人：{counts}")
    return "\n".join(lines)


def _line(person: PersonAnswer) -> str:
    places = [
        f"{label}「{spot.sheet}」第 {spot.row} 行"
        for label, spot in (("甲表", person.here), ("乙表", person.there_spot))
        if spot is not None
    ]
    name = f"{person.name}（尾号 {person.tail}）" if person.tail else person.name
    return f"{person.answer.label} {name} {'，'.join(places)}：{'；'.join(person.reasons)}"
