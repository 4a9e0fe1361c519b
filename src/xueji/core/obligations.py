"""What a pack says is owed after something happened, and by which measures an authority answers a breach (S1-16, S1-17).

The words are the pack's own; what comes of them the engine must be able to do, so a pack chooses that from the lists here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from xueji.core.errors import BadInput
from xueji.core.findings import Citation
from xueji.core.packs import PackView

# after what something may be owed
OCCASIONS: Mapping[str, str] = MappingProxyType({"seal": "验印"})
# what the engine does once something owed is reported done
EFFECTS: Mapping[str, str] = MappingProxyType({"record_graduated": "已验印毕业生的学籍记为毕业"})
# what a measure keeps from a school while it is in force
WITHHELD: Mapping[str, str] = MappingProxyType({"numbers": "证书编号", "sealing": "预约和验印"})


@dataclass(frozen=True, slots=True)
class ObligationSpec:
    """Something owed: after what, within which term, what is done once it is done, whether evidence must be told."""

    key: str
    label: str
    after: str
    clock: str
    effect: str = ""
    needs_evidence: bool = False
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """A measure against a school, and what it withholds while it is in force; nothing: it is on record alone."""

    key: str
    label: str
    withholds: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()
    is_next_year: bool = False  # follows in the year after


def obligations_after(view: PackView, occasion: str) -> tuple[ObligationSpec, ...]:
    """Return what a pack says is owed after an occasion, in the pack's order."""
    every = view.items.get("obligation", {}).values()
    return tuple(spec for spec in every if isinstance(spec, ObligationSpec) and spec.after == occasion)


def terms_of_obligations(view: PackView, occasion: str) -> tuple[str, ...]:
    """Return the clocks by which what is owed after an occasion is counted, each once."""
    return tuple(dict.fromkeys(spec.clock for spec in obligations_after(view, occasion)))


def measures_of(view: PackView) -> tuple[MeasureSpec, ...]:
    """Return the measures a pack knows, in its order."""
    return tuple(spec for spec in view.items.get("measure", {}).values() if isinstance(spec, MeasureSpec))


def measure_of(view: PackView, key: str) -> MeasureSpec:
    """Return a measure a pack knows; BadInput names those it does."""
    known = {spec.key: spec for spec in measures_of(view)}
    if key not in known:
        choices = "、".join(spec.label for spec in known.values()) or "无"
        raise BadInput(f"学校适用的规定没有「{key[:40]}」这种处理；可用：{choices}")
    return known[key]
