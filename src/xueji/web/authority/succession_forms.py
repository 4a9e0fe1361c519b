"""Forms of a school's history: founded, renamed, merged, split, whose files are kept where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from xueji.accounts.models import User
from xueji.institutions.models import Authority, Programme, School
from xueji.institutions.queries.succession import place_named, school_named
from xueji.web.forms import DayField

_STAYS = "stays"


class _Ground(forms.Form):
    effective_on = DayField("succeeded", label="生效日期", help_text="文件写明的日期，今天或以前")
    document_number = forms.CharField(label="依据文号", max_length=100)


class FoundingForm(forms.Form):
    """Since when a school exists, by which document."""

    founded_on = DayField("succeeded", label="设立日期")
    document_number = forms.CharField(label="依据文号", max_length=100, help_text="批准设立的文件")


class WithdrawalForm(forms.Form):
    """By which document an entry is taken back."""

    document_number = forms.CharField(label="依据文号", max_length=100, help_text="登记错误的，写明更正的依据")


class RenamingForm(forms.Form):
    """What a school is called from a day on."""

    name = forms.CharField(label="新名称", max_length=100, help_text="与学校印章一致，印在以后签发的毕业证书上")
    effective_on = DayField("amended", label="生效日期", help_text="文件写明的日期，今天或以前")
    document_number = forms.CharField(label="依据文号", max_length=100, help_text="批准更名的文件")


class SchoolsField(forms.CharField):
    """Schools of the area, a line each, by name or code: however many, and without a program in the browser.

    Until a form says for whom (`user`), the area is empty and no school is found.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.user: User | None = None
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the schools; a line that names none is repeated in the refusal."""
        texts = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        schools = [(text, self.user and school_named(self.user, text)) for text in texts]
        unknown = "、".join(text for text, school in schools if school is None)
        if unknown:
            raise forms.ValidationError(
                f"管辖范围内没有：{unknown[:200]}。请填写已登记学校的全称或学校标识码，一行一所"
            )
        return list(dict.fromkeys(school for _, school in schools))


class PlaceField(forms.CharField):
    """A school or an authority of the area, by name or code; the area of nobody, until a form says whose (`user`)."""

    def __init__(self, **kwargs: Any) -> None:
        self.user: User | None = None
        super().__init__(max_length=100, **kwargs)

    def clean(self, value: Any) -> School | Authority | None:
        """Return the place, None where nothing is typed and nothing need be."""
        text = super().clean(value)
        if not text:
            return None
        place = self.user and place_named(self.user, text)
        if place is None:
            raise forms.ValidationError(f"管辖范围内没有「{text}」：请填写已登记学校或主管部门的全称，或学校标识码")
        return place


class MergerForm(_Ground):
    """Which schools go into this one."""

    schools = SchoolsField(label="并入的学校", help_text="全称或学校标识码，一行一所")
    field_order = ("schools", "effective_on", "document_number")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["schools"].user = user


class PartsForm(forms.Form):
    """Which schools take over parts of this one: the first step of a split."""

    parts = SchoolsField(label="分立出的学校", help_text="先登记新学校，再填全称或学校标识码，一行一所")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].user = user


class SplitForm(_Ground):
    """Where each programme goes, whether the school itself goes on, who keeps its files if it does not."""

    custodian = PlaceField(
        label="档案保管单位", required=False, help_text="原校终止的必填：学校或主管部门；原校存续的不填"
    )
    field_order = ("effective_on", "document_number", "custodian")

    def __init__(
        self, *args: Any, user: User, parts: Sequence[School], programmes: Sequence[Programme], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["custodian"].user = user
        choices = [(_STAYS, "留在本校"), *((str(part.pk), part.name) for part in parts)]
        self.programmes = list(programmes)
        for programme in self.programmes:
            label = f"{programme.name}（{programme.duration_years.normalize():f} 年）"
            self.fields[f"programme-{programme.pk}"] = forms.ChoiceField(label=label, choices=choices, initial=_STAYS)

    def programmes_of(self, part: School) -> tuple[Programme, ...]:
        """Return the programmes that go to a part."""
        chosen = self.cleaned_data
        return tuple(p for p in self.programmes if chosen[f"programme-{p.pk}"] == str(part.pk))


class CustodianForm(forms.Form):
    """Who keeps the files of a school that has ended, from a day on."""

    custodian = PlaceField(label="档案保管单位", help_text="学校或主管部门的全称，或学校标识码")
    from_on = DayField("succeeded", label="起始日期")
    document_number = forms.CharField(label="依据文号", max_length=100, help_text="指定保管单位的文件")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["custodian"].user = user
