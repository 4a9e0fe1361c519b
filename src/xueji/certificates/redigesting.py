"""After a change of the data key: digests of certificates under the new one, so that the old one can be given up."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from xueji.certificates.content import PURPOSE
from xueji.certificates.models import Certificate
from xueji.certificates.queries import is_as_issued, stored_values
from xueji.sealing.digests import active_key_id, keyed_digest
from xueji.sealing.fields import store_sealed

_AT_ONCE = 500


def redigest_certificates() -> Iterator[int]:
    """Put every certificate's digest under the active key; yield how many changed, part by part.

    A certificate that does not fit the digest it has is left as it is: a new digest would make a forged row genuine.
    """
    key_id, last = active_key_id(), None
    while True:
        with transaction.atomic():
            waiting = Certificate.objects.exclude(content_key_id=key_id).order_by("pk").select_related("number")
            rows = list((waiting.filter(pk__gt=last) if last else waiting).select_for_update(of=("self",))[:_AT_ONCE])
            whole = [row for row in rows if is_as_issued(row)]
            for row in whole:
                row.content_digest = keyed_digest(stored_values(row), purpose=PURPOSE, key_id=key_id)
                row.content_key_id = key_id
            store_sealed(whole, "content_digest", "content_key_id")
        if not rows:
            return
        last = rows[-1].pk
        yield len(whole)
