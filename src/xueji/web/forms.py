"""Fields and widgets that forms of several portals use."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from xueji.core.days import DAYS, refusal_of_day
from xueji.core.errors import BadInput, XuejiError
from xueji.core.months import Month

EVIDENCE_TYPES = ".pdf,.jpg,.jpeg,.png"

_SAY_NOT_WHAT = frozenset(
    {"required", "max_length", "min_length", "max_value", "min_value", "max_decimal_places", "invalid_choice"}
)
MOST = 2**31 - 1  # of a key or a version: what the database has room for


class DayInput(forms.DateInput):
    """The browser's own date field, always in ISO form; it is told the first and the last day that are taken."""

    input_type = "date"

    def __init__(self, meaning: str, attrs: dict[str, Any] | None = None) -> None:
        self.meaning = meaning
        super().__init__(attrs, format="%Y-%m-%d")

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Add the bounds of today: a form outlives the day on which it was declared."""
        first, last = DAYS[self.meaning].span(timezone.localdate())
        return {"min": first.isoformat(), "max": last.isoformat(), **super().build_attrs(base_attrs, extra_attrs)}


class DayField(forms.DateField):
    """A day that somebody types; how far it may lie from today depends on what it means (`core.days`)."""

    def __init__(self, meaning: str, **kwargs: Any) -> None:
        self.meaning = meaning
        super().__init__(widget=DayInput(meaning), **kwargs)

    def validate(self, value: date | None) -> None:
        """Refuse a day that cannot be meant, with the days that can."""
        super().validate(value)
        refusal = refusal_of_day(self.meaning, value, timezone.localdate()) if value else None
        if refusal is not None:
            raise forms.ValidationError(refusal, code="day")


class MonthField(forms.CharField):
    """A month, as the browser's own month field writes it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "month", "placeholder": "如 2008-09"})
        super().__init__(max_length=7, widget=widget, **kwargs)

    def clean(self, value: Any) -> Month | None:
        """Read «2008-09»; other words a month may be written in are read as well."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return Month.parse(text)
        except ValueError:
            raise forms.ValidationError("应为年月，如 2008-09", code="month") from None


class ReasonForm(forms.Form):
    """A reason that goes into the record."""

    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class SizedFileField(forms.FileField):
    """A file with a size limit, told to the browser as well; the reading proper refuses what is inside."""

    def __init__(self, *, max_bytes: int, accept: str, **kwargs: Any) -> None:
        self.max_bytes = max_bytes
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": accept, "data-max-bytes": max_bytes}))
        super().__init__(**kwargs)

    def clean(self, data: UploadedFile | None, initial: object = None) -> UploadedFile | None:
        """Refuse what is too large."""
        file = super().clean(data, initial)
        if file and file.size > self.max_bytes:
            raise forms.ValidationError(
                f"文件 {file.size / 1048576:.1f} MB，超过上限 {self.max_bytes // 1048576} MB，请压缩或拆分后重新上传"
            )
        return file


def require_valid(form: forms.Form) -> None:
    """Refuse a form that cannot be read, in the words of its own errors; the page it came from shows them with all it held."""
    if not form.is_valid():
        raise BadInput(
            "；".join(_named(form, name, error) for name, found in form.errors.as_data().items() for error in found)
        )


def _named(form: forms.Form, name: str, error: forms.ValidationError) -> str:
    """Return a field's refusal with the field's own label, where the sentence would not say of what it speaks."""
    words = "；".join(error.messages)
    return f"{form[name].label}：{words}" if name in form.fields and error.code in _SAY_NOT_WHAT else words


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, or None on a visit: an empty form sent is still a form sent."""
    return request.POST if request.method == "POST" else None


def add_refusal(form: forms.Form, error: XuejiError) -> None:
    """Put an engine's refusal beside the fields it speaks of, and with its clauses on top of the form."""
    findings = getattr(error, "findings", ())
    form.refusals = findings
    for found in findings:
        field = found.field if found.field in form.fields else None
        form.add_error(field, f"{found.message}{f'（{found.remedy}）' if found.remedy else ''}")
    if not findings:
        form.add_error(None, error.message)
