"""Lots and their secrets go to the app of draws; what stood here was in plain text."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("production", "0007_states_of_graduates")]

    operations = [
        migrations.DeleteModel(name="FileCheckItem"),
        migrations.DeleteModel(name="FileCheck"),
        migrations.RemoveField(model_name="sealinground", name="draw_secret"),
        migrations.RemoveField(model_name="sealinground", name="draw_commitment"),
    ]
