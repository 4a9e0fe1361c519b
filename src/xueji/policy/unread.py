"""Tables of a pack that nothing names: neither the engine, nor a column or a rule of any pack that has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xueji.core.pack_keys import ALIASES, TABLES
from xueji.core.packs import Pack
from xueji.policy.load import references_of


def unread_tables(packs: Iterable[Pack]) -> Iterator[tuple[Pack, str]]:
    """Yield each table that nothing reads, with its pack; a table may be read by the packs below its own."""
    named: dict[str, set[str]] = {}
    every = list(packs)
    for pack in every:
        wanted = {key for item in pack.items for kind, key in references_of(item.value) if kind == "table"}
        for layer in pack.lineage():
            named.setdefault(layer.id, set()).update(wanted)
    for pack in every:
        read = TABLES | named[pack.id]
        for item in pack.items:
            if item.kind == "table" and item.key.removesuffix(ALIASES) not in read:
                yield pack, item.key
