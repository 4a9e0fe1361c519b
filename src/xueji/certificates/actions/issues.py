"""An issue is opened with the matter that decides it, and filled when its certificates are numbered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from xueji.cases.models import Case
from xueji.certificates.models import Issue, IssueBlock
from xueji.core.errors import Conflict
from xueji.institutions.models import Authority, School


def open_issue(
    *, case: Case, kind: str, authority: Authority, year: int | None = None, term: str = "", is_late: bool = False,
    school: School | None = None,
) -> Issue:  # fmt: skip
    """Store the issue a case is to decide, nothing released in it yet; who may and the event are those of the act that opens the case.

    `authority` seals its certificates, or, where nobody does, approves them. `school` is that of the case, but for a case
    that no school files: then whose certificates they are is the decision's.
    """
    school = case.school or school
    if school is None:
        raise ValueError("an issue is released for a school")
    return Issue.objects.create(
        case=case, kind=kind, title=case.title, school=school, authority=authority, year=year, term=term,
        is_late=is_late,
    )  # fmt: skip


def note_numbers(issue: Issue, blocks: Collection[int], issue_date: date, at: datetime) -> None:
    """Note from which blocks an issue has its certificates; number and date of issue are given together, once (S1-08).

    Conflict when a block serves another issue. A successor has a number and a date of its own: those of the issue stay.
    """
    known = dict(IssueBlock.objects.filter(block__in=blocks).values_list("block_id", "issue_id"))
    if any(other != issue.pk for other in known.values()):
        raise Conflict("编号段属于另一次发放，不能在此使用")
    IssueBlock.objects.bulk_create([IssueBlock(issue=issue, block_id=pk) for pk in sorted(set(blocks) - known.keys())])
    if issue.numbered_at is None:
        issue.numbered_at, issue.issue_date = at, issue_date
        issue.save(update_fields=["numbered_at", "issue_date"])
