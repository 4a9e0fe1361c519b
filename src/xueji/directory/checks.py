"""What is wrong with a row by itself, and with rows beside each other: shapes, words, lengths, the same thing twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from xueji.core.findings import Finding, Severity
from xueji.directory.columns import AUTHORITIES, FORMS, PEOPLE, PROGRAMMES, SCHOOLS, DirectoryEntry
from xueji.institutions.models import Level, Post
from xueji.institutions.shapes import DIVISION_CODE, LENGTHS, ORDINAL, PROGRAMME_CODE, SCHOOL_CODE, USERNAME

Placed = tuple[DirectoryEntry, Finding]
LEVELS: Mapping[str, str] = MappingProxyType({level.label: level.value for level in Level})
POSTS: Mapping[str, str] = MappingProxyType({post.label: post.value for post in Post})
OWNERSHIP: Mapping[str, bool] = MappingProxyType({"公办": True, "民办": False})
_SHAPES = {
    (AUTHORITIES, "division_code"): DIVISION_CODE,
    (SCHOOLS, "code"): SCHOOL_CODE,
    (SCHOOLS, "ordinal"): ORDINAL,
    (PROGRAMMES, "code"): PROGRAMME_CODE,
    (PEOPLE, "username"): USERNAME,
}
_WORDS: Mapping[tuple[str, str], Mapping[str, object]] = {
    (AUTHORITIES, "level"): LEVELS,
    (SCHOOLS, "is_public"): OWNERSHIP,
    (PEOPLE, "post"): POSTS,
}
_NAMES = {AUTHORITIES: "authority_name", SCHOOLS: "school_name", PROGRAMMES: "programme_name", PEOPLE: "full_name"}
_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    AUTHORITIES: (("name",),),
    SCHOOLS: (("code",), ("name",)),
    PROGRAMMES: (("school", "name", "duration_years"),),
    PEOPLE: (("username", "place", "post"),),
}


def error(field: str, message: str, remedy: str = "", rule: str = "directory.row") -> Finding:
    """Return a finding that refuses the workbook; what these sheets ask for is the product's own, so no clause is cited."""
    return Finding(rule, Severity.ERROR, message, field, remedy)


def check_entry(entry: DirectoryEntry) -> Iterator[Finding]:
    """Yield what is wrong with a row by itself: what the pages of institutions and accounts refuse of the same fields."""
    for column in FORMS[entry.form].columns:
        text, key = entry.text(column.field), (entry.form, column.field)
        if not text:
            if column.required:
                yield error(
                    column.field, f"「{column.header}」没有填写", f"请填写「{column.header}」", "directory.given"
                )
            continue
        shape = _SHAPES.get(key)
        if shape and not re.fullmatch(shape.pattern, text):
            yield error(column.field, f"{shape.words}：{text[:40]}", rule="directory.shape")
        words = _WORDS.get(key)
        if words is not None and text not in words:
            yield error(column.field, f"没有「{text[:40]}」", f"可填：{'、'.join(words)}", "directory.word")
        most = LENGTHS.get(_NAMES[entry.form] if column.field == "name" else column.field, 200)
        if len(text) > most:
            yield error(column.field, f"有 {len(text)} 个字，超过 {most} 个", "请写简短些", "directory.length")
    if entry.form == PROGRAMMES and entry.text("duration_years") and years_of(entry) is None:
        yield error("duration_years", "学制应为 1 至 6 年，至多一位小数", rule="directory.duration")


def years_of(entry: DirectoryEntry) -> Decimal | None:
    """Return the duration of a programme's row, None where it is none."""
    try:
        years = Decimal(entry.text("duration_years"))
    except InvalidOperation:
        return None
    exponent = years.normalize().as_tuple().exponent
    fits = years.is_finite() and 1 <= years <= 6 and isinstance(exponent, int) and exponent >= -1
    return years if fits else None


def check_together(entries: Sequence[DirectoryEntry]) -> Iterator[Placed]:
    """Yield rows that say the same thing twice, and accounts that two rows give to different people."""
    for form, keys in _KEYS.items():
        rows = [entry for entry in entries if entry.form == form]
        for fields in keys:
            yield from _doubled(rows, fields)
    names: dict[str, DirectoryEntry] = {}
    for entry in (entry for entry in entries if entry.form == PEOPLE and entry.text("username")):
        first = names.setdefault(entry.text("username"), entry)
        if first.text("name") != entry.text("name"):
            message = f"用户名「{entry.text('username')}」在第 {first.row_number} 行是「{first.text('name')}」的"
            yield entry, error("username", message, "账号一人一号，请另定用户名", "directory.one_account_a_person")


def _doubled(rows: Sequence[DirectoryEntry], fields: tuple[str, ...]) -> Iterator[Placed]:
    seen: dict[tuple[str, ...], DirectoryEntry] = {}
    of: Callable[[DirectoryEntry], tuple[str, ...]] = lambda entry: tuple(entry.text(field) for field in fields)  # noqa: E731  # a default the caller may replace
    for entry in rows:
        if not all(of(entry)):
            continue
        first = seen.setdefault(of(entry), entry)
        if first is not entry:
            message = f"与第 {first.row_number} 行重复：{'、'.join(of(entry))}"
            yield entry, error(fields[0], message, "请删去多余的一行", "directory.once")
