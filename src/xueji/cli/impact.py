"""`xueji impact PACK-A PACK-B`: who gets another answer under another version of a pack, before it takes force.

The population is a file of questions (`--facts`), a line each, with whom it is about; or everybody on a list of graduates
in the database. Exit status: 0 nobody's answer
changes, 1 somebody's does, 2 could not be done.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from xueji.ask.impact import AskedOf, Changed, Impact, PackVersion, compare_versions, read_population, read_version
from xueji.cli.bootstrap import set_up
from xueji.core.errors import XuejiError
from xueji.core.packs import Pack

_NOBODY, _SOMEBODY, _COULD_NOT = 0, 1, 2
_ROWS = 10_000
_LABELS = {"student": "学生", "school": "学校", "diploma": "证书"}


def main(argv: Sequence[str]) -> int:
    """Ask both versions about the population and print who changes."""
    chosen = _parser().parse_args(argv)
    try:
        first, second = read_version(chosen.first), read_version(chosen.second)
        impact = compare_versions(first, second, _population(chosen.facts, first.pack), row_limit=chosen.rows)
    except (XuejiError, OSError) as error:
        message = error.message if isinstance(error, XuejiError) else f"读取文件出错：{error}"
        if chosen.json:
            print(json.dumps({"error": message}, ensure_ascii=False))
        else:
            print(message, file=sys.stderr)
        return _COULD_NOT
    print(json.dumps(as_json(first, second, impact), ensure_ascii=False) if chosen.json else as_text(impact))
    return _NOBODY if impact.is_nothing else _SOMEBODY


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xueji impact", description="规定改动之前：哪些学生、学校、证书的结论会变")
    version = "政策包、政策包@日期，或 目录#政策包（还没有生效的一套）"
    parser.add_argument("first", metavar="PACK-A", help=f"现在的版本：{version}")
    parser.add_argument("second", metavar="PACK-B", help="改动后的版本，写法相同")
    parser.add_argument(
        "--facts",
        type=Path,
        required=True,
        metavar="FILE",
        help="每行一个问题的 JSON（同 xueji ask，另加 student、school、diploma 写明是谁）；不写则问库中名单上的全部毕业生",
    )
    parser.add_argument(
        "--rows", type=int, default=_ROWS, metavar="N", help=f"最多列出多少条（默认 {_ROWS}），其余只计数"
    )
    parser.add_argument("--json", action="store_true", help="输出一个 JSON 对象")
    return parser


def _population(facts: Path | None, pack: Pack) -> Iterator[AskedOf]:
    if facts is None:
        set_up(migrate=False, quiet=True)
        yield from graduates_of_register(pack)
        return
    with facts.open(encoding="utf-8") as lines:
        yield from read_population(lines)


def graduates_of_register(pack: Pack) -> Iterator[AskedOf]:
    """Yield the question of graduation on everybody on a list under a pack, as the register has them."""
    from xueji.graduation.population_queries import graduates_as_facts  # only once Django is loaded

    for line, (facts, who) in enumerate(graduates_as_facts(pack), start=1):
        yield AskedOf(line, "graduation", facts, who)


def as_json(first: PackVersion, second: PackVersion, impact: Impact) -> dict[str, object]:
    """Return what changes in the shape that programs read."""
    return {
        "versions": [
            {"version": version.text, "pack": version.pack.id, "hash": version.pack.hash} for version in (first, second)
        ],
        "asked": {
            "questions": impact.asked.total(),
            **{f"{kind}s": len(names) for kind, names in impact.everybody.items()},
        },
        "changed": {
            "questions": impact.changed_by_question.total(),
            **{f"{kind}s": len(names) for kind, names in impact.affected.items()},
        },
        "by_question": dict(impact.changed_by_question),
        "by_rule": dict(impact.changed_rules),
        "other_clauses_only": impact.other_clauses,
        "rows": [_row(changed) for changed in impact.rows],
        "rows_left_out": impact.left_out,
    }


def _row(changed: Changed) -> dict[str, object]:
    return {
        "line": changed.asked.line,
        "question": changed.asked.question,
        **{kind: changed.asked.who.get(kind) for kind in _LABELS},
        "before": changed.before,
        "after": changed.after,
        "findings_new": list(changed.new_findings),
        "findings_gone": list(changed.gone_findings),
        "sentence": changed.sentence,
    }


def as_text(impact: Impact) -> str:
    """Return what changes as an officer reads it."""
    lines = []
    for changed in impact.rows:
        who = (
            "，".join(f"{_LABELS[kind]} {name}" for kind, name in changed.asked.who.items())
            or f"第 {changed.asked.line} 行"
        )
        lines.append(f"{who}：{changed.sentence}")
    if impact.left_out:
        lines.append(f"另有 {impact.left_out:,} 条没有列出（--rows 可改）")
    counts = "，".join(
        f"{_LABELS[kind]} {len(impact.affected[kind]):,}／{len(impact.everybody[kind]):,}" for kind in _LABELS
    )
    lines.append(
        f"共问 {impact.asked.total():,} 条，{impact.changed_by_question.total():,} 条的结论会变（{counts}）；只有依据变了的 {impact.other_clauses:,} 条"
    )
    return "\n".join(lines)
