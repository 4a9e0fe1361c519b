"""Lodge the papers of an issue for good (存档)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.certificates.models import Issue
from xueji.certificates.stages import require_stage
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.archive import copies_expected
from xueji.production.models import ArchiveCopy, SealingSession
from xueji.production.refusals import counting_cites, stage_cites
from xueji.production.rights import may_over

_OFFICERS = (Permission.SEAL, Permission.MANAGE_SEALING)


@dataclass(frozen=True, slots=True)
class CopyReceived:
    """One paper handed over: who keeps it (province, city, county, school), which form, where it stands."""

    keeper: str
    document: str
    shelf_mark: str


@transaction.atomic
def lodge_archive_copies(*, issue: Issue, copies: Iterable[CopyReceived], by: User, at: datetime) -> list[ArchiveCopy]:
    """Record the papers lodged with each keeper; each may come on its own day. A school records its own alone."""
    copies = list(copies)
    if not copies:
        raise BadInput("没有登记任何存档件")
    require_stage(issue, "archive")
    _require_right(issue, copies, by)
    expected = {(copy.keeper, copy.document): copy for copy in copies_expected(issue)}
    session = SealingSession.objects.filter(issue=issue).first()
    stored = []
    for copy in copies:
        due = expected.get((copy.keeper, copy.document))
        if due is None:
            raise BadInput("这一份不在应存档的材料之中")
        if not copy.shelf_mark.strip():
            raise BadInput(f"请填写{due.keeper_label}存档的档号")
        try:
            with transaction.atomic():
                stored.append(
                    ArchiveCopy.objects.create(
                        issue=issue, session=session, keeper=due.keeper, document=due.document, title=due.title,
                        shelf_mark=copy.shelf_mark.strip(), received_by=by, received_at=at,
                    )
                )  # fmt: skip
        except IntegrityError as error:
            raise Conflict(f"{due.keeper_label}的这一份已经登记过") from error
    view = issue.law
    cites = stage_cites(issue, "archive") or counting_cites(view, issue)[-1:]
    record_event(
        tag=EventTag.ARCHIVE_COPIES_LODGED, subject=session or issue, by=by, at=at, parent=issue, view=view,
        school_id=issue.school_id, rules=[Basis("sealing.archived", cites)],
        after=[{"keeper": copy.keeper, "document": copy.title, "shelf_mark": copy.shelf_mark} for copy in stored],
    )  # fmt: skip
    return stored


def _require_right(issue: Issue, copies: list[CopyReceived], by: User) -> None:
    """Officers of the sealing record any paper; a school only what it keeps itself."""
    if any(may_over(by, permission, issue.school) for permission in _OFFICERS):
        return
    is_school = may_over(by, Permission.PRINT_DOCUMENTS, issue.school)
    if not is_school or any(copy.keeper != ArchiveCopy.Keeper.SCHOOL for copy in copies):
        raise NotPermitted("存档件由存档单位登记；学校只登记本校存档的一份")
