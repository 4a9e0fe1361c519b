"""The field to which a workbook is dragged, on any page that takes one."""

from __future__ import annotations

from django import forms
from django.conf import settings

from xueji.web.forms import SizedFileField

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WorkbookForm(forms.Form):
    """A workbook alone."""

    workbook = SizedFileField(
        label="数据表",
        help_text="拖到这里或点击选择：.xlsx / .xls / .csv",
        accept=".xlsx,.xls,.csv",
        max_bytes=settings.MAX_WORKBOOK_BYTES,
    )
