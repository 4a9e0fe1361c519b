import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("production", "0003_forms_by_key")]

    operations = [
        migrations.AlterField(
            model_name="archivecopy",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="archive_copies", to="graduation.batch"
            ),
        ),
    ]
