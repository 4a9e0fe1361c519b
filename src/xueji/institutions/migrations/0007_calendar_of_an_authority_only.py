"""Every declared day and published year is an authority's, once: by itself, as rows were just written (0006)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("institutions", "0006_calendar_of_an_authority"),
    ]

    operations = [
        migrations.AlterField(
            model_name="calendarday",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="calendar_days", to="institutions.authority"
            ),
        ),
        migrations.AlterField(
            model_name="publishedyear",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="published_years", to="institutions.authority"
            ),
        ),
        migrations.AddConstraint(
            model_name="calendarday",
            constraint=models.UniqueConstraint(
                fields=("authority", "day"), name="calendar_day_once_per_authority"
            ),
        ),
        migrations.AddConstraint(
            model_name="publishedyear",
            constraint=models.UniqueConstraint(
                fields=("authority", "year"), name="year_published_once_per_authority"
            ),
        ),
    ]
