"""Forms of the authorities' portal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, date
from typing import Any, cast

from django import forms
from django.utils import timezone

from xueji.cases.kinds import registered_kinds
from xueji.cases.models import CaseState, StepState, Verdict
from xueji.cases.queries import PROPOSED
from xueji.certificates.models import NumberState, Term
from xueji.core.days import refusal_of_class, refusal_of_day
from xueji.core.obligations import MeasureSpec
from xueji.graduation.actions.certificate_cases import CERTIFICATE_KINDS
from xueji.graduation.models import CandidateState
from xueji.institutions.models import CalendarDay, Post
from xueji.ledger.tags import EventTag
from xueji.web.forms import MOST, DayField
from xueji.web.witness import WitnessFields


def _all(label: str, choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", label), *choices]


class QueueFilter(forms.Form):
    """What of the queue to show."""

    q = forms.CharField(label="学校或标题", required=False)
    kind = forms.ChoiceField(label="种类", required=False)
    state = forms.ChoiceField(
        label="状态", required=False,
        choices=_all("全部", [(StepState.CURRENT, "待办理"), (PROPOSED, "待复核"), (StepState.DEFERRED, "暂缓中"), (StepState.PAUSED, "期限中止")]),
    )  # fmt: skip
    due = forms.ChoiceField(label="期限", required=False, choices=_all("全部", [("overdue", "已逾期")]))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _all("全部", [(k.kind, k.label) for k in registered_kinds()])


class DecisionForm(forms.Form):
    """A verdict with its reasons; `version` is that of the case when the page was made."""

    verdict = forms.ChoiceField(label="决定", widget=forms.RadioSelect)
    reasons = forms.CharField(
        label="意见", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="退回、不同意、暂缓须写明原因，学校看得到",
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)

    def __init__(self, *args: Any, verdicts: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verdict"].choices = [(v, Verdict(v).label) for v in verdicts]

    def clean(self) -> dict[str, Any]:
        """A «no» needs its reasons."""
        cleaned = super().clean() or {}
        if (
            cleaned.get("verdict") in {Verdict.RETURN, Verdict.REFUSE, Verdict.DEFER}
            and not cleaned.get("reasons", "").strip()
        ):
            self.add_error("reasons", "请写明原因")
        return cleaned


class ReviewFilter(forms.Form):
    """Which graduates of a batch to show."""

    q = forms.CharField(label="姓名", required=False)
    programme = forms.ChoiceField(label="专业", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=_all("全部", CandidateState.choices))

    def __init__(self, *args: Any, programmes: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = _all("全部", [(p, p) for p in programmes])


class BookFilter(forms.Form):
    """Which blocks of the book of numbers to show."""

    season = forms.ChoiceField(label="届次", required=False)
    school = forms.CharField(label="学校", required=False, max_length=60)
    state = forms.ChoiceField(label="含有的编号", required=False, choices=_all("全部", NumberState.choices))

    def __init__(self, *args: Any, seasons: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(s.pk), f"{s.label} {s.authority.short_name}") for s in seasons]
        self.fields["season"].choices = _all("全部", named)


class CertificateFilter(forms.Form):
    """Which requests about certificates to show."""

    q = forms.CharField(label="学校或证书编号", required=False, max_length=60)
    kind = forms.ChoiceField(label="种类", required=False, choices=_all("全部", CERTIFICATE_KINDS.items()))
    state = forms.ChoiceField(label="状态", required=False, choices=_all("全部", CaseState.choices[1:]))


class SeasonForm(forms.Form):
    """A graduating class to open."""

    year = forms.IntegerField(label="届（年份）", min_value=MINYEAR, max_value=MAXYEAR)
    term = forms.ChoiceField(label="季", choices=Term.choices)
    legal_date = DayField("legal", label="适用日期", help_text="按这一天有效的政策办理")

    def clean_year(self) -> int:
        """A year whose class could be opened today."""
        year: int = self.cleaned_data["year"]
        if (refused := refusal_of_class(year, timezone.localdate())) is not None:
            raise forms.ValidationError(refused, code="day")
        return year


class LegalDateForm(forms.Form):
    """The day whose law a class is handled under, put right while nothing stands under it."""

    legal_date = DayField("legal", label="适用日期")


class ReportingFilter(forms.Form):
    """Which season, and whether those that have submitted are shown too."""

    season = forms.ChoiceField(label="届次")
    show = forms.ChoiceField(label="范围", choices=[("", "未提交的学校"), ("all", "全部学校")], required=False)

    def __init__(self, *args: Any, seasons: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["season"]).choices = seasons


class ReminderForm(forms.Form):
    """What is said to the schools beside that they are awaited."""

    note = forms.CharField(label="附言", max_length=200, required=False)


class RoundForm(forms.Form):
    """A round of sealing; days only where the pack knows no window."""

    season = forms.ChoiceField(label="届次")
    is_late = forms.BooleanField(label="补验印", required=False)
    place = forms.CharField(label="地点", max_length=100)
    schools_per_half_day = forms.IntegerField(label="每半天学校数", min_value=1, max_value=50, initial=4)
    opens_on = DayField("sealing", label="开始", required=False, help_text="政策包有日期的不必填写")
    closes_on = DayField("sealing", label="截止", required=False)

    def __init__(self, *args: Any, seasons: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["season"].choices = [(str(s.pk), s.label) for s in seasons]


class ExtendRoundForm(forms.Form):
    """A later last day of a round."""

    closes_on = DayField("sealing", label="延长到")


class MoveRoundForm(forms.Form):
    """The days and the place a round is to have instead."""

    opens_on = DayField("sealing", label="开始")
    closes_on = DayField("sealing", label="截止")
    place = forms.CharField(label="地点", max_length=100)


class PressForm(WitnessFields):
    """What was counted at the press, and who watches the seal."""

    diplomas_counted = forms.IntegerField(label="清点证书数（本）", min_value=0, max_value=100_000)
    supervised_by = forms.ChoiceField(label="监印人")
    note = forms.CharField(label="备注", required=False, max_length=200)

    def __init__(self, *args: Any, supervisors: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supervised_by"].choices = [(str(u.pk), u.full_name) for u in supervisors]


class SuccessorForm(WitnessFields):
    """Which replaced certificates are sealed, and who watches the seal."""

    ids = forms.MultipleChoiceField(label="证书", error_messages={"required": "请先勾选证书"})
    supervised_by = forms.ChoiceField(label="监印人")

    def __init__(self, *args: Any, supervisors: Iterable[Any], ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supervised_by"].choices = [(str(u.pk), u.full_name) for u in supervisors]
        self.fields["ids"].choices = [(pk, pk) for pk in ids]


class SanctionForm(forms.Form):
    """A measure against a school (S1-17)."""

    school = forms.ChoiceField(label="学校")
    kind = forms.ChoiceField(label="处理")
    document_number = forms.CharField(label="文号", required=False, max_length=60)
    reason = forms.CharField(label="事由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, schools: Iterable[Any], measures: Iterable[MeasureSpec], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].choices = [(str(s.pk), s.name) for s in schools]
        self.fields["kind"].choices = [(measure.key, measure.label) for measure in measures]


class DayForm(forms.Form):
    """A day declared a holiday or a make-up working day."""

    day = DayField("day_off", label="日期")
    kind = forms.ChoiceField(label="性质", choices=CalendarDay.Kind.choices)
    note = forms.CharField(label="依据（文号）", max_length=200)


class YearForm(forms.Form):
    """A year whose holiday notice is out."""

    year = forms.IntegerField(label="年份", min_value=MINYEAR, max_value=MAXYEAR)
    notice = forms.CharField(label="通知文号", max_length=200)

    def clean_year(self) -> int:
        """A year whose days could be declared."""
        year: int = self.cleaned_data["year"]
        refusal = refusal_of_day("day_off", date(year, 1, 1), timezone.localdate())
        if refusal is not None:
            raise forms.ValidationError(refusal, code="day")
        return year


class TakeBackYearForm(forms.Form):
    """Why a year's notice is taken back."""

    reason = forms.CharField(label="撤销的原因", max_length=200)


class LedgerFilter(forms.Form):
    """Which events of the ledger to show."""

    tag = forms.ChoiceField(label="事项", required=False, choices=_all("全部", EventTag.choices))
    actor = forms.CharField(label="办理人", required=False)
    subject = forms.CharField(label="对象", required=False)
    school = forms.CharField(label="学校", required=False, max_length=100)
    since = DayField("event", label="自", required=False)
    until = DayField("event", label="至", required=False)


class AccountForm(forms.Form):
    """A named account and its first post."""

    username = forms.CharField(
        label="用户名", min_length=3, max_length=30, help_text="小写字母开头，可含数字、点、短横"
    )
    full_name = forms.CharField(label="姓名", max_length=60)
    phone = forms.CharField(label="联系电话", required=False, max_length=20)
    post = forms.ChoiceField(label="岗位", choices=Post.choices)
    place = forms.ChoiceField(label="单位")

    def __init__(self, *args: Any, places: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = list(places)


class AppointForm(forms.Form):
    """One more post for somebody."""

    post = forms.ChoiceField(label="岗位", choices=Post.choices)
    place = forms.ChoiceField(label="单位")

    def __init__(self, *args: Any, places: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = list(places)
