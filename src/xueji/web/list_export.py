"""A list as a workbook: the columns of the page, what this person sees of each row, and an event that they took it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest
from django.utils import timezone

from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, NotPermitted
from xueji.core.sheets import AS_TEXT
from xueji.institutions.models import School
from xueji.institutions.queries import permissions_of
from xueji.ledger.tags import EventTag
from xueji.web.listing import made_answer
from xueji.web.looks import note_look

Rows = Sequence[Any] | QuerySet[Any]
MOST = 5_000  # lines of one workbook: whoever takes more takes a register, and that is no list
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: its head, what stands in it for a row, how wide it is (characters)."""

    head: str
    value: Callable[[Any], object]
    width: int = 14


@dataclass(frozen=True, slots=True)
class ListExport:
    """A list that may be taken: what it is called, its columns, as which event that stands on record."""

    title: str
    columns: Sequence[ExportColumn]
    tag: EventTag = EventTag.LIST_EXPORTED


def wants_workbook(request: HttpRequest) -> bool:
    """Whether the list is asked for as a workbook: the same address with the same filters, and `export` beside them."""
    return request.GET.get("export") == "xlsx"


def list_workbook(title: str, columns: Sequence[ExportColumn], rows: Rows) -> tuple[bytes, int]:
    """Return a workbook of rows, and how many they are; BadInput for more than `MOST`."""
    found = list(rows[: MOST + 1])  # cut before it is asked: a queryset that is merely iterated fetches all it finds
    if len(found) > MOST:
        raise BadInput(f"符合条件的超过 {MOST} 行，一次导不出；请先用查询条件缩小范围，再导出")
    out = BytesIO()
    with xlsxwriter.Workbook(out, AS_TEXT) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        sheet = book.add_worksheet(title)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.head, head)
        for line, row in enumerate(found, start=1):
            for place, column in enumerate(columns):
                sheet.write_string(line, place, _written(column.value(row)))
        sheet.freeze_panes(1, 0)
        if found:
            sheet.autofilter(0, 0, len(found), len(columns) - 1)
    return out.getvalue(), len(found)


def list_answer(request: HttpRequest, export: ListExport, rows: Rows, *, of: Model) -> FileResponse:
    """Send a list as a workbook; that it was taken, of what and how long, is in the ledger before the first byte goes.

    `of` is the school whose list it is, or whatever else it is a list of; of many schools, whoever takes it.
    """
    data, count = list_workbook(export.title, export.columns, rows)
    school_id = of.pk if isinstance(of, School) else None
    note_look(request, export.tag, of, school_id=school_id, title=export.title, lines=count)
    return made_answer(data, f"{export.title}-{timezone.localdate():%Y%m%d}.xlsx", XLSX)


def require_fetching(request: HttpRequest) -> None:
    """Raise NotPermitted unless a post of the person fetches papers: a list of people is one."""
    if Permission.FETCH_DOCUMENTS not in permissions_of(request.user):
        raise NotPermitted("您的岗位可以查看名单，不能导出；需要名单的，请由经办人或审核人导出")


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
