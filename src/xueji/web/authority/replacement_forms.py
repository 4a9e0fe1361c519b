"""The forms of the desk where replacement certificates are printed and handed over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms

from xueji.web.authority.forms import SuccessorForm
from xueji.web.forms import DayField
from xueji.web.witness import WitnessFields

Choices = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a form of the desk offers: the certificates it may be about, and who may watch."""

    which: Choices
    witnesses: Choices


class _Chosen(forms.Form):
    """A form about one of those offered."""

    which = forms.ChoiceField(label="学历证明书")

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["which"].choices = list(offered.which)


class TrayForm(forms.Form):
    """The blanks in the printer."""

    serials = forms.CharField(label="空白证书流水码", max_length=400)


class ConfirmForm(forms.Form):
    """The blanks that came out well."""

    serials = forms.CharField(label="打印完好的流水码", max_length=400)


class SpoiledSheetForm(_Chosen):
    """A sheet that came out badly."""

    reason = forms.CharField(label="作废原因", max_length=200)


class HandOverForm(_Chosen):
    """Who stands at the counter, with which code and document."""

    code = forms.CharField(label="取证码", max_length=12)
    document = forms.CharField(label="出示的身份证件", max_length=40)
    agent = forms.CharField(label="代领人", max_length=100, required=False)
    authorisation = forms.CharField(label="委托书", max_length=100, required=False)


class MailForm(_Chosen):
    """What was given to the post."""

    carrier = forms.CharField(label="快递公司", max_length=40)
    tracking_number = forms.CharField(label="运单号", max_length=40)


class ParcelOutcomeForm(_Chosen):
    """What became of a parcel."""

    outcome = forms.ChoiceField(label="邮件", choices=[("arrived", "已签收"), ("returned", "退回")])
    note = forms.CharField(label="退回原因", max_length=200, required=False)


class OtherDeliveryForm(WitnessFields, _Chosen):
    """Another way to the holder for what waits, before a second person."""

    way = forms.ChoiceField(label="改为", choices=[("pick_up", "柜台领取（发新的取证码）"), ("mail", "邮寄")])
    recipient = forms.CharField(label="收件人", max_length=100, required=False)
    phone = forms.CharField(label="收件人电话", max_length=30, required=False)
    address = forms.CharField(label="地址", max_length=200, required=False)
    document = forms.CharField(label="核对的身份证件", max_length=40)
    reason = forms.CharField(label="怎样核对了本人", max_length=200)
    watched_by = forms.ChoiceField(label="在场核对的另一人")
    field_order = ("which", "way", "recipient", "phone", "address", "document", "reason", "watched_by")

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, offered=offered, **kwargs)
        self.fields["watched_by"].choices = list(offered.witnesses)
        for name, label in (("password", "另一人的密码"), ("password_code", "另一人的二次验证码")):
            self.fields[name].label, self.fields[name].help_text = label, "由其本人当面输入，表示在场核对"


class NotPrintedForm(_Chosen):
    """What is not to be printed after all."""

    reason = forms.CharField(label="原因", max_length=200)


class SealForm(SuccessorForm):
    """Which certificates are sealed, as many as lie on the table, and who watches."""

    counted = forms.IntegerField(label="清点份数", min_value=1, max_value=10_000)


class FoundForm(forms.Form):
    """A diploma that turned up again."""

    number = forms.CharField(label="学历证明书编号", max_length=40)
    found_on = DayField("found", label="原证书寻回日期")
    is_handed_back = forms.BooleanField(label="本人交回学历证明书，予以作废", required=False)
