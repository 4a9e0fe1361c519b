"""What is there is brought to how it is kept from now on: secrets of the second factor sealed, session keys hashed.

Nobody is signed out: the cookie keeps the key, the row its hash.
"""

from django.db import migrations


def seal_secrets(apps, schema_editor) -> None:
    from xueji.accounts.factors import PREFIX, SealedFactors, with_secrets

    def sealed(text: str) -> str:
        return text if text.startswith(PREFIX) else SealedFactors().encrypt(text)

    for one in apps.get_model("mfa", "Authenticator").objects.all():
        one.data = with_secrets(one.data, sealed)
        one.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_looked_after_by"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(seal_secrets, migrations.RunPython.noop, elidable=True),
        migrations.RunSQL(
            "update django_session set session_key = left(encode(sha256(session_key::bytea), 'hex'), 40)",
            migrations.RunSQL.noop,
            elidable=True,
        ),
    ]
