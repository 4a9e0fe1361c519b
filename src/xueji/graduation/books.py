"""Read the book of numbers by actor: applications, what was granted, and where every number of a block stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import subject_of
from xueji.certificates.models import CertificateNumber, NumberBlock, NumberState
from xueji.graduation.actions.applications import listed_counts
from xueji.graduation.groups import Group, group_of
from xueji.graduation.models import NumberApplication, NumberLine, ReceiptLine, Season
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import pick, posts_of, school_scope
from xueji.statements import Statement, keys

_NUMBERS = CertificateNumber.objects.filter(block__pk__any_of=keys("blocks")).order_by()
_COUNTS = Statement(lambda: _NUMBERS.values_list("block", "state").annotate(Count("pk")))
_ENDS = Statement(
    lambda: _NUMBERS.filter(serial__any_of=keys("serials")).order_by("serial").values_list("block", "serial", "number")
)


def _seasons(block: str) -> Statement[Any]:
    """Return the statement that finds the seasons of blocks by the way that leads to them."""
    found = Season.objects.filter(**{f"{block}__pk__any_of": keys("blocks")})
    return Statement(lambda: found.annotate(of_block=F(block)).order_by())


_ASKED = _seasons("number_applications__lines__block")
_DRAWN = _seasons("batches__issue__issue_blocks__block")


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One block as the book shows it: first and last number, and how many stand in each state."""

    block: NumberBlock
    first: str
    last: str
    counts: dict[str, int]
    season: Season | None = None  # for which the block was drawn, where one is on record

    @property
    def total(self) -> int:
        """How many numbers the block has; the states add up to it."""
        return sum(self.counts.values())


def number_applications_visible_to(user: User) -> QuerySet[NumberApplication]:
    """Return the applications of schools over which a post lets the person see graduates; a draft is the school's own."""
    scope = school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES)
    at_own_school = Q(school__in=[appointment.school_id for appointment in posts_of(user) if appointment.school_id])
    found = NumberApplication.objects.filter(scope & (at_own_school | ~Q(case__state=CaseState.DRAFT)))
    return found.select_related("case", "season__authority", "school__authority")


def application_of_case(case: Case) -> NumberApplication:
    """Return the application a case decides on; NotFound for a case about something else."""
    found: NumberApplication = subject_of(case, NumberApplication.objects.select_related("season", "school__authority"))
    return found


def number_application_for(user: User, application_id: object) -> NumberApplication:
    """Return an application the person may see, else NotFound."""
    return pick(number_applications_visible_to(user), application_id)


def blocks_visible_to(
    user: User, *, season: int | None = None, school: str = "", state: str = ""
) -> QuerySet[NumberBlock]:
    """Return the blocks of schools one may see graduates of, newest first; narrowed by season, school, a state with numbers in it."""
    scope = school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES)
    found = NumberBlock.objects.filter(scope)
    if season:
        found = found.filter(Q(number_line__application__season=season) | Q(issue_block__issue__batch__season=season))
    if school:
        found = found.filter(school__name__icontains=school)
    if state in NumberState.values:
        found = found.filter(Exists(CertificateNumber.objects.filter(block=OuterRef("pk"), state=state)))
    return found.select_related("school", "released_by").order_by("-pk")


def lines_of_book(blocks: Iterable[NumberBlock]) -> list[BlockLine]:
    """Return blocks with their ends, their states and their seasons; four queries, however many there are."""
    found = list(blocks)
    counts = {block.pk: dict.fromkeys(NumberState.values, 0) for block in found}
    for block_id, state, count in _COUNTS.rows(blocks=list(counts)):
        counts[block_id][state] = count
    ends = {block.pk: (block.serials.lower, block.serials.upper - 1) for block in found}
    serials = list({serial for pair in ends.values() for serial in pair})
    printed: dict[int, list[str]] = {block.pk: [] for block in found}
    for block_id, serial, number in _ENDS.rows(blocks=list(counts), serials=serials):
        if serial in ends[block_id]:  # blocks of two counters may share one
            printed[block_id].append(number)
    seasons = _seasons_of(counts)
    return [
        BlockLine(block, printed[block.pk][0], printed[block.pk][-1], counts[block.pk], seasons.get(block.pk))
        for block in found
        if printed[block.pk]
    ]


def _seasons_of(blocks: Iterable[int]) -> dict[int, Season]:
    """Return the season of each block: of the application it was granted for, else of the batch that drew it."""
    wanted = list(blocks)
    return {row.of_block: row for found in (_DRAWN, _ASKED) for row in found.rows(blocks=wanted)}


def asked_by_place(user: User) -> list[dict[str, Any]]:
    """Return the head-counts of applications under way by authority and school, for whoever grants them."""
    waiting = number_applications_visible_to(user).filter(case__state=CaseState.IN_PROGRESS).order_by()
    rows = (
        NumberLine.objects.filter(application__in=waiting.values("pk"))
        .order_by()
        .values("application__school", "application")
        .annotate(heads=Sum("head_count"), lines=Count("pk"))
    )
    schools = School.objects.select_related("authority").in_bulk([row["application__school"] for row in rows])
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        school = schools[row["application__school"]]
        place = found.setdefault(
            school.authority_id, {"authority": school.authority, "heads": 0, "lines": 0, "schools": []}
        )
        place["heads"] += row["heads"]
        place["lines"] += row["lines"]
        place["schools"].append({"school": school, "heads": row["heads"], "lines": row["lines"]})
    return [found[key] for key in sorted(found, key=lambda key: _path(found[key]["authority"]))]


def _path(authority: Authority) -> str:
    return authority.path


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """One group of an application: numbers asked for beside graduates on the list who have none."""

    group: Group
    asked: int
    listed: int

    @property
    def agrees(self) -> bool:
        """Whether as many are asked for as are listed."""
        return self.asked == self.listed

    @property
    def difference(self) -> str:
        """How many are asked for above the list, with the sign."""
        return f"{self.asked - self.listed:+d}"


@dataclass(frozen=True, slots=True)
class ApplicationComparison:
    """An application beside the list and the receipt of its season."""

    groups: tuple[AskedGroup, ...]
    asked: int
    listed: int
    receipt: int | None


def compare_application(application: NumberApplication) -> ApplicationComparison:
    """Return the numbers asked for beside the graduates of the list, group by group, and the receipt's total (S4-03, S4-13)."""
    asked = {group_of(line): line.head_count for line in application.lines.all()}
    listed = listed_counts(application.season, application.school)
    groups = tuple(AskedGroup(group, asked.get(group, 0), listed.get(group, 0)) for group in sorted({*asked, *listed}))
    line = ReceiptLine.objects.filter(receipt__season=application.season_id, school=application.school_id).first()
    receipt = line.graduates if line else None
    return ApplicationComparison(groups, sum(asked.values()), sum(listed.values()), receipt)
