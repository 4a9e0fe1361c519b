"""A transfer between two schools (S2 第十二条): its students, what the law says of each, what stands in the way of undoing one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from uuid import UUID

from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.decisions.changes import ChangeDecision, decide_change
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView
from xueji.core.status.facts import ChangeFacts
from xueji.core.status.territories import territory_of
from xueji.core.status_words import CHANGE_PROGRAMME, TRANSFER, VOCATIONAL
from xueji.institutions.models import Programme, School
from xueji.registry.models import (
    Enrolment,
    EnrolmentStatus,
    StatusApplicant,
    StatusApplication,
    StatusChange,
)
from xueji.registry.queries.applications import application_of
from xueji.registry.queries.status_changes import in_graduating_year, is_compulsory, registration_of
from xueji.registry.queries.transfers import (
    KIND,
    RECEIVING,
    SENDING,
    applicants_of,
    changes_since,
    latest_days,
    programmes_wanted,
    school_of,
)


def count_transferred(case: Case) -> Mapping[str, int]:
    """Return what the conditions of the workflow ask for."""
    return {"persons": StatusApplicant.objects.filter(application__case=case).count()}


# -- what stands in the way


def transfer_findings(case: Case) -> list[Finding]:
    """Return what keeps the students of a case from moving, or from being moved back, as things stand now."""
    application = application_of(case)
    applicants = applicants_of(application)
    view = law_of(case)
    cites = view.workflow(KIND).cites
    if application.is_undoing:
        return _undoing_findings(applicants, application, cites)
    schools = {role: school_of(case, role) for role in (SENDING, RECEIVING)}
    found = school_findings(schools, view)
    programmes = programmes_wanted(applicants)
    moves = [(row.enrolment, programmes.get(row.wanted.get("programme_id", 0))) for row in applicants]
    judged = judge_moves(moves, schools, application.effective_on, case.legal_date, view)
    for applicant, findings in zip(applicants, judged, strict=True):
        name = applicant.enrolment.person.name
        found += [replace(finding, message=f"{name}：{finding.message}") for finding in findings]
    return found


def judge_moves(
    moves: Sequence[tuple[Enrolment, Programme | None]],
    schools: Mapping[str, School],
    on: date,
    asked_on: date,
    view: PackView,
    *,
    asks_programme: bool = True,
) -> list[list[Finding]]:
    """Return what stands against each move into a programme, in their order; a few statements, however many there are.

    Without `asks_programme` only whether somebody may move at all: nobody has chosen what they are to study there.
    """
    cites = view.workflow(KIND).cites
    latest = latest_days([record.pk for record, _ in moves])
    decide = cache(lambda facts: decide_change(facts, view))
    judged = []
    for record, wanted in moves:
        problems = _record_problems(record, schools, on, latest.get(record.pk))
        if asks_programme:
            problems += _programme_problems(wanted, schools[RECEIVING], on)
        found = [Finding(rule, Severity.ERROR, text, cites=cites) for rule, text in problems]
        facts = transfer_facts(record, schools, len(moves), asked_on, view)
        judged.append([*found, *_lawful(facts, record, wanted, decide)])
    return judged


def school_findings(schools: Mapping[str, School], view: PackView) -> list[Finding]:
    """Return why nobody can be transferred between these two schools."""
    return _school_findings(schools[SENDING], schools[RECEIVING], view.workflow(KIND).cites)


def _school_findings(sending: School, receiving: School, cites: tuple[Citation, ...]) -> list[Finding]:
    if sending.pk == receiving.pk:
        return [
            Finding(
                "transfer.two_schools", Severity.ERROR, "转出学校和转入学校是同一所学校；校内请办理转专业", cites=cites
            )
        ]
    if receiving.closed_on is not None:
        text = f"{receiving.name}已于 {receiving.closed_on:%Y-%m-%d} 停办，不能转入；请改选其他学校"
        return [Finding("transfer.school_open", Severity.ERROR, text, cites=cites)]
    return []


def _record_problems(
    record: Enrolment, schools: Mapping[str, School], on: date, latest: date | None
) -> list[tuple[str, str]]:
    """Return (rule, message) of what is amiss with a record, whatever the law says of the change."""
    problems = []
    if record.school_id != schools[SENDING].pk:
        problems.append(("transfer.of_sending_school", f"学籍不在{schools[SENDING].name}"))
    if registration_of(record) is None:
        problems.append(("transfer.registered", "没有电子学籍登记，请先补办登记"))
    if latest is not None and on < latest:
        problems.append(("transfer.after_last_change", f"生效日期早于最近一次异动（{latest:%Y-%m-%d}）"))
    return problems


def _programme_problems(wanted: Programme | None, receiving: School, on: date) -> list[tuple[str, str]]:
    if wanted is None or wanted.school_id != receiving.pk:
        return [("transfer.programme_taught", f"请选择{receiving.name}开设的专业")]
    if wanted.closed_on is not None and wanted.closed_on <= on:
        return [("transfer.programme_taught", f"{receiving.name}的「{wanted.name}」专业已停止招生")]
    return []


def _lawful(
    facts: ChangeFacts,
    record: Enrolment,
    wanted: Programme | None,
    decide: Callable[[ChangeFacts], ChangeDecision],
) -> list[Finding]:
    """Return what the law says against the change; who moves into another programme changes the programme too."""
    changes = [TRANSFER]
    if wanted is not None and wanted.name != record.programme.name:
        changes.append(CHANGE_PROGRAMME)
    found: dict[str, Finding] = {}
    for change in changes:
        for finding in decide(replace(facts, change=change)).findings:
            found.setdefault(finding.rule, finding)
    return list(found.values())


def transfer_facts(
    record: Enrolment, schools: Mapping[str, School], students: int, on: date, view: PackView
) -> ChangeFacts:
    """Return what the law asks of a student who is to move."""
    places = {role: territory_of(school.authority.division_code, view) for role, school in schools.items()}
    return ChangeFacts(
        status=EnrolmentStatus(record.status).label, change=TRANSFER, on=on, from_school=VOCATIONAL, students=students,
        from_authority=places[SENDING], to_authority=places[RECEIVING], authority=places[SENDING],
        graduating_year=in_graduating_year(record, on, view), compulsory=is_compulsory(record, on),
        study_mode=record.study_mode,
    )  # fmt: skip


def _undoing_findings(
    applicants: Sequence[StatusApplicant], application: StatusApplication, cites: tuple[Citation, ...]
) -> list[Finding]:
    """Return why transfers cannot be taken back; two statements, however many students there are."""
    undone = [applicant.undoes for applicant in applicants if applicant.undoes is not None]
    countered = set(StatusChange.objects.filter(counters__in=undone).values_list("counters_id", flat=True))
    since = changes_since(change for change in undone if change.moves_to_id is not None)
    found = []
    for applicant in applicants:
        problems = _undoing_problems(applicant.undoes, application.effective_on, countered, since)
        name = applicant.enrolment.person.name
        found += [Finding(rule, Severity.ERROR, f"{name}：{text}", cites=cites) for rule, text in problems]
    return found


def _undoing_problems(
    change: StatusChange | None,
    on: date,
    countered: Collection[UUID | None],
    since: Mapping[UUID, Sequence[StatusChange]],
) -> list[tuple[str, str]]:
    """Return (rule, message) of why one is not taken back: it was already, or something else happened at the new school."""
    if change is None or change.moves_to is None:
        return [("transfer.undoes_transfer", "撤销的不是一次转学")]
    problems: list[tuple[str, str]] = []
    if change.pk in countered:
        problems.append(("transfer.undone_once", "这次转学已经撤销"))
    elif later := since[change.pk]:
        text = f"转入后又办理了{later[0].kind}（{later[0].effective_on:%Y-%m-%d}），请先撤销后面的异动"
        problems.append(("transfer.last_of_record", text))
    elif change.moves_to.status != EnrolmentStatus.STUDYING:
        problems.append(
            ("transfer.last_of_record", f"转入后的学籍现为{change.moves_to.get_status_display()}，不能撤销转学")
        )
    if on < change.effective_on:
        problems.append(("transfer.after_last_change", f"撤销日期早于转学的生效日期（{change.effective_on:%Y-%m-%d}）"))
    return problems
