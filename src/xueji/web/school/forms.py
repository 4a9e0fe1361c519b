"""Forms of the school portal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import date_format

from xueji.cases.models import CaseState, Verdict
from xueji.core.facts import GraduateFacts
from xueji.core.packs import ColumnSpec
from xueji.graduation.models import CandidateState, RegisterLine
from xueji.production.catalogue import Printable
from xueji.production.models import Printer, SealingAppointment
from xueji.production.queries import HalfDay
from xueji.web.forms import EVIDENCE_TYPES, MOST, DayField, SizedFileField

ANY = ("", "全部")


class BatchFilter(forms.Form):
    """Narrow the list of batches."""

    state = forms.ChoiceField(label="状态", choices=[ANY, *CaseState.choices], required=False)
    year = forms.IntegerField(label="届别", required=False, min_value=1990, max_value=2100)


class UploadForm(forms.Form):
    """The workbook of graduates and the archive of photographs."""

    workbook = SizedFileField(
        label="毕业生数据表",
        help_text="拖到这里或点击选择：.xlsx / .xls / .csv",
        accept=".xlsx,.xls,.csv",
        max_bytes=settings.MAX_WORKBOOK_BYTES,
    )
    photos = SizedFileField(
        label="照片压缩包",
        help_text="拖到这里或点击选择：.zip，一人一张",
        accept=".zip",
        max_bytes=settings.MAX_PHOTO_ARCHIVE_BYTES,
        required=False,
    )


class CandidateFilter(forms.Form):
    """Narrow the list of graduates."""

    q = forms.CharField(label="姓名", required=False, max_length=40)
    programme = forms.ChoiceField(label="专业", required=False)
    state = forms.ChoiceField(label="状态", choices=[ANY, *CandidateState.choices], required=False)

    def __init__(self, *args: Any, programmes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [ANY, *((name, name) for name in programmes)]
        self.fields["q"].widget.attrs["data-search"] = ""


class RegisterLineForm(forms.Form):
    """One line of the register: what the school states for a programme."""

    planned = forms.IntegerField(label="招生计划", min_value=0, max_value=100_000)
    admitted = forms.IntegerField(label="实际录取", min_value=0, max_value=100_000)
    remark = forms.CharField(label="备注", max_length=100, required=False)

    def __init__(self, *args: Any, line: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        for name in ("planned", "admitted"):
            self.fields[name].widget.attrs |= {
                "data-adds-to": name,
                "class": "number-input",
                "aria-label": f"{line['programme_name']} {self.fields[name].label}",
            }
        self.fields["remark"].widget.attrs["aria-label"] = f"{line['programme_name']} 备注"


class FillerForm(forms.Form):
    """Who filled in the roster (学校填表人)."""

    form_filler = forms.CharField(label="学校填表人", max_length=40)


class PhotoForm(forms.Form):
    """One photograph of one graduate."""

    photo = SizedFileField(
        label="更换照片",
        help_text="一张 .jpg，要求与上传名单时相同",
        accept=".jpg,.jpeg",
        max_bytes=settings.MAX_EVIDENCE_BYTES,
    )


class CandidateFieldsForm(forms.Form):
    """The fields of one graduate that are put right by themselves, each under the heading of the list, filled with what stands there."""

    def __init__(self, *args: Any, columns: Mapping[str, ColumnSpec], standing: GraduateFacts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = {name: _text_of(standing.value(name)) for name in columns}
        for name, column in columns.items():
            self.fields[name] = forms.CharField(
                label=column.header,
                help_text=column.help,
                required=column.required,
                max_length=120,
                initial=self.standing[name],
            )

    @property
    def typed(self) -> dict[str, str]:
        """Return the fields that are not as they stand."""
        return {name: text for name, text in self.cleaned_data.items() if text != self.standing[name]}


def _text_of(value: object) -> str:
    """Return a value as one types it into a cell."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value or "")


class ProofForm(forms.Form):
    """The proof of a suspension or a repeated year."""

    proof = SizedFileField(
        label="证明材料",
        help_text="休学、留级的批准文件等，图片或 PDF",
        accept=EVIDENCE_TYPES,
        max_bytes=settings.MAX_EVIDENCE_BYTES,
    )


class SeenForm(forms.Form):
    """The version of the case on the page a button was pressed on."""

    version = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)


class LeaderDecisionForm(forms.Form):
    """A decision on a step; anything but consent needs words."""

    verdict = forms.ChoiceField(label="决定", choices=Verdict.choices)
    reasons = forms.CharField(label="意见", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput, max_value=MOST)

    def __init__(self, *args: Any, verdicts: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verdict"].choices = [choice for choice in Verdict.choices if choice[0] in verdicts]

    def clean(self) -> dict[str, Any]:
        """Ask for reasons where the decision is not a yes."""
        data = super().clean() or {}
        if data.get("verdict") not in (None, Verdict.APPROVE) and not data.get("reasons", "").strip():
            self.add_error("reasons", "请写明原因：它会原样告知对方，并记入履历")
        return data


class RevealForm(forms.Form):
    """Why somebody needs a full ID number."""

    reason = forms.CharField(label="查看用途", max_length=200, min_length=4)


class WithdrawForm(forms.Form):
    """Graduates who leave the batch, and why."""

    ids = forms.MultipleChoiceField(label="毕业生", error_messages={"required": "请先勾选毕业生"})
    reason = forms.CharField(label="退出原因", max_length=200)

    def __init__(self, *args: Any, ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ids"].choices = [(pk, pk) for pk in ids]


class AnswerForm(forms.Form):
    """Returned graduates whose entry is right, and why."""

    ids = forms.MultipleChoiceField(label="毕业生")
    answer = forms.CharField(label="说明", max_length=200)

    def __init__(self, *args: Any, ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ids"].choices = [(pk, pk) for pk in ids]


class ChangeForm(forms.Form):
    """A correction of particulars: only the fields filled in change."""

    name = forms.CharField(label="姓名", max_length=100, required=False)
    sex = forms.ChoiceField(label="性别", choices=[("", "不变"), ("男", "男"), ("女", "女")], required=False)
    birth_date = DayField("born", label="出生日期", required=False)
    resident_id = forms.CharField(label="证件号码", max_length=30, required=False)
    programme = forms.CharField(label="专业", max_length=80, required=False)
    duration_years = forms.DecimalField(label="学制（年）", max_digits=3, decimal_places=1, required=False)
    entry_month = forms.CharField(label="入学年月", max_length=7, required=False, help_text="如 2016-09")
    document_number = forms.CharField(label="学校文号", max_length=60, help_text="上报文件的文号")
    reason = forms.CharField(label="变更原因", widget=forms.Textarea(attrs={"rows": 3}))

    FIELDS = ("name", "sex", "birth_date", "resident_id", "programme", "duration_years", "entry_month")

    def clean(self) -> dict[str, Any]:
        """At least one field changes."""
        data = super().clean() or {}
        if not self.errors and not self.changes():
            raise forms.ValidationError("请至少填写一个需要更正的项目；留空的项目保持不变")
        return data

    def changes(self) -> dict[str, str]:
        """Return what changes, as text."""
        return {key: str(self.cleaned_data[key]) for key in self.FIELDS if self.cleaned_data.get(key)}


class CertificateCaseForm(forms.Form):
    """What is asked for one certificate; only the fields filled in are to be put right."""

    kind = forms.ChoiceField(label="申请事项", widget=forms.RadioSelect)
    name = forms.CharField(label="姓名", max_length=100, required=False)
    sex = forms.ChoiceField(label="性别", choices=[("", "不变"), ("男", "男"), ("女", "女")], required=False)
    birth_date = DayField("born", label="出生日期", required=False)
    resident_id = forms.CharField(label="证件号码", max_length=30, required=False)
    programme = forms.CharField(label="专业", max_length=80, required=False)
    duration_years = forms.DecimalField(label="学制（年）", max_digits=3, decimal_places=1, required=False)
    entry_month = forms.CharField(label="入学年月", max_length=7, required=False)
    study_mode = forms.CharField(label="学习形式", max_length=20, required=False)
    specialisation = forms.CharField(label="专业技能方向", max_length=80, required=False)
    graduation_month = forms.CharField(label="毕业年月", max_length=7, required=False)
    reason = forms.CharField(label="原因", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds
        self.fields["kind"].initial = kinds[0][0]

    def changes(self) -> dict[str, str]:
        """Return what is to be put right, as text."""
        values = {key: value for key, value in self.cleaned_data.items() if key not in ("kind", "reason")}
        return {key: str(value) for key, value in values.items() if value}


class EvidenceForm(forms.Form):
    """A proof: what it is, and the file."""

    kind = forms.CharField(
        label="材料名称", max_length=60, help_text="如：户口簿、公安机关证明、录取审批表",
        widget=forms.TextInput(attrs={"list": "papers"}),
    )  # fmt: skip
    file = SizedFileField(
        label="文件", help_text="PDF 或图片", accept=EVIDENCE_TYPES, max_bytes=settings.MAX_EVIDENCE_BYTES
    )


class SpecialCaseForm(forms.Form):
    """The formal document for graduates who were refused (S1-14)."""

    document_number = forms.CharField(label="正式文件文号", max_length=60)


class PrinterForm(forms.Form):
    """A printer to be known by name."""

    name = forms.CharField(label="打印机名称", max_length=60, help_text="如：教务处 针式打印机")


class MeasureForm(forms.Form):
    """Where the ruler found the two ringed crosses, in mm from the top left corner of the paper."""

    x1 = forms.DecimalField(label="左上十字 · 横向", max_digits=6, decimal_places=2)
    y1 = forms.DecimalField(label="左上十字 · 纵向", max_digits=6, decimal_places=2)
    x2 = forms.DecimalField(label="右下十字 · 横向", max_digits=6, decimal_places=2)
    y2 = forms.DecimalField(label="右下十字 · 纵向", max_digits=6, decimal_places=2)


class PrintForm(forms.Form):
    """What to print, and for the overlay on which printer."""

    document = forms.ChoiceField(label="文书")
    printer = forms.ModelChoiceField(label="打印机", queryset=None, required=False)

    def __init__(self, *args: Any, printables: Sequence[Printable], printers: QuerySet[Printer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.printables = {printable.key: printable for printable in printables}
        self.fields["document"].choices = [(printable.key, printable.label) for printable in printables]
        self.fields["printer"].queryset = printers

    def clean(self) -> dict[str, Any]:
        """An overlay is printed for one printer: another's offsets would be wrong."""
        data = super().clean() or {}
        chosen = self.printables.get(data.get("document", ""))
        if chosen and chosen.needs_printer and not data.get("printer"):
            self.add_error("printer", "套打须选择打印机：每台打印机的偏移不同")
        return data


class BookingForm(forms.Form):
    """When the school comes with its diplomas: one of the round's working days still ahead."""

    day = forms.TypedChoiceField(label="日期", coerce=date.fromisoformat)
    half = forms.ChoiceField(label="上午/下午", choices=SealingAppointment.Half.choices)

    def __init__(self, *args: Any, halves: list[HalfDay], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left: dict[date, list[str]] = {}
        for half in halves:
            if half.is_working and half.day >= today:
                left.setdefault(half.day, []).append(f"{half.label}余 {half.places_left}")
        self.fields["day"].choices = [
            (day.isoformat(), f"{date_format(day, 'n月j日（l）')} {'，'.join(words)}") for day, words in left.items()
        ]


class DutyForm(forms.Form):
    """A duty is done; a note for the record."""

    note = forms.CharField(label="说明", max_length=200, required=False)


def blank_lines(totals: list[dict[str, Any]], stored: list[RegisterLine]) -> list[dict[str, Any]]:
    """Return one line per programme among the graduates, with what the school has stated so far."""
    known = {(line.programme_name, line.duration_years): line for line in stored}
    lines = []
    for total in totals:
        line = known.get((total["programme_name"], total["duration_years"]))
        lines.append({**total, "line": line})
    return lines
