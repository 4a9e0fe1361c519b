"""The forms of the Weinan pack, for the tests of printed documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from tests.documents.documents_data import ISSUED_ON

from xueji.core.packs import DocumentSpec, PackView
from xueji.policy import get_library


@pytest.fixture(scope="session")
def view() -> PackView:
    return get_library().pack("edu/shaanxi-weinan").on(ISSUED_ON)


@pytest.fixture(scope="session")
def form(view: PackView) -> Callable[[str], DocumentSpec]:
    return view.document


@pytest.fixture(scope="session", params=["edu/guangxi", "edu/henan", "hrss/fujian"])
def jurisdiction(request) -> PackView:
    return get_library().pack(request.param).on(date(2026, 6, 20))


@pytest.fixture(scope="session")
def guangxi() -> PackView:
    return get_library().pack("edu/guangxi").on(date(2026, 6, 20))


@pytest.fixture(scope="session")
def henan() -> PackView:
    return get_library().pack("edu/henan").on(date(2026, 6, 20))


@pytest.fixture(scope="session")
def fujian() -> PackView:
    return get_library().pack("hrss/fujian").on(date(2026, 6, 20))
