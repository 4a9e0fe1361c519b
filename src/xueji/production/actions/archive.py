"""Lodge the papers of a batch for good (存档)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.graduation.models import Batch
from xueji.graduation.stages import require_stage
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.archive import copies_expected
from xueji.production.grounds import counting_cites, stage_cites
from xueji.production.models import ArchiveCopy, SealingSession
from xueji.production.rights import may_over

_OFFICERS = (Permission.SEAL, Permission.MANAGE_SEALING)


@dataclass(frozen=True, slots=True)
class CopyReceived:
    """One paper handed over: who keeps it (province, city, county, school), which form, where it stands."""

    keeper: str
    document: str
    shelf_mark: str


@transaction.atomic
def lodge_archive_copies(*, batch: Batch, copies: Iterable[CopyReceived], by: User, at: datetime) -> list[ArchiveCopy]:
    """Record the papers lodged with each keeper; each may come on its own day. A school records its own alone."""
    copies = list(copies)
    if not copies:
        raise BadInput("没有登记任何存档件")
    require_stage(batch, "archive")
    _require_right(batch, copies, by)
    expected = {(one.keeper, one.document): one for one in copies_expected(batch)}
    session = SealingSession.objects.filter(batch=batch).first()
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
                        batch=batch, session=session, keeper=due.keeper, document=due.document, title=due.title,
                        shelf_mark=copy.shelf_mark.strip(), received_by=by, received_at=at,
                    )
                )  # fmt: skip
        except IntegrityError as error:
            raise Conflict(f"{due.keeper_label}的这一份已经登记过") from error
    view = batch.law
    cites = stage_cites(view, "archive") or counting_cites(view, batch)[-1:]
    record_event(
        tag=EventTag.ARCHIVE_COPIES_LODGED, subject=session or batch, by=by, at=at, parent=batch, view=view,
        school_id=batch.school_id, rules=[Basis("sealing.archived", cites)],
        after=[{"keeper": one.keeper, "document": one.title, "shelf_mark": one.shelf_mark} for one in stored],
    )  # fmt: skip
    return stored


def _require_right(batch: Batch, copies: list[CopyReceived], by: User) -> None:
    """Officers of the sealing record any paper; a school only what it keeps itself."""
    if any(may_over(by, one, batch.school) for one in _OFFICERS):
        return
    is_school = may_over(by, Permission.PRINT_DOCUMENTS, batch.school)
    if not is_school or any(copy.keeper != ArchiveCopy.Keeper.SCHOOL for copy in copies):
        raise NotPermitted("存档件由存档单位登记；学校只登记本校存档的一份")
