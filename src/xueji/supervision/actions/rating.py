"""A draft is objected to, one person proposes a rating, another decides, then it is published and stands (S2 第二十二条)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.actions import accepted_file
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.documents.models import StoredFile
from xueji.documents.storage import store_bytes
from xueji.institutions.models import School
from xueji.institutions.queries.staff import require_another_person
from xueji.ledger.actions import event_of, mask_identity_numbers, record_events
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import is_as_written, require_unaltered
from xueji.supervision.actions.drafting import compute_draft, is_worse
from xueji.supervision.actions.restricting import end_restrictions
from xueji.supervision.actions.stewarding import end_stewardships
from xueji.supervision.models import Rating, RatingAct
from xueji.supervision.models.ratings import LETTERS
from xueji.supervision.rating_figures import figures_below
from xueji.supervision.rating_queries import (
    decided_below,
    has_objected,
    late_hits,
    law_of_rating,
    mark_of,
    office_rating,
    proposal_of_rating,
    rating_for,
    rating_offices,
    speaks_for,
)

Kind, State = RatingAct.Kind, Rating.State
_LONGEST = 2000
_MOST_NAMED = 10
_TAGS = {
    Kind.OBJECTED: EventTag.RATING_OBJECTED,
    Kind.PROPOSED: EventTag.RATING_PROPOSED,
    Kind.SENT_BACK: EventTag.RATING_RETURNED,
    Kind.DECIDED: EventTag.RATING_DECIDED,
    Kind.PUBLISHED: EventTag.RATING_PUBLISHED,
    Kind.REVISED: EventTag.RATING_REVISED,
}


@dataclass(frozen=True, slots=True)
class RatingProposal:
    """What somebody would have a place rated, and whether for a violation or a grave error beside what the draft shows."""

    letter: str
    violation: bool = False
    grave_error: bool = False


@transaction.atomic
def object_to_rating(
    *, rating: Rating, turn: int, statement: str, by: User, at: datetime, file_name: str = "", data: bytes = b""
) -> RatingAct:
    """Say for a school or an office what is wrong with its draft, with a paper where there is one: once, within the days."""
    locked = _lock(rating, by, turn)
    if not speaks_for(by, locked):
        raise NotPermitted("由被评级的单位提出异议")
    if locked.state != State.DRAFT or timezone.localdate(at) > locked.objections_until:
        raise Conflict(f"异议到 {locked.objections_until:%Y-%m-%d} 为止、拟定等级以前提出")
    if has_objected(locked):
        raise Conflict("已经提出过异议，一份草稿只能提出一次")
    file: StoredFile | None = None
    if data:
        file_name, media_type = accepted_file(file_name, data)
        file = store_bytes(data, media_type)
    return _act(
        locked, Kind.OBJECTED, statement, place=locked.place.name, by=by, at=at, file=file,
        file_name=mask_identity_numbers(file_name) if file else "",
    )  # fmt: skip


@transaction.atomic
def propose_rating(
    *, rating: Rating, turn: int, proposal: RatingProposal, statement: str, by: User, at: datetime
) -> RatingAct:
    """Propose a rating, heard or after the days to object; one hit, violation or grave error leaves nothing but D."""
    place = _office(by, rating)
    locked = _lock(rating, by, turn)
    if locked.state != State.DRAFT:
        raise Conflict(f"该评级{locked.get_state_display()}，不能再拟定")
    if timezone.localdate(at) <= locked.objections_until and not has_objected(locked):
        raise Conflict(f"还没有提出异议，{locked.objections_until:%Y-%m-%d} 以后才能拟定等级")
    view = law_of_rating(locked)
    if is_worse(locked, figures_below(locked.place, locked.year, view, timezone.localdate(at)), view):
        raise Conflict("草稿以后又有查实的事项，或者草稿等级降低，请先重新计算草稿，重新告知")
    if proposal.letter not in dict(LETTERS):
        raise BadInput("请选择 A、B、C、D 之一")
    locked.violation, locked.grave_error = proposal.violation, proposal.grave_error
    if locked.is_vetoed and proposal.letter != "D":
        raise BadInput("触犯负面清单、违规办学、重大失误的一票否决，只能评为D级（第二十二条）")
    if not locked.is_vetoed and proposal.letter == "D":
        raise BadInput("D级须有查实的负面清单事项、违规办学或者重大失误（第二十二条），请勾选是哪一种")
    locked.state, locked.rating, locked.proposed_by = State.PROPOSED, proposal.letter, by
    locked.save(update_fields=["violation", "grave_error", "state", "rating", "proposed_by", "digest"])
    return _act(locked, Kind.PROPOSED, statement, place=place, by=by, at=at, letter=proposal.letter)


@transaction.atomic
def settle_rating(*, rating: Rating, proposal: int, agrees: bool, statement: str, by: User, at: datetime) -> RatingAct:
    """Decide as another person proposed, or send the proposal back; `proposal` is the act that was read.

    What is decided and not published may be sent back as well. Nothing is decided against a veto found true since.
    """
    place = _office(by, rating)
    locked = _lock(rating, by)
    latest = proposal_of_rating(locked)
    if latest is None or (agrees and locked.state == State.DECIDED):
        raise Conflict("还没有拟定等级，或者已经评定")
    if locked.state == State.PROPOSED:
        require_another_person(by, locked.proposed_by, "拟定的等级须由另一人评定")
    if latest.pk != proposal:
        raise Conflict("拟定的等级在您打开页面以后已经变动，请看过现在的再办理")
    if agrees:
        _require_no_late_hits([locked], at)
        locked.state, locked.decided_by, locked.decided_at = State.DECIDED, by, at
        locked.save(update_fields=["state", "decided_by", "decided_at", "digest"])
        return _act(locked, Kind.DECIDED, statement, place=place, by=by, at=at, letter=latest.letter)
    locked.state, locked.rating, locked.proposed_by = State.DRAFT, "", None
    locked.decided_by = locked.decided_at = None
    locked.violation = locked.grave_error = False
    locked.save(
        update_fields=[
            "state", "rating", "proposed_by", "decided_by", "decided_at", "violation", "grave_error", "digest",
        ]
    )  # fmt: skip
    return _act(locked, Kind.SENT_BACK, statement, place=place, by=by, at=at)


@transaction.atomic
def publish_ratings(*, year: int, seen: Collection[str], by: User, at: datetime) -> int:
    """Publish what is decided of a year as it was seen, under the person's authority; return how many.

    `seen` are the marks of the ratings that were shown: what was decided since then waits. The same again publishes nothing.
    """
    offices = rating_offices(by, timezone.localdate(at))
    if not offices:
        raise NotPermitted("由组织评级的管理部门公布")
    decided = decided_below(by, year, timezone.localdate(at)).select_for_update(of=("self",))
    rows = [row for row in decided if mark_of(row) in seen and is_as_written(row)]
    _require_no_late_hits(rows, at)
    _replace_former(rows)
    acts = [
        RatingAct(
            rating=row, kind=Kind.PUBLISHED, letter=row.rating, turn=row.turn, by=by, at=at,
            place=next(office.name for office, _ in offices if row.line.startswith(office.path)),
        )
        for row in rows
    ]  # fmt: skip
    for row in rows:
        row.state, row.published_at = State.PUBLISHED, at
        row.save(update_fields=["state", "published_at", "digest"])
    RatingAct.objects.bulk_create(acts)
    record_events([_event(act) for act in acts])
    end_restrictions(ratings=rows, by=by, at=at)
    end_stewardships(ratings=rows, by=by, at=at)
    return len(rows)


@transaction.atomic
def revise_rating(*, rating: Rating, statement: str, by: User, at: datetime) -> Rating:
    """Begin another edition of a published rating, computed anew; until it is published the former one stands."""
    place = _office(by, rating)
    locked = _lock(rating, by)
    if locked.state != State.PUBLISHED:
        raise Conflict("只有已经公布的评级才能重新评定")
    if Rating.objects.filter(replaces=locked).exists():
        raise Conflict("该评级已经在重新评定")
    view = law_of_rating(locked).pack.on(timezone.localdate(at))
    row = Rating(
        school=locked.school, authority=locked.authority, year=locked.year, edition=locked.edition + 1, replaces=locked
    )
    compute_draft(row, figures_below(locked.place, locked.year, view, timezone.localdate(at)), view, at)
    row.save(force_insert=True)
    _act(row, Kind.REVISED, statement, place=place, by=by, at=at)
    return row


def _replace_former(rows: list[Rating]) -> None:
    """Let what other editions replace stand no longer."""
    former = Rating.objects.select_for_update(of=("self",)).filter(pk__in=[row.replaces_id for row in rows])
    for row in former.filter(state=State.PUBLISHED):
        require_unaltered(row, f"{row}的评级")
        row.state = State.REPLACED
        row.save(update_fields=["state", "digest"])


def _require_no_late_hits(rows: list[Rating], at: datetime) -> None:
    """Conflict where something was found true of a school after its draft that leaves nothing but D (第二十二条)."""
    late = late_hits(rows, timezone.localdate(at))
    vetoed = [f"{row.place}（{'、'.join(late[row.pk])}）" for row in rows if row.pk in late]
    if vetoed:
        places = "、".join(vetoed[:_MOST_NAMED])
        places += f" 等 {len(vetoed)} 个单位" if len(vetoed) > _MOST_NAMED else ""
        raise Conflict(f"草稿以后查实了负面清单事项，一票否决：{places}。请退回其拟定的等级，重新计算草稿，再拟定")


def _lock(rating: Rating, by: User, turn: int | None = None) -> Rating:
    """Return a rating as it is now, held; Conflict where the draft was computed anew since it was read."""
    seen = rating_for(by, rating.pk)
    now = (
        Rating.objects.select_for_update(of=("self",)).select_related("school__authority", "authority").get(pk=seen.pk)
    )
    require_unaltered(now, f"{now}的评级")
    if turn is not None and now.turn != turn:
        raise Conflict("草稿在您打开页面以后已经重新计算，请看过现在的再办理")
    return now


def _office(by: User, rating: Rating) -> str:
    """Return the name of the authority that rates, for which somebody acts."""
    office = office_rating(by, rating)
    if office is None:
        raise NotPermitted("由组织评级的管理部门办理")
    return office.name


def _act(
    rating: Rating, kind: RatingAct.Kind, statement: str, *, place: str, by: User, at: datetime, **more: object
) -> RatingAct:
    if not statement.strip():
        raise BadInput("请填写说明")
    row = RatingAct(
        rating=rating, kind=kind, turn=rating.turn, statement=mask_identity_numbers(statement.strip())[:_LONGEST], place=place,
        by=by, at=at, **more,
    )  # fmt: skip
    row.save(force_insert=True)
    record_events([_event(row)])
    return row


def _event(act: RatingAct) -> Event:
    rating, place = act.rating, act.rating.place
    is_school = isinstance(place, School)
    after = {"year": rating.year, "edition": rating.edition, "place": act.place, "state": rating.get_state_display()}
    after |= {
        "rating": act.letter,
        "hits": rating.hits,
        "violation": rating.violation,
        "grave_error": rating.grave_error,
    }
    return event_of(
        tag=_TAGS[Kind(act.kind)], subject=rating, parent=place, by=act.by, at=act.at, view=law_of_rating(rating),
        school_id=place.pk if is_school else None, authority_id=None if is_school else place.pk,
        after=after | {"file": act.file_name}, note=act.statement,
    )  # fmt: skip
