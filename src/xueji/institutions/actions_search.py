"""That somebody searches is held to a measure and noted: who, when, what kind of words; never the words."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict
from xueji.core.sought import SHORTEST, Sought, SoughtKind
from xueji.institutions.queries import posts_of
from xueji.ledger.actions import record_look
from xueji.ledger.models import Event
from xueji.ledger.offices import model_label
from xueji.ledger.tags import EventTag
from xueji.sealing.indexes import keyed_index

MOST, SPAN = 60, timedelta(minutes=10)
_LOOKED_BACK = 200  # newest events of a person: what is counted ends here, however long they have worked
_PURPOSE = "what was searched for"


@transaction.atomic
def record_search(*, sought: Sought, by: User, at: datetime) -> None:
    """Record that somebody searches, before anything is shown; BadInput for too little, Conflict for too often.

    The event has the kind of the words and a keyed fingerprint, by which two searches for the same are known to be so; of
    the last four digits none, since there are only some thousand of them (`sealing/indexes.py`).
    """
    if not sought.words:
        raise BadInput("请输入要查找的姓名、证件号、证书编号、流水码、学校或批次")
    if sought.is_short:
        raise BadInput(f"请至少输入 {SHORTEST} 个字")
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # who searches in two windows is counted once for each
    newest = Event.objects.filter(subject_type=model_label(by), subject_id=str(by.pk)).order_by("-id")
    recent = newest.values_list("tag", "at")[:_LOOKED_BACK]
    if sum(tag == EventTag.RECORDS_SEARCHED and made > at - SPAN for tag, made in recent) >= MOST:
        raise Conflict(f"{SPAN.seconds // 60} 分钟内查找超过 {MOST} 次，请过几分钟再查；要看整份名单，请用各列表的查询")
    noted = {"kind": sought.kind.value}
    if sought.kind != SoughtKind.TAIL:
        noted["fingerprint"] = keyed_index(_PURPOSE, sought.number).hex()
    school = next((post.school_id for post in posts_of(by) if post.school_id), None)
    record_look(tag=EventTag.RECORDS_SEARCHED, subject=by, by=by, at=at, school_id=school, after=noted)
