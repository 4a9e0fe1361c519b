"""The secrets of the second factor under another key: nothing a person has set up changes."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.conf import settings

from xueji.accounts.factors import PREFIX, SealedFactors, with_secrets
from xueji.sealing.texts import key_id_of


def reseal_factors() -> Iterator[int]:
    """Seal every secret with the active key; yield how many factors changed."""
    for authenticator in Authenticator.objects.order_by("pk"):
        data = with_secrets(authenticator.data, _under_active_key)
        if data != authenticator.data:
            Authenticator.objects.filter(pk=authenticator.pk, data=authenticator.data).update(data=data)
            yield 1


def _under_active_key(text: str) -> str:
    if key_id_of(base64.b64decode(text.removeprefix(PREFIX))) == settings.DATA_KEY_ACTIVE:
        return text
    return SealedFactors().encrypt(SealedFactors().decrypt(text))
