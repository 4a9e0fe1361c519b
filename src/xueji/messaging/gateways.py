"""The one adapter by which messages leave: `settings.MESSAGE_GATEWAY` names it.

A gateway takes one message and returns, or raises `Undeliverable`; whether it is worth another try it says itself.
"""

from __future__ import annotations

from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class Undeliverable(Exception):
    """The gateway did not take a message; `is_final` when no later try will help (a number that does not exist)."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_final = reason, is_final


class Gateway(Protocol):
    """What sends a message."""

    is_shown: bool  # nothing leaves: whoever tries the system reads the messages on a page

    def send(self, *, channel: str, address: str, text: str, key: str) -> None:
        """Send one message; `key` is the same at every try, so that a gateway can tell a repetition."""


class NoGateway:
    """No gateway is connected: nothing leaves, and the outbox says so."""

    is_shown = False

    def send(self, *, channel: str, address: str, text: str, key: str) -> None:  # noqa: ARG002  # the adapter's signature
        """Refuse every message."""
        raise Undeliverable("本系统没有接入短信、邮件网关；请系统管理员配置后重新发送", is_final=True)


class ShownGateway:
    """For trying out: nothing leaves, the messages are read on a page of the system, which says that it does so."""

    is_shown = True

    def send(self, *, channel: str, address: str, text: str, key: str) -> None:  # noqa: ARG002  # the adapter's signature
        """Take every message; an address that ends in 0000 plays one that nothing reaches."""
        if address.endswith("0000"):
            raise Undeliverable("演示：尾号 0000 的号码一律送不到")


def gateway() -> Gateway:
    """Return the gateway of this installation."""
    return cast("Gateway", import_string(settings.MESSAGE_GATEWAY)())
