"""Who stands at the counter, by which document, and for whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from xueji.applications.counter_actions import Agent, PersonAtCounter
from xueji.applications.models import Application
from xueji.applications.queries import document_kinds
from xueji.core.new_students import ID_CARD
from xueji.institutions.models import Authority
from xueji.registry.models import Sex
from xueji.web.forms import DayField


class PersonForm(forms.Form):
    """The document as the officer has it in hand; who acts for its holder; what is applied for."""

    procedure = forms.ChoiceField(label="办理事项", choices=Application.Kind.choices)
    school_centre = forms.TypedChoiceField(label="在哪里上的学", coerce=int)
    name = forms.CharField(label="申请人姓名", max_length=50, help_text="照证件原件填写")
    document_kind = forms.ChoiceField(label="证件类型", initial=ID_CARD, help_text="照手中的证件原件选")
    document_number = forms.CharField(
        label="证件号码", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    sex = forms.ChoiceField(label="性别", required=False, choices=[("", "居民身份证不填"), *Sex.choices])
    born_on = DayField("born", label="出生日期", required=False, help_text="居民身份证不填")
    phone = forms.CharField(
        label="手机号", required=False, max_length=20, help_text="没有手机的不填：凭回执到窗口查询、领取"
    )
    agent_name = forms.CharField(label="代办人姓名", required=False, max_length=50, help_text="本人到场的不填")
    agent_number = forms.CharField(label="代办人证件号码", required=False, max_length=40)
    power = forms.FileField(
        label="委托书", required=False, help_text="扫描或拍照的图片",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )  # fmt: skip

    def __init__(self, *args: Any, offered: list[Authority], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        kinds = dict.fromkeys(kind for centre in offered for kind in document_kinds(centre, timezone.localdate()))
        self.fields["document_kind"].choices = [(kind, kind) for kind in kinds]
        self.fields["school_centre"].choices = [(centre.pk, centre.name) for centre in offered]

    def clean(self) -> dict[str, Any]:
        """An agent comes with all that says so."""
        chosen = super().clean() or {}
        agent = {name: chosen.get(name) for name in ("agent_name", "agent_number", "power")}
        for name, value in agent.items():
            if any(agent.values()) and not value:
                self.add_error(name, "代办的，请填写代办人姓名、证件号码并上传委托书")
        return chosen

    def person(self) -> PersonAtCounter:
        """Return whose application it is."""
        chosen = self.cleaned_data
        return PersonAtCounter(
            name=chosen["name"], document_kind=chosen["document_kind"], number=chosen["document_number"], phone=chosen["phone"],
            sex=chosen["sex"], birth_date=chosen["born_on"],
        )  # fmt: skip

    def agent(self) -> Agent | None:
        """Return who stands there for them, or None."""
        chosen = self.cleaned_data
        if not chosen["agent_name"]:
            return None
        return Agent(chosen["agent_name"], chosen["agent_number"], chosen["power"].read())

    def centre(self) -> Authority:
        """Return under whose law it is applied for."""
        return next(centre for centre in self.offered if centre.pk == self.cleaned_data["school_centre"])
