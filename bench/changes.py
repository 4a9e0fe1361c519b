"""A change of status of 2,000 students by workbook: read, confirmed, approved; beside bare reading and one COPY of the same file.

Bare is what no program can avoid: every cell through the same native reader and one COPY of the same cells into a table
without a trigger. Reading is the way an upload really goes (receive_upload → job → rows and findings stored); confirming
opens the application of everybody; approving is the last decision: every record moves, each with its change and its event.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from psycopg import Connection, connect
from python_calamine import CalamineWorkbook

from bench._scratch import scratch_database

STUDENTS = 2000
ROUNDS = 3
CAME = date(2021, 9, 1)
REGISTERED = datetime(2021, 9, 10, 1, tzinfo=UTC)
AT = datetime(2022, 3, 8, 1, tzinfo=UTC)
_PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def run() -> dict[str, float]:
    """Return the seconds of each part and their ratios to bare reading and COPY of the same workbook."""
    with tempfile.TemporaryDirectory() as folder, scratch_database():
        from django.conf import settings

        settings.MEDIA_ROOT = folder
        henan = _school()
        workbook = _workbook(henan)
        with closing(connect(os.environ["DATABASE_URL"])) as connection:
            bare = statistics.median(_seconds(lambda: _read_and_copy(connection, workbook)) for _ in range(ROUNDS))
        upload: list[Any] = []
        reading = _seconds(lambda: upload.append(_read(henan, workbook)))
        assert (upload[0].row_count, upload[0].findings.count()) == (STUDENTS, 0)
        confirming = _seconds(lambda: _confirm(henan, upload[0]))
        approving = _approve(henan)
    return {
        "students": STUDENTS,
        "bare_seconds": round(bare, 3),
        "reading_seconds": round(reading, 2),
        "confirming_seconds": round(confirming, 2),
        "approving_seconds": round(approving, 2),
        "ratio_reading": round(reading / bare, 1),
        "ratio_confirming": round(confirming / bare, 1),
        "ratio_approving": round(approving / bare, 1),
    }


def _school() -> Any:
    """Found a school with its people and register its students."""
    from decimal import Decimal

    from tests.apps.registry.test_registering import facts
    from tests.exchange.test_enrolments import number
    from tests.factories.institutions import ProgrammeFactory, staffed_city

    from xueji.core.intakes import Intake
    from xueji.registry.actions import register_students

    henan = staffed_city("410100", "410102")
    ProgrammeFactory(school=henan.county_school, name="护理", duration_years=Decimal("3.0"))
    register_students(
        [facts(place % 900, resident_id=number(f"200605{1 + place // 900:02d}", place % 900)) for place in range(STUDENTS)], school=henan.county_school, intake=Intake(2021, "autumn"),
        entered_on=CAME, by=henan.clerk, at=REGISTERED,
    )  # fmt: skip
    return henan


def _workbook(henan: Any) -> bytes:
    """Return the prefilled workbook of a suspension, filled in."""
    from openpyxl import load_workbook

    from xueji.institutions.queries import pack_of
    from xueji.registry.bulk_queries import prefilled_workbook
    from xueji.registry.models import Enrolment
    from xueji.registry.queries.choices import choice_of

    school, view = henan.county_school, pack_of(henan.county_school).on(AT.date())
    records = list(Enrolment.objects.filter(school=school).select_related("person", "programme", "registration"))
    choice = choice_of("休学", school, records, view, date(2022, 3, 4))
    made = prefilled_workbook(
        choice, view, effective_on=date(2022, 3, 4), statement="集体休学", shows_tail=True
    )  # fmt: skip
    book = load_workbook(BytesIO(made))
    sheet = book.worksheets[0]
    (place,) = (cell.column for cell in sheet[1] if cell.value == "休学至")
    for line in range(2, STUDENTS + 2):
        sheet.cell(line, place).value = "2022-09-01"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _read(henan: Any, workbook: bytes) -> Any:
    from xueji.jobs.testing import run_pending_jobs
    from xueji.uploads.actions import receive_upload

    given = {"subject": henan.county_school, "workbook": ("名册.xlsx", workbook), "by": henan.clerk, "at": AT}
    upload = receive_upload(kind="status_changes", **given)
    run_pending_jobs()
    upload.refresh_from_db()
    return upload


def _confirm(henan: Any, upload: Any) -> None:
    from xueji.uploads.actions import confirm_upload

    confirm_upload(upload=upload, by=henan.clerk, at=AT)


def _approve(henan: Any) -> float:
    """Carry the application to its last decision; return how long that one takes."""
    from tests.factories.graduation import current_step
    from tests.factories.institutions import appointed

    from xueji.cases.actions import attach_evidence, decide_step, submit_case
    from xueji.institutions.models import Post
    from xueji.registry.models import StatusApplication, StatusChange

    case = StatusApplication.objects.get().case
    attach_evidence(case=case, kind="证明材料", file_name="证明.pdf", data=_PDF, by=henan.clerk, at=AT)
    submit_case(case=case, by=henan.clerk, at=AT)

    def decide(by: Any) -> None:
        decide_step(step=current_step(case), verdict="approve", by=by, at=AT)

    decide(henan.leader)
    decide(henan.county_reviewer)
    second = appointed(Post.COUNTY_REVIEWER, henan.county)
    seconds = _seconds(lambda: decide(second))
    assert StatusChange.objects.count() == STUDENTS
    return seconds


def _read_and_copy(connection: Connection, workbook: bytes) -> None:
    header, *rows = CalamineWorkbook.from_filelike(BytesIO(workbook)).get_sheet_by_index(0).iter_rows()
    columns = ", ".join(f"c{n} text" for n in range(len(header)))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"drop table if exists bare; create table bare (id bigserial primary key, {columns})")
        names = ", ".join(f"c{n}" for n in range(len(header)))
        with cursor.copy(f"copy bare ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row([str(cell) for cell in row])


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(run(), ensure_ascii=False, indent=2))
