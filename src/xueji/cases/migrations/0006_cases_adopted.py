"""A case may follow another: those that stand are taken in with that they follow none (docs/adr/0028)."""

from django.db import migrations
from django.utils import timezone

_COLUMNS = (
    "extract(epoch from t.closed_at), {follows}t.kind, extract(epoch from t.legal_date), extract(epoch from t.opened_at), t.opened_by_id,"
    " t.pack, t.pack_hash, t.round, t.school_id, t.state, extract(epoch from t.submitted_at), t.submitted_by_id, t.title, t.version"
)
_FORMER = {"cases_case": _COLUMNS.format(follows="")}  # what entered the digest of a row until 0005
_CASES = {"cases_case": _COLUMNS.format(follows="t.follows_id, ")}


def _adopt(apps, schema_editor) -> None:
    from xueji.ledger.rewriting import adopt_rows

    adopt_rows(_CASES, event=apps.get_model("ledger", "Event"), at=timezone.now(), former=_FORMER)


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_referred_cases"), ("ledger", "0005_later_rows_adopted")]
    operations = [migrations.RunPython(_adopt, migrations.RunPython.noop)]
