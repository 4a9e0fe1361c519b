"""A school rated D is restricted, the authority above lets by, a better rating ends both (S2 第二十三条)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.obligations import measure_of
from xueji.institutions.models import Programme
from xueji.institutions.queries import authorities_granting, require_permission
from xueji.institutions.queries.staff import require_another_person
from xueji.ledger.actions import event_of, mask_identity_numbers, record_event, record_events
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.registry.bar_kinds import ACTS, REGISTER
from xueji.sealing.rows import require_unaltered
from xueji.supervision.models import Rating, Restriction, RestrictionBypass
from xueji.supervision.rating_queries import law_of_rating, office_rating, rating_for
from xueji.supervision.restriction_queries import (
    acts_words,
    may_lift,
    may_restrict,
    restricted_days,
    restriction_for,
    scope_of,
)
from xueji.supervision.stewardship_queries import is_rated_worst

_MEASURE = "registration_reduced"
_OPEN = (RestrictionBypass.State.PROPOSED, RestrictionBypass.State.GRANTED)


@dataclass(frozen=True, slots=True)
class RestrictionScope:
    """What is to be restricted: acts, the whole school or a programme or campus, a cap where it is one, until when."""

    acts: tuple[str, ...]
    until_on: date
    is_whole: bool = False
    programme: Programme | None = None
    campus: str = ""
    most: int | None = None


@transaction.atomic
def place_restriction(
    *, rating: Rating, scope: RestrictionScope, reason: str, by: User, at: datetime, document_number: str = ""
) -> Restriction:
    """Restrict a school whose published rating is D, from the year after on; BadInput says what is not said clearly."""
    seen = (
        Rating.objects.select_for_update(of=("self",))
        .select_related("school__authority")
        .get(pk=rating_for(by, rating.pk).pk)
    )
    if seen.school is not None:
        require_permission(by, Permission.IMPOSE_SANCTIONS, school=seen.school)
    view, on = law_of_rating(seen), timezone.localdate(at)
    if not may_restrict(by, seen, on):
        raise Conflict("只有现行公布为D级的学校，在下一年结束以前才能限制")
    if not reason.strip():
        raise BadInput("请写明事由")
    first, last = restricted_days(seen, on)
    _require_scope(seen, scope, first, last)
    measure = measure_of(view, _MEASURE)
    assert seen.school is not None
    places = [p for p in authorities_granting(by, Permission.IMPOSE_SANCTIONS) if seen.line.startswith(p.path)]
    row = Restriction.objects.create(
        school=seen.school, rating=seen, pack=view.pack.id, cites=[f"{cite.source}:{cite.clause}" for cite in measure.cites],
        acts=[act for act in ACTS if act in scope.acts], is_whole=scope.is_whole, programme=scope.programme,
        campus=scope.campus.strip()[:60], most=scope.most, from_on=first, until_on=scope.until_on,
        reason=mask_identity_numbers(reason.strip()), document_number=document_number.strip()[:100],
        authority=max(places, key=lambda place: len(place.path)), by=by, at=at,
    )  # fmt: skip
    record_event(
        tag=EventTag.RESTRICTION_PLACED, subject=row, parent=seen.school, by=by, at=at, school_id=row.school_id, view=view,
        after=_shown(row), note=row.reason,
    )  # fmt: skip
    return row


def _require_scope(rating: Rating, scope: RestrictionScope, first: date, last: date) -> None:
    if not scope.acts or not set(scope.acts) <= set(ACTS):
        raise BadInput(f"请选择限制的手续：{'、'.join(ACTS.values())}")
    is_part = scope.programme is not None or bool(scope.campus.strip())
    if scope.is_whole == is_part:
        raise BadInput("请选择「全校」，或者写明专业、校区，不能都选也不能都不选")
    if scope.programme is not None and scope.programme.school_id != rating.school_id:
        raise BadInput("该专业不是这所学校的")
    if scope.most is not None and (scope.most < 1 or scope.acts != (REGISTER,)):
        raise BadInput("人数上限从 1 起，只用于「新生登记」；要停止的，不填人数")
    if not first <= scope.until_on <= last:
        raise BadInput(f"截止日期在 {first:%Y-%m-%d} 至 {last:%Y-%m-%d} 之间（下一年）")


@transaction.atomic
def lift_restriction(*, restriction: Restriction, reason: str, by: User, at: datetime) -> Restriction:
    """End a restriction before its day, with the reason; nobody ends alone what they placed, or what an authority above did."""
    locked = _lock(restriction, by)
    require_another_person(by, locked.by, "解除限制须由作出限制以外的另一人办理")
    if not may_lift(by, locked):
        raise NotPermitted(f"该限制由{locked.authority.name}作出，须由该机关或其上级解除")
    if not reason.strip():
        raise BadInput("请写明解除的事由")
    record_events(_end([locked], reason, by, at))
    return locked


@transaction.atomic
def end_restrictions(*, ratings: Iterable[Rating], by: User, at: datetime) -> int:
    """End what restricts the schools whose newest rating is C or better now, as far as it rests on a rating of no later year; return how many."""
    published = {
        rating.school_id: rating for rating in ratings if rating.school_id is not None and rating.rating != "D"
    }
    rows = Restriction.objects.select_for_update(of=("self",)).select_related("school", "programme", "rating")
    standing: dict[int, list[Restriction]] = {}
    for row in rows.filter(school__in=published, ended_at=None).order_by("pk"):
        if row.rating.year <= published[row.school_id].year:
            standing.setdefault(row.school_id, []).append(row)
    events: list[Event] = []
    for school_id, found in standing.items():
        if not is_rated_worst(found[0].school):  # else an older year was bettered and the newest is still a D
            rating = published[school_id]
            events += _end(found, f"{rating.year}年度评为{rating.rating}级", by, at)
    record_events(events)
    return len(events)


def _end(rows: list[Restriction], reason: str, by: User, at: datetime) -> list[Event]:
    """End restrictions, and with each what let it by."""
    events = []
    for row in rows:
        require_unaltered(row, str(row))
        row.ended_at, row.ended_reason = at, mask_identity_numbers(reason.strip())[:300]
        row.save(update_fields=["ended_at", "ended_reason", "digest"])
        for bypass in row.bypasses.select_for_update().filter(ended_at=None):
            bypass.ended_at = at
            bypass.save(update_fields=["ended_at", "digest"])
        events.append(
            event_of(
                tag=EventTag.RESTRICTION_ENDED, subject=row, parent=row.school, by=by, at=at, school_id=row.school_id,
                before=_shown(row), note=row.ended_reason,
            )
        )  # fmt: skip
    return events


@transaction.atomic
def propose_bypass(
    *, restriction: Restriction, until_on: date, reason: str, by: User, at: datetime
) -> RestrictionBypass:
    """Propose to let a restriction by until a day within it; another person of the authority that rates confirms."""
    locked = _lock(restriction, by)
    place = _above(by, locked)
    on = timezone.localdate(at)
    if not reason.strip():
        raise BadInput("请写明放行的理由")
    if not max(on, locked.from_on) <= until_on <= locked.until_on:
        raise BadInput(f"放行的截止日期在限制的期间以内，至 {locked.until_on:%Y-%m-%d} 为止")
    for earlier in locked.bypasses.select_for_update().filter(ended_at=None, state__in=_OPEN):
        if earlier.state == RestrictionBypass.State.PROPOSED or earlier.until_on >= on:
            raise Conflict("已有放行在办理或者在有效期内")
        earlier.ended_at = at
        earlier.save(update_fields=["ended_at", "digest"])
    row = RestrictionBypass.objects.create(
        restriction=locked, reason=mask_identity_numbers(reason.strip()), until_on=until_on, place=place, proposed_by=by,
        proposed_at=at,
    )  # fmt: skip
    _record(EventTag.BYPASS_PROPOSED, row, locked, by, at)
    return row


@transaction.atomic
def settle_bypass(*, bypass: RestrictionBypass, agrees: bool, reason: str, by: User, at: datetime) -> RestrictionBypass:
    """Let a restriction by as another person proposed, or not; Conflict once it is decided or its restriction is over."""
    locked = _lock(bypass.restriction, by)
    _above(by, locked)
    row = RestrictionBypass.objects.select_for_update().get(pk=bypass.pk, restriction=locked)
    require_unaltered(row, f"{locked}的放行")
    if row.state != RestrictionBypass.State.PROPOSED:
        raise Conflict(f"该放行{row.get_state_display()}，不再办理")
    require_another_person(by, row.proposed_by, "放行须由另一人确认")
    if not reason.strip():
        raise BadInput("请填写说明")
    row.state = RestrictionBypass.State.GRANTED if agrees else RestrictionBypass.State.REFUSED
    row.decided_by, row.decided_at, row.decided_reason = by, at, mask_identity_numbers(reason.strip())[:300]
    row.save(update_fields=["state", "decided_by", "decided_at", "decided_reason", "digest"])
    _record(EventTag.BYPASS_DECIDED, row, locked, by, at)
    return row


def _lock(restriction: Restriction, by: User) -> Restriction:
    """Return a restriction as it is now, held; Conflict once it is over."""
    seen = restriction_for(by, restriction.pk)
    rows = Restriction.objects.select_for_update(of=("self",))
    now = rows.select_related("school__authority", "rating__school__authority", "programme", "authority").get(
        pk=seen.pk
    )
    require_unaltered(now, str(now))
    if now.ended_at is not None:
        raise Conflict("该限制已经终止")
    return now


def _above(by: User, restriction: Restriction) -> str:
    office = office_rating(by, restriction.rating)
    if office is None:
        raise NotPermitted("由组织评级的上级管理部门放行")
    return office.name


def _shown(row: Restriction) -> dict[str, object]:
    return {
        "scope": scope_of(row), "acts": acts_words(row), "most": row.most, "from_on": row.from_on, "until_on": row.until_on,
        "document_number": row.document_number, "year": row.rating.year,
    }  # fmt: skip


def _record(tag: EventTag, row: RestrictionBypass, restriction: Restriction, by: User, at: datetime) -> None:
    record_event(
        tag=tag, subject=row, parent=restriction.school, by=by, at=at, school_id=restriction.school_id,
        after={"until_on": row.until_on, "state": row.get_state_display(), **_shown(restriction)},
        note=row.decided_reason or row.reason,
    )  # fmt: skip
