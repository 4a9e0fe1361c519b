"""Whether those about to be certified stand in the database as the product wrote them: a forged row gets no diploma."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.core.errors import Conflict
from xueji.graduation.models import Batch, Candidate
from xueji.ledger.models import Event
from xueji.ledger.offices import model_label
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import is_as_written
from xueji.statements import Slot, Statement

_NAMED = 10
_EVENTS = Statement(
    lambda: (
        Event.objects.filter(
            parent_type=Slot("type"), parent_id=Slot("batch"),
            tag__in=[EventTag.CANDIDATES_LISTED, EventTag.CANDIDATES_WITHDRAWN],
        )
        .order_by("id")
        .values_list("tag", "subject_id", "subject_label")
    )
)  # fmt: skip


def require_whole(batch: Batch, candidates: Sequence[Candidate]) -> None:
    """Conflict when somebody who was put on the list is not among `candidates`, all there are, or the school is not as it was entered.

    Whoever leaves a list leaves an event; a row that only went was taken out past the product.
    """
    if not is_as_written(batch.school):
        raise Conflict(
            f"{batch.school.name}登记的资料（名称、校长等）与系统写入时不一致，不能发证。"
            "请联系系统管理员运行 xueji audit 查明后再办理；本次没有作任何改动"
        )
    keys = {str(candidate.pk) for candidate in candidates}
    listed, left = {}, set()
    for tag, key, label in _EVENTS.rows(type=model_label(batch), batch=str(batch.pk)):
        if tag == EventTag.CANDIDATES_LISTED:
            listed[key] = label
        else:
            left.add(key)
    if gone := [label for key, label in listed.items() if key not in keys and key not in left]:
        names = "、".join(gone[:_NAMED]) + (f"等 {len(gone)} 人" if len(gone) > _NAMED else "")
        raise Conflict(
            f"下列毕业生列入过名单，数据库中已没有，也没有退出的记录，不能发证：{names}。"
            "请联系系统管理员运行 xueji audit 查明后再办理；本次没有作任何改动"
        )


def require_as_written(candidates: Sequence[Candidate]) -> None:
    """Conflict names the graduates whose row, or whose person's, is not what its keyed digest was made of."""
    forged = [
        candidate.name for candidate in candidates if not (is_as_written(candidate) and is_as_written(candidate.person))
    ]
    if forged:
        names = "、".join(forged[:_NAMED]) + (f"等 {len(forged)} 人" if len(forged) > _NAMED else "")
        raise Conflict(
            f"下列毕业生在数据库中的资料与系统写入时不一致，不能发证：{names}。"
            "请联系系统管理员运行 xueji audit 查明后再办理；本次没有作任何改动"
        )
