"""The students of an intake are filed: asked for by the school, decided as one case, each student by itself (S2 第七条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case, submit_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.errors import Conflict, RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.core.intakes import Intake
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.registry.filings import KIND, Judged, judge_students, kept_findings, named, waiting_for_filing, with_people
from xueji.registry.models import Enrolment, FilingEntry, FilingRequest, Registration
from xueji.sealing.rows import store_signed

Outcome = FilingEntry.Outcome


def request_filing(*, school: School, intake: Intake, by: User, at: datetime) -> FilingRequest:
    """Ask for the filing of everybody of an intake who is not filed yet, and submit it to the leader of the school.

    Who does not pass stays out, with the reasons; RuleViolation with all of them where nobody passes.
    """
    require_permission(by, Permission.REGISTER_STUDENTS, school=school)
    with transaction.atomic():
        School.objects.select_for_update(of=("self",), no_key=True).get(pk=school.pk)  # two clerks wait for each other
        waiting = waiting_for_filing(school, intake)
        if not waiting:
            raise Conflict("本届没有待备案的学生：都已备案，或正在办理")
        request = FilingRequest(intake_year=intake.year, intake_term=intake.term)
        request.case = open_case(
            kind=KIND, school=school, title=str(request), by=by, at=at, legal_date=timezone.localdate(at)
        )
        request.save()
        copy_rows([FilingEntry(request=request, enrolment=row.enrolment) for row in waiting])
        record_event(
            tag=EventTag.FILING_REQUESTED, subject=request, parent=request.case, by=by, at=at, school_id=school.pk,
            after={"students": len(waiting)},
        )  # fmt: skip
        submit_case(case=request.case, by=by, at=at)
    request.case.refresh_from_db()
    return request


def check_filing(case: Case) -> list[Finding]:
    """Return that a request has nobody left who waits; what speaks against each is asked with the day, in `sift_filing`."""
    if FilingEntry.objects.filter(request__case=case, outcome=Outcome.OPEN).exists():
        return []
    cites = law_of(case).workflow(KIND).cites
    return [Finding("filing.somebody", Severity.ERROR, "申请中没有待备案的学生", cites=cites)]


def sift_filing(case: Case, by: User, at: datetime) -> None:
    """Leave those out who do not pass on the day of the submission; RuleViolation with every reason where nobody passes."""
    judged = _judged(_open_entries(case), case, at)
    if not any(student.passes for _, student in judged):
        raise RuleViolation([finding for _, student in judged for finding in named(student)])
    _return_failing(case, judged, by, at)


def apply_filing(case: Case, by: User, at: datetime) -> None:
    """File everybody who still passes; who does not by now stays out, with the reasons."""
    require_approved(case)
    entries = _open_entries(case)
    assert case.submitted_at is not None
    judged = _judged(entries, case, case.submitted_at)  # who asked in time is filed, however long the office takes
    _return_failing(case, judged, by, at)
    passing = [(entry, student.registration) for entry, student in judged if student.passes]
    rows = [registration for _, registration in passing]
    for row in rows:
        row.filing, row.filed_on, row.filed_by = Registration.Filing.FILED, timezone.localdate(at), case
    store_signed(rows, "filing", "filed_on", "filed_by")
    store_signed([entry for entry, _ in passing], outcome=Outcome.FILED)
    Enrolment.objects.filter(pk__in=[row.pk for row in rows], confirmed_at=None).update(confirmed_at=at)
    view = law_of(case)
    record_events([
        event_of(
            tag=EventTag.ENROLMENT_FILED, subject=row.enrolment, parent=case, by=by, at=at, school_id=case.school_id,
            view=view, after={"filed_on": row.filed_on},
        )
        for row in rows
    ])  # fmt: skip


def refuse_filing(case: Case, by: User, at: datetime) -> None:
    """Close the entries of a request the authority refused."""
    _close(case, Outcome.REFUSED, by, at)


def withdraw_filing(case: Case, by: User, at: datetime) -> None:
    """Close the entries of a request the school took back: the students may be asked for again."""
    _close(case, Outcome.WITHDRAWN, by, at)


def _close(case: Case, outcome: str, by: User, at: datetime) -> None:
    entries = _open_entries(case)
    store_signed(entries, outcome=outcome)
    after = {"students": len(entries), "outcome": Outcome(outcome).label}
    record_event(
        tag=EventTag.FILING_CLOSED, subject=case.filing_request, parent=case, by=by, at=at, school_id=case.school_id,
        after=after,
    )  # fmt: skip


def _open_entries(case: Case) -> list[FilingEntry]:
    return list(FilingEntry.objects.select_for_update().filter(request__case=case, outcome=Outcome.OPEN).order_by("pk"))


def _judged(entries: Sequence[FilingEntry], case: Case, at: datetime) -> list[tuple[FilingEntry, Judged]]:
    rows = with_people(Registration.objects.filter(pk__in=[entry.enrolment_id for entry in entries])).order_by("pk")
    assert case.school is not None
    judged = judge_students(list(rows), case.school, law_of(case), timezone.localdate(at))
    of_record = {student.registration.pk: student for student in judged}
    return [(entry, of_record[entry.enrolment_id]) for entry in entries]


def _return_failing(case: Case, judged: Sequence[tuple[FilingEntry, Judged]], by: User, at: datetime) -> None:
    failing = [(entry, student) for entry, student in judged if not student.passes]
    for entry, student in failing:
        entry.outcome, entry.findings = Outcome.RETURNED, kept_findings(student.findings)
    store_signed([entry for entry, _ in failing], "outcome", "findings")
    if failing:
        names = [student.registration.enrolment.person.name for _, student in failing]
        record_event(
            tag=EventTag.FILING_CHECKED, subject=case.filing_request, parent=case, by=by, at=at,
            school_id=case.school_id, view=law_of(case), after={"returned": len(failing), "names": names[:50]},
        )  # fmt: skip
