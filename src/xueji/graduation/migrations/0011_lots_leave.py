"""Lots go to the app of draws; who and what they are drawn for stays, in rows that point there."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("graduation", "0010_signed_states")]

    operations = [
        migrations.DeleteModel(name="SpotCheckItem"),
        migrations.DeleteModel(name="SpotCheck"),
        migrations.DeleteModel(name="DrawCommitment"),
    ]
