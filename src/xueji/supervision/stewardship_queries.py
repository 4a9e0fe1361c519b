"""Read on behalf of a person who acts in the name of a school rated D, and who may have a say in it."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.findings import Citation
from xueji.institutions.models import Appointment, Authority, Post, School
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import authorities_granting, pick, posts_of
from xueji.institutions.queries.staff import are_one_person
from xueji.sealing.rows import is_as_written
from xueji.supervision.models import Rating, StewardPost, Stewardship
from xueji.supervision.rating_queries import law_of_rating, ratings_visible_to

State = Stewardship.State
OPEN = (State.PROPOSED, State.DECIDED, State.RECORDED)
_KEY = "stewardship_recorded_by"


def stewardships_visible_to(user: User) -> QuerySet[Stewardship]:
    """Return what is done in the name of schools whose ratings somebody may know of, and what their own place does so."""
    mine = Q(rating__in=ratings_visible_to(user).order_by().values("pk"))
    for post in posts_of(user):
        if post.school_id is not None and Permission.VIEW_REGISTER in PERMISSIONS_OF[post.post]:
            mine |= Q(steward_school=post.school_id, recorded_at__isnull=False)  # before, it is no business of theirs
    found = Stewardship.objects.filter(mine)
    return found.select_related(
        "school__authority", "rating__school__authority", "steward_school", "steward_authority", "authority", "proposed_by", "decided_by",
        "recorded_by", "lifting_by", "ended_by",
    )  # fmt: skip


def stewardship_for(user: User, stewardship_id: object) -> Stewardship:
    """Return one of those, else NotFound."""
    return pick(stewardships_visible_to(user), stewardship_id)


def steward_of() -> Subquery:
    """Return, for an annotation of posts, the name of the place that acts for the post's school; null where it acts itself."""
    in_force = Stewardship.objects.filter(school=OuterRef("school"), state=State.RECORDED)
    return Subquery(in_force.values(name=Coalesce("steward_school__name", "steward_authority__name"))[:1])


def acts_elsewhere() -> Exists:
    """Return, for an annotation of posts, whether the holder of one was named to act for another school by its place."""
    named = StewardPost.objects.filter(user=OuterRef("user"), ended_at=None, stewardship__state=State.RECORDED)
    at_place = Q(stewardship__steward_school=OuterRef("school")) | Q(
        stewardship__steward_authority=OuterRef("authority")
    )
    return Exists(named.filter(at_place))


def acting_posts(post: Appointment) -> list[Appointment]:
    """Return the posts at schools in whose name the holder of a post acts; one that was not written by the product gives no power."""
    named = StewardPost.objects.filter(user=post.user_id, ended_at=None, stewardship__state=State.RECORDED)
    if post.school_id is not None:
        named = named.filter(stewardship__steward_school=post.school_id)
    else:
        named = named.filter(stewardship__steward_authority=post.authority_id)
    found = []
    for row in named.select_related(
        "stewardship__school__authority", "stewardship__steward_school", "stewardship__steward_authority"
    ):
        stewardship = row.stewardship
        if is_as_written(row) and is_as_written(stewardship):
            acting = Appointment(user_id=row.user_id, post=row.post, school=stewardship.school, days=post.days)
            acting.steward, acting.is_steward, acting.serves = stewardship.steward.name, True, ()  # type: ignore[attr-defined]
            found.append(acting)
    return found


def people_of_steward(row: Stewardship) -> list[tuple[User, str]]:
    """Return who may be named to act, each with the post at the school: people of a school as what they are, of an office as either."""
    today = timezone.localdate()
    place = Q(school=row.steward_school_id) if row.steward_school_id else Q(authority=row.steward_authority_id)
    posts = Appointment.objects.filter(place, days__contains=today, user__is_active=True).select_related("user")
    found: dict[tuple[int, str], tuple[User, str]] = {}
    for post in posts.order_by("user__full_name", "pk"):
        granted = PERMISSIONS_OF[post.post]
        if Permission.VIEW_REGISTER not in granted:
            continue
        for acting in (post.post,) if row.steward_school_id else (Post.SCHOOL_CLERK.value, Post.SCHOOL_LEADER.value):
            found[post.user_id, acting] = (post.user, acting)
    return list(found.values())


def named_people(row: Stewardship) -> list[StewardPost]:
    """Return who was named to act, of a stewardship the caller was let see."""
    return list(row.people.select_related("user", "named_by").order_by(F("ended_at").desc(nulls_first=True), "pk"))


def may_name(user: User, row: Stewardship) -> bool:
    """Whether somebody names the people who act: who heads the authority that proposed, or one above, once it is decided."""
    return row.state in (State.DECIDED, State.RECORDED) and heads_over(user, row)


def stewardships_found(user: User, *, state: str = "", name: str = "") -> QuerySet[Stewardship]:
    """Return those somebody looks for: by state (those that go on where none is asked for), by the name of either place."""
    found = stewardships_visible_to(user)
    found = found.filter(state=state) if state else found.filter(state__in=OPEN)
    if words := name.strip():
        found = found.filter(
            Q(school__name__icontains=words)
            | Q(steward_school__name__icontains=words)
            | Q(steward_authority__name__icontains=words)
        )
    return found.order_by("school__name", "-pk")


def stewardships_of(rating: Rating) -> list[Stewardship]:
    """Return those that rest on a rating the caller was let see, and whatever goes on for its school, on which edition it rests."""
    rows = Stewardship.objects.filter(Q(rating=rating) | Q(school=rating.school_id, state__in=OPEN)).select_related(
        "school", "steward_school", "steward_authority"
    )
    return list(rows.order_by("pk"))


def may_steward(user: User, rating: Rating) -> bool:
    """Whether somebody may propose that another place acts for the school of this rating: a D that stands."""
    return bool(proposing_places(user, rating)) and stands_as_worst(rating) and not has_steward(rating)


def stands_as_worst(rating: Rating) -> bool:
    """Whether a rating is a published D of a school, no later year is published better, and its law knows of stewardship."""
    if rating.state != Rating.State.PUBLISHED or rating.rating != "D" or rating.school_id is None:
        return False
    if _KEY not in law_of_rating(rating).keys("value"):
        return False
    later = Rating.objects.filter(school=rating.school_id, state=Rating.State.PUBLISHED, year__gt=rating.year)
    return not later.exclude(rating="D").exists()


def is_rated_worst(school: School) -> bool:
    """Whether the newest published rating of a school is a D, whatever edition it is."""
    newest = _newest_of(school)
    return newest is not None and newest.rating == "D"


def _newest_of(school: School) -> Rating | None:
    """Return the published rating of the last year that has one: of a year one edition is published, the others are replaced."""
    return Rating.objects.filter(school=school, state=Rating.State.PUBLISHED).order_by("-year").first()


def has_steward(rating: Rating) -> bool:
    """Whether somebody acts for the school of a rating, or is about to."""
    return Stewardship.objects.filter(school=rating.school_id, state__in=OPEN).exists()


def proposing_places(user: User, rating: Rating) -> list[Authority]:
    """Return the authorities over the school of a rating for which somebody decides cases, the nearest first."""
    places = [
        place
        for place in authorities_granting(user, Permission.DECIDE_CASES)
        if rating.school_id is not None and rating.line.startswith(place.path)
    ]
    return sorted(places, key=lambda place: -len(place.path))


def steward_named(authority: Authority, text: str) -> School | None:
    """Return the school under an authority that a name or a code means; None where there is none."""
    below = School.objects.filter(authority__path__startswith=authority.path)
    return below.filter(Q(name=text.strip()) | Q(code=text.strip())).select_related("authority").first()


def unfit_because(school: School, rating: Rating, on: date) -> str:
    """Return why a school cannot act for the school of a rating; nothing where it can."""
    if school.pk == rating.school_id:
        return "不能由学校代管自己"
    if school.closed_on is not None and school.closed_on <= on:
        return f"{school.name}已经停办"
    newest = _newest_of(school)
    if newest is not None and newest.rating == "D":
        return f"{school.name}{newest.year}年度评为D级，自身不能代管其他学校"
    if Stewardship.objects.filter(school=school, state__in=OPEN).exists():
        return f"{school.name}自身由他人代管"
    return ""


def may_decide(user: User, row: Stewardship) -> bool:
    """Whether somebody may decide what another proposed: who heads the authority that proposes, or one above (a county has no head here)."""
    return heads_over(user, row) and row.state == State.PROPOSED and not are_one_person(row.proposed_by, user)


def may_record(user: User, row: Stewardship) -> bool:
    """Whether somebody enters the record: of the level the law names, and neither of the two who proposed and decided."""
    if row.state != State.DECIDED or not recording_places(user, row):
        return False
    return not any(are_one_person(earlier, user) for earlier in (row.proposed_by, row.decided_by))


def recording_places(user: User, row: Stewardship) -> list[Authority]:
    """Return the authorities that keep the record and for which somebody decides cases."""
    level = law_of_rating(row.rating).value(_KEY)
    places = authorities_granting(user, Permission.DECIDE_CASES)
    return [place for place in places if place.level == level and row.rating.line.startswith(place.path)]


def may_propose_lifting(user: User, row: Stewardship) -> bool:
    """Whether somebody may propose to end a decided stewardship before the rating is better."""
    if row.state not in (State.DECIDED, State.RECORDED) or row.lifting_by is not None:
        return False
    return works_over(user, row)


def may_lift_stewardship(user: User, row: Stewardship) -> bool:
    """Whether somebody may end it as another proposed: who heads the authority that decided, or one above."""
    if row.state not in (State.DECIDED, State.RECORDED) or row.lifting_by is None:
        return False
    return heads_over(user, row) and not are_one_person(row.lifting_by, user)


def heads_over(user: User, row: Stewardship) -> bool:
    """Whether somebody heads the authority that decided, or one above it."""
    return _is_over(user, row, Permission.IMPOSE_SANCTIONS)


def works_over(user: User, row: Stewardship) -> bool:
    """Whether somebody decides cases at the authority that decided, or at one above it."""
    return _is_over(user, row, Permission.DECIDE_CASES)


def _is_over(user: User, row: Stewardship, permission: Permission) -> bool:
    return any(row.authority.path.startswith(place.path) for place in authorities_granting(user, permission))


def cites_of_stewardship(row: Stewardship) -> tuple[Citation, ...]:
    """Return the clauses a stewardship rests on."""
    return tuple(Citation.read(cite) for cite in row.cites)


def stewardships_waiting(user: User) -> list[Stewardship]:
    """Return what waits for somebody's decision, record or end of it: as many as there are schools rated D at most."""
    waiting = Q(state__in=(State.PROPOSED, State.DECIDED)) | Q(state=State.RECORDED, lifting_by__isnull=False)
    rows = stewardships_visible_to(user).filter(waiting).order_by("pk")
    return [row for row in rows if may_decide(user, row) or may_record(user, row) or may_lift_stewardship(user, row)]
