"""Read batches and graduates by actor."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import is_of_school, subject_of
from xueji.certificates.models import Certificate, CertificateState
from xueji.core.errors import NotFound
from xueji.graduation.facts import LIVE
from xueji.graduation.models import (
    Batch,
    Candidate,
    CandidateState,
    NumberApplication,
    RegisterLine,
    Season,
    SpecialCase,
)
from xueji.institutions.models import School
from xueji.institutions.queries import authorities_visible_to, holds_at, ids_of_line, pick, posts_of, school_scope
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of
from xueji.production.models import SealingRound
from xueji.statements import Slot, Statement
from xueji.uploads.models import UploadFinding
from xueji.uploads.queries import confirmed_upload_of


def seasons_visible_to(user: User) -> QuerySet[Season]:
    """Return the seasons of the authorities a person works for, stands below, or stands above.

    A city stands below the province whose season it files a receipt for.
    """
    above = {pk for appointment in posts_of(user) if appointment.authority for pk in ids_of_line(appointment.authority)}
    reached = Q(authority__in=authorities_visible_to(user)) | Q(authority__in=above)
    return Season.objects.filter(reached).select_related("authority")


def batches_visible_to(user: User) -> QuerySet[Batch]:
    """Return the batches of schools whose graduates the person may see; a draft is the school's own affair."""
    scope = school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES)
    at_own_school = Q(school__in=[appointment.school_id for appointment in posts_of(user) if appointment.school_id])
    found = Batch.objects.filter(scope & (at_own_school | ~Q(case__state=CaseState.DRAFT)))
    return found.select_related("season__authority", "school__authority", "case", "issue")


def batch_for(user: User, batch_id: object) -> Batch:
    """Return a batch the person may see, else NotFound."""
    return pick(batches_visible_to(user), batch_id)


_OF_CASE = Statement(
    lambda: Batch.objects.filter(case=Slot("case")).select_related(
        "season__authority", "case", "issue", "school__authority"
    )[:1]
)
_WITH_PHOTOGRAPH = Statement(
    lambda: (
        Candidate.objects.filter(batch=Slot("batch"), photo__isnull=False)
        .exclude(state=CandidateState.WITHDRAWN)
        .order_by("ordinal")
        .values_list("pk", flat=True)
    )
)


def batch_of_case(case: Case) -> Batch:
    """Return the batch a case decides on, with the case as the caller holds it; NotFound for a case about something else."""
    batch = _OF_CASE.row(case=case.pk)
    if batch is None:
        raise NotFound
    batch.case = case
    return batch


def doubts_of(batch: Batch) -> list[UploadFinding]:
    """Return the warnings that came with the list as the school confirmed it: no error is left, doubts are for a person."""
    newest = confirmed_upload_of(batch, "graduates")
    return list(newest.findings.filter(severity__in=["warning", "advice"])[:50]) if newest else []


def photo_sample(batch: Batch, most: int) -> list[Candidate]:
    """Return a random sample of photographs that is the same whenever it is asked for: the round is the seed."""
    ids = _WITH_PHOTOGRAPH.rows(batch=batch.pk)
    chosen = random.Random(f"{batch.pk}.{batch.case.round}").sample(  # noqa: S311  # a sample to look at, the same each time; no secret
        ids, min(most, len(ids))
    )
    return list(batch.candidates.filter(pk__in=chosen).order_by("ordinal"))


def special_case_of(case: Case) -> SpecialCase:
    """Return the report on special reasons a case decides on; NotFound for a case about something else."""
    found: SpecialCase = subject_of(case, SpecialCase.objects.select_related("batch__case", "batch__season"))
    return found


def names_in_state(batch: Batch, state: CandidateState) -> list[str]:
    """Return the names of the graduates of a batch in one state, as filed."""
    return list(batch.candidates.filter(state=state).order_by("ordinal").values_list("name", flat=True))


def live_by_case(cases: Iterable[int]) -> dict[int, int]:
    """Return how many graduates are live in the batch of each case."""
    live = Q(candidates__state__in=LIVE)
    found = Batch.objects.filter(case__in=cases).order_by().annotate(n=Count("candidates", filter=live))
    return dict(found.values_list("case_id", "n"))


def candidates_of(batch: Batch, *, state: str = "", programme: str = "", search: str = "") -> QuerySet[Candidate]:
    """Return the graduates of a batch in the order of the roster, narrowed by state, programme, part of the name."""
    found = batch.candidates.select_related("person", "certificate__number", "photo")
    if state:
        found = found.filter(state=state)
    if programme:
        found = found.filter(programme_name=programme)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(certificate__number__number=search))
    return found.order_by("programme_name", "duration_years", "ordinal")


def programmes_of(batch: Batch) -> list[str]:
    """Return the names of the programmes on the list of a batch, for a filter."""
    return list(batch.candidates.order_by("programme_name").values_list("programme_name", flat=True).distinct())


def candidates_as_filed(batch: Batch, *, name: str = "", programme: str = "", state: str = "") -> QuerySet[Candidate]:
    """Return the graduates of a batch in the order of the school's list, narrowed by part of the name, programme, state."""
    narrowed = {"name__contains": name, "programme_name": programme, "state": state}
    found = batch.candidates.select_related("person", "certificate__number").order_by("ordinal")
    return found.filter(**{key: value for key, value in narrowed.items() if value})


def names_by_key(batch: Batch) -> dict[str, str]:
    """Return the names of all graduates of a batch under their keys as an address writes them."""
    return {str(pk): name for pk, name in batch.candidates.values_list("pk", "name")}


def opens_seasons(user: User, authority_id: int) -> bool:
    """Whether a person opens the classes of an authority, and takes an empty one back: for their own, not for one below it."""
    return holds_at(user, Permission.MANAGE_SEASONS, authority_id)


def rounds_of_season() -> QuerySet[SealingRound]:
    """Return the rounds in which the season of an outer query is sealed."""
    return SealingRound.objects.filter(**{name: OuterRef(name) for name in ("authority", "year", "term")})


def empty_seasons(user: User) -> set[int]:
    """Return the keys of the classes in which nothing stands yet, whatever app it would be of, and which the person may take back."""
    nothing = {f"{relation.name}__isnull": True for relation in Season._meta.related_objects}  # noqa: SLF001  # Django's documented interface
    found = Season.objects.filter(~Exists(rounds_of_season()), **nothing).values_list("pk", "authority_id")
    return {pk for pk, authority_id in found if opens_seasons(user, authority_id)}


def season_for(user: User, season_id: object) -> Season:
    """Return a class the person may know of, else NotFound."""
    return pick(seasons_visible_to(user), season_id)


def candidate_for(user: User, candidate_id: object) -> Candidate:
    """Return a graduate of a batch the person may see, else NotFound."""
    visible = Candidate.objects.filter(batch__in=batches_visible_to(user).order_by())
    related = visible.select_related(
        "batch__season", "batch__school__authority", "batch__case", "batch__issue", "person", "enrolment__programme", "enrolment__school",
        "certificate__number", "photo",
    )  # fmt: skip
    return pick(related, candidate_id)


def _totals() -> QuerySet[Any, Any]:
    by_state = {state: Count("pk", filter=Q(state=state)) for state in CandidateState.values}
    sealed = Count("pk", filter=Q(certificate__state=CertificateState.SEALED))
    return (
        Candidate.objects.filter(batch=Slot("batch"))
        .order_by("programme_name", "duration_years")
        .values("programme_name", "duration_years")
        .annotate(count=Count("pk", filter=Q(state__in=LIVE)), sealed=sealed, **by_state)
    )


_TOTALS: Statement[dict[str, Any]] = Statement(_totals)
_CERTIFIED = Statement(
    lambda: Certificate.objects.filter(
        candidate__batch__school=Slot("school"), candidate__batch__season__year=Slot("year"),
        candidate__batch__season__term=Slot("term"),
    )
    .exclude(state=CertificateState.VOID)
    .order_by()
    .values_list("programme_name", "duration_years")
    .annotate(Count("pk"))
)  # fmt: skip


def batch_totals(batch: Batch) -> list[dict[str, Any]]:
    """Return one line per programme and duration: count (on the list), listed, marked, approved, refused, withdrawn, sealed.

    Withdrawn and refused graduates are told apart but not counted in `count`.
    """
    return _TOTALS.rows(batch=batch.pk)


def compare_with_last_year(batch: Batch, totals: Iterable[Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Return graduates per programme this year and in the same term of the year before, for the officer's eye.

    Last year is what was certified, not what was filed; programmes of either year are listed. `totals` are those of
    the batch, where the caller has counted them already.
    """
    counted_now = batch_totals(batch) if totals is None else totals
    now: dict[tuple[str, Decimal], int] = {
        (row["programme_name"], row["duration_years"]): row["count"] for row in counted_now if row["count"]
    }
    counted = _CERTIFIED.rows(school=batch.school_id, year=batch.season.year - 1, term=batch.season.term)
    before = {(name, years): count for name, years, count in counted}
    return [
        {
            "programme_name": name, "duration_years": years, "count": now.get((name, years), 0),
            "last_year": before.get((name, years), 0),
            "difference": now.get((name, years), 0) - before.get((name, years), 0),
        }
        for name, years in sorted({*now, *before})
    ]  # fmt: skip


def may_prepare(user: User, batch: Batch) -> bool:
    """Whether the person may change the batch now: it is their school's and in the school's hands."""
    in_hands = batch.case.state in (CaseState.DRAFT, CaseState.RETURNED)
    return in_hands and is_of_school(user, batch.school_id)


# On a batch's timeline an act on many graduates is one line: a batch may have thousands of them.
_MANY = ("graduation.Candidate", "certificates.Certificate", "registry.Enrolment", "registry.Person")


def _of_batch() -> QuerySet[Event]:
    belongs = Q()
    for label, key in (
        ("graduation.Batch", Slot("batch")),
        ("certificates.Issue", Slot("issue")),
        ("cases.Case", Slot("case")),
    ):
        belongs |= Q(subject_type=label, subject_id=key) | Q(parent_type=label, parent_id=key)
    return Event.objects.filter(belongs)


@cache
def _latest(most: int) -> tuple[Statement[Event], Statement[dict[str, Any]]]:
    single = Statement(lambda: _of_batch().exclude(subject_type__in=_MANY).order_by("-id")[:most])
    counted: Statement[Any] = Statement(
        lambda: (
            _of_batch()
            .filter(subject_type__in=_MANY)
            .order_by()
            .values("tag", "at", "actor_label", "note", "pack", "pack_hash")
            .annotate(count=Count("id"), first=Min("subject_label"), last_id=Max("id"))
            .order_by("-last_id")[:most]
        )
    )
    return single, counted


def latest_events_of(batch: Batch, most: int) -> tuple[list[Event], list[dict[str, Any]]]:
    """Return the newest events of a batch and of its case: single ones, and acts on many graduates counted."""
    single, counted = _latest(most)
    keys = {"batch": str(batch.pk), "issue": str(batch.issue_id), "case": str(batch.case_id)}
    return single.rows(**keys), counted.rows(**keys)


def timeline_of_candidate(candidate: Candidate) -> list[Event]:
    """Return what happened to one graduate: on the list, in the register, with the certificate."""
    subjects = [candidate, candidate.enrolment, candidate.person]
    return timeline_of(*subjects, *([candidate.certificate] if candidate.certificate else []))


# -- counts for lists of batches and cases the caller was let see


def live_counts(batches: Iterable[Batch]) -> dict[int, int]:
    """Return how many graduates are live in each of the batches of a page."""
    live = Candidate.objects.filter(batch__in=list(batches), state__in=LIVE).order_by()
    return dict(live.values_list("batch").annotate(Count("pk")))


# -- what a school may still open


def batches_opened(schools: Iterable[School]) -> set[tuple[int, int, bool]]:
    """Return season, school and «late» of every batch of these schools: of each there is one. One given up empty may be opened again."""
    standing = Batch.objects.filter(school__in=list(schools)).exclude(case__state=CaseState.WITHDRAWN)
    return set(standing.values_list("season_id", "school_id", "is_late"))


def is_given_up(batch: Batch) -> bool:
    """Whether the school took the batch away while nothing stood in it: nothing else withdraws the case of a batch."""
    return batch.case.state == CaseState.WITHDRAWN


# -- seasons as their authorities see them


def seasons_below(user: User) -> QuerySet[Season]:
    """Return the seasons of the authorities a person's posts reach."""
    return Season.objects.filter(authority__in=authorities_visible_to(user))


def counted_seasons(user: User) -> QuerySet[Season]:
    """Return the same seasons with how many batches each has, how many of them are numbered, how many sealed."""
    return seasons_below(user).select_related("authority").annotate(
        batches_n=Count("batches"),
        approved_n=Count("batches", filter=Q(batches__issue__numbered_at__isnull=False)),
        sealed_n=Count("batches", filter=Q(batches__issue__sealed_at__isnull=False)),
    )  # fmt: skip


# -- figures of a season, over the schools a post lets the person count


def seasons_counted_by(user: User) -> list[Season]:
    """Return the seasons of the person's authorities, and those in which a school within reach has a batch."""
    within = school_scope(user, prefix="school__", permission=Permission.SEE_STATISTICS)
    reached = Batch.objects.filter(within).order_by().values("season")  # a county's season belongs to its city
    return list(Season.objects.filter(Q(authority__in=authorities_visible_to(user)) | Q(pk__in=reached)))


def batches_counted_by(user: User, season: Season) -> list[Batch]:
    """Return the batches of a season over which the person may see figures."""
    scope = school_scope(user, prefix="school__", permission=Permission.SEE_STATISTICS)
    return list(Batch.objects.filter(scope, season=season).select_related("school__authority", "case", "issue"))


def graduates_in(batches: Sequence[Batch]) -> int:
    """Return how many graduates stand on the lists of these batches; who was withdrawn does not."""
    return Candidate.objects.filter(batch__in=batches).exclude(state=CandidateState.WITHDRAWN).count()


def largest_programmes(batches: Sequence[Batch], most: int = 10) -> list[tuple[str, int]]:
    """Return the programmes with the most graduates in these batches, the largest first."""
    people = Candidate.objects.filter(batch__in=batches).exclude(state=CandidateState.WITHDRAWN).order_by()
    return list(people.values_list("programme_name").annotate(n=Count("pk")).order_by("-n")[:most])


def graduates_by_season(user: User, seasons: Sequence[Season]) -> dict[int, int]:
    """Return the graduates of each season, over the schools within the person's reach."""
    scope = school_scope(user, prefix="batch__school__", permission=Permission.SEE_STATISTICS)
    people = Candidate.objects.filter(scope, batch__season__in=seasons).exclude(state=CandidateState.WITHDRAWN)
    return dict(people.order_by().values_list("batch__season_id").annotate(Count("pk")))


def number_applications_under_way(schools: Iterable[School]) -> set[tuple[int, int]]:
    """Return season and school of the requests for numbers that were not decided yet: of each there is one."""
    waiting = (CaseState.DRAFT, CaseState.RETURNED, CaseState.IN_PROGRESS)
    rows = NumberApplication.objects.filter(school__in=list(schools), case__state__in=waiting)
    return set(rows.values_list("season", "school"))


# -- what the next step of a batch depends on


_LINES = Statement(lambda: RegisterLine.objects.filter(batch=Slot("batch")).order_by().values_list("pk", flat=True))
_GROUPS = Statement(
    lambda: (
        Candidate.objects.filter(batch=Slot("batch"))
        .order_by()
        .values_list("state", "programme_name", "duration_years")
        .annotate(Count("pk"))
    )
)


def lines_stated(batch: Batch) -> int:
    """Return how many lines the school has stated on the register."""
    return len(_LINES.rows(batch=batch.pk))


def graduates_by_state(batch: Batch) -> list[tuple[Any, ...]]:
    """Return state, programme, duration and count of the graduates of a batch."""
    return _GROUPS.rows(batch=batch.pk)
