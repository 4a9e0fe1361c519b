"""A row about a registration in the national system: whose it is, whether its day can be, whether a term has passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from xueji.core.calendar import deadline_by_clock
from xueji.core.days import refusal_of_day
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.core.status_specs import ClosingSpec
from xueji.institutions.models import School
from xueji.registry.bulk_reading import ReadLine, compare_line, text_in
from xueji.registry.filings import intake_of
from xueji.registry.models import Enrolment, Registration
from xueji.registry.national_columns import COMPARED, EXPORT, LONGEST_SOURCE, NationalDate
from xueji.sealing.texts import blind_index

_ANOTHER = "请核对，或从名册中删去这一行"


def judge_lines(lines: Sequence[ReadLine], school: School, view: PackView, today: date) -> None:
    """Give each row its record, found by record number, 学籍号 or ID number, and note what stands against it; four statements."""
    _find(lines, school)
    first: dict[UUID, int] = {}
    for line in lines:
        if line.record is None:
            continue
        compare_line(line, COMPARED)
        if (other := first.setdefault(line.record.pk, line.row_number)) != line.row_number:
            line.refuse("once", f"与第 {other} 行是同一名学生", "name", "请删去一行")
        _judge(line, line.record.registration, view, today)


def national_date(line: ReadLine) -> NationalDate:
    """Return what a row without an error records."""
    return NationalDate(line.cells["national_on"], text_in(line.cells, "source") or EXPORT)


def _judge(line: ReadLine, registration: Registration, view: PackView, today: date) -> None:
    on = line.cells.get("national_on")
    if not isinstance(on, date):
        line.refuse("day", "没有填写注册日期", "national_on", "请填写")
        return
    if problem := refusal_of_day("national", on, today):
        line.refuse("day", problem, "national_on", "请与全国系统核对")
    if len(text_in(line.cells, "source")) > LONGEST_SOURCE:
        line.refuse("length", f"超过 {LONGEST_SOURCE} 个字", "source", "请缩短")
    if line.passes:
        line.findings += _doubts(on, registration, view)


def _doubts(on: date, registration: Registration, view: PackView) -> list[Finding]:
    """Return what is odd about a day: terms of 第六条 that had passed. It refuses nothing: it happened elsewhere, and is recorded."""
    clock, closing = view.clock("efile_created"), view.entry("closing", "registration", ClosingSpec)
    last, found = deadline_by_clock(registration.entered_on, clock, view.calendar).on, []
    terms = [(last, clock.label, clock.cites), (closing.day_for(intake_of(registration)), closing.label, closing.cites)]
    if on < registration.entered_on:
        words = f"注册日期 {on} 早于办理入学手续的日期 {registration.entered_on}"
        found.append(Finding("national.after_entry", Severity.WARNING, words, "national_on", "请核对日期", clock.cites))
    for day, label, cites in terms:
        if on > day:
            words = f"{label}的期限为 {day}，注册日期 {on} 已超过"
            found.append(Finding("national.in_time", Severity.WARNING, words, "national_on", "请核对日期", cites))
    return found


def _find(lines: Sequence[ReadLine], school: School) -> None:
    """Look for the records of rows by the first identifier that each gives."""
    keys = {line.row_number: _key(text_in(line.cells, "record")) for line in lines}
    numbers = {line.row_number: _index(line, "student_number") for line in lines}
    documents = {line.row_number: _index(line, "resident_id") for line in lines}
    rows = Enrolment.objects.filter(school=school, registration__isnull=False)
    rows = rows.select_related("person", "registration").defer("registration__form")
    by_key = {row.pk: row for row in rows.filter(pk__in={key for key in keys.values() if key})}
    by_number: dict[bytes, list[Enrolment]] = {}
    wanted = {index for index in numbers.values() if index}
    for row in rows.filter(person__student_number__number_index__in=wanted).select_related("person__student_number"):
        by_number.setdefault(bytes(row.person.student_number.number_index), []).append(row)
    by_document: dict[bytes, list[Enrolment]] = {}
    for row in rows.filter(person__resident_id_index__in={index for index in documents.values() if index}):
        by_document.setdefault(bytes(row.person.resident_id_index or b""), []).append(row)
    for line in lines:
        number = line.row_number
        if key := keys[number]:
            found = [by_key[key]] if key in by_key else []
        elif index := numbers[number]:
            found = by_number.get(index, [])
        else:
            found = by_document.get(documents[number], [])
        _take(line, found, is_named=bool(keys[number] or numbers[number] or documents[number]))


def _take(line: ReadLine, found: Sequence[Enrolment], *, is_named: bool) -> None:
    if not is_named:
        line.refuse("named", "没有填写学籍号或身份证件号", "student_number", "请填写其中一项")
    elif not found:
        line.refuse("record_of_school", "本校没有登记这名学生", "name", _ANOTHER)
    elif len(found) > 1:
        line.refuse("one_record", "该生在本校有几条学籍", "name", "请下载名册，按记录号填写")
    else:
        line.record = found[0]


def _index(line: ReadLine, name: str) -> bytes:
    text = text_in(line.cells, name).upper()
    return blind_index(text) if text else b""


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)  # named, and nobody's
