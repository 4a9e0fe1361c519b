"""Which cases a person may see: as a condition of a statement, and, where their posts show it by themselves, without one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from django.db.models import Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.kinds import CaseKind, kind_of, registered_kinds
from xueji.cases.models import Case, CaseParty, CaseState, Step
from xueji.core.workflow import MAIN_ROLE
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import authorities_granting, posts_of, school_scope


def cases_visible_to(user: User) -> QuerySet[Case]:
    """Return the cases a person's school files, those of schools they watch over, those they have another part in.

    Which permission lets the authorities over a party see a case is its kind's; drafts are the affair of who files.
    Administrators see none: cases speak of persons.
    """
    at_own_school = Q(school_id__in=own_schools(user))
    audited = school_scope(user, prefix="school__", permission=Permission.READ_LEDGER)
    visible = at_own_school | ((_watched(user) | audited) & ~Q(state=CaseState.DRAFT)) | _with_other_parties(user)
    return with_filer(Case.objects.filter(visible))


def with_filer(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Return cases together with their school, its authority and who opened and submitted them."""
    return cases.select_related("school__authority", "opened_by", "submitted_by")


def plainly_sees(user: User, case: Case) -> bool:
    """Whether the posts of a person show by themselves that `cases_visible_to` has the case: its school's, or those over it.

    No says nothing: that people of other parties see a case is asked of the database.
    """
    if case.school_id in own_schools(user):
        return True
    if case.school is None or case.state == CaseState.DRAFT:
        return False
    path, letting = case.school.authority.path, {kind_of(case.kind).sees, Permission.READ_LEDGER}
    above = (post for post in posts_of(user) if post.authority is not None and path.startswith(post.authority.path))
    return any(letting & PERMISSIONS_OF[post.post] for post in above)


def _watched(user: User) -> Q:
    """Return the condition that a case's main school is watched over by a post that grants what its kind asks for."""
    kinds_by_permission = _by_permission(registered_kinds())
    if kinds_by_permission.keys() <= {Permission.VIEW_BATCHES}:  # the kinds need not be named
        return school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES)
    watched = Q(pk__in=[])
    for permission, kinds in kinds_by_permission.items():
        watched |= Q(kind__in=kinds) & school_scope(user, prefix="school__", permission=permission)
    return watched


def _with_other_parties(user: User) -> Q:
    """Return the condition that a case of a kind with other parties than one school has the person's place among them.

    Seen are the cases to which the own school or office is a party, those of parties watched over, and those with a step
    for a post of the person, whose office need not stand over any party; one's own drafts too. Kinds of one school ask nothing of this.
    """
    kinds_by_permission = _by_permission(kind for kind in registered_kinds() if kind.parties != (MAIN_ROLE,))
    submitted = ~Q(state=CaseState.DRAFT)
    deciding = Step.objects.filter(waiting_for(user)).order_by().values("case")
    found = Q(kind__in=list(chain(*kinds_by_permission.values()))) & submitted & Q(pk__in=deciding)
    for permission, kinds in kinds_by_permission.items():
        mine = _is_party(user, permission)
        watched = school_scope(user, prefix="school__", permission=permission) | _authority_scope(user, permission)
        parties = CaseParty.objects.filter(mine | watched).order_by().values("case")
        filed = CaseParty.objects.filter(mine, is_main=True).order_by().values("case")
        found |= Q(kind__in=kinds) & ((submitted & Q(pk__in=parties)) | Q(pk__in=filed))
    return found


def _by_permission(kinds: Iterable[CaseKind]) -> dict[Permission, list[str]]:
    """Return kinds of case by what lets the authorities over a party see them."""
    found: dict[Permission, list[str]] = {}
    for kind in kinds:
        found.setdefault(kind.sees, []).append(kind.kind)
    return found


def _is_party(user: User, permission: Permission) -> Q:
    offices = [place.pk for place in authorities_granting(user, permission)]
    return Q(school__in=own_schools(user)) | Q(authority__in=offices) | Q(applicant=user.pk)


def _authority_scope(user: User, permission: Permission) -> Q:
    """Return the condition that an authority that is a party stands at or below one where a post grants a permission."""
    scope = Q(pk__in=[])
    for place in authorities_granting(user, permission):
        scope |= Q(authority__path__startswith=place.path)
    return scope


def own_schools(user: User) -> list[int]:
    """Return the schools in which the person holds a post."""
    return [appointment.school_id for appointment in posts_of(user) if appointment.school_id is not None]


def waiting_for(user: User) -> Q:
    """Return the condition that a step waits for a post the person holds at its place."""
    waiting = Q(pk__in=[])
    for appointment in posts_of(user):
        if appointment.authority_id:
            waiting |= Q(post=appointment.post, authority_id=appointment.authority_id)
        else:
            waiting |= Q(post=appointment.post, school_id=appointment.school_id)
    return waiting
