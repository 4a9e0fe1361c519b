"""Forms of changes of status: each asks for what its change moves, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings

from xueji.core.status_words import STUDY_MODES
from xueji.institutions.models import Programme
from xueji.registry.queries.change_values import LABELS, NEEDED, VALUES_OF
from xueji.registry.queries.shown_changes import REASON_WORDS
from xueji.web.forms import EVIDENCE_TYPES, DayField, SizedFileField

_DAYS = {"until": "suspended_until", "absent_since": "absent"}


class StatusUndoingForm(forms.Form):
    """What was decided is to be taken back: from when, why, and a paper."""

    effective_on = DayField("changed", label="生效日期", help_text="今天或以前")
    statement = forms.CharField(label="申请事由", widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)
    paper_kind = forms.CharField(label="材料名称", max_length=60)
    paper = SizedFileField(
        label="证明材料", help_text="PDF 或图片", accept=EVIDENCE_TYPES, max_bytes=settings.MAX_EVIDENCE_BYTES
    )


class StatusChangeForm(StatusUndoingForm):
    """A change of status of chosen students: the values of the change, from when, why, and a paper."""

    def __init__(self, *args: Any, change: str, programmes: Iterable[Programme], **more: Any) -> None:
        super().__init__(*args, **more)
        names = VALUES_OF[change]
        self.value_names = names
        for name in names:
            self.fields[name] = _field(name, programmes)
        if "absent_since" in names:
            choices = [("", "本人申请"), *REASON_WORDS.items()]
            self.fields["reason"] = forms.ChoiceField(label="原因类别", choices=choices, required=False)
            names = ("reason", *names)
        self.order_fields([*names, "effective_on", "statement", "paper_kind", "paper"])

    def values(self) -> dict[str, Any]:
        """Return the values that were given, in the form in which an application keeps them."""
        given = {name: self.cleaned_data.get(name) for name in self.value_names}
        if self.cleaned_data.get("reason") != "absence":
            given.pop("leave_granted", None)
        return {
            name: value.isoformat() if name in _DAYS else value
            for name, value in given.items()
            if value not in (None, "")
        }


def _field(name: str, programmes: Iterable[Programme]) -> forms.Field:
    given: dict[str, Any] = {"label": LABELS[name], "required": name in NEEDED}
    if name in _DAYS:
        return DayField(_DAYS[name], **given)
    if name == "leave_granted":
        return forms.BooleanField(**given)
    if name == "grade":
        return forms.IntegerField(min_value=2000, max_value=2100, help_text="不填的按规定推算", **given)
    if name == "programme_id":
        rows = [
            (row.pk, f"{row.name}（{row.duration_years.normalize():f} 年）") for row in programmes if not row.closed_on
        ]
        return forms.TypedChoiceField(choices=rows, coerce=int, **given)
    if name == "study_mode":
        return forms.ChoiceField(choices=[(mode, mode) for mode in STUDY_MODES], **given)
    help_text = "如 2027-07；不填的按规定推算" if name == "expected_graduation" else ""
    return forms.CharField(max_length=40, help_text=help_text, **given)
