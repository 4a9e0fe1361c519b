"""What people have decided on pairs before: it holds in every later run, and no number stands in it.

A line is `PAIR same|different WHO DAY`. PAIR is a keyed fingerprint of the two numbers; the key lies in a file of its own,
since without it nobody can try out numbers against the lines.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from xueji.core.errors import BadInput
from xueji.core.linkage import LinkRecord

_VERDICTS = ("same", "different")
_LEAST_KEY = 32


@dataclass(frozen=True, slots=True)
class PairDecision:
    """What somebody decided on a pair, and when."""

    verdict: str
    by: str
    on: str


@dataclass(frozen=True)
class Decisions:
    """Decisions by the fingerprint of their pair; without a key there are none, and no pair has a fingerprint."""

    key: bytes = b""
    by_pair: Mapping[str, PairDecision] = field(default_factory=lambda: MappingProxyType({}))

    def pair_of(self, ours: LinkRecord, theirs: LinkRecord) -> str:
        """Return the fingerprint of a pair, the same whichever list comes first; empty without a key or a number."""
        if not self.key or not ours.number or not theirs.number:
            return ""
        text = "\n".join(sorted((ours.number, theirs.number)))
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def on(self, pair: str) -> PairDecision | None:
        """Return what was decided on a pair."""
        return self.by_pair.get(pair)


def read_decisions(path: Path | None, key_path: Path | None) -> Decisions:
    """Read the decisions; BadInput names the line that is not one."""
    if key_path is None:
        if path is not None:
            raise BadInput("「--decisions」要与「--key」一同给出：密钥文件另放，没有它，判定记录对不上人")
        return Decisions()
    try:
        key = key_path.read_bytes()
    except OSError as error:
        raise BadInput(f"没有这个密钥文件，或无法读取：{key_path}") from error
    if len(key) < _LEAST_KEY:
        raise BadInput(
            f"密钥文件 {key_path} 少于 {_LEAST_KEY} 字节；可用 head -c 32 /dev/urandom > {key_path.name} 生成"
        )
    decided: dict[str, PairDecision] = {}
    if path is not None and path.exists():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if len(words) != 4 or words[1] not in _VERDICTS:
                raise BadInput(f"判定记录 {path} 第 {number} 行应为「编号 same|different 判定人 日期」")
            decided[words[0]] = PairDecision(*words[1:])
    return Decisions(key, MappingProxyType(decided))
