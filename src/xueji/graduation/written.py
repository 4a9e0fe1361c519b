"""Whether those about to be certified stand in the database as the product wrote them: a forged row gets no diploma."""

from __future__ import annotations

from collections.abc import Sequence

from xueji.core.errors import Conflict
from xueji.graduation.models import Candidate
from xueji.sealing.rows import is_as_written

_NAMED = 10


def require_as_written(candidates: Sequence[Candidate]) -> None:
    """Conflict names the graduates whose row, or whose person's, is not what its keyed digest was made of."""
    forged = [one.name for one in candidates if not (is_as_written(one) and is_as_written(one.person))]
    if forged:
        names = "、".join(forged[:_NAMED]) + (f"等 {len(forged)} 人" if len(forged) > _NAMED else "")
        raise Conflict(
            f"下列毕业生在数据库中的资料与系统写入时不一致，不能发证：{names}。"
            "请联系系统管理员运行 xueji audit 查明后再办理；本次没有作任何改动"
        )
