"""Words of a code table as clerks write them: the code, the name, both together, the usual short form, with blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from xueji.exchange.troubles import fold

_MARKS = r"[-—–_.、:/|\s]*"
_CODE_FIRST = re.compile(rf"[(\[<]?([0-9]{{1,3}}|[A-Z])[)\]>]?{_MARKS}(.*[^\x00-\x7f].*)$")
_CODE_LAST = re.compile(rf"(.*[^\x00-\x7f][)]?){_MARKS}[(\[<]?([0-9]{{1,3}})[)\]>]?$")
_BLANK = re.compile(r"\s+")
_AROUND = "。.,，;；、'\"“”‘’"


def read_code(text: str, table: Mapping[str, str], aliases: Mapping[str, str]) -> str:
    """Return the name of what was typed; what the table does not hold is left as it stands, for the rules to refuse.

    A code and a name that do not belong together stay together: which of them is right only the clerk knows.
    """
    folded = fold(text).strip(_AROUND)
    if not table:
        return folded
    if name := _known(folded, table, aliases):
        return name
    for pattern, code_at in ((_CODE_FIRST, 1), (_CODE_LAST, 2)):
        if match := pattern.match(folded):
            name = _known(match[3 - code_at], table, aliases)
            if name and _by_code(match[code_at], table) == name:
                return name
    return folded


def _known(text: str, table: Mapping[str, str], aliases: Mapping[str, str]) -> str | None:
    """Return the name for a name, a short form or a code; blanks inside and the case of letters do not matter."""
    squeezed = _BLANK.sub("", text).casefold()
    if not squeezed:
        return None
    return _names(tuple(table.values()), tuple(aliases.items())).get(squeezed) or _by_code(squeezed.upper(), table)


@lru_cache(maxsize=256)
def _names(names: tuple[str, ...], aliases: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    written = {**dict(aliases), **{name: name for name in names}}
    return {_BLANK.sub("", fold(text)).casefold(): name for text, name in written.items()}


def _by_code(code: str, table: Mapping[str, str]) -> str | None:
    """Return the name of a code; zeros in front of a number are what a spreadsheet drops, and people add."""
    if code in table:
        return table[code]
    if not (code.isascii() and code.isdigit()):
        return None
    same = [name for key, name in table.items() if key.isascii() and key.isdigit() and int(key) == int(code)]
    return same[0] if len(same) == 1 else None
