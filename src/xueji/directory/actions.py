"""Rows of the workbook are registered, by the same actions as on the pages: tried first and undone, then for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import Conflict, NotPermitted, RuleViolation, XuejiError
from xueji.core.findings import Finding
from xueji.directory.checks import LEVELS, OWNERSHIP, POSTS, Placed, error, years_of
from xueji.directory.columns import AUTHORITIES, ORDER, PEOPLE, PROGRAMMES, SCHOOLS, DirectoryEntry
from xueji.directory.payloads import from_text
from xueji.institutions.account_actions import register_account
from xueji.institutions.actions import add_programme, appoint, register_authority, register_school
from xueji.institutions.models import Appointment, Authority, School
from xueji.institutions.queries import accounts_visible_to, not_ended
from xueji.institutions.queries.area import school_levels
from xueji.uploads.models import Upload, UploadRow

_NEW, _SAME = UploadRow.Change.NEW, UploadRow.Change.SAME
_DEFAULT_EDUCATION = "中等职业教育"


@dataclass
class _Registrar:
    """Registers rows below one authority. What rows name is found by name or code, registered before or by rows above."""

    root: Authority
    by: User
    at: datetime
    authorities: dict[str, Authority] = field(default_factory=dict)
    schools: dict[str, School] = field(default_factory=dict)

    def __post_init__(self) -> None:
        below = Authority.objects.filter(path__startswith=self.root.path)
        self.authorities = {authority.name: authority for authority in below}
        for school in School.objects.filter(authority__path__startswith=self.root.path).select_related("authority"):
            self._keep(school)

    def _keep(self, school: School) -> None:
        self.schools[school.name] = self.schools[school.code] = school

    def register(self, entry: DirectoryEntry) -> str:
        """Register a row, or find that it stands already as it says; XuejiError when it cannot be."""
        return _REGISTER[entry.form](self, entry)

    def authority(self, entry: DirectoryEntry) -> str:
        name, level = entry.text("name"), LEVELS[entry.text("level")]
        parent = self._authority(entry, "parent") if entry.text("parent") else self.root
        if (standing := self.authorities.get(name)) is not None:
            return _same(
                standing, {"short_name": entry.text("short_name"), "level": level,
                                  "division_code": entry.text("division_code"), "parent_id": parent.pk},
            )  # fmt: skip
        self.authorities[name] = register_authority(
            name=name, short_name=entry.text("short_name"), level=level, division_code=entry.text("division_code"),
            parent=parent, line=parent.line, by=self.by, at=self.at,
        )  # fmt: skip
        return _NEW

    def school(self, entry: DirectoryEntry) -> str:
        authority = self._authority(entry, "authority")
        _check_level(entry, authority, self.at)
        values = {key: entry.text(key) for key in ("name", "code", "principal", "level", "ordinal", "address", "phone")}
        is_public = OWNERSHIP[entry.text("is_public")]
        standing = self.schools.get(values["code"]) or self.schools.get(values["name"])
        if standing is not None:
            return _same(standing, values | {"is_public": is_public, "authority_id": authority.pk})
        self._keep(register_school(authority=authority, is_public=is_public, by=self.by, at=self.at, **values))
        return _NEW

    def programme(self, entry: DirectoryEntry) -> str:
        school, years = self._school(entry, "school"), years_of(entry)
        assert years is not None  # checked when the row was read
        values = {"code": entry.text("code"), "education_level": entry.text("education_level") or _DEFAULT_EDUCATION}
        standing = school.programmes.filter(name=entry.text("name"), duration_years=years).first()
        if standing is not None:
            return _same(standing, values)
        add_programme(school=school, name=entry.text("name"), duration_years=years, by=self.by, at=self.at, **values)
        return _NEW

    def person(self, entry: DirectoryEntry) -> str:
        post, place = POSTS[entry.text("post")], self._place(entry)
        user = self._account(entry)
        if Appointment.objects.filter(not_ended(), user=user, post=post, **place).exists():
            return _SAME
        appoint(user=user, post=post, by=self.by, at=self.at, **place)
        return _NEW

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

    def _authority(self, entry: DirectoryEntry, column: str) -> Authority:
        if (found := self.authorities.get(entry.text(column))) is None:
            raise _Unknown(column, entry.text(column), "主管部门")
        return found

    def _school(self, entry: DirectoryEntry, column: str) -> School:
        if (found := self.schools.get(entry.text(column))) is None:
            raise _Unknown(column, entry.text(column), "学校")
        return found

    def _place(self, entry: DirectoryEntry) -> dict[str, Any]:
        named = entry.text("place")
        if named in self.authorities:
            return {"authority": self.authorities[named]}
        if named in self.schools:
            return {"school": self.schools[named]}
        raise _Unknown("place", named, "单位")


class _Unknown(RuleViolation):
    """A row names what is not there, or not there yet."""

    def __init__(self, column: str, name: str, what: str) -> None:
        self.name = name
        message, remedy = f"没有{what}「{name}」", f"请填已登记的，或本工作簿中列出的{what}，用全称"
        super().__init__([error(column, message, remedy, "directory.known")])


_REGISTER: Mapping[str, Callable[[_Registrar, DirectoryEntry], str]] = {
    AUTHORITIES: _Registrar.authority,
    SCHOOLS: _Registrar.school,
    PROGRAMMES: _Registrar.programme,
    PEOPLE: _Registrar.person,
}
_COLUMN_OF = {AUTHORITIES: "name", SCHOOLS: "name", PROGRAMMES: "name", PEOPLE: "post"}


def _same(standing: Any, values: Mapping[str, Any]) -> str:
    """Return that a row stands already; what is different is no matter of a list, but of a document."""
    other = [name for name, value in values.items() if getattr(standing, name) != value]
    if not other:
        return _SAME
    message = "已经登记，资料与本行不同"
    remedy = "更名、换校长等凭文号在单位页面上修改；没有变更的，请按已登记的填写"
    raise RuleViolation([error(other[0].removesuffix("_id"), message, remedy, "directory.not_amended_by_list")])


def _check_level(entry: DirectoryEntry, authority: Authority, at: datetime) -> None:
    """A level of school is a word of the pack wherever the pack has such words, and none where it has none: as on the page."""
    known, level = school_levels(authority, timezone.localdate(at)), entry.text("level")
    if known and not level:
        raise RuleViolation([error("level", "没有填写办学层次", f"可填：{'、'.join(known)}", "directory.word")])
    if level and level not in known:
        remedy = f"可填：{'、'.join(known)}" if known else "这里的规定不分办学层次，请留空"
        raise RuleViolation([error("level", f"没有办学层次「{level}」", remedy, "directory.word")])


def try_rows(
    *, root: Authority, entries: Sequence[DirectoryEntry], by: User, at: datetime
) -> tuple[dict[DirectoryEntry, str], list[Placed]]:
    """Register rows and undo it all: what each would do, and what stands against each. Nothing stays."""
    changes: dict[DirectoryEntry, str] = {}
    with transaction.atomic():
        findings = list(_register(_Registrar(root, by, at), entries, changes))
        transaction.set_rollback(True)
    return changes, findings


def register_rows(
    *, upload: Upload, subject: Authority, rows: Sequence[UploadRow], by: User, at: datetime
) -> dict[str, int]:
    """Register every row of an upload, or none, in the transaction of its confirmation; everything is asked again.

    RuleViolation with all that stands against it by now: somebody else may have taken a name, a code, a user name.
    """
    assert upload.subject_id == subject.pk
    changes: dict[DirectoryEntry, str] = {}
    entries = [from_text(row.payload, row.row_number) for row in rows]
    findings = list(_register(_Registrar(subject, by, at), entries, changes))
    if findings:
        raise RuleViolation([_with_place(entry, finding) for entry, finding in findings])
    return {form: sum(changes[entry] == _NEW for entry in entries if entry.form == form) for form in ORDER}


def _with_place(entry: DirectoryEntry, finding: Finding) -> Finding:
    message = f"「{entry.sheet}」第{entry.row_number}行：{finding.message}"
    return Finding(finding.rule, finding.severity, message, finding.field, finding.remedy, finding.cites)


def _register(
    registrar: _Registrar, entries: Sequence[DirectoryEntry], changes: dict[DirectoryEntry, str]
) -> Iterator[Placed]:
    """Register rows in the order in which they stand on each other; yield what refuses, each row by itself."""
    for form in ORDER:
        waiting = [entry for entry in entries if entry.form == form]
        while waiting:  # an authority may stand below one further down in the list
            left: list[tuple[DirectoryEntry, _Unknown]] = []
            for entry in waiting:
                try:
                    with transaction.atomic():
                        changes[entry] = registrar.register(entry)
                except _Unknown as unknown:
                    left.append((entry, unknown))
                except XuejiError as refusal:
                    yield from ((entry, finding) for finding in _findings_of(entry, refusal))
            if len(left) == len(waiting):
                yield from ((entry, unknown.findings[0]) for entry, unknown in left)
                break
            waiting = [entry for entry, _ in left]


def _findings_of(entry: DirectoryEntry, refusal: XuejiError) -> list[Finding]:
    """Return what an action's refusal says, at the column it is about."""
    if isinstance(refusal, RuleViolation):
        return list(refusal.findings)
    rule = "directory.permitted" if isinstance(refusal, NotPermitted) else "directory.free"
    if not isinstance(refusal, Conflict | NotPermitted):
        rule = "directory.row"
    return [error(_COLUMN_OF[entry.form], refusal.message, rule=rule)]
