"""Draw the electronic files to be looked at before sealing, and record what they say (S4-07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.certificates.models import CertificateState
from xueji.core.draw import draw, list_hash_of, seed_of
from xueji.core.errors import BadInput, Conflict
from xueji.graduation.locks import lock_paper
from xueji.graduation.models import Batch
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.catalogue import checks_files
from xueji.production.filechecks import drawn_count
from xueji.production.forms import certificates_of
from xueji.production.grounds import stage_cites
from xueji.production.models import FileCheck, FileCheckItem, SealingRound

Outcome = FileCheckItem.Outcome


@transaction.atomic
def draw_files(*, batch: Batch, round: SealingRound, by: User, at: datetime) -> FileCheck:  # noqa: A002  # the word of the model
    """Draw whose electronic file is looked at, by the round's secret and the batch's numbers; drawn once for good.

    The commitment to the secret was told when the round was opened. The numbers are fixed before a school comes.
    """
    require_permission(by, Permission.SEAL, school=batch.school)
    view = batch.law
    if not checks_files(view):
        raise BadInput("政策包没有规定验印前核查学籍电子档案")
    if round.season_id != batch.season_id or round.is_late != batch.is_late:
        raise BadInput("这一批次不属于该次验印")
    if not round.draw_secret:
        raise Conflict("本次验印安排时没有公布抽查承诺值，请重新安排验印")
    certificates = {one.number.number: one for one in certificates_of(batch).filter(state=CertificateState.ISSUED)}
    if not certificates:
        raise BadInput("这一批次没有待验印的证书")
    numbers = sorted(certificates)
    list_hash = list_hash_of(numbers)
    seed = seed_of(round.draw_secret, list_hash, f"{batch.season.label} {batch.school.code}")
    drawn = draw(numbers, drawn_count(len(numbers), view), seed)
    try:
        with transaction.atomic():
            check = FileCheck.objects.create(
                batch=batch,
                round=round,
                list_hash=list_hash,
                seed=seed,
                population=len(numbers),
                drawn_by=by,
                drawn_at=at,
            )
    except IntegrityError as error:
        raise Conflict("这一批次已经抽取过") from error
    FileCheckItem.objects.bulk_create(
        FileCheckItem(check_of=check, ordinal=n, certificate=certificates[number])
        for n, number in enumerate(drawn, start=1)
    )
    record_event(
        tag=EventTag.FILE_CHECK_DRAWN, subject=check, by=by, at=at, parent=batch, view=view, school_id=batch.school_id,
        rules=[Basis("sealing.files_checked", stage_cites(view, "seal"))],
        after={"commitment": round.draw_commitment, "list_hash": list_hash, "seed": seed, "drawn": list(drawn)},
    )  # fmt: skip
    return check


@transaction.atomic
def record_files(*, check: FileCheck, outcomes: Mapping[int, tuple[str, str]], by: User, at: datetime) -> int:
    """Record what the files drawn say, by item: outcome and note; return how many were recorded."""
    require_permission(by, Permission.SEAL, school=check.batch.school)
    if (
        lock_paper(check.batch).sealed_at is not None
    ):  # as it is now: whoever seals waits for the result, or it for them
        raise Conflict("已经验印，核查结果不能再改")
    items = list(
        check.items.select_for_update(of=("self",)).select_related("certificate__number").filter(pk__in=outcomes)
    )
    if len(items) != len(outcomes):
        raise BadInput("其中有的档案不在抽取名单上")
    for item in items:
        outcome, note = outcomes[item.pk]
        if outcome not in (Outcome.GRADUATED, Outcome.NOT_GRADUATED):
            raise BadInput("请选择核查结果")
        item.outcome, item.note, item.looked_by, item.looked_at = outcome, note.strip()[:200], by, at
    FileCheckItem.objects.bulk_update(items, ["outcome", "note", "looked_by", "looked_at"])
    if items:
        record_event(
            tag=EventTag.FILE_CHECK_RECORDED, subject=check, by=by, at=at, parent=check.batch,
            school_id=check.batch.school_id, after={one.certificate.number.number: one.get_outcome_display() for one in items},
        )  # fmt: skip
    return len(items)
