"""Who prints what for whom: the school for itself, or the authority where the pack has it print for its schools; who arranges a sealing."""

from __future__ import annotations

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.certificates.models import Issue
from xueji.core.errors import NotPermitted
from xueji.core.packs import PackView
from xueji.institutions.models import Authority, Post, School
from xueji.institutions.queries import holds_at, officers_of, require_permission, schools_visible_to
from xueji.production.catalogue import prints_centrally
from xueji.production.models import Printer, PrintRun
from xueji.production.refusals import refusal


def require_place(by: User, permission: Permission, place: School | Authority) -> None:
    """Raise NotPermitted unless a post of the person gives the permission at this very place (or over the school)."""
    if isinstance(place, School):
        require_permission(by, permission, school=place)
        return
    if not holds_at(by, permission, place.pk):
        raise NotPermitted("这不是您所在单位的事项，或您的岗位没有办理此事的权限")


def arranges(user: User, authority_id: int) -> bool:
    """Whether a person arranges the sealings of an authority: for their own, not for one below it."""
    return holds_at(user, Permission.MANAGE_SEALING, authority_id)


def require_sealers(authority: Authority, sealed_by: User, supervised_by: User) -> None:
    """Refuse one person in both parts of a sealing, and anyone who does not hold the post with the sealing authority."""
    if sealed_by.pk == supervised_by.pk:
        raise refusal("sealing.two_persons", "验印人和监印人必须是两个人", remedy="请由另一人监印")
    for user, posts, role in (
        (sealed_by, (Post.SEALER,), "验印人"),
        (supervised_by, (Post.SEAL_SUPERVISOR, Post.SEALER), "监印人"),
    ):
        if not any(officers_of(authority, post).filter(pk=user.pk).exists() for post in posts):
            raise NotPermitted(f"{user.full_name} 不是{authority.name}的{role}")


def require_printing_right(by: User, issue: Issue, view: PackView) -> None:
    """Raise NotPermitted unless the person prints for this school: the school's clerk, or who prints centrally."""
    if prints_centrally(issue, view) and may_over(by, Permission.PRINT_CENTRALLY, issue.school):
        return
    require_permission(by, Permission.PRINT_DOCUMENTS, school=issue.school)


def require_file_right(by: User, run: PrintRun) -> None:
    """Raise NotPermitted unless the person may fetch a run's files: who prints for this school."""
    if not any(
        may_over(by, permission, run.issue.school)
        for permission in (Permission.PRINT_DOCUMENTS, Permission.PRINT_CENTRALLY)
    ):
        raise NotPermitted("打印文件只供印制证书的单位取用")


def may_over(by: User, permission: Permission, school: School) -> bool:
    """Whether a post of the person gives a permission over a school."""
    return schools_visible_to(by, permission=permission).filter(pk=school.pk).exists()


def stands_for(printer: Printer, issue: Issue) -> bool:
    """Whether a printer prints for an issue: it is the school's own, or that of an authority above the school."""
    if printer.school_id is not None:
        return printer.school_id == issue.school_id
    return printer.authority is not None and issue.school.authority.path.startswith(printer.authority.path)


def counts_blanks(view: PackView) -> bool:
    """Whether the pack keeps a book of blanks."""
    return bool(view.keys("blank"))
