"""The form of a 毕业证明 (附件2), the words of who seals one besides, and what becomes of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import cast

from django import forms

from xueji.attestations.models import CounterSeal
from xueji.attestations.queries import Place
from xueji.core.attestations import AttestationFacts, lost_number, plan_categories, study_forms
from xueji.core.packs import PackView
from xueji.documents.photos import MAX_FILE_BYTES
from xueji.institutions.models import School
from xueji.registry.models import Sex
from xueji.web.forms import MonthField, SizedFileField

_SHORT = 40


class AttestationForm(forms.Form):
    """The facts of one attestation; whose graduate it is and the photograph stand beside them."""

    school = forms.ChoiceField(label="毕业学校")
    resident_id = forms.CharField(label="身份证号码", max_length=18)
    name = forms.CharField(label="姓名", max_length=100)
    sex = forms.ChoiceField(label="性别", choices=Sex.choices)
    birth_month = MonthField(label="出生年月")
    native_province = forms.CharField(label="籍贯（省）", max_length=_SHORT)
    native_place = forms.CharField(label="籍贯（市/县）", max_length=60)
    study_from = MonthField(label="入学年月")
    study_until = MonthField(label="毕业年月")
    programme = forms.CharField(label="专业", max_length=80)
    plan_category = forms.ChoiceField(label="计划类别")
    duration_years = forms.DecimalField(
        label="学制", help_text="年", min_value=0.5, max_value=6, max_digits=3, decimal_places=1
    )
    study_form = forms.ChoiceField(label="学习形式")
    original_number = forms.CharField(label="原毕业证书编号", max_length=60)
    contact_name = forms.CharField(label="联系人", max_length=_SHORT)
    contact_phone = forms.CharField(label="联系电话", max_length=_SHORT)
    is_health = forms.BooleanField(
        label="医药卫生类专业", required=False, help_text="不印在证明上；决定是否须由卫生主管部门盖章"
    )
    has_steel_seal = forms.BooleanField(label="本单位有钢印", required=False, help_text="没有的，照片处盖单位的章")
    photo = SizedFileField(
        label="照片", required=False, accept=".jpg,.jpeg", max_bytes=MAX_FILE_BYTES,
        help_text="JPG；不上传的，打印后粘贴",
    )  # fmt: skip

    def __init__(self, *args: object, view: PackView, choices: Iterable[tuple[str, str]], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # a form takes what Django gives it
        cast("forms.ChoiceField", self.fields["school"]).choices = list(choices)
        for name, words in (("plan_category", plan_categories(view)), ("study_form", study_forms(view))):
            cast("forms.ChoiceField", self.fields[name]).choices = [("", "请选择"), *((word, word) for word in words)]
        self.fields["original_number"].help_text = f"按原编号全称填写；号码遗失的填 {lost_number(view)}"

    def facts(self) -> AttestationFacts:
        """Return the facts as typed."""
        typed = self.cleaned_data | {"resident_id": self.cleaned_data["resident_id"].strip().upper()}
        return AttestationFacts(**{field.name: typed[field.name] for field in fields(AttestationFacts)})

    def photo_bytes(self) -> bytes | None:
        """Return the photograph that was chosen."""
        photo = self.cleaned_data["photo"]
        return photo.read() if photo else None


class CorrectedAttestationForm(AttestationForm):
    """The same put right: the number stays unless another is typed, as pages do not show it whole."""

    resident_id = forms.CharField(label="身份证号码", max_length=18, required=False, help_text="不改的不用填")


class CounterSealForm(forms.Form):
    """Which office is asked for its seal."""

    office = forms.ChoiceField(label="盖章单位")

    def __init__(self, *args: object, offices: Iterable[str], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # a form takes what Django gives it
        cast("forms.ChoiceField", self.fields["office"]).choices = [(office, office) for office in offices]


class SealAnswerForm(forms.Form):
    """What an office says that was asked for its seal."""

    answer = forms.ChoiceField(label="答复", choices=CounterSeal.Answer.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label="理由", max_length=200, required=False, help_text="不予加盖的须写明")


class LinkAnswerForm(SealAnswerForm):
    """The same by somebody who does not sign in."""

    answerer = forms.CharField(label="答复人姓名", max_length=_SHORT)
    phone = forms.CharField(label="答复人办公电话", max_length=_SHORT)


class NumberForm(forms.Form):
    """The number of an attestation that somebody holds in their hands."""

    number = forms.CharField(label="毕业证明编号", max_length=16, required=False)


def key_of(place: Place, school: School) -> str:
    """Return what the form sends for a school and the place that attests for it."""
    return f"{'school' if isinstance(place, School) else 'office'}-{place.pk}-{school.pk}"
