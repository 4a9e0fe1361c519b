"""Programmes have a column more: one event takes the rows in as they stand (docs/adr/0028)."""

from django.db import migrations
from django.utils import timezone

_OF_BEFORE = "extract(epoch from t.closed_on), t.code, t.duration_years, t.education_level, t.name, t.school_id"
_TABLE = "institutions_programme"


def _adopt(apps, schema_editor) -> None:
    from xueji.ledger.rewriting import adopt_rows

    forms, former = {_TABLE: f"t.catalogue_year, {_OF_BEFORE}"}, {_TABLE: _OF_BEFORE}
    adopt_rows(forms, event=apps.get_model("ledger", "Event"), at=timezone.now(), former=former)


class Migration(migrations.Migration):
    dependencies = [("institutions", "0005_used_codes_noted"), ("ledger", "0004_met_rows_noted")]
    operations = [migrations.RunPython(_adopt, migrations.RunPython.noop)]
