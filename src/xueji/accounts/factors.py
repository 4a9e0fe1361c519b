"""The second factor: its secrets lie sealed, so that a copy of the database makes no codes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter

from xueji.sealing.texts import SealBroken, seal, unseal

PREFIX = "sealed:"
_TABLE, _COLUMN, _ROW = "mfa_authenticator", "data", "secret"  # the owner is not known where a secret is made


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]  # the library states no types
    """Seals the secrets of authenticator apps and the seeds of recovery codes with the data key."""

    def encrypt(self, text: str) -> str:
        """Return a secret sealed, as text."""
        return PREFIX + base64.b64encode(seal(text, table=_TABLE, column=_COLUMN, row=_ROW)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; SealBroken for one that does not lie sealed."""
        if not encrypted_text.startswith(PREFIX):
            raise SealBroken("二次验证的密钥没有密封，不能使用；请系统管理员移除后重新设置")
        return unseal(base64.b64decode(encrypted_text.removeprefix(PREFIX)), table=_TABLE, column=_COLUMN, row=_ROW)


def with_secrets(data: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return the data of a factor with each of its secrets changed."""
    changed: dict[str, Any] = {name: change(data[name]) for name in ("secret", "seed") if name in data}
    if "migrated_codes" in data:
        changed["migrated_codes"] = [change(code) for code in data["migrated_codes"]]
    return data | changed
