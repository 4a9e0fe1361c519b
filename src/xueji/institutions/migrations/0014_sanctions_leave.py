"""Measures get the words of the packs; the table is made anew, nothing was released that would have rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("institutions", "0013_signed_states")]

    operations = [migrations.DeleteModel(name="Sanction")]
