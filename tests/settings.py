"""The settings of a test session: the product's, and the apps of the tests' own (tests/packages.py)."""

from __future__ import annotations

from tests import packages

from xueji.config import settings as product
from xueji.config.settings import *  # noqa: F403  # whatever the product sets

INSTALLED_APPS = [*product.INSTALLED_APPS, *packages.names()]
