"""The table of what events vouch for, in `docs/vouched.md`, written from the models: `python -m tests.vouched`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "vouched.md"
_HEAD = """# What stands under a digest

Written from the models by `python -m tests.vouched`; a test compares. Every statement that changes a column of the second or third kind
needs an event in the same transaction, or the database refuses the commit (docs/adr/0028); `xueji audit` compares every row with
the last event that wrote it.

| Table | Under the row's own keyed digest | Vouched for by the event, in this order | Not vouched for |
| --- | --- | --- | --- |
"""
_TAIL = """
## Left out

Acts on these rows have their events as well; that a row still is as its act left it is shown by other checks or not at all.

| Tables | Why |
| --- | --- |
"""
# why -> the tables
LEFT_OUT = {
    "What the ledger is made of: events and leaves stand under the log (docs/adr/0027), notes under their events.":
        "ledger_event ledger_leaf ledger_writtenrows",
    "The same bytes handed in again renew the row, outside any act. `files.content` holds the bytes against the hash sealed in the row for its "
    "address; which file a row of the table above names is vouched for there.":
        "documents_storedfile",
    "Sealed commitments and what was drawn: `draws.repeated` opens and recomputes every draw.":
        "draws_commitment draws_draw draws_drawitem graduation_spotcheck graduation_spotcheckcommitment graduation_spotcheckitem",
    "What an upload says until an act takes it over: no act, and the act's rows are vouched for.":
        "uploads_upload uploads_uploadfinding uploads_uploadrow",
    "What a case asks for beside its steps and decisions, and papers compared or published on the way: not yet.":
        "blanks_blankrequest certificates_certificatecase certificates_certificatecaseitem certificates_numberstatement "
        "certificates_numberstatementline certificates_skippedserials graduation_collegeentry graduation_efilestate "
        "graduation_employmentrecord graduation_numberapplication graduation_numberline graduation_rateline graduation_ratepublication "
        "graduation_receipt graduation_receiptline graduation_specialcase graduation_specialcaseitem graduation_statuschangeline "
        "graduation_subjectresult graduation_vocationalcertificate registry_particularschange registry_particularschangeitem",
    "Printing, parcels, hand-out, archive and appointments of the seal: not yet. What is valid hangs on certificate, number, seal and "
    "blank, which are vouched for.":
        "production_archivecopy production_blankpicture production_calibration production_embossing production_filecheck "
        "production_filecheckitem production_handout production_parcel production_parcelitem production_printer production_printfile "
        "production_printrun production_reprint production_reprintitem production_sealingappointment production_sealinground",
    "Calendar, planned principals and what was amended: not yet. `institutions.names` compares the particulars with the last amendment.":
        "institutions_amendment institutions_calendarday institutions_installation institutions_plannedprincipal institutions_publishedyear",
    "What is told of an act, sent or not: `message:queued` and `message:undelivered` say so.": "messaging_message",
    "Written by the database itself whenever a school is written, whose row is vouched for.": "institutions_usedschoolcode",
    "Sign-ins, looks, jobs, forms sent twice and how far somebody has read: no row of the register.":
        "accounts_sentform accounts_signin accounts_signincode institutions_inboxmark jobs_job lookup_lookupattempt registry_reveal",
}  # fmt: skip


def models() -> Iterator[tuple[Any, dict[str, str], dict[str, str]]]:
    """Yield each model whose rows are vouched for, the columns that enter the digest with their forms, and the free ones."""
    from django.apps import apps

    from xueji.sealing.vouching import told_columns

    for model in sorted(apps.get_models(), key=lambda model: model._meta.db_table):
        for trigger in getattr(model._meta, "triggers", ()):
            if trigger.name == "vouched_added":
                yield model, told_columns(model, trigger.free, trigger.forms), trigger.free


def document() -> str:
    """Return the document as it should be."""
    from xueji.sealing.rows import RowDigestField

    lines = []
    for model, columns, free in models():
        under = [name for f in model._meta.concrete_fields if isinstance(f, RowDigestField) for name in f.covers]
        reasons = {reason: [name for name in free if free[name] == reason] for reason in free.values()}
        left = "; ".join(f"{_code(names)}: {reason}" for reason, names in reasons.items())
        lines.append(f"| `{model._meta.db_table}` | {_code(under)} | {_code(columns)} | {left} |\n")
    left = [f"| {_code(sorted(names.split()))} | {reason} |\n" for reason, names in LEFT_OUT.items()]
    return _HEAD + "".join(lines) + _TAIL + "".join(left)


def _code(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    os.environ["XUEJI_TESTING"] = "1"
    import django

    django.setup()
    DOCUMENT.write_text(document(), encoding="utf-8")
