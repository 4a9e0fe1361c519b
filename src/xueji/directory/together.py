"""A faultless workbook is registered set-based: some statements a sheet, not a dozen a row.

What it writes and what the ledger says of it is the same as row by row (`directory.registrar`), which is asked wherever
anything is refused here: the first refusal ends this, and row by row every one is named.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

from xueji.accounts.models import User
from xueji.core.errors import Conflict
from xueji.directory.checks import OWNERSHIP, POSTS, years_of
from xueji.directory.columns import AUTHORITIES, PEOPLE, PROGRAMMES, SCHOOLS, DirectoryEntry
from xueji.directory.registrar import DEFAULT_EDUCATION, NEW, SAME, Registrar, UnknownName, check_level, same_or_refused
from xueji.institutions.account_actions import register_accounts
from xueji.institutions.actions_many import add_programmes, appoint_all, register_schools
from xueji.institutions.models import Appointment, Programme, School
from xueji.institutions.queries import accounts_visible_to, not_ended

Changes = MutableMapping[DirectoryEntry, str]


def register_together(registrar: Registrar, entries: Sequence[DirectoryEntry], changes: Changes) -> None:
    """Register all rows and note what each changed; XuejiError, for whichever row, when not all of them can be."""
    by_form = {
        form: [entry for entry in entries if entry.form == form] for form in (AUTHORITIES, SCHOOLS, PROGRAMMES, PEOPLE)
    }
    _authorities(registrar, by_form[AUTHORITIES], changes)
    _schools(registrar, by_form[SCHOOLS], changes)
    _programmes(registrar, by_form[PROGRAMMES], changes)
    _people(registrar, by_form[PEOPLE], changes)


def _authorities(registrar: Registrar, waiting: Sequence[DirectoryEntry], changes: Changes) -> None:
    """Register authorities one by one: they are few, and one may stand below one further down in the list."""
    while waiting:
        left = []
        for entry in waiting:
            try:
                changes[entry] = registrar.authority(entry)
            except UnknownName:
                left.append(entry)
        if len(left) == len(waiting):
            raise Conflict("上级主管部门没有登记")
        waiting = left


def _schools(registrar: Registrar, entries: Sequence[DirectoryEntry], changes: Changes) -> None:
    fresh: list[School] = []
    for entry in entries:
        authority = registrar.authority_named(entry, "authority")
        check_level(entry, registrar.levels_of(authority))
        values = registrar.school_values(entry) | {"is_public": OWNERSHIP[entry.text("is_public")]}
        standing = registrar.schools.get(values["code"]) or registrar.schools.get(values["name"])
        if standing is not None:
            changes[entry] = same_or_refused(standing, values | {"authority_id": authority.pk})
            continue
        fresh.append(School(authority=authority, **values))
        registrar.keep(fresh[-1])
        changes[entry] = NEW
    if fresh:
        register_schools(schools=fresh, by=registrar.by, at=registrar.at)


def _programmes(registrar: Registrar, entries: Sequence[DirectoryEntry], changes: Changes) -> None:
    schools = {school.pk for school in registrar.schools.values()}
    known = {(row.school_id, row.name, row.duration_years): row for row in Programme.objects.filter(school__in=schools)}
    fresh: list[Programme] = []
    for entry in entries:
        school, years = registrar.school_named(entry, "school"), years_of(entry)
        assert years is not None  # checked when the row was read
        values = {"code": entry.text("code"), "education_level": entry.text("education_level") or DEFAULT_EDUCATION}
        key = school.pk, entry.text("name"), years
        if (standing := known.get(key)) is not None:
            changes[entry] = same_or_refused(standing, values)
            continue
        known[key] = Programme(school=school, name=entry.text("name"), duration_years=years, **values)
        fresh.append(known[key])
        changes[entry] = NEW
    if fresh:
        add_programmes(programmes=fresh, by=registrar.by, at=registrar.at)


def _people(registrar: Registrar, entries: Sequence[DirectoryEntry], changes: Changes) -> None:
    users = _accounts(registrar, entries)
    standing_posts = Appointment.objects.filter(not_ended(), user__in=[user.pk for user in users.values()])
    standing: set[tuple[int, str, int | None, int | None]] = {
        (post.user_id, post.post, post.authority_id, post.school_id) for post in standing_posts
    }
    posts: list[Appointment] = []
    for entry in entries:
        user, place = users[entry.text("username")], registrar.place_named(entry)
        wanted = Appointment(user=user, post=POSTS[entry.text("post")], **place)
        key = user.pk, wanted.post, wanted.authority_id, wanted.school_id
        changes[entry] = SAME if key in standing else NEW
        if key not in standing:
            standing.add(key)
            posts.append(wanted)
    if posts:
        appoint_all(posts=posts, by=registrar.by, at=registrar.at)


def _accounts(registrar: Registrar, entries: Sequence[DirectoryEntry]) -> dict[str, User]:
    """Return the account of every row: those of the administrator's that are there, the others registered now."""
    named = {entry.text("username") for entry in entries}
    users = {user.username: user for user in accounts_visible_to(registrar.by).filter(username__in=named)}
    fresh: list[User] = []
    for entry in entries:
        username, name = entry.text("username"), entry.text("name")
        if username not in users:
            fresh.append(User(username=username, full_name=name, phone=entry.text("phone")))
            users[username] = fresh[-1]
        elif users[username].full_name != name:
            raise Conflict(f"用户名「{username}」是「{users[username].full_name}」的账号")
    if fresh:
        register_accounts(users=fresh, by=registrar.by, at=registrar.at)
    return users
