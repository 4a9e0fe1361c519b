"""Forms of the pages of institutions: authorities, schools, principals, programmes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from xueji.accounts.models import User
from xueji.institutions.models import Level
from xueji.institutions.shapes import DIVISION_CODE, ORDINAL, PROGRAMME_CODE, SCHOOL_CODE
from xueji.web.authority.succession_forms import PlaceField
from xueji.web.forms import DayField


class AuthorityForm(forms.Form):
    """A new authority below one of the area."""

    name = forms.CharField(label="全称", max_length=100, help_text="例如：××区教育局")
    short_name = forms.CharField(label="简称", max_length=40)
    level = forms.ChoiceField(label="层级")
    division_code = forms.RegexField(
        label="行政区划代码", regex=rf"^{DIVISION_CODE.pattern}$", help_text="6 位，例如 610502",
        error_messages={"invalid": DIVISION_CODE.words}, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, levels: Iterable[Level], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [
            (level.value, level.label) for level in levels
        ]  # the next level down stands first


class _SchoolFields(forms.Form):
    name = forms.CharField(label="学校名称", max_length=100, help_text="与学校印章一致，印在毕业证书上")
    code = forms.RegexField(
        label="学校标识码",
        regex=rf"^{SCHOOL_CODE.pattern}$",
        error_messages={"invalid": SCHOOL_CODE.words},
    )
    principal = forms.CharField(label="校长", max_length=40, help_text="印在毕业证书上")
    level = forms.CharField(label="办学层次", max_length=20, required=False)
    ordinal = forms.RegexField(
        label="学校顺序号", regex=rf"^{ORDINAL.pattern}$", required=False, help_text="编号规则用到学校顺序号的才填写",
        error_messages={"invalid": ORDINAL.words},
    )  # fmt: skip
    address = forms.CharField(label="地址", max_length=200, required=False)
    phone = forms.CharField(label="电话", max_length=40, required=False)

    def __init__(self, *args: Any, levels: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = list(levels)
        if words:  # only where the pack tells schools apart by it
            self.fields["level"] = forms.ChoiceField(
                label="办学层次", choices=[("", "请选择"), *((word, word) for word in words)]
            )
        else:
            del self.fields["level"]


class SchoolForm(_SchoolFields):
    """A new school under an authority."""

    is_public = forms.TypedChoiceField(
        label="举办性质", choices=[("1", "公办"), ("0", "民办")], coerce=lambda value: value == "1"
    )


class AmendSchoolForm(_SchoolFields):
    """What a school is called from a day on, by which document."""

    effective_on = DayField("amended", label="生效日期")
    document_number = forms.CharField(label="依据文号", max_length=100, help_text="任免、更名等文件的文号")


class AmendAuthorityForm(forms.Form):
    """What an authority is called from a day on, by which document."""

    name = forms.CharField(label="全称", max_length=100)
    short_name = forms.CharField(label="简称", max_length=40)
    effective_on = DayField("amended", label="生效日期")
    document_number = forms.CharField(label="依据文号", max_length=100)


class ProgrammeForm(forms.Form):
    """A programme a school teaches."""

    code = forms.RegexField(
        label="专业代码", regex=rf"^{PROGRAMME_CODE.pattern}$", error_messages={"invalid": PROGRAMME_CODE.words}
    )
    name = forms.CharField(label="专业名称", max_length=60, help_text="按专业目录的全称，印在毕业证书上")
    duration_years = forms.DecimalField(label="学制（年）", min_value=1, max_value=6, decimal_places=1)
    education_level = forms.CharField(label="学历层次", max_length=20, initial="中等职业教育")
    catalogue_year = forms.IntegerField(label="专业目录年份", min_value=1980, max_value=2999, required=False)


class CloseSchoolForm(forms.Form):
    """From which day on a school is closed, by which document."""

    closed_on = DayField("closed", label="停办日期", help_text="可以早于或晚于今天")
    document_number = forms.CharField(
        label="依据文号", max_length=100, help_text="批准停办的文件；撤并的请在沿革里登记合并"
    )
    custodian = PlaceField(
        label="档案保管单位", required=False,
        help_text="学校或主管部门的全称，或学校标识码；停办后由它提供学籍档案服务，不填的由学籍主管部门保管",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["custodian"].user = user


class ReopenSchoolForm(forms.Form):
    """By which document a closing is taken back."""

    document_number = forms.CharField(label="依据文号", max_length=100, help_text="登记错误的，写明更正的依据")


class PlannedPrincipalForm(forms.Form):
    """Who heads a school from a day to come."""

    principal = forms.CharField(label="新任校长", max_length=40, help_text="印在到任之日起签发的毕业证书上")
    effective_on = DayField("taken_up", label="任职日期", help_text="今天之后；到期自动生效")
    document_number = forms.CharField(label="依据文号", max_length=100, help_text="任免文件的文号")


class CloseProgrammeForm(forms.Form):
    """From which day on nobody is enrolled in a programme."""

    closed_on = DayField("programme_closed", label="停止招生日期")
