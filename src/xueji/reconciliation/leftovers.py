"""Those who stand in one list alone: linked with somebody of the other list where a person should look, else missing.

Nothing here joins two people: a pair is a question, answered by a person; what was answered before is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from xueji.core.identifiers import eighteen_digits, parse_resident_id, tail_of
from xueji.core.linkage import LinkRecord, slip_between
from xueji.core.names import normalise_name
from xueji.reconciliation.answers import Answer, FieldAnswer, PersonAnswer, Report, Spot
from xueji.reconciliation.candidates import LinkedPair, link_lists
from xueji.reconciliation.columns import NUMBER
from xueji.reconciliation.comparing import clean_number, meaning
from xueji.reconciliation.decisions import Decisions
from xueji.reconciliation.memory import Connection
from xueji.reconciliation.sides import ListRow

_MOST = 300_000  # so many on one side alone, and the lists are not of the same people
Compare = Callable[[ListRow, ListRow], list[FieldAnswer]]


@dataclass(frozen=True, slots=True)
class Leftover:
    """Somebody who stands in one list alone."""

    is_ours: bool
    row: ListRow
    record: LinkRecord
    former: str
    problem: str | None
    is_linked: bool

    @staticmethod
    def of(row: ListRow, *, is_ours: bool, problem: str | None, is_linked: bool) -> Leftover:
        """Read what is known of somebody; a birth date that no column states is that of the number."""
        number = eighteen_digits(clean_number(row.cell(NUMBER)))
        born = re.sub(r"\D", "", _meaning(row, "birth_date"))
        if len(born) != 8 and not problem and (read := parse_resident_id(number).birth_date):
            born = f"{read:%Y%m%d}"
        record = LinkRecord(
            number,
            normalise_name(row.cell("name")),
            born,
            _meaning(row, "phone"),
            row.cell("member1_name"),
        )
        former = eighteen_digits(clean_number(row.cell("former_resident_id")))
        return Leftover(is_ours, row, record, former, problem, is_linked)

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return self.row.spot()

    @property
    def label(self) -> str:
        """Which list, and which row of it."""
        return f"{'甲表' if self.is_ours else '乙表'}第 {self.spot.row} 行"


def _meaning(row: ListRow, field: str) -> str:
    text = row.cell(field)
    return meaning(text, row.side.columns[field].spec) if text else ""


def answer_leftovers(
    connection: Connection, leftovers: Sequence[Leftover], decisions: Decisions, report: Report, *, compare: Compare
) -> Iterator[PersonAnswer]:
    """Yield an answer on each, or on two of them together."""
    ours = [leftover for leftover in leftovers if leftover.is_ours]
    theirs = [leftover for leftover in leftovers if not leftover.is_ours]
    done: set[tuple[bool, int]] = set()
    for first, second in _superseded(ours, theirs):
        done |= {(True, first.row.place), (False, second.row.place)}
        reason = "一表的证件号是另一表登记的原证件号，号码已更换"
        yield _pair_answer(Answer.SUPERSEDED, first, second, [reason], compare)
    if leftovers and leftovers[0].is_linked and max(len(ours), len(theirs)) <= _MOST:
        links = link_lists(connection, [o.record for o in ours], [t.record for t in theirs])
        for link in sorted(links, key=lambda link: (-link.link.points, link.ours, link.theirs)):
            first, second = ours[link.ours], theirs[link.theirs]
            if (True, first.row.place) in done or (False, second.row.place) in done:
                continue
            person = _answer_link(link, first, second, decisions, report, compare)
            if person is not None:
                done |= {(True, first.row.place), (False, second.row.place)}
                yield person
    for leftover in (*ours, *theirs):
        if (leftover.is_ours, leftover.row.place) not in done:
            yield _alone(leftover)


def _superseded(ours: Sequence[Leftover], theirs: Sequence[Leftover]) -> Iterator[tuple[Leftover, Leftover]]:
    """Yield those of whom one list keeps as their old number what the other has as their number."""
    by_number = {leftover.record.number: leftover for leftover in theirs if leftover.record.number}
    by_former = {leftover.former: leftover for leftover in theirs if leftover.former}
    for leftover in ours:
        partner = (
            by_number.pop(leftover.former, None) if leftover.former else by_former.pop(leftover.record.number, None)
        )
        if partner is not None:
            yield leftover, partner


def _answer_link(  # noqa: PLR0917  # a pair and what is known of it
    pair: LinkedPair, first: Leftover, second: Leftover, decisions: Decisions, report: Report, compare: Compare
) -> PersonAnswer | None:
    """Return what is said of a pair; None where a person has decided that they are two people."""
    fingerprint = decisions.pair_of(first.record, second.record)
    decision = decisions.on(fingerprint)
    if decision is not None:
        report.decided += 1
        if decision.verdict == "different":
            return None
        reason = f"已判定为同一人（{decision.by}，{decision.on}），两表号码不同"
        return _pair_answer(Answer.SUPERSEDED, first, second, [reason], compare)
    words = [f"{reason.text}（{reason.points:+d} 分）" for reason in pair.link.reasons]
    wrong = next((leftover for leftover in (first, second) if leftover.problem), None)
    if wrong is None:
        return _pair_answer(Answer.POSSIBLE_SAME, first, second, words, compare, pair.link.points, fingerprint)
    other = second if wrong is first else first
    slip = slip_between(wrong.record.number, other.record.number)
    reason = f"{wrong.label}号码有误：{wrong.problem}；{other.label}可能是同一人" + (f"，{slip}" if slip else "")
    return _pair_answer(Answer.NUMBER_WRONG, first, second, [reason, *words], compare, pair.link.points, fingerprint)


def _pair_answer(  # noqa: PLR0917  # an answer, two people, and what is said of them
    answer: Answer,
    first: Leftover,
    second: Leftover,
    reasons: list[str],
    compare: Compare,
    points: int | None = None,
    pair: str = "",
) -> PersonAnswer:
    fields = tuple(field for field in compare(first.row, second.row) if field.answer != "form")
    reasons = reasons + [field.sentence for field in fields if field.field != NUMBER]
    tail = "" if any(field.field == "birth_date" for field in fields) else tail_of(first.record.number)
    return PersonAnswer(answer, first.record.name, first.spot, second.spot, tuple(reasons), fields, tail, points, pair)


def _alone(leftover: Leftover) -> PersonAnswer:
    here, other = (leftover.spot, None) if leftover.is_ours else (None, leftover.spot)
    tail = tail_of(leftover.record.number)
    if leftover.problem:
        reason = f"{leftover.label}号码有误：{leftover.problem}；另一表没有找到这个人"
        return PersonAnswer(Answer.NUMBER_WRONG, leftover.record.name, here, other, (reason,), tail=tail)
    answer = Answer.MISSING_THERE if leftover.is_ours else Answer.MISSING_HERE
    reason = f"{leftover.label}有此人，{'乙表' if leftover.is_ours else '甲表'}没有"
    return PersonAnswer(answer, leftover.record.name, here, other, (reason,), tail=tail)
