"""What the pages of the blacklist ask officers for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from xueji.applications.actions import MAX_MATERIAL_BYTES
from xueji.applications.blacklist_actions import Forgery
from xueji.applications.models import Defect
from xueji.web.forms import MOST, DayField, SizedFileField

_AREA = forms.Textarea(attrs={"rows": 3})


class ListingForm(forms.Form):
    """What is forged and how, where the person works, which school helped."""

    evidence = forms.MultipleChoiceField(label="伪造的材料", widget=forms.CheckboxSelectMultiple)
    reasons = forms.CharField(
        label="伪造的情况", max_length=500, widget=_AREA, help_text="怎样查实的，本人会看到；不写证件号码"
    )
    employer = forms.CharField(
        label="工作单位", max_length=100, required=False, help_text="查明的填写；不明确的不填，交有关部门"
    )
    school_name = forms.CharField(
        label="协助伪造的学校", max_length=100, required=False, help_text="没有学校协助的不填"
    )
    discipline_organ = forms.CharField(
        label="学校上级主管纪检监察部门", max_length=100, required=False, help_text="填了学校的，填通告谁"
    )

    def __init__(self, *args: Any, forged: Sequence[Defect], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(row.aspect, f"{row.label}：{row.remark}") for row in forged]
        self.fields["evidence"].choices = choices  # type: ignore[attr-defined]  # Django's documented interface
        self.fields["evidence"].initial = [aspect for aspect, _ in choices]

    def forgery(self) -> Forgery:
        """Return what was stated."""
        return Forgery(**self.cleaned_data)


class ListingAnswerForm(forms.Form):
    """What the person says, with a picture."""

    statement = forms.CharField(
        label="陈述申辩",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="可以分几次提交，每次一张图片",
    )
    picture = SizedFileField(
        label="证据的图片", required=False, accept="image/jpeg,image/png", max_bytes=MAX_MATERIAL_BYTES,
        help_text="JPG 或 PNG，可以不附",
    )  # fmt: skip

    def picture_bytes(self) -> bytes:
        """Return the picture, empty where none was sent."""
        file = self.cleaned_data["picture"]
        return file.read() if file else b""


class CounterAnswerForm(ListingAnswerForm):
    """What the person says at the counter, with the statement they signed."""

    picture = SizedFileField(
        label="本人签字的陈述申辩书", accept="image/jpeg,image/png", max_bytes=MAX_MATERIAL_BYTES,
        help_text="扫描或拍照，JPG 或 PNG；没有的不能录入",
    )  # fmt: skip


class NoticeServedForm(forms.Form):
    """On which day the notice was served on whom no message reached, and how."""

    served_on = DayField("served", label="送达日")
    statement = forms.CharField(
        label="怎样送达、由谁送达", max_length=2000, widget=_AREA, help_text="当面送达、邮寄签收等；不写证件号码"
    )


class ListingDraftForm(forms.Form):
    """What one person would decide."""

    would_list = forms.ChoiceField(
        label="拟定", choices=[("yes", "列入黑名单并公示"), ("no", "不列入")], widget=forms.RadioSelect
    )
    statement = forms.CharField(label="理由，对陈述申辩是否采纳", max_length=2000, widget=_AREA)


class ListingDecisionForm(forms.Form):
    """Whether another person agrees with what was read; who may not decide can only send it back."""

    seen = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)
    agrees = forms.ChoiceField(
        label="是否同意", choices=[("yes", "同意，作出决定"), ("no", "不同意，退回")], widget=forms.RadioSelect
    )
    statement = forms.CharField(label="说明", max_length=2000, widget=_AREA)


class RemovalForm(forms.Form):
    """Why somebody is to be taken off before the day."""

    statement = forms.CharField(label="移出的理由", max_length=2000, widget=_AREA)
