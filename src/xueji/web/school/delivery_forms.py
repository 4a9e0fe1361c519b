"""Forms of parcels, steel seal and hand-out."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils import timezone

from xueji.production.actions import Receiver
from xueji.production.models import ParcelItem
from xueji.web.forms import MOST, DayField

_APART = re.compile(r"[\s,，、;；]+")


class ParcelReceiptForm(forms.Form):
    """A parcel as it was found: counted, with the numbers of what is missing or damaged."""

    parcel = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)
    counted = forms.IntegerField(label="清点本数", min_value=0, max_value=100_000)
    missing = forms.CharField(label="短少的证书编号", required=False, help_text="多个编号用逗号或空格隔开")
    damaged = forms.CharField(label="破损的证书编号", required=False)
    note = forms.CharField(label="说明", required=False, max_length=200)

    def troubles(self) -> dict[str, str]:
        """Return number to trouble."""
        return {
            number: state
            for field, state in (("missing", ParcelItem.State.MISSING), ("damaged", ParcelItem.State.DAMAGED))
            for number in _APART.split(self.cleaned_data[field])
            if number
        }


class NumberRangeForm(forms.Form):
    """From number to number; empty when boxes are ticked instead."""

    first = forms.CharField(label="起号", max_length=40, required=False)
    last = forms.CharField(label="止号", max_length=40, required=False)


class ReceiverForm(forms.Form):
    """Who took a diploma, and on which day."""

    handed_on = DayField("handed_on", label="领取日期")
    is_proxy = forms.BooleanField(label="代领", required=False)
    name = forms.CharField(label="领取人", max_length=100, required=False, help_text="本人领取的不用填")
    document = forms.CharField(label="代领凭证", max_length=100, required=False, help_text="如：委托书、代领人身份证")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handed_on"].initial = timezone.localdate()

    def clean(self) -> dict[str, Any]:
        """A proxy has a name and shows a document."""
        data = super().clean() or {}
        if data.get("is_proxy"):
            for field, words in (("name", "请填写代领人姓名"), ("document", "请填写代领凭证")):
                if not (data.get(field) or "").strip():
                    self.add_error(field, words)
        return data

    def receiver(self) -> Receiver:
        """Return who took it."""
        entered = self.cleaned_data
        return Receiver(
            entered["name"], is_proxy=entered["is_proxy"], document=entered["document"] if entered["is_proxy"] else ""
        )


class HandOutForm(ReceiverForm):
    """The desk: the day, and a proxy where one comes."""


class CorrectionForm(ReceiverForm):
    """What the record should have said, and why it did not."""

    reason = forms.CharField(label="更正原因", max_length=200)
