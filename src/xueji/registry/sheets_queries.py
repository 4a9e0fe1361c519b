"""What is printed of an application for a change (S2 第十一条 on): a sheet a student, what stands and what is asked for.

The form is the pack's, one for every kind of change; a case that is none, and a pack without the form, have no sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.packs import DocumentSpec, PackView
from xueji.core.status_specs import ChangeSpec, EvidenceSpec
from xueji.core.status_words import CHANGE_PARTICULARS
from xueji.documents.records import ListData, ListGroup
from xueji.institutions.models import Programme
from xueji.institutions.queries.succession import school_called_on
from xueji.registry.bulk_reading import class_of
from xueji.registry.changes import FIELDS
from xueji.registry.changes import KIND as PARTICULARS_KIND
from xueji.registry.models import Enrolment, StatusApplicant, StudentNumber
from xueji.registry.queries import change_of_case
from xueji.registry.queries.applications import application_of, judged_applicants
from xueji.registry.queries.shown_changes import ShownValue, shown_applicant
from xueji.registry.queries.status_changes import KIND as STATUS_KIND
from xueji.registry.queries.transfers import KIND as TRANSFER_KIND
from xueji.registry.queries.transfers import RECEIVING, applicants_of, programmes_wanted, school_of

FORM = "change_application"  # the key of the pack's document
MOST = 100  # sheets of one print
_FIRST_LINE, _SECOND_LINE = 42, 46  # characters of the reasons that the lines of the form hold
_KINDS = (STATUS_KIND, TRANSFER_KIND, PARTICULARS_KIND)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an application asks for, whatever its kind: the change, since when, why, and what of each student."""

    change: str
    effective_on: str
    statement: str
    students: Sequence[tuple[Enrolment, Sequence[ShownValue]]]


def form_for(case: Case) -> DocumentSpec | None:
    """Return the form on which an application is printed, by the law of its case; None where there is none."""
    view = law_of(case)
    return view.document(FORM) if case.kind in _KINDS and FORM in view.keys("document") else None


def sheets_of(case: Case, first: int = 0) -> tuple[ListData, int]:
    """Return the sheets of an application from the student at a place on, and how many students it has."""
    view = law_of(case)
    asked = _ASKED[case.kind](case)
    chosen = asked.students[first : first + MOST]
    numbers = _student_numbers(record for record, _ in chosen)
    shared = {
        "change": asked.change, "effective_on": asked.effective_on, "papers": "、".join(_papers(asked.change, view)),
        "school_name": _filed_by(case), **_in_lines(asked.statement),
    }  # fmt: skip
    groups = tuple(ListGroup(_fields(record, numbers), _rows(values)) for record, values in chosen)
    return ListData(shared, groups), len(asked.students)


def _in_lines(statement: str) -> dict[str, str]:
    """Return the reasons in the two lines of the form; what they do not hold is read on the page of the case."""
    text = " ".join(statement.split())
    first, rest = text[:_FIRST_LINE], text[_FIRST_LINE:]
    return {
        "statement": first,
        "statement_2": rest if len(rest) <= _SECOND_LINE else f"{rest[: _SECOND_LINE - 5]}……见办件",
    }


def _of_status(case: Case) -> _Asked:
    application = application_of(case)
    applicants, judged, _ = judged_applicants(application, law_of(case))
    shown = [shown_applicant(applicant, row) for applicant, row in zip(applicants, judged, strict=True)]
    return _Asked(
        f"{'撤销' if application.is_undoing else ''}{application.change}", f"{application.effective_on:%Y-%m-%d}",
        application.statement, [(row.applicant.enrolment, row.values) for row in shown],
    )  # fmt: skip


def _of_transfer(case: Case) -> _Asked:
    application = application_of(case)
    applicants = applicants_of(application)
    programmes = programmes_wanted(applicants)
    receiving = school_of(case, RECEIVING).name
    students = [(row.enrolment, _moving(case, row, receiving, programmes)) for row in applicants]
    return _Asked(
        f"{'撤销' if application.is_undoing else ''}{application.change}", f"{application.effective_on:%Y-%m-%d}",
        application.statement, students,
    )  # fmt: skip


def _moving(
    case: Case, row: StatusApplicant, receiving: str, programmes: Mapping[int, Programme]
) -> Sequence[ShownValue]:
    sending = _filed_by(case)
    if row.undoes_id is not None:
        return [ShownValue("学校", receiving, sending)]
    wanted = programmes.get(row.wanted.get("programme_id", 0))
    return [
        ShownValue("学校", sending, receiving),
        ShownValue("专业", row.enrolment.programme.name, wanted.name if wanted else ""),
        ShownValue("班级", class_of(row.enrolment), str(row.wanted.get("class_name", ""))),
    ]


def _of_particulars(case: Case) -> _Asked:
    change = change_of_case(case)
    items = [ShownValue(FIELDS.get(item.field, item.field), item.before, item.after) for item in change.items.all()]
    return _Asked(CHANGE_PARTICULARS, "", change.reason, [(change.enrolment, items)])


def _filed_by(case: Case) -> str:
    """Return the school that applies, as it was called on the day of the case."""
    return school_called_on(case.school_id, case.legal_date) if case.school_id else ""


_ASKED = {STATUS_KIND: _of_status, TRANSFER_KIND: _of_transfer, PARTICULARS_KIND: _of_particulars}


def _papers(change: str, view: PackView) -> list[str]:
    """Return the papers the law names for a change; none for one that is taken back."""
    if change not in view.keys("change"):
        return []
    spec = view.entry("change", change, ChangeSpec)
    return [view.entry("evidence", key, EvidenceSpec).label for key in spec.evidence]


def _student_numbers(records: Iterable[Enrolment]) -> dict[object, str]:
    rows = StudentNumber.objects.filter(person__in=[record.person_id for record in records])
    return {row.person_id: row.number for row in rows}


def _fields(record: Enrolment, numbers: Mapping[object, str]) -> dict[str, str]:
    person = record.person
    return {
        "name": person.name, "sex": person.sex, "resident_id": person.resident_id, "programme": record.programme.name,
        "student_number": numbers.get(person.pk, ""), "class_name": class_of(record), "study_mode": record.study_mode,
        "duration": f"{record.duration_years.normalize():f} 年", "status": record.get_status_display(),
        "entry_month": record.entry_month,
    }  # fmt: skip


def _rows(values: Iterable[ShownValue]) -> tuple[Mapping[str, str], ...]:
    return tuple({"item": row.label, "before": row.before, "after": row.after} for row in values)
