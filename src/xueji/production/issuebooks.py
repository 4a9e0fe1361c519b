"""Both books of an issue side by side: its numbers by state, its certificates, and the sheets they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from xueji.blanks.models import Blank, BlankState
from xueji.certificates.models import Certificate, CertificateNumber, CertificateState, Issue

_RUINED = (BlankState.SPOILED, BlankState.RETURNED, BlankState.VOID)


@dataclass(frozen=True, slots=True)
class IssueBooks:
    """Both books of one issue: numbers by state, certificates, the sheets they stand on, and what does not fit."""

    issue: Issue
    released: int
    issued: int
    void: int
    returned: int
    free: int
    live: int  # certificates not void
    good: int  # sheets used for them
    spoiled: int  # sheets once used or meant for its certificates, spoiled, returned or void
    problems: tuple[str, ...]

    @property
    def is_balanced(self) -> bool:
        """Whether the numbers add up and nothing is out of place."""
        return self.released == self.issued + self.void + self.returned + self.free and not self.problems


def books_of(issues: Iterable[Issue]) -> list[IssueBooks]:
    """Return both books issue by issue, in a fixed number of queries, naming numbers and serials that do not fit."""
    found = list(issues)
    numbers, live, sheets, problems = _numbers(found), _live(found), _sheets(found), _problems(found)
    return [
        IssueBooks(
            issue=issue, released=sum(numbers.get(issue.pk, {}).values()), live=live.get(issue.pk, 0),
            good=sheets.get(issue.pk, {}).get(BlankState.USED, 0), problems=tuple(problems.get(issue.pk, ())),
            spoiled=sum(sheets.get(issue.pk, {}).get(state, 0) for state in _RUINED),
            issued=numbers.get(issue.pk, {}).get("issued", 0) + numbers.get(issue.pk, {}).get("reserved", 0),
            **{state: numbers.get(issue.pk, {}).get(state, 0) for state in ("void", "returned", "free")},
        )
        for issue in found
    ]  # fmt: skip


def _numbers(issues: Sequence[Issue]) -> dict[int, dict[str, int]]:
    """Count the numbers of the issues' blocks by state."""
    rows = CertificateNumber.objects.filter(block__issue_block__issue__in=issues).order_by()
    return _by_issue(rows.values_list("block__issue_block__issue", "state").annotate(n=Count("pk")))


def _sheets(issues: Sequence[Issue]) -> dict[int, dict[str, int]]:
    """Count the sheets of the issues' certificates by state: also of certificates that others have replaced."""
    rows = Certificate.objects.filter(issue__in=issues, blanks__isnull=False).order_by()
    return _by_issue(rows.values_list("issue", "blanks__state").annotate(n=Count("pk")))


def _by_issue(rows: Iterable[tuple[int, str, int]]) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = {}
    for issue_id, state, count in rows:
        counts.setdefault(issue_id, {})[state] = count
    return counts


def _live(issues: Sequence[Issue]) -> dict[int, int]:
    live = Certificate.objects.filter(issue__in=issues).exclude(state=CertificateState.VOID)
    return dict(live.order_by().values_list("issue").annotate(n=Count("pk")))


def _problems(issues: Sequence[Issue]) -> dict[int, list[str]]:
    """Name certificates on the wrong sheet: a void one still on a good sheet, a sealed one on none where sheets are counted."""
    problems: dict[int, list[str]] = {}
    used = Certificate.objects.filter(issue__in=issues, state=CertificateState.VOID, blanks__state=BlankState.USED)
    rows = used.order_by("blanks__serial").values_list("issue", "blanks__serial", "number__number")
    for issue_id, serial, number in rows:
        text = f"证书 {number} 已作废，其空白证书 {serial} 尚未登记损坏并缴回"
        problems.setdefault(issue_id, []).append(text)
    on_blanks = {issue.pk: _kinds_on_blanks(issue) for issue in issues}
    for issue_id, number, kind in _bare(issues).values_list("issue", "number__number", "kind"):
        if kind in on_blanks[issue_id]:
            problems.setdefault(issue_id, []).append(f"证书 {number} 已验印，没有登记所用的空白证书")
    return problems


def _bare(issues: Sequence[Issue]) -> QuerySet[Certificate]:
    """Return the sealed certificates on no sheet, of schools whose sheets are counted."""
    counted = {row[0] for row in Blank.objects.filter(school__isnull=False).order_by().values_list("school").distinct()}
    found = Certificate.objects.filter(issue__in=issues, state=CertificateState.SEALED, issue__school__in=counted)
    return found.exclude(blanks__state=BlankState.USED).order_by("number__number")


def _kinds_on_blanks(issue: Issue) -> frozenset[str]:
    """Return the kinds of certificate for which the pack counts blanks: where none are for 结业, nobody misses one."""
    view = issue.law
    return frozenset(view.blank(key).certificate_kind for key in view.keys("blank"))
