"""The date of issue, asked of who takes the last approval of a batch: offered, within the pack's days, a day off asked about once."""

from __future__ import annotations

from datetime import date

from django import forms
from django.http import QueryDict
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.models import Step
from xueji.core.issue_dates import check_issue_date, issue_date_span
from xueji.graduation.actions import choose_issue_date
from xueji.graduation.models import Batch
from xueji.graduation.queries.dating import dated_by, day_to_offer, floors_of
from xueji.institutions.calendars import working_calendar
from xueji.web.forms import DayField

_WEEK = "一二三四五六日"


class IssueDateForm(forms.Form):
    """One day; `off_day` is the day off the person was asked about already and keeps."""

    issue_date = DayField("issued", label="发证日期", required=False)
    off_day = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10)

    def __init__(self, data: QueryDict | None, *, batch: Batch, today: date) -> None:
        self._batch, self._today, self._floors = batch, today, floors_of(batch)
        offered = day_to_offer(batch, today)
        initial: dict[str, object] = {"issue_date": offered}
        if off := self._off(offered):
            initial["off_day"] = offered.isoformat()
        super().__init__(data, initial=initial)
        first, last = issue_date_span(batch.law, today, self._floors)
        field = self.fields["issue_date"]
        field.widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        field.help_text = f"印在每本证书上；可以选 {first.isoformat()} 至 {last.isoformat()}。{off}"

    def _off(self, day: date) -> str:
        """Say that a day is none on which the office works; empty for one on which it does."""
        calendar = working_calendar(self._batch.law, self._batch.season.authority)
        if calendar.is_working_day(day):
            return ""
        return f"{day.isoformat()}（星期{_WEEK[day.weekday()]}）不是工作日，请核对。"

    def clean(self) -> dict[str, object]:
        """Refuse a day outside the pack's; ask once about a day off."""
        data = super().clean() or {}
        day = data.get("issue_date")
        if day is None:
            return data
        for found in check_issue_date(day, self._batch.law, self._today, self._floors):
            self.add_error("issue_date", f"{found.message}；{found.remedy}")
            return data
        if (off := self._off(day)) and data.get("off_day") != day.isoformat():
            self.data = self.data.copy()
            self.data["off_day"] = day.isoformat()
            self.add_error("issue_date", f"{off}仍用这一天的，再按一次确认；要改的，请改后确认。")
        return data


def issue_date_form(step: Step, sent: QueryDict | None) -> IssueDateForm | None:
    """Return what is asked before the approval of a step that dates certificates; None where it dates none, or the pack leaves no choice."""
    batches, today = dated_by(step), timezone.localdate()
    if not batches or len(set(issue_date_span(batches[0].law, today))) == 1:
        return None
    return IssueDateForm(sent if sent and "issue_date" in sent else None, batch=batches[0], today=today)


def keep_issue_date(step: Step, form: forms.Form, by: User) -> None:
    """Keep the day that was chosen; an empty field leaves what was offered before."""
    if day := form.cleaned_data.get("issue_date"):
        choose_issue_date(step=step, day=day, by=by, at=timezone.now())
