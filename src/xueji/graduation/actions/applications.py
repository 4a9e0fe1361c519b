"""Numbers applied for by head-count before the batch is approved: one block a group of graduates, returned when left over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.checks import lock_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState
from xueji.certificates.actions import release_numbers, return_numbers
from xueji.core.composition import compose_parts
from xueji.core.errors import BadInput, Conflict
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.months import Month
from xueji.graduation.actions.release import release_batch
from xueji.graduation.facts import LIVE
from xueji.graduation.groups import (
    NUMBER_KIND,
    Group,
    free_counts,
    group_of,
    grouped,
    is_granted_beforehand,
    number_facts,
    numbering_for,
    numbers_suffice,
)
from xueji.graduation.models import Batch, GraduationOutcome, NumberApplication, NumberLine, Season
from xueji.graduation.season_authority import season_authority
from xueji.institutions.actions_closing import require_open
from xueji.institutions.models import Programme, School
from xueji.institutions.queries import pack_of, require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag

IN_SCHOOLS_HANDS = (CaseState.DRAFT, CaseState.RETURNED)
_UNDECIDED = (*IN_SCHOOLS_HANDS, CaseState.IN_PROGRESS)


def open_number_application(*, season: Season, school: School, by: User, at: datetime) -> NumberApplication:
    """Open a request for numbers of a season, its head-counts taken from the school's list where there is one.

    What was granted before and is still free is taken off: a second request asks for what is lacking.
    """
    require_permission(by, Permission.REQUEST_NUMBERS, school=school)
    require_open(school, timezone.localdate(at))
    view = pack_of(school).on(season.legal_date)
    if not is_granted_beforehand(view):
        raise Conflict("按适用的规定，编号在审核通过时发放，不须申请")
    authority = season_authority(school, season.legal_date)
    if authority is None or authority.pk != season.authority_id:
        raise Conflict(f"{school.name}不由{season.authority.name}验印")
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=school.pk)  # one request of a school at a time
        waiting = NumberApplication.objects.filter(season=season, school=school, case__state__in=_UNDECIDED)
        if waiting.exists():
            raise Conflict(f"{school.name}已有一件{season.label}的编号申请在办理")
        case = open_case(
            kind=NUMBER_KIND, school=school, title=f"编号申请 {season.label} {school.name}",
            legal_date=season.legal_date, by=by, at=at,
        )  # fmt: skip
        application = NumberApplication.objects.create(case=case, season=season, school=school)
        lines = [_line(application, group, count) for group, count in _wanted(season, school).items() if count]
        NumberLine.objects.bulk_create(lines)
        record_event(
            tag=EventTag.NUMBER_APPLICATION_OPENED, subject=application, parent=case, by=by, at=at,
            school_id=school.pk, after={"lines": _lines_in_words(lines)},
        )  # fmt: skip
    return application


def listed_counts(season: Season, school: School) -> dict[Group, int]:
    """Return how many graduates without a number stand in the school's batches of a season, by group."""
    counts: dict[Group, int] = {}
    for batch in Batch.objects.filter(season=season, school=school, issue__numbered_at=None):
        for group, members in grouped(batch.candidates.filter(state__in=LIVE)).items():
            counts[group] = counts.get(group, 0) + len(members)
    return counts


def _wanted(season: Season, school: School) -> dict[Group, int]:
    """Return the numbers still lacking for the graduates on the list."""
    batch = Batch.objects.filter(season=season, school=school, issue__numbered_at=None).first()
    free = free_counts(batch) if batch else {}
    return {group: max(count - free.get(group, 0), 0) for group, count in listed_counts(season, school).items()}


def _line(application: NumberApplication, group: Group, count: int) -> NumberLine:
    return NumberLine(application=application, head_count=count, **group._asdict())


def _lines_in_words(lines: Iterable[NumberLine]) -> list[dict[str, Any]]:
    return [{"group": group_of(line).label, "head_count": line.head_count} for line in lines]


def set_number_lines(
    *, application: NumberApplication, lines: Iterable[Mapping[str, Any]], by: User, at: datetime
) -> list[NumberLine]:
    """Store the groups and head-counts a school states, in place of what it stated before.

    Each line has programme_name, entry_month, duration_years, study_mode, head_count and may have admission_category
    and outcome. BadInput names a line that cannot be read, or stands twice.
    """
    require_permission(by, Permission.REQUEST_NUMBERS, school=application.school)
    with transaction.atomic():
        case = lock_case(application.case)
        if case.state not in IN_SCHOOLS_HANDS:
            raise Conflict(f"编号申请{case.get_state_display()}，学校不能更改")
        rows = [_read_line(application, line) for line in lines]
        if len({group_of(row) for row in rows}) != len(rows):
            raise BadInput("同一专业、入学年月、学制、学习形式和招生类别只能有一行")
        NumberLine.objects.filter(application=application).delete()
        NumberLine.objects.bulk_create(rows)
        record_event(
            tag=EventTag.NUMBER_APPLICATION_STATED, subject=application, parent=case, by=by, at=at,
            school_id=application.school_id, after={"lines": _lines_in_words(rows)},
        )  # fmt: skip
    return rows


def _read_line(application: NumberApplication, line: Mapping[str, Any]) -> NumberLine:
    name = str(line["programme_name"]).strip()
    try:
        years, entry = Decimal(str(line["duration_years"])), str(Month.parse(str(line["entry_month"])))
        count = int(line["head_count"])
    except (ValueError, InvalidOperation) as error:
        raise BadInput(f"「{name}」的入学年月、学制或人数读不懂") from error
    if not 1 <= count <= 100_000:
        raise BadInput(f"「{name}」的毕业人数应为 1 至 100000")
    if not Programme.objects.filter(school=application.school_id, name=name, duration_years=years).exists():
        raise BadInput(f"本校没有登记「{name}」{years.normalize():f} 年制专业")
    return NumberLine(
        application=application, programme_name=name, entry_month=entry, duration_years=years, head_count=count,
        study_mode=str(line.get("study_mode") or "全日制").strip()[:20],
        admission_category=str(line.get("admission_category") or "").strip()[:20],
        outcome=GraduationOutcome(line.get("outcome") or GraduationOutcome.GRADUATION),
    )  # fmt: skip


def application_findings(application: NumberApplication) -> list[Finding]:
    """Return what speaks against a request: nothing asked for, no numbering, head-counts other than on the list.

    A difference from the list is a doubt, not a refusal: the list may be filed later, and the authority decides.
    """
    view = law_of(application.case)
    spec, lines = numbering_for(view, GraduationOutcome.GRADUATION), list(application.lines.all())
    cites = view.workflow(NUMBER_KIND).cites or (spec.cites if spec else ())
    findings = []
    if not lines:
        message = "没有填写申请编号的人数"
        findings.append(Finding("numbers.lines_given", Severity.ERROR, message, "lines", "请按实际毕业生数填写", cites))
    for outcome in sorted({line.outcome for line in lines}):
        numbering = numbering_for(view, outcome)
        if numbering is None or numbering.granting != "block":
            message = f"适用的规定没有{GraduationOutcome(outcome).label}证书的编号段，不能申请"
            findings.append(Finding("numbers.kind_known", Severity.ERROR, message, "lines", cites=cites))
    return findings + _differences(application, lines, cites)


def _differences(application: NumberApplication, lines: list[NumberLine], cites: tuple[Citation, ...]) -> list[Finding]:
    asked = {group_of(line): line.head_count for line in lines}
    wanted = _wanted(application.season, application.school)
    return [
        Finding(
            "numbers.heads_as_listed", Severity.WARNING,
            f"「{group.label}」申请 {asked.get(group, 0)} 个编号，名单中尚无编号的毕业生 {wanted.get(group, 0)} 名",
            "lines", "请核对人数；名单尚未上传的，以上传后的名单为准", cites,
        )
        for group in sorted({*asked, *wanted})
        if asked.get(group, 0) != wanted.get(group, 0)
    ]  # fmt: skip


def apply_number_application(case: Case, by: User, at: datetime) -> None:
    """Grant a block to every line; a batch that only waited for its numbers is numbered at once."""
    require_approved(case)
    application = NumberApplication.objects.select_related("season", "school__authority").get(case=case)
    view = law_of(case)
    granted = []
    for line in application.lines.all():
        group, spec = group_of(line), view.numbering(line.outcome)
        facts = number_facts(application.school, application.season.year, group, {})
        line.block = release_numbers(
            view=view, kind=spec.kind, parts=compose_parts(spec, facts), count=line.head_count,
            school=application.school, purpose=f"{application.season.label} {group.label}", by=by, at=at,
        )  # fmt: skip
        line.save(update_fields=["block"])
        granted.append({"group": group.label, "head_count": line.head_count, "block": line.block.pk})
    record_event(
        tag=EventTag.NUMBER_APPLICATION_GRANTED, subject=application, parent=case, by=by, at=at, view=view,
        rules=[Basis(f"workflow.{NUMBER_KIND}", view.workflow(NUMBER_KIND).cites)], school_id=application.school_id,
        after={"granted": granted},
    )  # fmt: skip
    waiting = Batch.objects.filter(season=application.season, school=application.school, issue__numbered_at=None)
    for batch in waiting.filter(case__state=CaseState.APPROVED).select_related("case", "issue"):
        if numbers_suffice(batch):
            release_batch(batch=batch, by=by, at=at)


def return_granted_numbers(*, application: NumberApplication, reason: str, by: User, at: datetime) -> int:
    """Give back what is left of a granted request, with the reason; return how many. They are not drawn again."""
    require_permission(by, Permission.REQUEST_NUMBERS, school=application.school)
    if not reason.strip():
        raise BadInput("退回编号须写明原因")
    with transaction.atomic():
        lock_case(application.case)
        blocks = [line.block for line in application.lines.exclude(block=None).select_related("block")]
        returned = sum(return_numbers(block=block, reason=reason, by=by, at=at) for block in blocks if block)
        if not returned:
            raise Conflict("没有可以退回的编号：尚未核发，或已全部使用、退回")
    return returned
