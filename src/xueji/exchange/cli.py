"""`xueji template` and `xueji check`: the empty form out, a dry run of the filled one in. No database.

Exit status: 0 nothing wrong, 1 findings that refuse, 2 could not be done.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from xueji.core.enrolment_facts import KIND as ENROLMENTS
from xueji.core.errors import BadInput, XuejiError
from xueji.core.packs import PackView
from xueji.core.record_facts import RECORD_KINDS
from xueji.exchange.cells import CellFinding
from xueji.exchange.enrolments import EnrolmentReport, read_enrolments, read_licences
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.graduates import IntakeReport, check_graduates
from xueji.exchange.records import RecordReport, read_records
from xueji.exchange.templates import write_template
from xueji.policy import get_library

_DONE, _FINDINGS, _COULD_NOT = 0, 1, 2


def main_template(argv: Sequence[str] | None = None) -> int:
    """Write the empty workbook of a pack."""
    parser = argparse.ArgumentParser(prog="xueji template", description="下载空白的数据模板")
    _add_pack(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.xlsx", help="写到哪个文件")
    chosen = parser.parse_args(argv)
    try:
        write_template(_view_of(chosen), chosen.kind, chosen.output)
    except (XuejiError, OSError) as error:
        return _fail(error, as_json=False)
    print(f"已写出 {chosen.output}")
    return _DONE


def main_check(argv: Sequence[str] | None = None) -> int:
    """Check a filled workbook with its photographs and print every finding."""
    parser = argparse.ArgumentParser(prog="xueji check", description="试读工作簿，列出全部问题；不保存任何数据")
    parser.add_argument("workbook", type=Path, metavar="FILE.xlsx", help="填写好的工作簿（.xlsx、.xls 或 .csv）")
    _add_pack(parser)
    parser.add_argument("--photos", type=Path, metavar="ZIP", help="照片压缩包")
    parser.add_argument("--licences", type=Path, metavar="CSV", help="公布的招生资质（新生学籍注册信息用）")
    parser.add_argument("--school", default="", metavar="CODE", help="上报学校的代码，与招生资质核对")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--errors", type=Path, metavar="OUT.xlsx", help="另写一份标好问题的工作簿")
    chosen = parser.parse_args(argv)
    try:
        view = _view_of(chosen)
        for path in filter(None, (chosen.workbook, chosen.photos, chosen.licences)):
            if not path.is_file():
                raise BadInput(f"没有这个文件：{path}")
        report = _read(chosen, view)
        if chosen.errors:
            spec = view.workbook(chosen.kind)
            write_error_workbook(report.table, report.findings, chosen.errors, view=view, spec=spec)
    except (XuejiError, OSError) as error:
        return _fail(error, as_json=chosen.json)
    print(json.dumps(as_json(report), ensure_ascii=False) if chosen.json else _as_text(report))
    return _DONE if report.is_acceptable else _FINDINGS


def _read(chosen: argparse.Namespace, view: PackView) -> IntakeReport | RecordReport | EnrolmentReport:
    if chosen.kind == ENROLMENTS:
        if chosen.school and not chosen.licences:
            raise BadInput("「--school」与「--licences」一同给出：学校代码与招生资质核对")
        licences = read_licences(chosen.licences, chosen.school) if chosen.licences else None
        return read_enrolments(chosen.workbook, view, on=view.day, licences=licences)
    if chosen.kind in RECORD_KINDS:
        return read_records(chosen.workbook, view, chosen.kind, on=view.day)
    return check_graduates(chosen.workbook, chosen.photos, view, on=view.day, kind=chosen.kind)


def as_json(report: IntakeReport | RecordReport | EnrolmentReport) -> dict[str, object]:
    """Return a report in the shape that programs read."""
    return {"rows": len(report.rows), "findings": [_finding_as_json(finding) for finding in report.findings]}


def _finding_as_json(finding: CellFinding) -> dict[str, object]:
    return {
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "severity": finding.severity.value,
        "rule": finding.rule,
        "message": finding.message,
        "remedy": finding.remedy,
        "cites": [{"source": cite.source, "clause": cite.clause} for cite in finding.cites],
    }


def _as_text(report: IntakeReport | RecordReport | EnrolmentReport) -> str:
    counts = report.counts
    lines = [f"{finding.severity.label} 「{finding.sheet}」{finding.sentence}" for finding in report.findings]
    lines.append(
        f"共 {counts['rows']} 人；错误 {counts['errors']}、警告 {counts['warnings']}、提示 {counts['advice']}；照片 {counts['photos']} 张"
    )
    return "\n".join(lines)


def _add_pack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", required=True, help="政策包的编号，如 edu/…；可用的见 xueji doctor")
    parser.add_argument("--kind", default="graduates", help="表册种类，如 graduates")
    parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="按哪一天的规定检查（默认今天）")


def _view_of(chosen: argparse.Namespace) -> PackView:
    day = chosen.on or datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return get_library().pack(chosen.pack).on(day)


def _fail(error: Exception, *, as_json: bool) -> int:
    message = error.message if isinstance(error, XuejiError) else f"读写文件出错：{error}"
    if as_json:
        print(json.dumps({"error": message}, ensure_ascii=False))
    else:
        print(message, file=sys.stderr)
    return _COULD_NOT
