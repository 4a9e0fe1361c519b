"""Hands that work with paper under fire: blanks taken in, handed out, signed for, printed on; sealing and hand-out.

Each act goes through the product's own action and is tried again while the database is away. What the second try is
told when the first had been done after all is the product's refusal, and counts as done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests.factories.production import class_of

SHEETS, REQUESTS, EACH = 6_000, 20, 25
OVERLAY = "diploma_overlay.overlay"
KIND = "technical_school"
AT = datetime(2026, 6, 22, 1, tzinfo=UTC)  # a working day after the approval
_LEVELS = {"中级技工班": "中级工", "高级工班": "高级工"}
_BETWEEN_TRIES = 0.3  # seconds


def found_paper(graduates: int) -> dict[str, Any]:
    """Found a province with a batch approved and numbered, and granted requests for blanks, through the product's actions."""
    from tests.apps.records.files import line, stored
    from tests.journeys.world import found

    from xueji.demo.provinces import FUJIAN
    from xueji.production.actions import add_printer, calibrate_printer, open_round

    world = found(FUJIAN)
    clerk, province = world.user("school_clerk"), world.user("province")
    batch = world.listed(count=graduates)
    world.approved(batch)
    lines = [
        {**line(candidate), "职业（工种）": candidate.programme_name, "等级": _LEVELS[candidate.details["graduate_level"]], "证书编号": f"职{n:05d}"}
        for n, candidate in enumerate(batch.candidates.order_by("ordinal"))
    ]  # fmt: skip
    stored(batch, "vocational", lines, clerk)
    printer = add_printer(place=world.school(), name="喷墨一号机", by=clerk, at=AT)
    calibrate_printer(printer=printer, measured=[(20.3, 20.3), (280.3, 180.3)], by=clerk, at=AT)
    sealing_round = open_round(
        **class_of(batch.season),
        place="省厅",
        by=province,
        at=AT,
        opens_on=AT.date(),
        closes_on=AT.date() + timedelta(days=9),
    )
    people = {
        "clerk": "school_clerk",
        "keeper": "keeper",
        "issuer": "issuer",
        "sealer": "sealer",
        "seal_supervisor": "supervisor",
    }
    return {
        **{name: world.user(account).username for name, account in people.items()}, "batch": batch.pk,
        "requests": [_granted(world, batch) for _ in range(REQUESTS)], "school": world.school().pk,
        "province": world.province.season.authority_id, "printer": printer.pk, "round": sealing_round.pk, "graduates": graduates,
    }  # fmt: skip


def _granted(world: Any, batch: Any) -> int:
    from xueji.blanks.actions import open_blank_request, submit_blank_request

    request = open_blank_request(
        school=batch.school, kind=KIND, count=EACH, year=batch.season.year, term=batch.season.term, reason="演练",
        by=world.user("school_clerk"), at=AT,
    )  # fmt: skip
    submit_blank_request(request=request, by=world.user("school_clerk"), at=AT)
    world.approve(request.case, at=AT)
    return request.pk


def act(name: str, world: dict[str, Any], turn: int = 0) -> dict[str, Any]:
    """Do one act of the list below until it is done; say how often the database was lost, and whether it was done before."""
    from django.db import InterfaceError, OperationalError, connection
    from tests.faults.hands import ready

    from xueji.core.errors import XuejiError

    here = _opened(world)
    ready(name)
    lost = 0
    while True:
        try:
            answer = _ACTS[name](here, turn)
        except (OperationalError, InterfaceError):
            lost += 1
            connection.close()
            threading.Event().wait(_BETWEEN_TRIES)
        except XuejiError as refused:
            if not lost:
                raise
            return {"lost": lost, "again": refused.message}
        else:
            return {"lost": lost, "again": "", "said": answer}


def once(name: str, world: dict[str, Any]) -> dict[str, Any]:
    """Do one act while nothing burns."""
    return {"said": _ACTS[name](_opened(world), 0)}


def _opened(world: dict[str, Any]) -> SimpleNamespace:
    from xueji.accounts.models import User
    from xueji.blanks.models import BlankRequest
    from xueji.graduation.models import Batch
    from xueji.institutions.models import Authority, School
    from xueji.production.models import Printer, SealingRound

    people = {
        n: User.objects.get(username=world[n]) for n in ("clerk", "keeper", "issuer", "sealer", "seal_supervisor")
    }
    return SimpleNamespace(
        **people, batch=Batch.objects.get(pk=world["batch"]), school=School.objects.get(pk=world["school"]),
        province=Authority.objects.get(pk=world["province"]), printer=Printer.objects.get(pk=world["printer"]),
        round=SealingRound.objects.get(pk=world["round"]), requests=list(BlankRequest.objects.order_by("id")),
        graduates=world["graduates"],
    )  # fmt: skip


def _receive(here: Any, _turn: int) -> None:
    from xueji.blanks.actions import receive_blanks
    from xueji.core.serials import SerialRange

    receive_blanks(
        authority=here.province, kind=KIND, serials=[SerialRange(1, SHEETS)], source="印刷厂 1", by=here.keeper, at=AT
    )


def _draw(here: Any, turn: int) -> int:
    """Serve every request that is not served, starting at the hand's own; others do the same beside it."""
    from xueji.blanks.actions import dispense_blanks
    from xueji.blanks.queries import suggested_range
    from xueji.core.errors import Conflict

    served = 0
    for request in here.requests[turn:] + here.requests[:turn]:
        while not request.blanks.exists():
            try:
                dispense_blanks(
                    request=request, serials=suggested_range(here.province, KIND, EACH), by=here.issuer, at=AT
                )
            except Conflict:  # another hand was quicker: look again
                continue
            served += 1
    return served


def _sign(here: Any, _turn: int) -> None:
    from xueji.blanks.actions import confirm_receipt
    from xueji.blanks.models import Blank
    from xueji.core.serials import compress

    drawn = compress(Blank.objects.filter(school=here.school).order_by("number").values_list("number", flat=True))
    confirm_receipt(holder=here.school, kind=KIND, serials=drawn, by=here.clerk, at=AT)


def _load(here: Any, _turn: int) -> dict[str, int]:
    from xueji.production.actions import Tray, load_print_run

    tray = Tray(OVERLAY, here.printer, f"C{1:08d}-C{here.graduates:08d}")
    run = load_print_run(issue=here.batch.issue, tray=tray, by=here.clerk, at=AT)
    return {"run": run.pk, "job": run.job_id}


def _give_up(here: Any, _turn: int) -> int:
    from xueji.production.actions import give_up_rest

    return give_up_rest(run=here.batch.issue.print_runs.first(), by=here.clerk, at=AT)


def _confirm(here: Any, _turn: int) -> int:
    from xueji.production.actions import confirm_sheets

    return confirm_sheets(run=here.batch.issue.print_runs.first(), first=1, last=here.graduates, by=here.clerk, at=AT)


def _seal(here: Any, _turn: int) -> int:
    from xueji.production.actions import seal_issue
    from xueji.production.materials import materials_of

    brought = [material.label for material in materials_of(here.batch.issue, here.batch.law)]
    return seal_issue(
        issue=here.batch.issue, round=here.round, diplomas_counted=here.graduates, refused={}, sealed_by=here.sealer,
        supervised_by=here.seal_supervisor, at=AT, materials=brought,
    ).sealed_count  # fmt: skip


def _hand_out(here: Any, _turn: int) -> int:
    from xueji.production.actions import hand_out
    from xueji.production.form_data import certificates_of

    everybody = list(certificates_of(here.batch.issue).values_list("pk", flat=True))
    return len(hand_out(issue=here.batch.issue, certificates=everybody, by=here.clerk, at=AT).handed)


_ACTS: dict[str, Callable[[Any, int], Any]] = {
    "receive": _receive, "draw": _draw, "sign": _sign, "load": _load, "give_up": _give_up, "confirm": _confirm,
    "seal": _seal, "hand_out": _hand_out,
}  # fmt: skip
