"""What an application states, in short sections: one form each, kept as it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse

from xueji.applications.models import NUMBER_LOST, Application
from xueji.core.packs import PackView
from xueji.core.service_specs import REPLACEMENT, OfficeSpec
from xueji.web.forms import DayField, MonthField

_YEARS = ("1", "2", "3", "4", "5")
_UNKNOWN = ("", "不清楚")
Diploma, Copy = Application.Diploma, Application.AdmissionForm


class StatedForm(forms.Form):
    """One section of an application; its fields are facts of the application."""

    title = ""
    lead = ""

    def __init__(self, *args: Any, application: Application, view: PackView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.application, self.view = application, view

    @classmethod
    def kept(cls, application: Application) -> dict[str, Any]:
        """Return what was stated before, as the form shows it."""
        return {name: getattr(application, name, None) for name in cls.base_fields}

    def facts(self) -> dict[str, Any]:
        """Return what is stated, as the application keeps it."""
        return dict(self.cleaned_data)


class DiplomaSection(StatedForm):
    """The diploma: what became of it, and what stands on it."""

    title = "毕业证书"
    lead = "照毕业证书或复印件上的写；号码记不清的，勾选「号码记不清了」。"

    diploma = forms.ChoiceField(label="毕业证书现在")
    category = forms.ChoiceField(label="毕业证类型", help_text="印在毕业证书上；分不清的先选最接近的，受理机构会核对")
    holder_name = forms.CharField(label="毕业证书上的姓名", max_length=100)
    birth_date = DayField(
        "born", label="毕业证书上的出生日期", required=False, help_text="证书上有才填；只有年月的，日填 1 日"
    )
    original_number = forms.CharField(
        label="毕业证书编号", max_length=60, required=False, help_text="连同前面的字一起写全"
    )
    is_number_lost = forms.BooleanField(label="号码记不清了", required=False)
    sealed_by = forms.ChoiceField(
        label="毕业证书盖的是谁的印", required=False, choices=[_UNKNOWN, *Application.Seal.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_replacement = self.application.kind == REPLACEMENT
        offered = (Diploma.LOST, Diploma.DAMAGED) if is_replacement else tuple(Diploma)
        self.fields["diploma"].choices = [("", "请选择"), *((state.value, state.label) for state in offered)]
        self.fields["category"].choices = [("", "请选择"), *((key, key) for key in self.view.keys("issuer"))]

    @classmethod
    def kept(cls, application: Application) -> dict[str, Any]:
        """Show a number nobody knows as such, not as the stars the law writes."""
        is_lost = application.original_number == NUMBER_LOST
        return super().kept(application) | {
            "holder_name": application.holder_name or application.applicant.name, "is_number_lost": is_lost, "original_number": "" if is_lost else application.original_number,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Keep a number nobody knows as the law writes it."""
        stated = super().facts()
        is_lost = stated.pop("is_number_lost")
        return stated | {"original_number": NUMBER_LOST if is_lost else stated["original_number"]}

    def clean(self) -> dict[str, Any]:
        """Ask for the number, or for the tick that it is lost; never both."""
        stated = super().clean() or {}
        number, is_lost = stated.get("original_number"), stated.get("is_number_lost")
        if number and is_lost:
            self.add_error("is_number_lost", "号码已经填写，请不要再勾选「号码记不清了」")
        if not number and not is_lost:
            self.add_error("original_number", "请填写编号；记不清的，勾选下面的「号码记不清了」")
        return stated


class SchoolSection(StatedForm):
    """The school, by the name it had, and what became of it."""

    title = "毕业学校"
    lead = "写毕业证书上的校名；学校后来改名、合并、撤销的也照当年的写。"

    school_name = forms.CharField(label="毕业学校", max_length=100)
    place_code = forms.ChoiceField(label="学校当年所在地")
    school_state = forms.ChoiceField(label="学校现在", choices=Application.SchoolState.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = self.view.every("office", OfficeSpec)
        places = [(office.key, office.name) for office in offices if not office.key.endswith("0000")]
        self.fields["place_code"].choices = [("", "请选择"), *places]


class StudySection(StatedForm):
    """The programme, and when somebody was there."""

    title = "专业和在校时间"
    lead = "按毕业证书填写；只记得年份的，月份写入学 9 月、毕业 7 月。"

    programme = forms.CharField(label="专业", max_length=60)
    is_health = forms.BooleanField(label="是医药卫生类专业", required=False)
    study_mode = forms.CharField(label="学习形式", max_length=20, help_text="如全日制、函授；一般的在校学习写全日制")
    entered = MonthField(label="入学年月")
    graduated = MonthField(label="毕业年月")
    duration_years = forms.ChoiceField(
        label="学制（年）", required=False, choices=[_UNKNOWN, *((years, f"{years} 年") for years in _YEARS)]
    )

    @classmethod
    def kept(cls, application: Application) -> dict[str, Any]:
        """Show the years as they are chosen: whole ones."""
        years = application.duration_years
        return super().kept(application) | {"duration_years": "" if years is None else f"{years.normalize():f}"}

    def clean(self) -> dict[str, Any]:
        """Ask for both months, in their order."""
        stated = super().clean() or {}
        entered, graduated = stated.get("entered"), stated.get("graduated")
        for name, month in (("entered", entered), ("graduated", graduated)):
            if month is None and name not in self.errors:
                self.add_error(name, "请填写年月")
        if entered and graduated and entered.months_until(graduated) <= 0:
            self.add_error("graduated", "毕业年月应在入学年月之后")
        return stated

    def facts(self) -> dict[str, Any]:
        """Keep months as they are written, years as a number."""
        stated = super().facts()
        years = stated["duration_years"]
        return stated | {
            "entered": str(stated["entered"]), "graduated": str(stated["graduated"]),
            "duration_years": Decimal(years) if years else None,
        }  # fmt: skip


class ArchiveSection(StatedForm):
    """What the archive has of somebody, and where it differs."""

    title = "学校存档"
    lead = "先打电话问一问原毕业学校；要交哪些材料，看这里的回答。"

    admission_form = forms.ChoiceField(label="学校档案里的录取审批表", choices=[("", "请选择"), *Copy.choices])
    has_office_copy = forms.ChoiceField(
        label="学校没有的：招生办公室查到存档了吗", required=False,
        choices=[("", "还没有问"), ("yes", "查到了"), ("no", "没有")],
    )  # fmt: skip
    mismatch = forms.MultipleChoiceField(
        label="身份证与学校存档不一致的（没有就不选）", required=False, widget=forms.CheckboxSelectMultiple,
        choices=Application.Mismatch.choices,
    )  # fmt: skip
    identity_changed = forms.BooleanField(label="毕业以后，本人在公安机关改过姓名或出生日期", required=False)

    @classmethod
    def kept(cls, application: Application) -> dict[str, Any]:
        """Show whether it was asked for."""
        asked = {True: "yes", False: "no", None: ""}[application.has_office_copy]
        return super().kept(application) | {"has_office_copy": asked}

    def facts(self) -> dict[str, Any]:
        """Keep whether there is a copy, or that nobody asked."""
        stated = super().facts()
        return stated | {"has_office_copy": {"yes": True, "no": False}.get(stated["has_office_copy"])}


class DeliverySection(StatedForm):
    """How the paper comes to the applicant."""

    title = "领取方式"
    lead = "办好以后怎样交到您手里。"

    delivery = forms.ChoiceField(label="领取方式", choices=[("", "请选择"), *Application.Delivery.choices])
    mail_address = forms.CharField(
        label="邮寄地址", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        help_text="选邮寄的填写：收件人、手机号、详细地址",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Ask for the address where something is to be sent."""
        stated = super().clean() or {}
        if stated.get("delivery") == Application.Delivery.MAIL and not stated.get("mail_address"):
            self.add_error("mail_address", "选择邮寄的，请填写邮寄地址")
        return stated


SECTIONS: dict[str, type[StatedForm]] = {
    "diploma": DiplomaSection, "school": SchoolSection, "study": StudySection, "archive": ArchiveSection, "delivery": DeliverySection,
}  # fmt: skip
# fact -> the section that asks for it
SECTION_OF = {name: key for key, form in SECTIONS.items() for name in form.base_fields}
# what is stated together with a fact
_TOGETHER = {"original_number": frozenset({"is_number_lost"})}


def open_only(form: StatedForm, names: Iterable[str]) -> None:
    """Leave these fields of a section to be stated anew; the others keep what was stated, whatever is sent."""
    opened = {*names}.union(*(_TOGETHER.get(name, frozenset()) for name in names))
    for name, field in form.fields.items():
        field.disabled = name not in opened


def fact_form(application: Application, view: PackView, name: str, sent: QueryDict | None = None) -> StatedForm:
    """Return the section of one fact with nothing but that fact to be stated anew."""
    kind = SECTIONS[SECTION_OF[name]]
    form = kind(sent, application=application, view=view, initial=kind.kept(application))
    open_only(form, [name])
    return form


def page_of_field(application: Application, field: str) -> str:
    """Return the page on which something missing is given: a section, the identity, a paper."""
    if field == "identity_proven":
        back = reverse("applicant:check", args=[application.pk])
        return f"{reverse('applicant:identity')}?next={back}"
    if field in SECTION_OF:
        return reverse("applicant:section", args=[application.pk, SECTION_OF[field]])
    return reverse("applicant:paper", args=[application.pk, field])


@dataclass(frozen=True, slots=True)
class SectionTask:
    """A section on the list of what is to be done."""

    key: str
    title: str
    is_done: bool


def section_tasks(application: Application, missing: frozenset[str]) -> list[SectionTask]:
    """Return the sections in their order, and whether each says all it is asked."""
    return [
        SectionTask(
            key,
            form.title,
            not missing & set(form.base_fields) and (key != "archive" or bool(application.admission_form)),
        )
        for key, form in SECTIONS.items()
    ]
