"""Uploads whose reading had been given up stayed «reading» for ever and kept the next one out: they are let go."""

from django.db import migrations


def let_go(apps, _editor):
    for name in ("Intake", "RecordIntake"):
        model = apps.get_model("graduation", name)
        for stuck in model.objects.filter(state="reading", job__state="failed").select_related("job"):
            stuck.state, stuck.message = "failed", stuck.job.error
            stuck.save(update_fields=["state", "message"])


class Migration(migrations.Migration):

    dependencies = [
        ("graduation", "0004_records"),
        ("jobs", "0001_initial"),
    ]

    operations = [migrations.RunPython(let_go, migrations.RunPython.noop, elidable=True)]
