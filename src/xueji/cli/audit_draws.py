"""The part of `xueji audit` that repeats every draw of lots from its sealed secret, with code of its own (docs/adr/0008)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from tqdm import tqdm

from xueji.cli.audit_asking import streamed
from xueji.cli.audit_texts import open_sealed

_COMMITTED = "select id::text, sha256, secret from draws_commitment order by id"
_DRAWN = """select d.id::text, d.commitment_id::text, c.secret, d.context, d.codes, d.list_hash, d.seed, d.size,
       coalesce((select string_agg(i.code, E'\\n' order by i.ordinal) from draws_drawitem i where i.draw_id = d.id), '')
    from draws_draw d join draws_commitment c on c.id = d.commitment_id order by d.id"""


def draws(keys: Mapping[int, bytes]) -> dict[str, Any]:
    """Name every commitment that is not the hash of its secret, and every draw that does not come out again."""
    wrong, looked_at = [], 0
    for key, sha256, secret in tqdm(streamed(_COMMITTED), desc="核对承诺值", disable=None):
        looked_at += 1
        if _hash(_opened(secret, key, keys)) != sha256:
            wrong.append(f"承诺值 {sha256[:12]}：不是所存暗码的 SHA-256 值")
    for key, commitment, secret, context, codes, list_hash, seed, size, drawn in tqdm(
        streamed(_DRAWN), desc="重算抽签", disable=None
    ):
        looked_at += 1
        listed, found = codes.split("\n"), drawn.split("\n") if drawn else []
        expected = _hash(f"{_opened(secret, commitment, keys)}\n{list_hash}\n{context}")
        if _hash(f"{codes}\n") != list_hash or expected != seed:
            wrong.append(f"抽签 {key}（{context}）：名单值或种子不符")
        elif sorted(listed, key=lambda code: _hash(f"{seed}\n{code}"))[:size] != found:  # used in this turn alone
            wrong.append(f"抽签 {key}（{context}）：抽中的不是重算出的")
    return {
        "check": "draws.repeated",
        "says": "每个承诺值都是所存暗码的 SHA-256 值，每次抽签由暗码、名单和事由重算，抽中的一项不差",
        "looked_at": looked_at,
        "mismatches": wrong,
    }


def _opened(sealed: Any, commitment: str, keys: Mapping[int, bytes]) -> str:
    """Return a secret; a text that is nobody's secret where it does not open, so that its hash fits nothing."""
    try:
        return open_sealed(bytes(sealed), f"draws_commitment.secret:{commitment}", keys)
    except (InvalidTag, KeyError):
        return ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
