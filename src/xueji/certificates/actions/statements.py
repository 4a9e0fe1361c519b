"""After a restore: one person writes down the last number on paper of each counter, another confirms, numbers go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from psycopg.types.range import Range

from xueji import policy
from xueji.accounts.models import User
from xueji.certificates import marks
from xueji.certificates.models import NumberCounter, NumberStatement, NumberStatementLine, SkippedSerials
from xueji.certificates.orders import order_known, order_of
from xueji.certificates.stating import is_held, label_of, open_statement, packs_stated_by, position_of
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.numbering import serial_ceiling
from xueji.core.packs import Pack
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag


def state_last_numbers(
    *, pack: str, numbers: Mapping[tuple[str, str], str], others: Sequence[str], no_others: bool, note: str,
    by: User, at: datetime,
) -> NumberStatement:  # fmt: skip
    """Write down the last number on paper of counters that wait; nothing moves before another person confirms.

    `numbers` names counters by kind and scope, each with the number as printed, or an empty text where none was ever
    given; `others` are numbers of counters nobody knows any more; `no_others` says that there are no more of these.
    BadInput names a number that is not of the pack, of another counter, or before what the database knows itself.
    """
    _require_word(pack, by)
    if not note.strip():
        raise BadInput("请写明依据：查看了哪些纸质材料（名册、登记册、证书存根），由谁保管")
    if not (numbers or others or no_others):
        raise BadInput("请至少填写一个计数器的纸上最后一个编号")
    with transaction.atomic():
        if open_statement(pack) is not None:
            raise Conflict("已有一份编号核定等待第二人确认，请先确认或退回")
        if is_held(pack) is None:
            raise Conflict("标记与库一致，编号没有暂停，不需要核定")
        lines = _lines(policy.get_library().pack(pack), numbers, others)
        statement = NumberStatement.objects.create(
            pack=pack, lineage=marks.lineage(), no_others=no_others, note=note.strip()[:200], stated_by=by, stated_at=at
        )
        for line in lines:
            line.statement = statement
        NumberStatementLine.objects.bulk_create(lines)
        record_event(
            tag=EventTag.NUMBER_STATEMENT_FILED, subject=statement, by=by, at=at, note=note.strip(),
            after={"lines": _lines_in_words(lines), "no_others": no_others},
        )  # fmt: skip
    return statement


def confirm_last_numbers(*, statement: NumberStatement, by: User, at: datetime) -> NumberStatement:
    """Confirm what another person stated: the counters go on from there, what lies between is booked as skipped.

    NotPermitted for whoever stated it, and when both are administrators; Conflict when the database is another one by
    now, or a counter has moved since.
    """
    with transaction.atomic():
        locked = NumberStatement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
        _require_open(locked)
        releases = _require_word(locked.pack, by)
        if locked.stated_by_id == by.pk:
            raise NotPermitted("填写人不能自己确认：须由另一人对照纸质材料确认")
        if not (releases or packs_stated_by(locked.stated_by).get(locked.pack)):
            raise NotPermitted("两人中至少一人须在发号机关审核岗位，不能都是系统管理员")
        if locked.lineage != marks.lineage():
            raise Conflict("填写以后数据库又恢复过，请退回后重新填写")
        moved = [_go_on(locked, line) for line in locked.lines.order_by("kind", "scope")]
        locked.confirmed_by, locked.confirmed_at = by, at
        locked.save(update_fields=["confirmed_by", "confirmed_at"])
        record_event(
            tag=EventTag.NUMBER_STATEMENT_CONFIRMED, subject=locked, by=by, at=at, note=locked.note,
            after={"counters": moved, "no_others": locked.no_others},
        )  # fmt: skip
        if locked.no_others:
            transaction.on_commit(lambda: marks.settle_pack(pack=locked.pack, statement=locked.pk))
    return locked


def drop_statement(*, statement: NumberStatement, reason: str, by: User, at: datetime) -> NumberStatement:
    """Give a statement back that cannot be confirmed; it stays on record, a new one may be written."""
    if not reason.strip():
        raise BadInput("请写明哪里不符")
    with transaction.atomic():
        locked = NumberStatement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
        _require_open(locked)
        _require_word(locked.pack, by)
        locked.dropped_by, locked.dropped_at = by, at
        locked.save(update_fields=["dropped_by", "dropped_at"])
        record_event(tag=EventTag.NUMBER_STATEMENT_RETURNED, subject=locked, by=by, at=at, note=reason.strip()[:200])
    return locked


def _lines_in_words(lines: Sequence[NumberStatementLine]) -> list[dict[str, object]]:
    return [
        {
            "counter": str(line),
            "number": line.number,
            "stored": line.stored,
            "marked": line.marked,
            "stated": line.serial,
        }
        for line in lines
    ]


def _require_word(pack: str, by: User) -> bool:
    """Return whether the person speaks by a post that releases numbers; NotPermitted when they may not speak at all."""
    packs = packs_stated_by(by)
    if pack not in packs:
        raise NotPermitted("编号核定由发号机关的审核岗位或其系统管理员办理")
    return packs[pack]


def _require_open(statement: NumberStatement) -> None:
    if statement.confirmed_at or statement.dropped_at:
        done = "确认" if statement.confirmed_at else "退回"
        raise Conflict(f"这份编号核定已经{done}")


def _lines(pack: Pack, numbers: Mapping[tuple[str, str], str], others: Sequence[str]) -> list[NumberStatementLine]:
    counters = {(counter.kind, counter.scope): counter for counter in marks.held_counters(pack.id)}
    keys = {key: counter.key_id for key, counter in counters.items()}
    found: dict[tuple[str, str], NumberStatementLine] = {}
    for key, number in numbers.items():
        if key not in counters:
            raise Conflict(f"{label_of(pack, *key)}已不须核定，请刷新本页")
        serial = _serial(pack, key, number.strip(), keys) if number.strip() else 0
        found[key] = _line(pack, counters[key], number.strip(), serial)
    for number in filter(None, (text.strip() for text in others)):
        where = position_of(pack, number, keys=keys)
        key = (where.kind, where.scope)
        stored = found.get(key)
        if stored is None or stored.serial < where.serial:
            found[key] = _line(pack, counters.get(key) or _unknown(pack, *key), number, where.serial)
    return list(found.values())


def _unknown(pack: Pack, kind: str, scope: str) -> marks.Held:
    """Return a counter neither database nor marks know; Conflict when the database knows it and it is in order."""
    if NumberCounter.objects.filter(kind=kind, scope=scope).exists():
        raise Conflict(f"{label_of(pack, kind, scope)}与标记一致，不须核定")
    return marks.Held(kind, scope, 0, None, marks.Why.NO_MARK)


def _serial(pack: Pack, key: tuple[str, str], number: str, keys: dict[tuple[str, str], int | None]) -> int:
    where = position_of(pack, number, keys=keys)
    if (where.kind, where.scope) != key:
        raise BadInput(f"编号「{number}」属于{label_of(pack, where.kind, where.scope)}，不是{label_of(pack, *key)}")
    return where.serial


def _line(pack: Pack, counter: marks.Held, number: str, serial: int) -> NumberStatementLine:
    if serial < counter.stored:
        raise BadInput(
            f"{label_of(pack, counter.kind, counter.scope)}：库中已发到第 {counter.stored} 个，"
            f"填写的{f'「{number}」是第 {serial} 个' if number else '是没有发过'}，不能更少"
        )
    return NumberStatementLine(
        kind=counter.kind, scope=counter.scope, number=number, serial=serial, stored=counter.stored, marked=counter.marked,
        key_id=counter.key_id,
    )  # fmt: skip


def _go_on(statement: NumberStatement, line: NumberStatementLine) -> dict[str, object]:
    """Move one counter on to what was stated, book what lies between, and write its mark."""
    counter = _counter(line, statement)
    if counter.last_serial != line.stored:
        raise Conflict(f"{line}：填写以后计数器有变动，请退回后重新填写")
    last = line.goes_to
    if last > counter.last_serial:
        SkippedSerials.objects.create(
            counter=counter, serials=Range(counter.last_serial + 1, last + 1), statement=statement
        )
        counter.last_serial = last
        counter.save(update_fields=["last_serial"])
    marks.settle(
        kind=line.kind, scope=line.scope, last=last, key_id=counter.key_id, order=order_of(counter),
        statement=statement.pk,
    )  # fmt: skip
    facts = {"counter": str(line), "number": line.number, "from": line.stored, "to": last}
    return facts | {"skipped": last - line.stored}


def _counter(line: NumberStatementLine, statement: NumberStatement) -> NumberCounter:
    """Return the counter, locked; made anew where the database has lost it, in the order it had where that is known."""
    spec = policy.get_library().pack(statement.pack).on(timezone.localdate()).numbering(line.kind)
    new = NumberCounter(kind=line.kind, scope=line.scope, ceiling=serial_ceiling(spec.shape, spec.serial_part))
    if spec.order == "permuted":
        new.key_id = line.key_id or settings.DATA_KEY_ACTIVE
        new.order_key = order_known(line.kind, line.scope, line.key_id)
    NumberCounter.objects.bulk_create([new], ignore_conflicts=True)
    return NumberCounter.objects.select_for_update().get(kind=line.kind, scope=line.scope)
