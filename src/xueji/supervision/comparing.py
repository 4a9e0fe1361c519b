"""An export of the national system is held against the students of a school: one answer a student, nothing written (FM5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from django.utils import timezone

from xueji.core.errors import BadInput
from xueji.core.identifiers import mask_numbers
from xueji.core.new_students import ID_CARD, word_of_years
from xueji.core.pack_keys import SYSTEM_FIELDS
from xueji.core.packs import PackView
from xueji.documents.storage import open_stored
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of
from xueji.jobs.progress import JobProgress
from xueji.reconciliation.answers import Answer, PersonAnswer, Report
from xueji.reconciliation.columns import NUMBER, ColumnMap, SideMap
from xueji.reconciliation.comparing import clean_number
from xueji.reconciliation.decisions import Decisions
from xueji.reconciliation.engine import reconcile
from xueji.reconciliation.memory import open_memory
from xueji.reconciliation.sides import ListSide, side_of_file, side_of_rows
from xueji.registry.models import ACTIVE, Enrolment
from xueji.sealing.texts import blind_index
from xueji.supervision.comparison_rows import (
    DIFFERENT,
    SHOWN,
    ComparedLists,
    ComparedStudent,
    answer_workbook,
    label_of,
)
from xueji.uploads.kinds import ReadRow, UploadReading
from xueji.uploads.models import Upload, UploadRow

_MOST = 20_000
_HEADS = ("身份证件号", "身份证件类型")
_ROW_OF_OURS = re.compile(r"甲表第 [\d,]+ 行")  # a register has no rows that anybody could look up


def read_comparison(upload: Upload, progress: JobProgress) -> UploadReading:
    """Hold the export against the register as it is: the figures first, then each student who is not the same."""
    school = cast("School", upload.subject)
    view = pack_of(school).on(timezone.localdate(upload.uploaded_at))
    fields = cast("list[str]", view.value("two_systems_compared"))
    column_map = ColumnMap()
    progress.phase("读取全国系统导出表")
    with open_stored(upload.workbook_id) as file, side_of_file(
        file, upload.workbook_name, column_map, SideMap()
    ) as exported:  # fmt: skip
        if NUMBER not in exported.columns:
            raise BadInput("文件中没有「身份证件号」或者「身份证号」一列，无法逐人核对；请从全国系统重新导出")
        progress.phase("读取学籍登记")
        records = _records(school)
        texts = [_cells(record, fields, view) for record in records]
        head = [*_HEADS, *(SYSTEM_FIELDS[name] for name in fields)]
        with (
            open_memory() as connection,
            side_of_rows(school.name, head, texts, range(1, len(texts) + 1), column_map) as ours,
        ):
            progress.phase("逐人核对")
            report = reconcile(connection, ours, exported, column_map, decisions=Decisions(), row_limit=_MOST)
        _require_same_school(report, records, exported)
        students = list(_students(report, records, exported, school))
    return _reading(report, students, [name for name in fields if name not in exported.columns], fields)


def _reading(
    report: Report, students: Sequence[ComparedStudent], missing: Sequence[str], fields: Sequence[str]
) -> UploadReading:
    counts = {answer.value: sum(student.answer == answer for student in students) for answer in SHOWN}
    figures = ComparedLists(
        differing=sum(student.counts for student in students),
        total=report.total,
        counts={Answer.SAME.value: report.total - len(students), **counts},
        compared=tuple(SYSTEM_FIELDS[name] for name in fields if name not in missing),
        not_compared=tuple(SYSTEM_FIELDS[name] for name in missing),
    )
    rows = [ReadRow(0, "核对结果", figures.to_text(), UploadRow.Change.SAME)]
    for student in students:
        change = UploadRow.Change.CHANGED if student.counts else UploadRow.Change.SAME
        rows.append(ReadRow(student.row, student.name, student.to_text(), change, sheet=label_of(student.answer)))
    return UploadReading(rows, (), answer_workbook(students))


def _records(school: School) -> list[Enrolment]:
    rows = Enrolment.objects.filter(school=school, status__in=ACTIVE, registration__isnull=False)
    return list(rows.select_related("person", "programme").order_by("person__name", "pk"))


def _cells(record: Enrolment, fields: Sequence[str], view: PackView) -> list[str]:
    person = record.person
    values = {
        "name": person.name, "sex": person.sex, "programme": record.programme.name, "study_mode": record.study_mode,
        "duration": word_of_years(record.duration_years, view), "entry_month": record.entry_month.replace("-", ""),
        "ethnicity": person.ethnicity, "political_status": person.political_status,
    }  # fmt: skip
    return [person.resident_id, person.id_document_type, *(values[name] for name in fields)]


def _require_same_school(report: Report, records: Sequence[Enrolment], exported: ListSide) -> None:
    """Refuse the export of another school, and one with so many differences that it can be no other."""
    met = report.total - report.counts[Answer.MISSING_HERE] - report.counts[Answer.MISSING_THERE]
    if records and len(exported) and not met:
        raise BadInput("文件中没有一名本校在籍的学生，请核对是不是本校的导出表")
    if report.left_out:
        raise BadInput(f"不一致的超过 {_MOST:,} 人，请核对是不是本校的导出表")


def _students(
    report: Report, records: Sequence[Enrolment], exported: ListSide, school: School
) -> Iterator[ComparedStudent]:
    """Yield everybody who is not the same in both; of whom only the export has, what the school's register says otherwise."""
    places = {exported.number(place): place for place in range(len(exported))}
    alone = {
        person.there_spot.row: blind_index(number)
        for person in report.rows
        if person.answer == Answer.MISSING_HERE and person.there_spot is not None
        and (number := clean_number(exported.row(places[person.there_spot.row]).cell(NUMBER)))
    }  # fmt: skip
    left = _left(school, list(alone.values()))
    for person in report.rows:
        record = records[person.here.row - 1] if person.here else None
        if _is_other_paper(person, record):
            continue
        row = person.there_spot.row if person.there_spot else 0
        reasons = [_words(reason) for reason in person.reasons]
        if person.answer == Answer.MISSING_HERE and (status := left.get(alone.get(row, b""))):
            reasons.append(f"本系统中该生在本校的学籍为「{status}」")
        is_agreed = person.answer == Answer.NUMBER_WRONG and not person.fields and record is not None and row > 0
        yield ComparedStudent(
            person.answer.value, person.name, str(record.pk) if record else "", row,
            tuple(dict.fromkeys(field.here.column for field in person.fields)), tuple(reasons),
            counts=person.answer in DIFFERENT and not (is_agreed and person.has_one_number),
        )  # fmt: skip


def _is_other_paper(person: PersonAnswer, record: Enrolment | None) -> bool:
    """Whether the only doubt is about a number that is no card's, and the export does not say so."""
    return (
        person.answer == Answer.NUMBER_WRONG and record is not None and record.person.id_document_type != ID_CARD
        and not person.fields and person.has_one_number
    )  # fmt: skip


def _left(school: School, indexes: Sequence[bytes]) -> Mapping[bytes, str]:
    """Return how the records of some people stand that are no longer among the school's students; one statement."""
    rows = Enrolment.objects.filter(school=school, person__resident_id_index__in=indexes).exclude(status__in=ACTIVE)
    found = rows.select_related("person").order_by("pk")
    return {bytes(row.person.resident_id_index or b""): row.get_status_display() for row in found}


def _words(reason: str) -> str:
    reason = _ROW_OF_OURS.sub("本系统", reason)
    return mask_numbers(reason.replace("甲表", "本系统").replace("乙表", "全国系统").replace("两表", "两个系统"))
