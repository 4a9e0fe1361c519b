"""Repeat a draw: what anybody can do with sha256sum, done here for the page."""

from __future__ import annotations

from xueji.core.draw import commitment_of, draw, list_hash_of, seed_of
from xueji.draws.models import Draw


def repeats(past_draw: Draw) -> dict[str, bool]:
    """Repeat a draw whose secret was told, from what is published of it: each step with whether it comes out the same."""
    codes, secret = past_draw.codes.split("\n"), past_draw.commitment.secret
    return {
        "暗码的 SHA-256 值与事先公布的承诺值相同": commitment_of(secret) == past_draw.commitment.sha256,
        "名单的 SHA-256 值与名单值相同": list_hash_of(codes) == past_draw.list_hash,
        "由暗码、名单值和事由得出同一种子": seed_of(secret, past_draw.list_hash, past_draw.context) == past_draw.seed,
        "由种子得出同样的抽取结果": draw(codes, past_draw.size, past_draw.seed)
        == tuple(item.code for item in past_draw.items.all()),
        "承诺值的公布早于抽取": past_draw.commitment.published_at <= past_draw.drawn_at,
    }
