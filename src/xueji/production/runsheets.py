"""The list that goes with a loaded run (装纸清单): the serial of the blank beside each number and name, as they come out."""

from __future__ import annotations

from xueji.core.packs import DocumentSpec
from xueji.documents.records import ListData, ListGroup
from xueji.documents.render import render_list
from xueji.production.catalogue import is_on_counted_blanks, source_of
from xueji.production.form_data import issue_day, issued_school_name
from xueji.production.models import PrintRun, PrintSheet

# Used where the pack has no form of its own for it (`source = "sheets"`): no text sets one out.
_OWN_FORM: dict[str, object] = {
    "orientation": "portrait",
    "columns": [
        {"key": "serial", "header": "张", "width": 14},
        {"key": "number", "header": "证书编号", "width": 46},
        {"key": "name", "header": "姓名", "width": 46, "align": "left"},
        {"key": "blank", "header": "流水码", "width": 36},
        {"key": "good", "header": "完好", "width": 20, "by_hand": True},
        {"key": "spoiled", "header": "作废", "width": 20, "by_hand": True},
    ],
    "rows_per_page": 30,
    "header": [["{school_name}", "{season}", "打印机：{printer}"], ["{title}", "进纸：{tray_order}", "共 {count} 张"]],
    "footer": [["打印人：{by:40_}", "日期：{day:40_}"]],
}
_UNCOUNTED: dict[str, object] = _OWN_FORM | {
    "columns": [
        {"key": "serial", "header": "张", "width": 16},
        {"key": "number", "header": "证书编号", "width": 56},
        {"key": "name", "header": "姓名", "width": 60, "align": "left"},
        {"key": "good", "header": "完好", "width": 25, "by_hand": True},
        {"key": "spoiled", "header": "作废", "width": 25, "by_hand": True},
    ],
    "header": [["{school_name}", "{season}", "打印机：{printer}"], ["{title}", "共 {count} 张"]],
}


def make_run_sheet(run: PrintRun) -> bytes:
    """Return the list of a loaded run as PDF, its rows in the order of the tray."""
    return render_list(run_sheet_form(run), _data(run), issued_on=issue_day(run.issue)).pdf


def run_sheet_form(run: PrintRun) -> DocumentSpec:
    """Return the pack's form for such a list, else our own; where no blanks are counted, one that names no serials."""
    view = run.issue.law
    if not is_on_counted_blanks(view, run.document):
        return DocumentSpec("run_sheet", "装纸打印清单", "@list.typ", 1, (), (), _UNCOUNTED)
    for key in view.keys("document"):
        if source_of(spec := view.document(key)) == "sheets":
            return spec
    return DocumentSpec("run_sheet", "装纸打印清单", "@list.typ", 1, (), (), _OWN_FORM)


def _data(run: PrintRun) -> ListData:
    last_first = run.tray_order == PrintRun.TrayOrder.LAST_ON_TOP
    sheets = run.sheets.select_related("certificate__number", "blank").order_by("-ordinal" if last_first else "ordinal")
    fields = {
        "school_name": issued_school_name(run.issue), "season": run.issue.season_label, "title": run.title,
        "printer": run.printer.name if run.printer else "未指定", "tray_order": run.get_tray_order_display(),
        "run": str(run.pk), "count": str(run.sheet_count), "printed_by": run.requested_by.full_name,
    }  # fmt: skip
    return ListData(fields, (ListGroup({}, tuple(_row(sheet) for sheet in sheets)),))


def _row(sheet: PrintSheet) -> dict[str, str]:
    return {
        "serial": str(sheet.ordinal), "number": sheet.certificate.number.number, "name": sheet.certificate.holder_name,
        "blank": sheet.blank.serial if sheet.blank else "", "programme": sheet.certificate.programme_name,
    }  # fmt: skip
