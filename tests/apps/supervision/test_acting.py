"""The people of a steward act in the name of a school rated D, its own only look, and the ledger has both names (S2 第二十三条)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.apps.supervision.test_ratings import Land
from tests.apps.supervision.test_stewardships import decided, in_force, land  # noqa: F401  # a fixture
from tests.factories.institutions import appointed
from tests.factories.supervision import StewardPostFactory

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.models import Post
from xueji.institutions.queries import permissions_of, posts_of, require_permission, school_for
from xueji.ledger.actions import event_of
from xueji.ledger.tags import EventTag
from xueji.supervision.actions import (
    name_steward_person,
    propose_lifting,
    record_stewardship,
    settle_lifting,
    withdraw_steward_person,
)
from xueji.supervision.models import StewardPost
from xueji.supervision.rating_queries import speaks_for

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-44")]
AT = datetime(2025, 2, 3, 1, tzinfo=UTC)
ENTERING = (P.REGISTER_STUDENTS, P.CONFIRM_REGISTRATION, P.FILE_STATUS_CHANGE)


def again(user: User) -> User:
    """Return somebody as the next request meets them."""
    return User.objects.get(pk=user.pk)


def may_enter(user: User, land: Land) -> bool:  # noqa: F811
    try:
        for permission in ENTERING:
            require_permission(again(user), permission, school=land.school)
    except NotPermitted:
        return False
    return True


def test_named_people_of_the_steward_enter_and_the_schools_own_only_look(land) -> None:  # noqa: F811
    row = decided(land, land.other)
    person = name_steward_person(stewardship=row, user=land.neighbour, post="school_clerk", by=land.leader, at=AT)
    assert (may_enter(land.neighbour, land), may_enter(land.clerk, land)) == (False, True)  # not on record yet
    with pytest.raises(NotFound):
        school_for(again(land.neighbour), land.school.pk)
    row.refresh_from_db()
    record_stewardship(stewardship=row, record_number="豫教备〔2025〕1号", by=land.first, at=AT)
    assert (may_enter(land.neighbour, land), may_enter(land.clerk, land)) == (True, False)
    looks = permissions_of(again(land.clerk))
    assert {P.VIEW_REGISTER, P.VIEW_BATCHES, P.HAND_OUT_DIPLOMAS, P.REPORT_DUTIES} <= looks
    assert not looks & {*ENTERING, P.PREPARE_BATCH, P.FILE_PARTICULARS_CHANGE, P.PRINT_DOCUMENTS}
    assert "只能查看" in posts_of(again(land.clerk))[0].get_post_display()
    assert [post.school for post in posts_of(again(land.neighbour))] == [land.other, land.school]
    other = appointed(Post.SCHOOL_CLERK, land.other)  # of the steward, not named
    assert not may_enter(other, land)
    assert [speaks_for(again(user), land.worst) for user in (land.clerk, land.neighbour)] == [True, False]
    withdraw_steward_person(person=person, by=land.leader, at=AT)
    assert not may_enter(land.neighbour, land)
    with pytest.raises(Conflict, match="已经撤回"):
        withdraw_steward_person(person=person, by=land.leader, at=AT)


def test_what_they_do_stands_in_the_ledger_with_both_names(land) -> None:  # noqa: F811
    row = in_force(land, land.other)
    name_steward_person(stewardship=row, user=land.neighbour, post="school_clerk", by=land.leader, at=AT)
    acting = again(land.neighbour)
    require_permission(acting, P.REGISTER_STUDENTS, school=land.school)
    labels = [
        event_of(tag=EventTag.LIST_EXPORTED, subject=school, by=acting, at=AT, school_id=school.pk).actor_label
        for school in (land.school, land.other)
    ]
    assert labels == [f"{acting}（以{land.school.name}名义，代管：{land.other.name}）", str(acting)]


def test_it_is_over_with_the_stewardship_and_with_the_post_at_the_steward(land) -> None:  # noqa: F811
    row = in_force(land)  # the city itself
    for user, post in ((land.city_reviewer, "school_clerk"), (land.leader, "school_leader")):
        by = appointed(Post.CITY_LEADER, land.city)
        name_steward_person(stewardship=row, user=user, post=post, by=by, at=AT)
    assert may_enter(land.city_reviewer, land)
    assert {post.post for post in posts_of(again(land.leader))} == {"city_leader", "school_leader"}
    today = timezone.localdate()
    post = land.city_reviewer.appointments.get()
    post.days = (post.days.lower, today)
    post.save()
    assert not may_enter(land.city_reviewer, land)
    propose_lifting(stewardship=row, reason="已经整改", by=land.first, at=AT)
    settle_lifting(stewardship=row, agrees=True, reason="同意", by=land.second, at=AT)
    assert {post.post for post in posts_of(again(land.leader))} == {"city_leader"}
    assert may_enter(land.clerk, land)


def test_who_heads_the_authority_names_others_of_the_steward_once_each(land) -> None:  # noqa: F811
    row = decided(land, land.other)
    named = {"stewardship": row, "at": AT}
    for by in (land.city_reviewer, land.county_reviewer):
        with pytest.raises(NotPermitted, match="主管领导指名"):
            name_steward_person(user=land.neighbour, post="school_clerk", by=by, **named)
    for user, post in ((land.clerk, "school_clerk"), (land.neighbour, "school_leader")):
        with pytest.raises(BadInput, match="在岗的人员"):
            name_steward_person(user=user, post=post, by=land.leader, **named)
    with pytest.raises(NotPermitted, match="本人"):
        name_steward_person(user=land.leader, post="school_clerk", by=land.leader, **named)
    name_steward_person(user=land.neighbour, post="school_clerk", by=land.leader, **named)
    with pytest.raises(Conflict, match="已经指名"):
        name_steward_person(user=land.neighbour, post="school_clerk", by=land.leader, **named)


@pytest.mark.forges
def test_a_row_nobody_wrote_gives_no_power(land) -> None:  # noqa: F811
    row = in_force(land, land.other)
    person = name_steward_person(stewardship=row, user=land.neighbour, post="school_clerk", by=land.leader, at=AT)
    StewardPost.objects.filter(pk=person.pk).update(digest="forged")
    assert not may_enter(land.neighbour, land)


@pytest.mark.parametrize(
    ("name", "values"),
    [("steward_is_clerk_or_leader", {"post": "auditor"}), ("steward_post_ended_by_and_at", {"ended_at": AT})],
)
def test_the_database_refuses_another_post_and_an_end_by_nobody(name, values) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        StewardPostFactory(**values)
