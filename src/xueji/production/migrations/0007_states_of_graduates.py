"""The digest of a graduate on a list covers how they stand: made anew for what is there, unless a row did not fit before."""

from django.db import migrations

from xueji.sealing.rows import RowDigestField, fill_digests
from xueji.sealing.texts import SealBroken

BEFORE = (
    "id", "batch_id", "person_id", "enrolment_id", "name", "sex", 
    "birth_date", "political_status", "programme_name", "specialisation", "duration_years", "study_mode", 
    "entry_month", "graduation_month", "overall_mark", "conduct_mark", "internship_mark", "details", 
    "outcome", "remark", "photo_id",
)


def fill(apps, schema_editor):
    model = apps.get_model("graduation", "Candidate")
    before, now = RowDigestField(covers=BEFORE), model._meta.get_field("digest")
    before.model, before.attname = model, "digest"
    rows = model.objects.order_by().iterator(500)
    if forged := [row.pk for row in rows if not (before.fits(row) or now.fits(row))]:
        raise SealBroken(
            f"名册上的毕业生 {forged[0]} 等 {len(forged)} 行与写入时不一致，没有升级；请先用原版本运行 xueji audit"
        )
    fill_digests(model)


class Migration(migrations.Migration):

    dependencies = [
        ("graduation", "0010_signed_states"),
        ("production", "0006_rows_signed"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
