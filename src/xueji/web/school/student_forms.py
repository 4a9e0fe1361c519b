"""The form of one new student: the columns of the workbook, in the order a clerk asks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from django import forms
from django.db.models import QuerySet

from xueji.core.enrolment_facts import DEPENDENT, KIND, MEMBERS
from xueji.core.packs import ColumnSpec, PackView
from xueji.institutions.models import School
from xueji.registry.models import Registration
from xueji.web.forms import DayField, DayInput

_NOT_ASKED = {"student_category"}  # not told apart since 2021: lists of earlier years may still say it
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "身份": (
        "name", "id_document_type", "resident_id", "sex", "birth_date", "ethnicity", "political_status", "health",
        "nationality", "overseas", "phone",
    ),
    "入学": (
        "entry_month", "programme", "duration", "study_mode", "class_name", "student_number", "entry_mode",
        "admission_mode", "graduate_freshness", "enrolment_target", "boarding", "cooperation_type", "cooperation_form",
        "cooperation_school", "staged_training", "teaching_site",
    ),
    "户籍": ("household_type", "household_division", "household_address", "police_station", "residence_type", "is_migrant_child"),
    "家庭成员一": ("member1_",),
    "家庭成员二": ("member2_",),
}  # fmt: skip
_REST, _LONGEST = "其他（可以不填）", 120
_OPEN = {"身份", "入学", "户籍", "家庭成员一"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A field on the page; `asked_by` is the one whose word decides whether it applies, `not_with` the words with which it does not."""

    bound: forms.BoundField
    asked_by: str = ""
    not_with: str = ""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that belong together; a closed one holds nothing that must be filled in."""

    title: str
    fields: list[Shown]
    is_open: bool


class StudentForm(forms.Form):
    """Which intake, when the student came, and every column of the form; what is missing or wrong the law says, all at once."""

    school = forms.ModelChoiceField(label="学校", queryset=None, empty_label=None)
    year = forms.IntegerField(label="招生年份", min_value=2000, max_value=2100)
    term = forms.ChoiceField(label="招生季节", choices=Registration.Term.choices)
    entered_on = DayField("admission", label="办理入学手续日期")

    def __init__(
        self, *args: object, schools: QuerySet[School], view: PackView, programmes: list[str], **more: object
    ) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # a form takes what Django gives it
        cast("forms.ModelChoiceField[School]", self.fields["school"]).queryset = schools
        self.columns = [column for column in view.workbook(KIND).columns if column.field not in _NOT_ASKED]
        for column in self.columns:
            self.fields[column.field] = _field(column, view, programmes)

    @property
    def values(self) -> dict[str, str]:
        """Return what was typed, by column; a column that does not apply is left empty."""
        given = {column.field: str(self.cleaned_data[column.field]).strip() for column in self.columns}
        return {name: value for name, value in given.items() if _applies(name, given)}

    @property
    def sections(self) -> Iterator[FieldGroup]:
        """Return the fields of the columns as the page shows them."""
        left = [column.field for column in self.columns]
        for title, names in _SECTIONS.items():
            chosen = [
                name
                for given in names
                for name in left
                if name == given or (given.endswith("_") and name.startswith(given))
            ]
            left = [name for name in left if name not in chosen]
            yield self._section(title, chosen)
        yield self._section(_REST, left)

    def _section(self, title: str, names: list[str]) -> FieldGroup:
        has_errors = any(name in self.errors for name in names) if self.is_bound else False
        is_filled = any(self[name].value() for name in names) if self.is_bound else False
        return FieldGroup(title, [self._shown(name) for name in names], title in _OPEN or has_errors or is_filled)

    def _shown(self, name: str) -> Shown:
        asked_by, words = DEPENDENT.get(name, ("", ()))
        return Shown(self[name], self[asked_by].html_name if asked_by else "", "|".join(words))


def _applies(name: str, given: Mapping[str, str]) -> bool:
    asked_by, words = DEPENDENT.get(name, ("", ()))
    return not asked_by or given.get(asked_by, "") not in words


def _field(column: ColumnSpec, view: PackView, programmes: list[str]) -> forms.Field:
    """Return the field of a column. None is required here: the law names what is missing together with all the rest."""
    field = _plain(column, view, programmes)
    field.label, field.required, field.is_asked = column.header, False, column.required
    field.help_text = column.help or (f"如 {column.example}" if column.example else "")
    return field


def _plain(column: ColumnSpec, view: PackView, programmes: list[str]) -> forms.Field:
    if column.field == "programme":
        return _choice(programmes)
    if column.kind == "code" and column.table:
        return _choice(list(dict.fromkeys(view.table(column.table).values())))
    widget: forms.Widget = forms.TextInput(attrs={"autocomplete": "off"})
    if column.kind == "month":
        widget = forms.TextInput(attrs={"type": "month", "autocomplete": "off"})
    if column.kind == "date":
        widget = DayInput("born")
    return forms.CharField(max_length=_LONGEST, widget=widget)


def _choice(words: list[str]) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[("", "请选择"), *((word, word) for word in words)])


assert all(DEPENDENT[f"{member}_phone"][0] == f"{member}_name" for member in MEMBERS), "a member is asked by name first"
