"""Looking at electronic files before sealing (S4-07): how many are drawn, and whose file bars the seal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from xueji.certificates.models import Issue
from xueji.core.packs import PackView
from xueji.draws.actions import Share
from xueji.draws.models import DrawItem, DrawOutcome
from xueji.production.catalogue import checks_files
from xueji.production.form_data import certificates_of
from xueji.production.kinds import kind_of
from xueji.production.models import FileCheck, FileCheckItem
from xueji.production.refusals import refusal, stage_cites

REASON = "学籍系统中尚未做毕业处理"
FILE_WORDS = MappingProxyType(
    {DrawOutcome.PENDING: "待核查", DrawOutcome.PASSED: "已做毕业处理", DrawOutcome.FAILED: "未做毕业处理"}
)
_SHARE: Mapping[str, object] = {"percent": 10, "rounding": "up"}  # where the pack says «at random» and no figure


def file_share(view: PackView) -> Share:
    """Return how many files are drawn: the pack's share, one at least."""
    share = cast("Mapping[str, object]", view.value_or("e_file_check", _SHARE))
    return Share(Decimal(str(share["percent"])), str(share.get("rounding", "up")), least=1)


def file_check_of(issue: Issue) -> FileCheck | None:
    """Return the draw of an issue, or None before it."""
    return FileCheck.objects.filter(issue=issue).select_related("draw__drawn_by", "draw__commitment", "round").first()


def file_rows_of(issue: Issue) -> QuerySet[FileCheckItem]:
    """Return who was drawn in an issue, in the order of drawing: the diploma, and beside it the item with its outcome."""
    rows = FileCheckItem.objects.filter(item__draw__file_check__issue=issue)
    return rows.select_related("item", "certificate__number").order_by("item__ordinal")


def not_graduated(issue: Issue, view: PackView) -> dict[UUID, str]:
    """Return the certificates whose file does not say «graduated», drawn or recorded so, with the reason of refusal.

    RuleViolation while lots are not drawn, or not every file drawn was looked at. Nothing where the pack asks nothing.
    """
    if not checks_files(view):
        return {}
    check = file_check_of(issue)
    pending = check.draw.items.filter(outcome=DrawOutcome.PENDING).count() if check else None
    if check is None or pending:
        message = "尚未抽取学籍电子档案" if check is None else f"还有 {pending} 份抽中的学籍电子档案没有核查"
        raise refusal(
            "sealing.files_checked",
            f"{message}，不能验印",
            cites=stage_cites(issue, "seal"),
            remedy="抽取并逐份核查后再验印",
        )
    return barred_so_far(issue, view)


def barred_so_far(issue: Issue, view: PackView) -> dict[UUID, str]:
    """Return the certificates already known to be refused: the school itself recorded it, or a file drawn says so.

    A file is the student's: one put right after the lots were drawn bars the certificate that the student has by now.
    """
    if not checks_files(view):
        return {}
    recorded = kind_of(issue).unfit(issue)
    failed = DrawItem.objects.filter(draw__file_check__issue=issue, outcome=DrawOutcome.FAILED)
    whose = failed.order_by().values("file_check_item__certificate__enrolment")
    live = certificates_of(issue).order_by().filter(enrolment__in=whose).values_list("pk", flat=True)
    return dict.fromkeys([*recorded, *live], REASON)
