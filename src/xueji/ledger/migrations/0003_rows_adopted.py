"""Rows from before the ledger vouched for them: one event takes them all in as they stand (docs/adr/0028)."""

from django.db import migrations
from django.utils import timezone

_FORMS = {
    "accounts_user": "extract(epoch from t.date_joined), t.email, t.full_name, t.is_active, t.is_staff, t.is_superuser, t.looked_after_by_id, t.password, extract(epoch from t.password_expires_at), t.phone, t.username",
    "institutions_authority": "t.division_code, t.level, t.line, t.name, t.parent_id, t.path, t.short_name",
    "institutions_school": "t.digest",
    "institutions_programme": "extract(epoch from t.closed_on), t.code, t.duration_years, t.education_level, t.name, t.school_id",
    "institutions_appointment": "t.digest",
    "institutions_sanction": "t.digest",
    "cases_case": "extract(epoch from t.closed_at), t.kind, extract(epoch from t.legal_date), extract(epoch from t.opened_at), t.opened_by_id, t.pack, t.pack_hash, t.round, t.school_id, t.state, extract(epoch from t.submitted_at), t.submitted_by_id, t.title, t.version",
    "cases_caseparty": "t.digest",
    "cases_step": "t.authority_id, t.case_id, t.due_is_provisional, extract(epoch from t.due_on), t.key, t.label, t.level, extract(epoch from t.opened_at), t.ordinal, t.post, t.round, t.school_id, t.settles, t.state",
    "cases_clockpause": "t.digest",
    "cases_decision": "t.digest",
    "cases_evidence": "extract(epoch from t.added_at), t.added_by_id, t.case_id, t.file_id, t.file_name, t.kind",
    "obligations_obligation": "t.digest",
    "registry_person": "t.digest, encode(t.resident_id_index, 'hex')",
    "registry_enrolment": "extract(epoch from t.confirmed_at), t.duration_years, t.entry_month, t.person_id, t.programme_id, t.school_id, t.status, t.study_mode",
    "certificates_numberblock": "t.counter_id, t.purpose, extract(epoch from t.released_at), t.released_by_id, t.school_id, t.serials",
    "certificates_certificatenumber": "t.block_id, t.number, t.serial, t.state",
    "certificates_issue": "t.authority_id, t.case_id, t.is_late, extract(epoch from t.issue_date), t.kind, extract(epoch from t.numbered_at), t.school_id, extract(epoch from t.sealed_at), t.term, t.title, t.year",
    "certificates_issueblock": "t.block_id, t.issue_id",
    "certificates_certificate": "t.content_digest, t.content_key_id, t.digest, t.enrolment_id, t.issued_by_id, t.number_id, t.pack, t.pack_hash, t.person_id, t.predecessor_id, t.school_id",
    "blanks_blankmovement": "t.digest",
    "blanks_blank": "t.authority_id, t.certificate_id, t.holder_id, t.kind, t.last_movement_id, t.number, t.request_id, t.school_id, t.serial, t.state",
    "production_sealingsession": "t.digest",
    "production_sealingrefusal": "t.digest",
    "production_printsheet": "t.blank_id, t.certificate_id, extract(epoch from t.confirmed_at), t.confirmed_by_id, t.ordinal, t.outcome, t.reason, t.run_id",
    "graduation_batch": "t.case_id, t.form_filler, t.is_late, t.issue_id, t.school_id, t.season_id",
    "graduation_registerline": "t.admitted, t.batch_id, t.duration_years, t.education_level, t.planned, t.programme_name, t.remark",
    "graduation_candidate": "t.certificate_id, t.digest, t.ordinal",
}  # what enters the digest of a row, as it is at this point of history


def _adopt(apps, schema_editor) -> None:
    from xueji.ledger.rewriting import adopt_rows

    adopt_rows(_FORMS, event=apps.get_model("ledger", "Event"), at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_rows_vouched"),
        ("accounts", "0002_rows_vouched"),
        ("blanks", "0002_rows_vouched"),
        ("cases", "0002_rows_vouched"),
        ("certificates", "0002_rows_vouched"),
        ("graduation", "0003_rows_vouched"),
        ("institutions", "0002_rows_vouched"),
        ("obligations", "0002_rows_vouched"),
        ("production", "0002_rows_vouched"),
        ("registry", "0002_rows_vouched"),
    ]
    operations = [migrations.RunPython(_adopt, migrations.RunPython.noop)]
