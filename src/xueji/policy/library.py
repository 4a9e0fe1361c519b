"""The library of packs: all packs of a directory, found by name or by the territory they govern."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from xueji.core.errors import BadInput, PolicyError
from xueji.core.packs import Pack
from xueji.policy.lint import forbidden_additions
from xueji.policy.load import load_pack, read_head
from xueji.policy.unread import unread_tables


class PackLibrary:
    """Packs by id, in the order of their ids."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._packs = {pack.id: pack for pack in sorted(packs, key=lambda pack: pack.id)}

    def packs(self) -> tuple[Pack, ...]:
        """Return all packs."""
        return tuple(self._packs.values())

    def pack(self, pack_id: str) -> Pack:
        """Return a pack by its id; BadInput names the packs there are."""
        if pack_id not in self._packs:
            raise BadInput(f"没有政策包「{pack_id}」；可用：{'、'.join(self._packs) or '无'}")
        return self._packs[pack_id]

    def resolve(self, line: str, territory: str, on: date | None = None) -> Pack:
        """Return the pack nearest to a territory (city before province before nation) in one line of authority."""
        found = [
            pack
            for pack in self._packs.values()
            if pack.line == line and covers(pack.territory, territory) and (on is None or pack.dated.covers(on))
        ]
        if not found:
            known = "、".join(f"{pack.line}:{pack.territory}" for pack in self._packs.values())
            raise BadInput(f"没有政策包适用于 {line}:{territory}；可用：{known or '无'}")
        return max(found, key=lambda pack: len(stem(pack.territory)))


def stem(territory: str) -> str:
    """Return a division code without the pairs of zeros at its end: 610500 → 6105, 000000 → empty (the nation)."""
    while territory.endswith("00"):
        territory = territory[:-2]
    return territory


def covers(outer: str, inner: str) -> bool:
    """Whether a territory holds another one, or is it."""
    return inner.startswith(stem(outer))


def load_packs(directory: Path) -> PackLibrary:
    """Load every pack below a directory, parents first; PolicyError when one of them is wrong in any way."""
    if not directory.is_dir():
        raise PolicyError(str(directory), "-", "is not a directory of policy packs")
    folders = {path.parent.relative_to(directory).as_posix(): path.parent for path in directory.rglob("pack.toml")}
    loaded: dict[str, Pack] = {}
    for pack_id in sorted(folders):
        _load(pack_id, folders, loaded, ())
    shared = {layer.id for pack in loaded.values() for layer in pack.lineage()[:-1]}
    for pack, table in unread_tables(loaded.values()):
        if pack.id in shared:
            continue  # tables for the packs below: the one that reads it may not be installed here
        raise PolicyError(f"{pack.id}/tables.toml", f"tables.{table}", "没有哪一列、哪条规则用到这张代码表")
    return PackLibrary(loaded.values())


def _load(pack_id: str, folders: dict[str, Path], loaded: dict[str, Pack], below: tuple[str, ...]) -> Pack:
    if pack_id in loaded:
        return loaded[pack_id]
    file = f"{(below or (pack_id,))[-1]}/pack.toml"
    if pack_id in below:
        raise PolicyError(file, "parent", f"packs are each other's parents: {' → '.join((*below, pack_id))}")
    if pack_id not in folders:
        raise PolicyError(file, "parent", f"there is no pack {pack_id!r}; packs: {', '.join(sorted(folders))}")
    head = read_head(folders[pack_id], pack_id)
    parent_id = head.text("parent", "")
    parent = _load(parent_id, folders, loaded, (*below, pack_id)) if parent_id else None
    pack = load_pack(folders[pack_id], pack_id, head, parent)
    if additions := forbidden_additions(pack):
        raise PolicyError(f"{pack_id}/pack.toml", "parent", "; ".join(additions))
    loaded[pack_id] = pack
    return pack


def find_directory() -> Path:
    """Return the directory of packs: XUEJI_POLICIES, else the nearest `policies` above the package."""
    if stated := os.environ.get("XUEJI_POLICIES"):
        return Path(stated)
    for folder in Path(__file__).resolve().parents:
        if (folder / "policies").is_dir():
            return folder / "policies"
    raise PolicyError("XUEJI_POLICIES", "-", "no directory of policy packs was found; set this variable to one")


@lru_cache(maxsize=1)
def get_library() -> PackLibrary:
    """Return the packs of this installation, loaded once."""
    return load_packs(find_directory())
