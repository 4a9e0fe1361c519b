"""Read findings of the negative list on behalf of a person: the school at once, its authorities after its days; what an area has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.models import Authority, Level, School
from xueji.institutions.queries import authorities_granting, pick, posts_of, school_scope, schools_visible_to
from xueji.supervision.models import FindingAct, ListedFinding

State = ListedFinding.State
_DECIDING = (Level.CITY, Level.PROVINCE)


def findings_visible_to(user: User) -> QuerySet[ListedFinding]:
    """Return the findings somebody may know of: all of their own school, of others watched once the school had its days."""
    at_school = [post.school_id for post in posts_of(user) if post.school_id is not None]
    mine = Q(school__in=at_school) & school_scope(user, prefix="school__", permission=Permission.VIEW_REGISTER)
    watched = school_scope(user, prefix="school__", permission=Permission.WATCH_DUTIES)
    known = Q(shown_on__lte=timezone.localdate()) | ~Q(state=State.OPEN)
    found = ListedFinding.objects.filter(mine | watched & known)
    return found.select_related("school__authority", "enrolment__person", "proposed_by", "decided_by")


def finding_for(user: User, finding_id: object) -> ListedFinding:
    """Return a finding somebody may know of, else NotFound."""
    return pick(findings_visible_to(user), finding_id)


def acts_of(finding: ListedFinding) -> list[FindingAct]:
    """Return what was done about a finding the caller was let see, in its order."""
    return list(finding.acts.select_related("by", "file").order_by("pk"))


def may_answer(user: User, finding: ListedFinding) -> bool:
    """Whether somebody answers for the school of a finding."""
    schools = schools_visible_to(user, permission=Permission.REPORT_DUTIES)
    return not finding.is_decided and schools.filter(pk=finding.school_id).exists()


def places_over(user: User, finding: ListedFinding, *, deciding: bool = False) -> list[Authority]:
    """Return the authorities over the school of a finding for which somebody acts; a county takes up and decides nothing."""
    line, permission = finding.school.authority.path, Permission.DECIDE_CASES if deciding else Permission.WATCH_DUTIES
    places = [place for place in authorities_granting(user, permission) if line.startswith(place.path)]
    return [place for place in places if place.level in _DECIDING] if deciding else places


def places_watching(user: User, school: School) -> list[Authority]:
    """Return the authorities over a school for which somebody watches it."""
    line = school.authority.path
    return [place for place in authorities_granting(user, Permission.WATCH_DUTIES) if line.startswith(place.path)]


def proposal_of(finding: ListedFinding) -> FindingAct | None:
    """Return the proposal that waits for another person."""
    if finding.proposed_by_id is None:
        return None
    return finding.acts.filter(kind=FindingAct.Kind.PROPOSED).latest("pk")


@dataclass(slots=True)
class StandingOfSchool:
    """A school with its findings that stand, by item, and those decided against it."""

    school: School
    standing: dict[str, int] = field(default_factory=dict)
    taken_up: int = 0
    confirmed: int = 0

    @property
    def total(self) -> int:
        """How many stand."""
        return sum(self.standing.values())


def standing_of_schools(user: User, schools: Iterable[School]) -> list[StandingOfSchool]:
    """Return the findings of schools as somebody may know of them, the most first; one statement."""
    by_school = {school.pk: StandingOfSchool(school) for school in schools}
    rows = findings_visible_to(user).filter(school__in=by_school).filter(Q(ended_at=None) | Q(state=State.CONFIRMED))
    counted = rows.order_by().values_list("school", "item", "state").annotate(Count("pk"), Count("ended_at"))
    for school_id, item, state, every, ended in counted:
        row = by_school[school_id]
        if every > ended and state != State.DROPPED:
            row.standing[item] = row.standing.get(item, 0) + every - ended
        row.taken_up += every - ended if state == State.TAKEN_UP else 0
        row.confirmed += every if state == State.CONFIRMED else 0
    return sorted(by_school.values(), key=lambda row: (-row.confirmed, -row.total, row.school.name))
