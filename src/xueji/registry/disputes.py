"""What a decision on a duplicate would do, and what stands in its way: asked when it is filed, submitted and approved."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.findings import Citation, Finding, Severity
from xueji.registry.duplicates import COUNTED
from xueji.registry.models import (
    ACTIVE,
    DuplicateFiling,
    Enrolment,
    EnrolmentStatus,
    StatusApplicant,
    StatusChange,
)
from xueji.registry.queries.duplicates import (
    KIND,
    AskedOutcome,
    asked_outcome,
    changes_by,
    filing_of,
    latest_answers,
)


def check_filing(case: Case) -> list[Finding]:
    """Return what stands in the way of a submission: the evidence, an answer that is another by now, the state of both records."""
    filing = filing_of(case)
    cites = law_of(case).workflow(KIND).cites
    found = dispute_findings(case)
    if filing.undoes_id is not None:
        if not case.evidence.exists():
            found.insert(0, _error("evidence_given", "请上传证明原认定有误的材料", cites))
        return found
    answer = latest_answers([filing.duplicate]).get((filing.duplicate_id, filing.record.school_id))
    if answer is None or answer.answer != filing.asked:
        found.insert(0, _error("asks_as_answered", "本校的答复与申请不一致，请撤回后重新申请", cites))
    return found


def dispute_findings(case: Case) -> list[Finding]:
    """Return what keeps a decision from being carried out as the register stands now."""
    filing = filing_of(case)
    cites = law_of(case).workflow(KIND).cites
    if filing.undoes is not None:
        return [_error("last_of_records", text, cites) for text in _undoing_problems(filing.undoes)]
    if not filing.duplicate.is_open:
        return [_error("still_open", f"本件{filing.duplicate.get_state_display()}，不再办理", cites)]
    outcome = asked_outcome(filing)
    problems = [*_record_problems(outcome), *_merge_problems(outcome), *_split_problems(outcome)]
    return [_error(rule, text, cites) for rule, text in problems]


def _record_problems(outcome: AskedOutcome) -> Iterable[tuple[str, str]]:
    for record in (outcome.stands, outcome.other):
        if record.status not in COUNTED:
            yield "records_stand", f"{_named(record)}的学籍现为{record.get_status_display()}，不再是重复学籍"
    both = [outcome.stands.pk, outcome.other.pk]
    waiting = StatusApplicant.objects.filter(enrolment__in=both, outcome=StatusApplicant.Outcome.OPEN)
    for applicant in waiting.select_related("enrolment__school", "enrolment__person", "application"):
        yield (
            "nothing_under_way",
            f"{_named(applicant.enrolment)}的{applicant.application.change}正在办理，请先办结或者撤回",
        )


def _merge_problems(outcome: AskedOutcome) -> Iterable[tuple[str, str]]:
    """Give why a record cannot end, or two persons not become one: certificates stay with whom they were issued to."""
    if outcome.ends is None:
        return
    people = {outcome.ends.person_id}
    theirs = (
        Enrolment.objects.filter(person__in=people) if outcome.merges else Enrolment.objects.filter(pk=outcome.ends.pk)
    )
    bound = theirs.filter(Q(certificates__isnull=False) | Q(candidacies__isnull=False)).distinct()
    for record in bound.select_related("person", "school"):
        yield (
            "no_certificate",
            f"{_named(record)}的学籍已列入毕业名单或者已有证书，不能归入另一人名下；请先办理证书事项",
        )
    also = Enrolment.objects.filter(person__in={outcome.stands.person_id, *people}, status__in=ACTIVE)
    for record in also.exclude(pk__in=[outcome.stands.pk, outcome.ends.pk]).select_related("person", "school"):
        yield "one_active", f"该生在{record.school.name}另有{record.get_status_display()}的学籍，请先查清那一条"


def _split_problems(outcome: AskedOutcome) -> Iterable[tuple[str, str]]:
    """Give why one person of the register cannot become two: it is the claim that goes, and there must be one."""
    if outcome.ends is None and outcome.stands.person_id == outcome.other.person_id:
        claims = [row for row in (outcome.stands, outcome.other) if row.status == EnrolmentStatus.CLAIMED]
        if not claims:
            yield "one_claim", "两条学籍都不是待查重处理，不能分为两人；请先更正证件号"


def _undoing_problems(undone: DuplicateFiling) -> Iterable[str]:
    if undone.outcome != DuplicateFiling.Outcome.DONE:
        yield "原认定没有生效，不能撤销"
    if DuplicateFiling.objects.filter(undoes=undone, outcome=DuplicateFiling.Outcome.DONE).exists():
        yield "原认定已经撤销"
        return
    for change in changes_by(undone):
        later = StatusChange.objects.filter(enrolment=change.enrolment_id, ordinal__gt=change.ordinal)
        if last := later.filter(counters=None, countered_by=None).first():
            yield f"{change.enrolment.person.name}后来又办理了{last.kind}（{last.effective_on:%Y-%m-%d}），请先撤销后面的异动"


def _named(record: Enrolment) -> str:
    return f"{record.school.name}{record.person.name}"


def _error(rule: str, message: str, cites: tuple[Citation, ...]) -> Finding:
    return Finding(f"duplicate.{rule}", Severity.ERROR, message, cites=cites)
