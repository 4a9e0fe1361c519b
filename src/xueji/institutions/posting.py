"""Which post exists where, and which posts one person does not hold together: asked for one person and for many alike."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.models import Appointment, Authority, Level, Post, School

_SCHOOL_POSTS = frozenset({Post.SCHOOL_CLERK, Post.SCHOOL_LEADER})
# Posts of one level of authority only; the others stand at cities and provinces.
_LEVEL_OF = {
    Post.COUNTY_REVIEWER: Level.COUNTY,
    Post.PROVINCE_REVIEWER: Level.PROVINCE,
    Post.PROVINCE_LEADER: Level.PROVINCE,
}
_ABOVE_COUNTY = frozenset(Post) - _SCHOOL_POSTS - {*_LEVEL_OF, Post.AUDITOR, Post.ADMINISTRATOR}
# Who keeps the blanks does not hand them out, nor takes the spoiled ones back (S3-03, S3-23).
_SEPARATE_POSTS = frozenset({Post.BLANK_KEEPER, Post.BLANK_ISSUER, Post.VOID_KEEPER})
# Whoever reads the ledger or hands out posts does nothing else, so that no act is covered up by its own actor.
_EXCLUSIVE_POSTS = frozenset({Post.AUDITOR, Post.ADMINISTRATOR})


def check_place(post: Post, authority: Authority | None, school: School | None) -> None:
    """Raise BadInput when the post does not exist at that kind of place."""
    if (authority is None) == (school is None):
        raise BadInput("岗位要么在主管部门，要么在学校")
    if (post in _SCHOOL_POSTS) != (school is not None):
        raise BadInput(f"{post.label}不是{'学校' if school else '主管部门'}的岗位")
    level = _LEVEL_OF.get(post)
    if authority and level and authority.level != level:
        raise BadInput(f"{post.label}只设在{level.label}主管部门")
    if authority and post in _ABOVE_COUNTY and authority.level == Level.COUNTY:
        raise BadInput(f"{post.label}不设在县级主管部门")


def check_together(
    wanted: Appointment, of_account: Iterable[Appointment], same_telephone: Iterable[Appointment]
) -> None:
    """Raise Conflict when a post excludes one the person holds in the same days, by this account or by another.

    `of_account` are the account's, `same_telephone` those of other accounts that give the same telephone: taken for one person's.
    """
    post = Post(wanted.post)
    others = {other.post for other in of_account if other.post != post}
    if (post in _EXCLUSIVE_POSTS and others) or others & _EXCLUSIVE_POSTS:
        raise Conflict("系统管理、业务办理、审计三员分立：审计员、系统管理员不得兼任其他岗位")
    if (excluding := _excluding(wanted, same_telephone)) is not None:
        raise Conflict(
            f"账号「{excluding.user.username}」登记的电话与本账号相同，已在同一辖区任{excluding.get_post_display()}："
            "系统管理、业务办理、审计三员分立，须由不同的人担任"
        )
    if post in _SEPARATE_POSTS and others & _SEPARATE_POSTS:
        raise Conflict("空白证书的保管、发放和作废证书的保管须由不同的人担任")


def telephone_of(user: User) -> str:
    """Return the telephone by which accounts are taken for one person's; empty where none is given."""
    return user.phone if user.phone.strip() else ""


def _excluding(wanted: Appointment, same_telephone: Iterable[Appointment]) -> Appointment | None:
    """Return the post that a second account of the same person holds in the area and that excludes this one."""
    place = _authority_of(wanted)
    for other in same_telephone:
        is_apart = other.post != wanted.post if wanted.post in _EXCLUSIVE_POSTS else other.post in _EXCLUSIVE_POSTS
        other_place = _authority_of(other) if is_apart else None
        if (
            other_place
            and place
            and (other_place.path.startswith(place.path) or place.path.startswith(other_place.path))
        ):
            return other
    return None


def _authority_of(post: Appointment) -> Authority | None:
    return post.authority or (post.school.authority if post.school else None)
