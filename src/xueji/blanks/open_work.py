"""Blanks that lie at a school, for whoever closes it: each is accounted for."""

from __future__ import annotations

from collections.abc import Iterator

from xueji.blanks.queries import blanks_at
from xueji.institutions.models import School
from xueji.institutions.open_work import OpenWork


def open_work(school: School) -> Iterator[OpenWork]:
    """Yield how many blanks the school still holds."""
    yield OpenWork("尚在学校的空白证书", blanks_at(school).count(), ("须退回或作废后核销",))
