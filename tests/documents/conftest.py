"""The forms of the Weinan pack, for the tests of printed documents."""

from __future__ import annotations

from collections.abc import Callable

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
