"""A plugin of pytest that writes down which test ran which line, also with several processes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import coverage
import pytest


class Contexts:
    """Measures the product in this process, each line under the test that ran it."""

    def __init__(self) -> None:
        self.measured = coverage.Coverage(
            data_file=os.environ["XUEJI_MUTATIONS_DATA"], data_suffix=True, config_file=False,
            source=[os.environ["XUEJI_MUTATIONS_SOURCE"]],
        )  # fmt: skip
        self.measured.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Set the test's name over every line that it, its fixtures and their ends run."""
        self.measured.switch_context(item.nodeid)
        result = yield
        self.measured.switch_context("")
        return result

    def pytest_sessionfinish(self) -> None:
        """Keep what was measured."""
        self.measured.stop()
        self.measured.save()


def pytest_configure(config: pytest.Config) -> None:
    """Begin before the product is imported; the process that only hands tests out measures nothing."""
    if not config.getoption("numprocesses", None):
        config.pluginmanager.register(Contexts())
