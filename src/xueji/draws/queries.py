"""Repeat a draw: what anybody can do with sha256sum, done here for the page."""

from __future__ import annotations

from xueji.core.draw import commitment_of, draw, list_hash_of, seed_of
from xueji.draws.models import Draw


def repeats(held: Draw) -> dict[str, bool]:
    """Repeat a draw whose secret was told, from what is published of it: each step with whether it comes out the same."""
    codes, secret = held.codes.split("\n"), held.commitment.secret
    return {
        "暗码的 SHA-256 值与事先公布的承诺值相同": commitment_of(secret) == held.commitment.sha256,
        "名单的 SHA-256 值与名单值相同": list_hash_of(codes) == held.list_hash,
        "由暗码、名单值和事由得出同一种子": seed_of(secret, held.list_hash, held.context) == held.seed,
        "由种子得出同样的抽取结果": draw(codes, held.size, held.seed) == tuple(item.code for item in held.items.all()),
        "承诺值的公布早于抽取": held.commitment.published_at <= held.drawn_at,
    }
