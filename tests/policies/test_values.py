"""What a value of a pack may be: the parts of its table, all of them and no others."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from xueji.core.pack_keys import VALUES

PACKS = Path(__file__).resolve().parents[2] / "policies"
NEED_NOT_BE_GIVEN = {"county", "city", "province"}  # where a level is not named, it does not do this
FILES = {path: tomllib.loads(path.read_text()) for path in sorted(PACKS.rglob("values.toml"))}
TABLES = [
    pytest.param(key, entry["value"], id=f"{path.parent.relative_to(PACKS)}-{key}")
    for path, file in FILES.items()
    for key, entry in file["values"].items()
    if isinstance(entry.get("value"), dict)
]


@pytest.mark.parametrize(("key", "value"), TABLES)
def test_a_table_is_refused_with_a_part_more_or_less_and_so_is_what_is_none(key: str, value: dict[str, object]) -> None:
    accepts = VALUES[key].accepts
    assert accepts(value)
    assert not accepts({**value, "besides": 1})
    assert not accepts(str(value))
    assert not accepts([value])
    for part in value.keys() - NEED_NOT_BE_GIVEN:
        assert not accepts({name: given for name, given in value.items() if name != part})
