"""The one adapter of real-name checks: `settings.REAL_NAME_CHECK` names it. Is this the name of the holder of this number?"""

from __future__ import annotations

from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from xueji.core.errors import Conflict


class RealNameCheck(Protocol):
    """What knows whose a number is."""

    is_shown: bool  # it asks nobody: for trying out, and the page says so
    is_connected: bool

    def agrees(self, *, name: str, document_number: str, phone: str) -> bool:
        """Whether name, identity card and phone number are of one person."""


class NoCheck:
    """No check is connected: identity is proven at a counter alone."""

    is_shown, is_connected = False, False

    def agrees(self, *, name: str, document_number: str, phone: str) -> bool:  # noqa: ARG002  # the adapter's signature
        """Refuse, and say where to go."""
        raise Conflict("本系统没有接入网上实名核验：请带身份证原件到受理机构的窗口核验，核验后可在手机上继续办理")


class ShownCheck:
    """For trying out: agrees with everybody but those whose name begins with 假, and the page says so."""

    is_shown, is_connected = True, True

    def agrees(self, *, name: str, document_number: str, phone: str) -> bool:  # noqa: ARG002  # the adapter's signature
        """Whether the name does not begin with 假."""
        return not name.startswith("假")


def real_name_check() -> RealNameCheck:
    """Return the check of this installation."""
    return cast("RealNameCheck", import_string(settings.REAL_NAME_CHECK)())
