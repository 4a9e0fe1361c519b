"""Two lists held against each other: everybody in either gets one answer.

The first pass keeps of each row its number and a digest of its cells; what is the same to the letter is counted there and
never fetched. Only rows that differ, or stand on one side, are fetched by their place and looked at one by one.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from xueji.core.errors import BadInput
from xueji.core.identifiers import eighteen_digits, tail_of
from xueji.core.names import normalise_name
from xueji.reconciliation.answers import Answer, FieldAnswer, PersonAnswer, Report
from xueji.reconciliation.columns import NUMBER, ColumnMap, choose_keys
from xueji.reconciliation.comparing import clean_number, compare_rows, meaning, number_problem
from xueji.reconciliation.decisions import Decisions
from xueji.reconciliation.leftovers import Leftover, answer_leftovers
from xueji.reconciliation.memory import Connection, load_rows
from xueji.reconciliation.sides import ListRow, ListSide

_SEPARATOR = "\x1f"
_CROWD = 20
_DOCUMENT_TYPE = "id_document_type"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# What may be wrong with a number of eighteen characters; whatever this names is read once more, character by character.
_SUM = " + ".join(f"n // {10 ** (16 - place)} % 10 * {weight}" for place, weight in enumerate(_WEIGHTS))
_DOUBTFUL = f"""coalesce(length(k) <> 18 OR substr('10X98765432', (({_SUM}) % 11 + 1)::INT, 1) <> right(k, 1)
    OR substr(k, 11, 2) NOT BETWEEN '01' AND '12' OR substr(k, 13, 2) < '01' OR substr(k, 13, 2) >
      CASE substr(k, 11, 2) WHEN '02' THEN '28' WHEN '04' THEN '30' WHEN '06' THEN '30' WHEN '09' THEN '30' WHEN '11' THEN '30' ELSE '31' END
    OR substr(k, 7, 4) NOT BETWEEN '1900' AND '2020', true)"""


@dataclass
class _Run:
    """What one run knows: both sides, the fields both have, the keys, and the report so far."""

    connection: Connection
    ours: ListSide
    theirs: ListSide
    keys: tuple[str, ...]
    fields: tuple[str, ...]
    report: Report
    salt: int = field(default_factory=lambda: secrets.randbits(60))

    @property
    def is_by_number(self) -> bool:
        return self.keys == (NUMBER,)

    def side(self, table: str) -> ListSide:
        return self.ours if table == "ours" else self.theirs


def reconcile(
    connection: Connection,
    ours: ListSide,
    theirs: ListSide,
    column_map: ColumnMap,
    *,
    decisions: Decisions,
    row_limit: int,
) -> Report:
    """Return the answers on everybody of two lists."""
    shared = [name for name in ours.columns if name in theirs.columns]
    run = _Run(connection, ours, theirs, choose_keys(column_map, shared), tuple(shared), Report(row_limit))
    run.report.columns = {
        "keys": [ours.columns[key].header for key in run.keys],
        "compared": [ours.columns[name].header for name in shared],
        "only_here": [column.header for name, column in ours.columns.items() if name not in theirs.columns],
        "only_there": [column.header for name, column in theirs.columns.items() if name not in ours.columns],
    }
    for table in ("ours", "theirs"):
        _load(run, table)
    our_places, their_places = _pair_up(run)
    leftovers = [*_one_sided(run, "ours", our_places), *_one_sided(run, "theirs", their_places)]
    for person in answer_leftovers(
        connection, leftovers, decisions, run.report, compare=lambda o, t: compare_rows(o, t, run.fields)
    ):
        run.report.add(person)
    return run.report


def _load(run: _Run, table: str) -> None:
    """Keep of each row its key and a digest of what both lists have; the salt is of this run alone."""
    side = run.side(table)
    cells = ", ".join(f"c{side.columns[name].place}" for name in run.fields)
    if run.is_by_number:
        number = f"c{side.columns[NUMBER].place}"
        run.connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT CASE WHEN regexp_full_match({number}, '[0-9]{{17}}[0-9X]') THEN {number} END AS k, "
            f"CASE WHEN k IS NULL THEN {number} END AS odd, hash({run.salt}, {cells}) AS h FROM {side.source}"
        )
    else:
        parts = ", ".join(f"coalesce(c{side.columns[key].place}, '')" for key in run.keys)
        run.connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT NULL::VARCHAR AS k, concat_ws('{_SEPARATOR}', {parts}) AS odd, "
            f"hash({run.salt}, {cells}) AS h FROM {side.source}"
        )
    count = run.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert count is not None
    if count[0] != len(side):
        raise BadInput(
            f"「{side.sheet}」读出 {count[0]:,} 行，文件里有 {len(side):,} 行：多半有不成对的引号；请用 Excel 另存为工作簿（*.xlsx）再核对"
        )
    odd = run.connection.execute(f"SELECT rowid, odd FROM {table} WHERE odd IS NOT NULL").fetchall()
    keys = [(place, _key_of(run, side, text)) for place, text in odd]
    if run.is_by_number:  # «无» of a hundred people is nobody's number
        crowds = {key for key, count in Counter(key for _, key in keys).items() if count > _CROWD}
        keys = [(place, key) for place, key in keys if key not in crowds]
    load_rows(run.connection, "mended", ("place", "k"), keys)
    run.connection.execute(
        f"UPDATE {table} SET k = m.k FROM mended m WHERE {table}.rowid = m.place::BIGINT AND m.k IS NOT NULL"
    )
    run.connection.execute(f"DROP TABLE mended; ALTER TABLE {table} DROP COLUMN odd")


def _key_of(run: _Run, side: ListSide, text: str) -> str:
    """Return the key of a row whose number is not written as cards print it, or that is known by other fields."""
    if run.is_by_number:
        return eighteen_digits(clean_number(text))
    parts = text.split(_SEPARATOR)
    means = [meaning(part, side.columns[key].spec) if part else "" for key, part in zip(run.keys, parts, strict=True)]
    return _SEPARATOR.join(means) if any(means) else ""


def _pair_up(run: _Run) -> tuple[list[int], list[int]]:
    """Answer on everybody whose key stands in both lists; return the places that stand in one alone."""
    doubtful = _DOUBTFUL if run.is_by_number else "false"
    met = run.connection.execute(
        f"SELECT our_place, their_place, differs OR {doubtful} AS looked_at, {doubtful} AS doubtful FROM (SELECT o.rowid AS our_place, "
        "t.rowid AS their_place, o.h <> t.h AS differs, o.k AS k, try_cast(left(o.k, 17) AS BIGINT) AS n FROM ours o JOIN theirs t ON o.k = t.k)"
    ).fetchnumpy()
    ours, theirs = met["our_place"], met["their_place"]
    our_partners = np.bincount(ours, minlength=len(run.ours))
    their_partners = np.bincount(theirs, minlength=len(run.theirs))
    is_single = (our_partners[ours] == 1) & (their_partners[theirs] == 1)
    looked_at = is_single & met["looked_at"]
    run.report.counts[Answer.SAME] += int(np.count_nonzero(is_single)) - int(np.count_nonzero(looked_at))
    order = np.flatnonzero(looked_at)
    for at in order[np.argsort(ours[order])]:
        _answer_pair(run, int(ours[at]), int(theirs[at]), is_doubtful=bool(met["doubtful"][at]))
    _answer_doubled(run, zip(ours[~is_single].tolist(), theirs[~is_single].tolist(), strict=True))
    return np.flatnonzero(our_partners == 0).tolist(), np.flatnonzero(their_partners == 0).tolist()


def _answer_pair(run: _Run, our_place: int, their_place: int, *, is_doubtful: bool) -> None:
    ours, theirs = run.ours.row(our_place), run.theirs.row(their_place)
    fields = compare_rows(ours, theirs, run.fields)
    real = tuple(answer for answer in fields if answer.answer != "form")
    reasons = [answer.sentence for answer in real]
    number, other = clean_number(ours.cell(NUMBER)), clean_number(theirs.cell(NUMBER))
    problem = (_problem_of(ours) or _problem_of(theirs)) if is_doubtful else None
    if problem:
        answer = Answer.NUMBER_WRONG
        reasons = [
            f"{'两表的号码相同，都有误' if number == other else '号码有误'}：{problem}",
            *reasons,
        ]
    elif run.is_by_number and len(number) != len(other):
        old = "甲表" if len(number) == 15 else "乙表"
        answer = Answer.SUPERSEDED
        reasons = [f"{old}是 15 位旧号码，另一表是 18 位号码，同一人", *reasons]
    elif real:
        answer = Answer.DIFFERS
    else:
        run.report.add_same_by_form(fields)
        return
    run.report.add(replace(_person(answer, ours, theirs, reasons, real), has_one_number=number == other))


def _person(
    answer: Answer,
    ours: ListRow | None,
    theirs: ListRow | None,
    reasons: Sequence[str],
    fields: Sequence[FieldAnswer] = (),
) -> PersonAnswer:
    """Return an answer with its places; the tail is not shown beside a birth date (docs/adr/0017)."""
    row = ours or theirs
    assert row is not None
    shows_birth = any(answer.field == "birth_date" for answer in fields)
    return PersonAnswer(
        answer,
        normalise_name(row.cell("name")),
        None if ours is None else ours.spot(),
        None if theirs is None else theirs.spot(),
        tuple(reasons),
        tuple(fields),
        "" if shows_birth else tail_of(clean_number(row.cell(NUMBER))),
    )


def _problem_of(row: ListRow) -> str | None:
    return number_problem(row.cell(NUMBER), row.cell(_DOCUMENT_TYPE))


def _answer_doubled(run: _Run, met: Iterable[tuple[int, int]]) -> None:
    """Answer on keys that stand more than once in a list: pairs by name; of what has no partner the reason is told."""
    partners: dict[int, list[int]] = defaultdict(list)
    groups: dict[int, list[int]] = defaultdict(list)
    for our_place, their_place in met:
        partners[our_place].append(their_place)
    for our_place, their_places in partners.items():
        groups[their_places[0]].append(our_place)  # all of one key meet the same rows
    for ours in groups.values():
        theirs = list(partners[ours[0]])
        every = list(ours), list(theirs)
        for our_place in every[0]:
            name = _name_at(run.ours, our_place)
            partner = next((place for place in theirs if _name_at(run.theirs, place) == name), None)
            if partner is not None:
                ours.remove(our_place)
                theirs.remove(partner)
                _answer_pair(run, our_place, partner, is_doubtful=run.is_by_number)
        for place in ours:
            run.report.add(_surplus(run, run.ours.row(place), every[0], "甲表", is_ours=True))
        for place in theirs:
            run.report.add(_surplus(run, run.theirs.row(place), every[1], "乙表", is_ours=False))


def _surplus(run: _Run, row: ListRow, every: Sequence[int], label: str, *, is_ours: bool) -> PersonAnswer:
    """Tell of a row left of a key that stands twice: recorded twice, or one of the numbers is somebody else's."""
    rows = "、".join(str(row.side.number(place)) for place in every)
    names = {_name_at(row.side, place) for place in every}
    what = "同一证件号" if run.is_by_number else "同一人（各关键列相同）"
    if len(every) == 1:
        answer, reason = (
            Answer.NUMBER_WRONG,
            f"{what}在另一表不止一行，姓名都与{label}第 {rows} 行不同：至少一处号码有误",
        )
    elif len(names) == 1:
        answer, reason = Answer.POSSIBLE_SAME, f"{what}在{label}第 {rows} 行都有，姓名相同：可能登记了两次"
    else:
        answer, reason = Answer.NUMBER_WRONG, f"{what}在{label}第 {rows} 行都有，姓名不同：至少一人的号码有误"
    return _person(answer, row if is_ours else None, None if is_ours else row, [reason])


def _name_at(side: ListSide, place: int) -> str:
    return normalise_name(side.row(place).cell("name"))


def _one_sided(run: _Run, table: str, places: Sequence[int]) -> Iterator[Leftover]:
    """Yield who stands in one list alone, or without a number; a number twice in that list is told at once."""
    side = run.side(table)
    by_number: dict[str, list[int]] = defaultdict(list)
    for place in places:
        row = side.row(place)
        problem = _problem_of(row) if run.is_by_number else None
        leftover = Leftover.of(row, is_ours=table == "ours", problem=problem, is_linked=run.is_by_number)
        twice = by_number[leftover.record.number] if leftover.record.number else []
        twice.append(place)
        if len(twice) == 1:
            yield leftover
        else:
            label = "甲表" if table == "ours" else "乙表"
            run.report.add(_surplus(run, row, twice, label, is_ours=table == "ours"))
