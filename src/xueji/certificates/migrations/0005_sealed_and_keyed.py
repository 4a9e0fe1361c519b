"""Certificates: birth date sealed, content under a keyed digest; both sides of a correction sealed.

A row that does not fit its old hash was changed by somebody: it gets no digest, so that look-up, printing and audit
go on refusing it.
"""

import hashlib
import hmac
import json

from django.db import migrations, models

from xueji.sealing.digests import active_key_id, keyed_digest
from xueji.sealing.fields import SealedDateField, SealedTextField, fill_sealed
from xueji.sealing.texts import blind_index, index_form, unseal

TABLE = "certificates_certificate"


def seal_all(apps, _schema_editor):
    key_id = active_key_id()

    def certificate(row):
        resident_id = unseal(row.holder_id_sealed, table=TABLE, column="holder_id", row=row.pk)
        values = printed(row)
        old = json.dumps(
            values | {"holder_id_index": blind_index(resident_id).hex()},
            ensure_ascii=False, sort_keys=True, separators=(",", ":"),
        )  # fmt: skip
        is_whole = hmac.compare_digest(hashlib.sha256(old.encode()).hexdigest(), row.content_hash)
        values |= {"id": str(row.pk), "resident_id": index_form(resident_id)}
        row.holder_birth_date_sealed = row.holder_birth_date
        row.content_key_id = key_id
        row.content_digest = keyed_digest(values, purpose="certificate content", key_id=key_id) if is_whole else ""

    def item(row):
        row.before_sealed = row.before
        row.after_full = row.after
        if row.after_sealed is not None:
            row.after_full = unseal(
                row.after_sealed, table="certificates_certificatecaseitem", column="after", row=row.certificate_case_id
            )

    numbers = apps.get_model("certificates", "CertificateNumber")

    def printed(row):
        own = {f"details.{name}": value for name, value in row.details.items()}
        if row.specialisation:
            own["specialisation"] = row.specialisation
        return own | {
            "kind": row.kind, "number": numbers.objects.values_list("number", flat=True).get(pk=row.number_id),
            "name": row.holder_name, "sex": row.holder_sex, "birth_date": row.holder_birth_date.isoformat(),
            "school": row.school_name, "principal": row.principal, "programme": row.programme_name,
            "duration_years": f"{row.duration_years.normalize():f}", "study_mode": row.study_mode,
            "entry_month": row.entry_month, "graduation_month": row.graduation_month,
            "issue_date": row.issue_date.isoformat(), "photo": row.photo_id or "",
        }  # fmt: skip

    fill_sealed(
        apps.get_model("certificates", "Certificate"),
        ["holder_birth_date_sealed", "content_digest", "content_key_id"],
        certificate,
    )
    fill_sealed(apps.get_model("certificates", "CertificateCaseItem"), ["before_sealed", "after_full"], item)


class Migration(migrations.Migration):
    dependencies = [("certificates", "0004_last_numbers_on_paper")]

    operations = [
        migrations.AddField(
            "certificate", "holder_birth_date_sealed", SealedDateField(place="holder_birth_date", null=True)
        ),
        migrations.AddField("certificate", "content_digest", models.CharField(max_length=64, null=True)),
        migrations.AddField("certificate", "content_key_id", models.PositiveIntegerField(null=True)),
        migrations.AddField(
            "certificatecaseitem",
            "before_sealed",
            SealedTextField(place="before", bound_to="certificate_case_id", null=True),
        ),
        migrations.AddField(
            "certificatecaseitem", "after_full", SealedTextField(place="after", bound_to="certificate_case_id", null=True)
        ),
        migrations.RunPython(seal_all, migrations.RunPython.noop, elidable=True),
    ]
