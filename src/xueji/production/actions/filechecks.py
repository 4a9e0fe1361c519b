"""Draw the electronic files to be looked at before sealing, and record what they say (S4-07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import CertificateState, Issue
from xueji.core.errors import BadInput, Conflict
from xueji.draws.actions import hold_draw, record_outcomes
from xueji.draws.models import DrawOutcome
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.catalogue import checks_files
from xueji.production.filechecks import FILE_WORDS, file_share
from xueji.production.form_data import certificates_of
from xueji.production.models import FileCheck, FileCheckItem, SealingRound
from xueji.production.refusals import stage_cites


@transaction.atomic
def draw_files(*, issue: Issue, round: SealingRound, by: User, at: datetime) -> FileCheck:  # noqa: A002  # the word of the model
    """Draw whose electronic file is looked at, by the round's secret and the issue's numbers; drawn once for good.

    The commitment to the secret was told when the round was opened. The numbers are fixed before a school comes.
    """
    require_permission(by, Permission.SEAL, school=issue.school)
    view = issue.law
    if not checks_files(view):
        raise BadInput("政策包没有规定验印前核查学籍电子档案")
    if not round.takes(issue):
        raise BadInput("这一批次不属于该次验印")
    if round.commitment is None:
        raise Conflict("本次验印安排时没有公布抽查承诺值，请重新安排验印")
    certificates = {
        certificate.number.number: certificate
        for certificate in certificates_of(issue).filter(state=CertificateState.ISSUED)
    }
    if not certificates:
        raise BadInput("这一批次没有待验印的证书")
    try:
        with transaction.atomic():
            draw = hold_draw(
                commitment=round.commitment, codes=list(certificates), context=f"{issue.season_label} {issue.school.code}",
                share=file_share(view), by=by, at=at, by_two=False,
            )  # fmt: skip
            check = FileCheck.objects.create(issue=issue, round=round, draw=draw)
    except IntegrityError as error:
        raise Conflict("这一批次已经抽取过") from error
    items = list(draw.items.all())
    FileCheckItem.objects.bulk_create(FileCheckItem(item=item, certificate=certificates[item.code]) for item in items)
    record_event(
        tag=EventTag.FILE_CHECK_DRAWN, subject=check, by=by, at=at, parent=issue, view=view, school_id=issue.school_id,
        rules=[Basis("sealing.files_checked", stage_cites(issue, "seal"))],
        after={"commitment": round.commitment.sha256, "list_hash": draw.list_hash, "seed": draw.seed,
               "drawn": [item.code for item in items]},
    )  # fmt: skip
    return check


@transaction.atomic
def record_files(*, check: FileCheck, outcomes: Mapping[int, tuple[str, str]], by: User, at: datetime) -> int:
    """Record what the files drawn say, by item: outcome and note; return how many were recorded."""
    require_permission(by, Permission.SEAL, school=check.issue.school)
    if (
        lock_paper(check.issue).sealed_at is not None
    ):  # as it is now: whoever seals waits for the result, or it for them
        raise Conflict("已经验印，核查结果不能再改")
    items = record_outcomes(among=check.draw.items.all(), outcomes=outcomes, names={}, by=by, at=at)
    if items:
        record_event(
            tag=EventTag.FILE_CHECK_RECORDED, subject=check, by=by, at=at, parent=check.issue,
            school_id=check.issue.school_id, after={item.code: FILE_WORDS[DrawOutcome(item.outcome)] for item in items},
        )  # fmt: skip
    return len(items)
