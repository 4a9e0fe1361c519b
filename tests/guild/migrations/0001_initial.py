"""The tables of the move. What it needs of the product is said by app, not by the name of a migration: those may change."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("cases", "__first__")]
    operations = [
        migrations.CreateModel(
            name="Move",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("apprentices", models.PositiveSmallIntegerField()),
                ("moved_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="guild_move", to="cases.case"
                    ),
                ),
            ],
        ),
    ]
