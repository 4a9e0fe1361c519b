"""The balance of the book: what came equals what is there, per kind, place and season; and where it does not, which serials.

The two sides come from two tables: what came (less what went) from the movements, what is there from the sheets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Case, Count, F, Func, IntegerField, Sum, Value, When

from xueji.blanks.models import Blank, BlankMovement, BlankState
from xueji.blanks.queries.books import Place, blank_specs
from xueji.core.packs import BlankSpec
from xueji.core.serials import SerialRange, compress, format_range
from xueji.institutions.models import Authority, School

TERMS = {"spring": "春季", "autumn": "秋季"}
Season = tuple[int, str] | None


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a row of the sheet stands for: a kind at a place, in a season (None: not drawn for one)."""

    kind: str
    school_id: int | None
    holder_id: int  # the authority, where no school has the sheets; 0 for a school
    season: Season = None


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One row: what came, and where it is; `problems` names the serials when the two differ."""

    key: Key
    title: str  # of the kind
    place: Place
    received: int
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def accounted_for(self) -> int:
        """What is accounted for, over all states."""
        return sum(self.counts.values())

    @property
    def is_balanced(self) -> bool:
        """Whether every sheet that came is accounted for."""
        return self.received == self.accounted_for

    @property
    def season_label(self) -> str:
        """«2019届春季»; empty where the sheets were drawn for no season."""
        return f"{self.key.season[0]}届{TERMS[self.key.season[1]]}" if self.key.season else ""

    def cells(self) -> tuple[tuple[str, int], ...]:
        """Return label and count of every state, in their order."""
        return tuple((label, self.counts.get(state, 0)) for state, label in BlankState.choices)

    def texts(self) -> dict[str, str]:
        """Return the row as a printed list takes it."""
        return {
            "kind": self.title, "place": str(self.place), "season": self.season_label, "received": str(self.received),
            **{state: str(self.counts.get(state, 0)) for state in BlankState.values},
            "balanced": "平" if self.is_balanced else "不平",
        }  # fmt: skip


def balance_of(
    *,
    authority: Authority,
    kind: str | None = None,
    schools: Iterable[int] | None = None,
    holders: Iterable[int] | None = None,
    by_season: bool = False,
    year: int | None = None,
    term: str | None = None,
) -> list[BalanceRow]:
    """Return the rows of one book: authorities first, then schools; only some places where they are named.

    `by_season` splits the rows of a school by the season for which its sheets were drawn; year and term pick one.
    """
    by_season = by_season or year is not None or bool(term)
    chosen = _chosen(schools, holders)
    counts = _counted(authority, kind, by_season=by_season)
    came = _came(authority, kind, by_season=by_season)
    keys = sorted(set(counts) | {key for key, count in came.items() if count}, key=_order)
    keys = [key for key in keys if chosen(key) and _of_season(key, year, term)]
    return _rows(authority, keys, counts, came)


def totals_of(rows: Iterable[BalanceRow]) -> dict[str, int]:
    """Return the sums of all columns, `received` among them."""
    totals = dict.fromkeys(("received", *BlankState.values), 0)
    for row in rows:
        totals["received"] += row.received
        for state, count in row.counts.items():
            totals[state] += count
    return totals


def serials_by_state(place: Place, kind: str, spec: BlankSpec) -> dict[str, str]:
    """Return the serials of a kind that a place answers for, as ranges, by the label of their state."""
    blanks = Blank.objects.filter(kind=kind)
    blanks = blanks.filter(school=place) if isinstance(place, School) else blanks.filter(holder=place, school=None)
    numbers: dict[str, list[int]] = {}
    for state, number in blanks.order_by("number").values_list("state", "number"):
        numbers.setdefault(state, []).append(number)
    return {
        BlankState(state).label: "、".join(format_range(span, spec) for span in compress(numbers[state]))
        for state in BlankState.values
        if state in numbers
    }


def _chosen(schools: Iterable[int] | None, holders: Iterable[int] | None) -> Callable[[Key], bool]:
    if schools is None and holders is None:
        return lambda _key: True
    of_schools, of_holders = set(schools or ()), set(holders or ())
    return lambda key: key.school_id in of_schools if key.school_id else key.holder_id in of_holders


def _of_season(key: Key, year: int | None, term: str | None) -> bool:
    if year is None and not term:
        return True
    return key.season is not None and year in (None, key.season[0]) and (not term or key.season[1] == term)


def _order(key: Key) -> tuple[str, bool, int, tuple[int, str]]:
    return key.kind, key.school_id is not None, key.school_id or key.holder_id, key.season or (0, "")


def _answering(end: str = "") -> Case:
    """The authority of a row; 0 where a school answers for the sheets. `end` is «to_» or «from_» of a movement."""
    return Case(
        When(**{f"{end}school__isnull": False}, then=Value(0)), default=F(f"{end}holder"), output_field=IntegerField()
    )


def _counted(authority: Authority, kind: str | None, *, by_season: bool) -> dict[Key, dict[str, int]]:
    """Count the sheets of the book by row and state."""
    sheets = Blank.objects.filter(authority=authority, **({"kind": kind} if kind else {})).annotate(
        answering=_answering()
    )
    seasons = ("request__year", "request__term") if by_season else ()
    found: dict[Key, dict[str, int]] = {}
    for name, school, holder, *season, state, count in (
        sheets.order_by().values_list("kind", "school", "answering", *seasons, "state").annotate(n=Count("pk"))
    ):
        found.setdefault(_key(name, school, holder, season), {})[state] = count
    return found


def _came(authority: Authority, kind: str | None, *, by_season: bool) -> dict[Key, int]:
    """Add up the movements of the book: what came to each row, less what left it."""
    moves = BlankMovement.objects.filter(authority=authority, **({"kind": kind} if kind else {}))
    size = Sum(
        Func(F("numbers"), template="(upper(%(expressions)s) - lower(%(expressions)s))", output_field=IntegerField())
    )
    found: dict[Key, int] = {}
    for sign, end, request in ((1, "to", "request"), (-1, "from", "from_request")):
        seasons = (f"{request}__year", f"{request}__term") if by_season else ()
        side = moves if end == "to" else moves.exclude(act="receive")
        for name, school, holder, *season, count in (
            side.annotate(place=_answering(f"{end}_")).order_by()
            .values_list("kind", f"{end}_school", "place", *seasons).annotate(n=size)
        ):  # fmt: skip
            key = _key(name, school, holder, season)
            found[key] = found.get(key, 0) + sign * count
    return found


def _key(kind: str, school_id: int | None, holder_id: int, season: list[object]) -> Key:
    drawn_for = (int(str(season[0])), str(season[1])) if season and season[0] else None
    return Key(kind, school_id, holder_id, drawn_for)


def _rows(
    authority: Authority, keys: list[Key], counts: Mapping[Key, Mapping[str, int]], came: Mapping[Key, int]
) -> list[BalanceRow]:
    schools = School.objects.select_related("authority").in_bulk({key.school_id for key in keys if key.school_id})
    holders = Authority.objects.in_bulk({key.holder_id for key in keys if not key.school_id})
    specs = blank_specs(authority)
    rows = []
    for key in keys:
        place: Place = schools[key.school_id] if key.school_id else holders[key.holder_id]
        row = BalanceRow(
            key, specs[key.kind].title if key.kind in specs else key.kind, place, came.get(key, 0), counts.get(key, {})
        )
        if not row.is_balanced:
            row = BalanceRow(
                key, row.title, place, row.received, row.counts, astray(authority, key, specs.get(key.kind))
            )
        rows.append(row)
    return rows


def astray(authority: Authority, key: Key, spec: BlankSpec | None) -> tuple[tuple[str, str], ...]:
    """Name the serials of a kind whose row is not where their last movement led, or that no movement tells of."""
    with connection.cursor() as cursor:
        cursor.execute(_ASTRAY, [authority.pk, key.kind, authority.pk, key.kind])
        found = cursor.fetchall()
    reasons: dict[str, list[int]] = {}
    for number, signed_state, state in found:
        discrepancy = _said(signed_state, state)
        reasons.setdefault(discrepancy, []).append(number)
    return tuple(
        (_shown(span, spec), why) for why, numbers in sorted(reasons.items()) for span in compress(numbers)
    )  # fmt: skip


def _said(signed_state: str | None, state: str | None) -> str:
    if state is None:
        return "有签收记录，账上没有这一张"
    if signed_state is None:
        return "账上有这一张，没有入库记录"
    return f"最后一次签收后应为「{BlankState(signed_state).label}」，账上为「{BlankState(state).label}」或在别处"


def _shown(span: SerialRange, spec: BlankSpec | None) -> str:
    return format_range(span, spec) if spec else f"{span.first}—{span.last}"


_ASTRAY = """
    WITH signed AS (
        SELECT DISTINCT ON (s.number) s.number, m.to_state, m.to_holder_id, m.to_school_id, m.request_id
        FROM blanks_blankmovement m CROSS JOIN generate_series(lower(m.numbers), upper(m.numbers) - 1) s (number)
        WHERE m.authority_id = %s AND m.kind = %s ORDER BY s.number, m.id DESC)
    SELECT coalesce(b.number, g.number), g.to_state, b.state
    FROM (SELECT * FROM blanks_blank WHERE authority_id = %s AND kind = %s) b FULL JOIN signed g ON g.number = b.number
    WHERE ROW(g.to_state, g.to_holder_id, g.to_school_id, g.request_id)
          IS DISTINCT FROM ROW(b.state, b.holder_id, b.school_id, b.request_id)
    ORDER BY 1 LIMIT 1000
"""
