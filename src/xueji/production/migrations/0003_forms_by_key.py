from django.db import migrations

# What was called by our own words is called by the key of the pack's form; a late batch (补验印) took the late form.
_OLD = {
    "diploma_sample": ("diploma", "sample", "pdf", "毕业证书样张"),
    "diploma_overlay": ("diploma_overlay", "overlay", "pdf", "毕业证书套打"),
    "register": ("register", "", "pdf", "验印登记册"),
    "roster": ("roster", "", "pdf", "验印名单"),
    "roster_workbook": ("roster", "", "xlsx", "验印名单（Excel）"),
}


def name_by_form(apps, schema_editor):
    """Give old runs the keys of the forms they were made from, and old copies their batch and title."""
    runs = apps.get_model("production", "PrintRun").objects.using(schema_editor.connection.alias)
    for word, (document, mode, kind, title) in _OLD.items():
        runs.filter(document=word, title="").update(document=document, mode=mode, format=kind, title=title)
    runs.filter(batch__is_late=True, document="register").update(document="late_register", title="补验印登记册")
    runs.filter(batch__is_late=True, document="roster", format="pdf").update(document="late_roster", title="补验印名单")
    runs.filter(batch__is_late=True, document="roster").update(document="late_roster", title="补验印名单（Excel）")
    copies = apps.get_model("production", "ArchiveCopy").objects.using(schema_editor.connection.alias)
    for session, batch in copies.values_list("session", "session__batch").distinct():
        copies.filter(session=session).update(batch=batch)
    for document in ("register", "roster"):
        copies.filter(document=document).update(title=_OLD[document][3])


class Migration(migrations.Migration):
    dependencies = [("production", "0002_four_jurisdictions")]

    operations = [migrations.RunPython(name_by_form, migrations.RunPython.noop)]
