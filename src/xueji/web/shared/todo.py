"""What waits for whoever prints, sends, seals or administers: work that no case brings to the desk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.cases.kinds import registered_kinds
from xueji.cases.queries import unfinished_of
from xueji.graduation.season_authority import BATCH_KIND
from xueji.institutions.queries import posts_of
from xueji.institutions.queries.area import LACKS, schools_lacking
from xueji.production.queries import central_issues, issues_awaiting_seal, issues_to_send, parcels_visible_to
from xueji.registry.queries.term_checks import checks_of_schools, schools_checked
from xueji.supervision.stewardship_queries import stewardships_waiting
from xueji.uploads.kinds import kind_of
from xueji.uploads.queries import awaiting_second_hand
from xueji.web.casepages import casepage_of
from xueji.web.needs import concerns, packs_of
from xueji.web.upload_pages import address_of

_FIRST = 12  # lines on the desk


def todo_of(user: User, may: Collection[P]) -> Iterator[dict[str, Any]]:
    """Yield how many batches wait for each of a person's works, and where they are; a work the pack has not is left out."""
    packs = packs_of(posts_of(user))
    if P.PRINT_CENTRALLY in may and concerns(packs, "stage:dispatch"):
        unprinted = central_issues(user).filter(certificates_n__gt=F("good_n"))
        yield _work("待打印或待确认的批次", unprinted.count(), "统一打印", "authority:central")
    if P.DISPATCH_DIPLOMAS in may and concerns(packs, "stage:dispatch"):
        yield _work("待寄发的批次", issues_to_send(user).count(), "证书寄发", "authority:dispatch")
        under_way = parcels_visible_to(user).filter(received_at=None)
        yield _work("在途的证书包", under_way.count(), "学校尚未接收", "authority:dispatch")
    if P.SEAL in may and concerns(packs, "stage:seal"):
        yield _work("待验印的批次", issues_awaiting_seal(user).count(), "验印", "authority:sealing")

    if (
        P.DECIDE_CASES in may
        and concerns(packs, "value:stewardship_recorded_by")
        and (waiting := stewardships_waiting(user))
    ):
        yield _work("待我办理的代管", len(waiting), "D 级学校", "stewardships")
    if P.MANAGE_INSTITUTIONS in may:
        today = timezone.localdate()
        for lack, word in LACKS.items():
            count = schools_lacking(user, lack, today).count()
            yield _work(f"{word}的学校", count, "单位管理", "authority:institutions", f"?lack={lack}")


def register_work_of(user: User, today: date) -> Iterator[dict[str, Any]]:
    """Yield what somebody's one school has to mend in its register before the check of the term closes, and how long that is."""
    schools = schools_checked(user, today)
    if len(schools) == 1:
        (check,) = checks_of_schools(schools, today)
        left = f"还有 {check.nearest.days} 天" if check.nearest.is_open else f" {check.nearest.days} 天后开始"
        yield _work("学籍待处理", check.total, f"学期核查{left}", "term_checks")


def in_hand_of(user: User, may: Collection[P]) -> list[dict[str, Any]]:
    """Return what somebody's school has begun or got back and has to submit, with its page; batches stand on the desk by themselves."""
    schools = [post.school_id for post in posts_of(user) if post.school_id]
    labels = {kind.kind: kind.label for kind in registered_kinds() if kind.files in may and kind.kind != BATCH_KIND}
    return [
        {"case": case, "kind": labels[case.kind], "url": casepage_of(case.kind).url_of(case)}
        for case in unfinished_of(schools, labels, _FIRST)
    ]


def second_hand_of(user: User) -> dict[str, Any]:
    """Return what another entered and waits for the person's confirmation: how much, and the first of it with its page."""
    found = awaiting_second_hand(user, P.CONFIRM_REGISTRATION)
    first = [
        {"upload": upload, "what": kind_of(upload.kind).label, "url": address_of(upload)} for upload in found[:_FIRST]
    ]
    return {"rows": first, "count": found.count() if len(first) == _FIRST else len(first)}


def _work(label: str, count: int, note: str, url_name: str, query: str = "") -> dict[str, Any]:
    return {"label": label, "count": count, "note": note, "url": reverse(url_name) + query}
