"""Forms of printing on blanks, the same for a school and for an authority that prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet

from xueji.production.actions.runs import MOST_SHEETS
from xueji.production.catalogue import Printable
from xueji.production.models import Printer, PrintRun
from xueji.web.forms import SizedFileField


class LoadForm(forms.Form):
    """What goes into the printer. Serials are asked for where the pack counts blanks, else how many sheets."""

    document = forms.ChoiceField(label="证书")
    printer = forms.ModelChoiceField(label="打印机", queryset=None, required=False)
    tray_order = forms.ChoiceField(
        label="进纸次序", choices=PrintRun.TrayOrder.choices, help_text="纸盒里先被取走的是小号还是大号"
    )
    serials = forms.CharField(
        label="空白证书流水码", widget=forms.Textarea(attrs={"rows": 2, "data-scan": ""}),
        help_text="可扫码，也可填起止号，如 A00000001—A00000050",
    )  # fmt: skip
    most = forms.IntegerField(label="打印本数", min_value=1, max_value=MOST_SHEETS)

    def __init__(
        self, *args: Any, printables: Sequence[Printable], printers: QuerySet[Printer], counted: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.printables = {printable.key: printable for printable in printables}
        self.fields["document"].choices = [(printable.key, printable.label) for printable in printables]
        self.fields["printer"].queryset = printers
        del self.fields["most" if counted else "serials"]
        if not counted:
            self.fields["tray_order"].label = "打印次序"
            self.fields["tray_order"].help_text = "先印编号小的还是大的"
            self.fields["tray_order"].choices = [
                (value, label.replace("进纸", "打印")) for value, label in PrintRun.TrayOrder.choices
            ]

    def clean(self) -> dict[str, Any]:
        """An overlay is printed for one printer: another's offsets would be wrong."""
        data = super().clean() or {}
        chosen = self.printables.get(data.get("document", ""))
        if chosen and chosen.needs_printer and not data.get("printer"):
            self.add_error("printer", "套打须选择打印机：每台打印机的偏移不同")
        return data


class RangeForm(forms.Form):
    """Sheets from ordinal to ordinal."""

    first = forms.IntegerField(label="自第", min_value=1, max_value=MOST_SHEETS)
    last = forms.IntegerField(label="至第", min_value=1, max_value=MOST_SHEETS)

    def clean(self) -> dict[str, Any]:
        """From is not after to."""
        data = super().clean() or {}
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            self.add_error("last", "止号小于起号")
        return data


class ScanForm(forms.Form):
    """Serials as a hand scanner sends them, or typed."""

    serials = forms.CharField(label="流水码", widget=forms.TextInput(attrs={"data-scan": "", "autocomplete": "off"}))


class SpoilForm(forms.Form):
    """One sheet by serial, certificate number or ordinal; and why it is spoiled."""

    sheet = forms.CharField(
        label="作废的一张", max_length=40, help_text="扫流水码，或填证书编号、张号",
        widget=forms.TextInput(attrs={"data-scan": "", "autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(label="作废原因", max_length=200, help_text="如：卡纸、错位、污损")

    def __init__(self, *args: Any, counted: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not counted:
            self.fields["sheet"].help_text = "填证书编号或张号"


class PictureForm(forms.Form):
    """A scan of the real blank."""

    picture = SizedFileField(
        label="空白证书扫描件",
        help_text="JPEG 或 PNG，整页扫描，四边裁齐",
        accept=".jpg,.jpeg,.png",
        max_bytes=settings.MAX_SCAN_BYTES,
    )
