"""One row of the workbook is registered, by the same actions as on the pages; what rows name is found by name or code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import RuleViolation
from xueji.directory.checks import LEVELS, OWNERSHIP, POSTS, error, years_of
from xueji.directory.columns import AUTHORITIES, PEOPLE, PROGRAMMES, SCHOOLS, DirectoryEntry
from xueji.institutions.account_actions import register_account
from xueji.institutions.actions import add_programme, appoint, register_authority, register_school
from xueji.institutions.models import Appointment, Authority, School
from xueji.institutions.queries import accounts_visible_to, not_ended
from xueji.institutions.queries.area import school_levels
from xueji.uploads.models import UploadRow

NEW, SAME = UploadRow.Change.NEW, UploadRow.Change.SAME
DEFAULT_EDUCATION = "中等职业教育"
_OF_SCHOOL = ("name", "code", "principal", "level", "ordinal", "address", "phone")


@dataclass
class Registrar:
    """Registers rows below one authority. What rows name is found by name or code, registered before or by rows above."""

    root: Authority
    by: User
    at: datetime
    authorities: dict[str, Authority] = field(default_factory=dict)
    schools: dict[str, School] = field(default_factory=dict)
    _levels: dict[int, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        below = Authority.objects.filter(path__startswith=self.root.path)
        self.authorities = {authority.name: authority for authority in below}
        for school in School.objects.filter(authority__path__startswith=self.root.path).select_related("authority"):
            self.keep(school)

    def school_values(self, entry: DirectoryEntry) -> dict[str, Any]:
        """Return what a row says of its school, as columns of the table."""
        return {key: entry.text(key) for key in _OF_SCHOOL}

    def keep(self, school: School) -> None:
        self.schools[school.name] = self.schools[school.code] = school

    def register(self, entry: DirectoryEntry) -> str:
        """Register a row, or find that it stands already as it says; XuejiError when it cannot be."""
        return _REGISTER[entry.form](self, entry)

    def authority(self, entry: DirectoryEntry) -> str:
        name, level = entry.text("name"), LEVELS[entry.text("level")]
        parent = self.authority_named(entry, "parent") if entry.text("parent") else self.root
        if (standing := self.authorities.get(name)) is not None:
            return same_or_refused(
                standing, {"short_name": entry.text("short_name"), "level": level,
                                  "division_code": entry.text("division_code"), "parent_id": parent.pk},
            )  # fmt: skip
        self.authorities[name] = register_authority(
            name=name, short_name=entry.text("short_name"), level=level, division_code=entry.text("division_code"),
            parent=parent, line=parent.line, by=self.by, at=self.at,
        )  # fmt: skip
        return NEW

    def school(self, entry: DirectoryEntry) -> str:
        authority = self.authority_named(entry, "authority")
        check_level(entry, self.levels_of(authority))
        values = self.school_values(entry)
        is_public = OWNERSHIP[entry.text("is_public")]
        standing = self.schools.get(values["code"]) or self.schools.get(values["name"])
        if standing is not None:
            return same_or_refused(standing, values | {"is_public": is_public, "authority_id": authority.pk})
        self.keep(register_school(authority=authority, is_public=is_public, by=self.by, at=self.at, **values))
        return NEW

    def levels_of(self, authority: Authority) -> Sequence[str]:
        """Return the words the pack of an authority has for levels of schools, looked up once."""
        if authority.pk not in self._levels:
            self._levels[authority.pk] = school_levels(authority, timezone.localdate(self.at))
        return self._levels[authority.pk]

    def programme(self, entry: DirectoryEntry) -> str:
        school, years = self.school_named(entry, "school"), years_of(entry)
        assert years is not None  # checked when the row was read
        values = {"code": entry.text("code"), "education_level": entry.text("education_level") or DEFAULT_EDUCATION}
        standing = school.programmes.filter(name=entry.text("name"), duration_years=years).first()
        if standing is not None:
            return same_or_refused(standing, values)
        add_programme(
            school=school, name=entry.text("name"), duration_years=years, code=values["code"],
            education_level=values["education_level"], by=self.by, at=self.at,
        )  # fmt: skip
        return NEW

    def person(self, entry: DirectoryEntry) -> str:
        post, place = POSTS[entry.text("post")], self.place_named(entry)
        user = self._account(entry)
        if Appointment.objects.filter(not_ended(), user=user, post=post, **place).exists():
            return SAME
        appoint(user=user, post=post, by=self.by, at=self.at, **place)
        return NEW

    def _account(self, entry: DirectoryEntry) -> User:
        """Return the account of a row: the administrator's own that is there, else a new one, as yet without a password."""
        username = entry.text("username")
        standing = accounts_visible_to(self.by).filter(username=username).first()
        if standing is None:
            return register_account(
                username=username, full_name=entry.text("name"), phone=entry.text("phone"), by=self.by, at=self.at
            )
        if standing.full_name != entry.text("name"):
            message = f"用户名「{username}」是「{standing.full_name}」的账号"
            raise RuleViolation(
                [error("username", message, "账号一人一号，请另定用户名", "directory.one_account_a_person")]
            )
        return standing

    def authority_named(self, entry: DirectoryEntry, column: str) -> Authority:
        if (found := self.authorities.get(entry.text(column))) is None:
            raise UnknownName(column, entry.text(column), "主管部门")
        return found

    def school_named(self, entry: DirectoryEntry, column: str) -> School:
        if (found := self.schools.get(entry.text(column))) is None:
            raise UnknownName(column, entry.text(column), "学校")
        return found

    def place_named(self, entry: DirectoryEntry) -> dict[str, Any]:
        named = entry.text("place")
        if named in self.authorities:
            return {"authority": self.authorities[named]}
        if named in self.schools:
            return {"school": self.schools[named]}
        of_area = [authority for authority in self.authorities.values() if authority.division_code == named]
        if len(of_area) > 1:
            message = f"行政区划代码「{named}」有 {len(of_area)} 个主管部门"
            raise RuleViolation([error("place", message, "请填主管部门全称", "directory.known")])
        if of_area:
            return {"authority": of_area[0]}
        raise UnknownName("place", named, "单位")


class UnknownName(RuleViolation):
    """A row names what is not there, or not there yet."""

    def __init__(self, column: str, name: str, what: str) -> None:
        self.name = name
        message, remedy = f"没有{what}「{name}」", f"请填已登记的，或本工作簿中列出的{what}，用全称"
        super().__init__([error(column, message, remedy, "directory.known")])


_REGISTER: Mapping[str, Callable[[Registrar, DirectoryEntry], str]] = {
    AUTHORITIES: Registrar.authority,
    SCHOOLS: Registrar.school,
    PROGRAMMES: Registrar.programme,
    PEOPLE: Registrar.person,
}


def same_or_refused(standing: Any, values: Mapping[str, Any]) -> str:
    """Return that a row stands already; what is different is no matter of a list, but of a document."""
    other = [name for name, value in values.items() if getattr(standing, name) != value]
    if not other:
        return SAME
    message = "已经登记，资料与本行不同"
    remedy = "更名、换校长等凭文号在单位页面上修改；没有变更的，请按已登记的填写"
    raise RuleViolation([error(other[0].removesuffix("_id"), message, remedy, "directory.not_amended_by_list")])


def check_level(entry: DirectoryEntry, known: Sequence[str]) -> None:
    """A level of school is a word of the pack wherever the pack has such words, and none where it has none: as on the page."""
    level = entry.text("level")
    if known and not level:
        raise RuleViolation([error("level", "没有填写办学层次", f"可填：{'、'.join(known)}", "directory.word")])
    if level and level not in known:
        remedy = f"可填：{'、'.join(known)}" if known else "这里的规定不分办学层次，请留空"
        raise RuleViolation([error("level", f"没有办学层次「{level}」", remedy, "directory.word")])
