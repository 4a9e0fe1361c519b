"""The secrets of the second factor under another key: nothing a person has set up changes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial

from django.conf import settings

from xueji.accounts.factors import PREFIX, PlacedSecret, SealedFactors, place_of, sealed_for, with_secrets
from xueji.accounts.models import Factor
from xueji.sealing.texts import key_id_of


def reseal_factors() -> Iterator[int]:
    """Seal every secret with the active key; yield how many factors changed."""
    for factor in Factor.objects.order_by("pk"):
        data = with_secrets(factor.data, partial(_under_active_key, place_of(factor)))
        if data != factor.data:
            Factor.objects.filter(pk=factor.pk, data=factor.data).update(data=data)
            yield 1


def _under_active_key(place: str, text: str) -> str:
    if key_id_of(base64.b64decode(text.removeprefix(PREFIX))) == settings.DATA_KEY_ACTIVE:
        return text
    return sealed_for(place, SealedFactors().decrypt(PlacedSecret.of(text, place)))
