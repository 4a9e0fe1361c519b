"""Another place acts for a school rated D: proposed, decided by another, in force from its record on (S2 第二十三条)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.obligations import measure_of
from xueji.institutions.models import School
from xueji.institutions.queries import forget_posts
from xueji.institutions.queries.staff import require_another_person
from xueji.ledger.actions import event_of, mask_identity_numbers, record_event, record_events
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import require_unaltered
from xueji.supervision.models import Rating, StewardPost, Stewardship
from xueji.supervision.rating_queries import law_of_rating, rating_for
from xueji.supervision.stewardship_queries import (
    OPEN,
    has_steward,
    heads_over,
    is_rated_worst,
    may_name,
    people_of_steward,
    proposing_places,
    recording_places,
    stands_as_worst,
    stewardship_for,
    unfit_because,
    works_over,
)

State = Stewardship.State
_MEASURE = "custody"
_LONGEST = 300


@transaction.atomic
def propose_stewardship(
    *, rating: Rating, steward: School | None, reason: str, by: User, at: datetime, document_number: str = ""
) -> Stewardship:
    """Propose that a school, or with None the authority itself, acts for the school of a published D."""
    seen = rating_for(by, rating.pk)
    places = proposing_places(by, seen)
    if not places:
        raise NotPermitted("由学校的上级学籍管理部门提出代管")
    assert seen.school is not None  # such a place is over a school
    school = School.objects.select_for_update(no_key=True).get(pk=seen.school.pk)
    if not stands_as_worst(seen):
        raise Conflict("只有现行公布为D级、以后没有升为C级及以上的学校才能代管")
    if has_steward(seen):
        raise Conflict(f"{school.name}的代管已经在办理或者已经生效")
    if steward is not None:
        places = [place for place in places if steward.authority.path.startswith(place.path)]
        if not places:
            raise BadInput(f"{steward.name}不在您所在的管理部门管辖以内，请另指定一个学校")
        if unfit := unfit_because(steward, seen, timezone.localdate(at)):
            raise BadInput(f"{unfit}，请另指定一个学校，或者由本机关代管")
    view = law_of_rating(seen)
    row = Stewardship.objects.create(
        school=school, rating=seen, pack=view.pack.id, steward_school=steward,
        cites=[f"{cite.source}:{cite.clause}" for cite in measure_of(view, _MEASURE).cites],
        steward_authority=None if steward else places[0], reason=_words(reason, "请写明事由"),
        document_number=document_number.strip()[:100], authority=places[0], proposed_by=by, proposed_at=at,
    )  # fmt: skip
    record_events(_events(row, EventTag.STEWARDSHIP_PROPOSED, by, at, row.reason))
    return row


@transaction.atomic
def settle_stewardship(*, stewardship: Stewardship, agrees: bool, reason: str, by: User, at: datetime) -> Stewardship:
    """Decide as another person of the same authority proposed, or not; it takes force with its record alone."""
    locked = _lock(stewardship, by)
    if locked.state != State.PROPOSED:
        raise Conflict(f"该代管{locked.get_state_display()}，不再决定")
    if not heads_over(by, locked):
        raise NotPermitted(f"由{locked.authority.name}或者其上级的主管领导决定")
    require_another_person(by, locked.proposed_by, "代管须由提出以外的另一人决定")
    if agrees:
        _require_still_right(locked, at)
    locked.state = State.DECIDED if agrees else State.REFUSED
    locked.decided_by, locked.decided_at, locked.decided_reason = by, at, _words(reason, "请填写说明")[:_LONGEST]
    return _stored(locked, EventTag.STEWARDSHIP_DECIDED, by, at, locked.decided_reason)


@transaction.atomic
def record_stewardship(*, stewardship: Stewardship, record_number: str, by: User, at: datetime) -> Stewardship:
    """Enter the record at the province, from which it is in force; the record is no approval and refuses nothing."""
    locked = _lock(stewardship, by)
    if locked.state != State.DECIDED:
        raise Conflict(f"该代管{locked.get_state_display()}，不需要备案")
    if not recording_places(by, locked):
        raise NotPermitted("由省级管理部门的人员登记备案")
    for earlier in (locked.proposed_by, locked.decided_by):
        require_another_person(by, earlier, "备案须由提出、决定以外的另一人登记")
    _require_still_right(locked, at)
    locked.state, locked.recorded_by, locked.recorded_at = State.RECORDED, by, at
    locked.record_number = _words(record_number, "请填写备案号")[:100]
    return _stored(locked, EventTag.STEWARDSHIP_RECORDED, by, at, locked.reason)


def _require_still_right(row: Stewardship, at: datetime) -> None:
    """Conflict where the school is no longer rated D, or who is to act for it has become unfit since it was proposed."""
    if not is_rated_worst(row.school):
        raise Conflict("学校的评级已经变动，不再是D级，代管不能生效")
    if row.steward_school is not None and (
        unfit := unfit_because(row.steward_school, row.rating, timezone.localdate(at))
    ):
        raise Conflict(f"{unfit}，不能代管：请不予代管或者解除，另行提出")


@transaction.atomic
def name_steward_person(*, stewardship: Stewardship, user: User, post: str, by: User, at: datetime) -> StewardPost:
    """Name a person of the steward to act in the name of the school, as clerk or leader; nobody names themselves."""
    locked = _lock_decided(stewardship, by)
    if not may_name(by, locked):
        raise NotPermitted(f"决定代管以后，由{locked.authority.name}或者其上级的主管领导指名")
    require_another_person(by, user, "不能指名本人")
    if not any(person.pk == user.pk and acting == post for person, acting in people_of_steward(locked)):
        raise BadInput(f"请选择{locked.steward.name}在岗的人员")
    if locked.people.filter(user=user, ended_at=None).exists():
        raise Conflict(f"{user.full_name}已经指名，须先撤回")
    row = StewardPost.objects.create(stewardship=locked, user=user, post=post, named_by=by, named_at=at)
    forget_posts(user)
    _record_person(EventTag.STEWARD_NAMED, row, locked, by, at)
    return row


@transaction.atomic
def withdraw_steward_person(*, person: StewardPost, by: User, at: datetime) -> StewardPost:
    """Take back that somebody acts in the name of the school."""
    locked = _lock_decided(person.stewardship, by)
    if not may_name(by, locked):
        raise NotPermitted(f"由{locked.authority.name}或者其上级的主管领导撤回")
    row = locked.people.select_for_update(of=("self",)).select_related("user").get(pk=person.pk)
    require_unaltered(row, str(row))
    if row.ended_at is not None:
        raise Conflict("已经撤回")
    row.ended_by, row.ended_at = by, at
    row.save(update_fields=["ended_by", "ended_at", "digest"])
    forget_posts(row.user)
    _record_person(EventTag.STEWARD_WITHDRAWN, row, locked, by, at)
    return row


def _record_person(tag: EventTag, row: StewardPost, stewardship: Stewardship, by: User, at: datetime) -> None:
    after = {"person": row.user.full_name, "post": row.get_post_display(), "steward": stewardship.steward.name}
    record_event(
        tag=tag, subject=stewardship, parent=stewardship.school, by=by, at=at, school_id=stewardship.school_id, after=after
    )  # fmt: skip


@transaction.atomic
def propose_lifting(*, stewardship: Stewardship, reason: str, by: User, at: datetime) -> Stewardship:
    """Propose to end a stewardship before the rating is better; another person ends it."""
    locked = _lock(stewardship, by)
    if locked.state not in (State.DECIDED, State.RECORDED) or locked.lifting_by is not None:
        raise Conflict("该代管还没有决定，或者已经提出解除")
    if not works_over(by, locked):
        raise NotPermitted(f"由{locked.authority.name}或者其上级提出解除")
    locked.lifting_by, locked.lifting_reason = by, _words(reason, "请写明解除的事由")[:_LONGEST]
    return _stored(locked, EventTag.STEWARDSHIP_LIFTING, by, at, locked.lifting_reason)


@transaction.atomic
def settle_lifting(*, stewardship: Stewardship, agrees: bool, reason: str, by: User, at: datetime) -> Stewardship:
    """End a stewardship as another person proposed, or keep it."""
    locked = _lock(stewardship, by)
    if locked.lifting_by is None:
        raise Conflict("没有人提出解除该代管")
    if not heads_over(by, locked):
        raise NotPermitted(f"由{locked.authority.name}或者其上级的主管领导解除")
    require_another_person(by, locked.lifting_by, "解除代管须由提出以外的另一人办理")
    words = _words(reason, "请填写说明")[:_LONGEST]
    if agrees:
        return _ended(locked, words, by, at)  # why it was proposed stays beside it
    locked.lifting_by, locked.lifting_reason = None, ""
    return _stored(locked, EventTag.STEWARDSHIP_KEPT, by, at, words)


@transaction.atomic
def end_stewardships(*, ratings: Iterable[Rating], by: User, at: datetime) -> int:
    """End who acts for schools whose newest rating is C or better now, and what schools rated D do for others; return how many."""
    published = {rating.school_id: rating for rating in ratings if rating.school_id is not None}
    rows = Stewardship.objects.select_for_update(of=("self",)).select_related("school", "steward_school", "rating")
    found = rows.filter(Q(school__in=published) | Q(steward_school__in=published), state__in=OPEN).order_by("pk")
    count = 0
    for row in found:  # few: schools rated D
        if not (reason := _why_over(row, published)):
            continue
        require_unaltered(row, str(row))
        _ended(row, reason, None, at, told_by=by)
        count += 1
    return count


def _why_over(row: Stewardship, published: Mapping[int, Rating]) -> str:
    """Return why ratings just published end a stewardship; nothing where they do not."""
    acting = published.get(row.steward_school_id) if row.steward_school_id is not None else None
    if acting is not None and acting.rating == "D":
        return f"代管学校{acting.year}年度评为D级"
    of_school = published.get(row.school_id)  # an older year may have been bettered while the newest is still a D
    if of_school is None or of_school.rating == "D" or is_rated_worst(row.school):
        return ""
    return f"{of_school.year}年度评为{of_school.rating}级"


def _ended(
    row: Stewardship, reason: str, lifted_by: User | None, at: datetime, told_by: User | None = None
) -> Stewardship:
    """End one; nobody lifted it where a better rating ends it."""
    row.state, row.ended_by, row.ended_at, row.ended_reason = State.ENDED, lifted_by, at, reason
    by = lifted_by or told_by
    assert by is not None
    return _stored(row, EventTag.STEWARDSHIP_ENDED, by, at, reason)


def _lock(stewardship: Stewardship, by: User) -> Stewardship:
    """Return a stewardship as it is now, held; Conflict once it is over."""
    seen = stewardship_for(by, stewardship.pk)
    rows = Stewardship.objects.select_for_update(of=("self",)).select_related(
        "school__authority", "rating__school__authority", "steward_school", "steward_authority", "authority",
        "proposed_by", "decided_by", "lifting_by",
    )  # fmt: skip
    now = rows.get(pk=seen.pk)
    require_unaltered(now, str(now))
    if now.state not in OPEN:
        raise Conflict(f"该代管{now.get_state_display()}")
    return now


def _lock_decided(stewardship: Stewardship, by: User) -> Stewardship:
    """Return a stewardship held, once it is decided: before, nobody acts for it."""
    locked = _lock(stewardship, by)
    if locked.state == State.PROPOSED:
        raise Conflict(f"该代管{locked.get_state_display()}，决定以后才能指名、撤回人员")
    return locked


def _words(text: str, missing: str) -> str:
    if not text.strip():
        raise BadInput(missing)
    return mask_identity_numbers(text.strip())


def _stored(row: Stewardship, tag: EventTag, by: User, at: datetime, note: str) -> Stewardship:
    """Save a step and record it."""
    row.save()
    record_events(_events(row, tag, by, at, note))
    return row


def _events(row: Stewardship, tag: EventTag, by: User, at: datetime, note: str) -> list[Event]:
    """Return the step as it stands with the school and, once it was in force, with the school that acts: with both names."""
    acting = [row.steward_school] if row.steward_school is not None and row.recorded_at is not None else []
    after = {
        "school": row.school.name, "steward": row.steward.name, "state": row.get_state_display(), "year": row.rating.year,
        "document_number": row.document_number, "record_number": row.record_number,
    }  # fmt: skip
    return [
        event_of(
            tag=tag, subject=row, parent=school, by=by, at=at, school_id=school.pk, view=law_of_rating(row.rating), note=note,
            after=after,
        )
        for school in (*acting, row.school)
    ]  # fmt: skip
