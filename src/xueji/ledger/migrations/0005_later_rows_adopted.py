"""Rows of tables vouched for from now on, and accounts, of which one column more is: taken in as they stand (docs/adr/0028).

Accounts are held against the notes until now, by the columns until now: what was changed by hand before is named.
"""

from django.db import migrations
from django.utils import timezone

_FORMS = {
    "accounts_user": "extract(epoch from t.date_joined), t.email, t.full_name, t.is_active, t.is_staff, t.is_superuser, t.looked_after_by_id, t.password, extract(epoch from t.password_expires_at), extract(epoch from t.password_used_at), t.phone, t.username",
    "accounts_credentialgrant": "extract(epoch from t.at), t.by_id, extract(epoch from t.confirmed_at), t.confirmed_by_id, t.kind, extract(epoch from t.seen_at), t.user_id",
    "mfa_authenticator": "extract(epoch from t.created_at), (t.data - 'viewed_at'), t.type, t.user_id",
    "certificates_numbercounter": "t.ceiling, t.key_id, t.kind, t.last_serial, encode(t.order_key, 'hex'), t.scope",
    "graduation_season": "t.authority_id, extract(epoch from t.legal_date), extract(epoch from t.opened_at), t.opened_by_id, t.pack, t.term, t.year",
}
_FORMER = {
    "accounts_user": "extract(epoch from t.date_joined), t.email, t.full_name, t.is_active, t.is_staff, t.is_superuser, t.looked_after_by_id, t.password, extract(epoch from t.password_expires_at), t.phone, t.username"
}


def _adopt(apps, schema_editor) -> None:
    from xueji.ledger.rewriting import adopt_rows

    adopt_rows(_FORMS, event=apps.get_model("ledger", "Event"), at=timezone.now(), former=_FORMER)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_met_rows_noted"),
        ("accounts", "0005_factors_vouched"),
        ("certificates", "0004_counters_vouched"),
        ("graduation", "0005_seasons_vouched"),
    ]
    operations = [migrations.RunPython(_adopt, migrations.RunPython.noop)]
