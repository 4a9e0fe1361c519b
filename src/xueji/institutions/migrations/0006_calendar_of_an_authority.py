"""A declared day and a published year get the authority that entered them; its successor closes the door.

Until now they counted everywhere. Who entered one stands in the ledger; one of which the ledger knows nobody goes on
counting for all: each authority without another above it has it as its own.
"""

import django.db.models.deletion
from django.db import migrations, models

_ENTERED = """
    UPDATE {table} t SET authority_id = e.authority_id
    FROM (SELECT DISTINCT ON (subject_id) subject_id, authority_id FROM ledger_event
          WHERE tag = '{tag}' AND authority_id IN (SELECT id FROM institutions_authority)
          ORDER BY subject_id, id DESC) e
    WHERE t.authority_id IS NULL AND e.subject_id = t.id::text;
    INSERT INTO {table} ({columns}, authority_id)
    SELECT {columns}, a.id FROM {table} t CROSS JOIN (SELECT id FROM institutions_authority WHERE parent_id IS NULL) a
    WHERE t.authority_id IS NULL AND NOT EXISTS (
        SELECT FROM {table} o WHERE o.authority_id = a.id AND o.{once} = t.{once});
    DELETE FROM {table} WHERE authority_id IS NULL;
"""
FILL = [
    _ENTERED.format(
        table="institutions_calendarday", tag="calendar:day_declared", columns="day, kind, note", once="day"
    ),
    _ENTERED.format(
        table="institutions_publishedyear", tag="calendar:year_published", columns="year, notice", once="year"
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("institutions", "0005_events_belong_to_an_authority"),
        ("ledger", "0002_authority_of_an_event"),
    ]

    operations = [
        migrations.AddField(
            model_name="calendarday",
            name="authority",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="calendar_days",
                to="institutions.authority",
            ),
        ),
        migrations.AddField(
            model_name="publishedyear",
            name="authority",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="published_years",
                to="institutions.authority",
            ),
        ),
        migrations.AlterField(
            model_name="calendarday", name="day", field=models.DateField(verbose_name="日期")
        ),
        migrations.AlterField(
            model_name="publishedyear", name="year", field=models.PositiveSmallIntegerField(verbose_name="年份")
        ),
        migrations.AlterModelOptions(name="publishedyear", options={"ordering": ["year"]}),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
