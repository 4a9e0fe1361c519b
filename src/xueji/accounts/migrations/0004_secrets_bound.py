"""Secrets of second factors, sealed for no row in particular until now, are sealed for their row.

One that does not open was not made here: it stays as it is, opens nothing, and its person sets up a new factor.
"""

import base64

from django.db import migrations

_PREFIX = "sealed:"


def _bind(apps, schema_editor) -> None:
    from xueji.accounts.factors import sealed_for, with_secrets
    from xueji.sealing.texts import SealBroken, unseal

    for factor in apps.get_model("mfa", "Authenticator").objects.order_by("pk"):

        def bound(text: str, place: str = f"{factor.user_id}:{factor.type}") -> str:
            sealed = base64.b64decode(text.removeprefix(_PREFIX))
            return sealed_for(place, unseal(sealed, table="mfa_authenticator", column="data", row="secret"))

        try:
            factor.data = with_secrets(factor.data, bound)
        except (SealBroken, ValueError):
            print(f"  二次验证 {factor.pk}（账号 {factor.user_id}）：密钥打不开，保持原样，本人须重新设置")
            continue
        factor.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_met_rows_noted"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(_bind, migrations.RunPython.noop)]
