"""All paths of the product, by audience."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from xueji.web.shared import (
    attestations,
    counterseals,
    duplicates,
    grants,
    health,
    identity,
    jobs,
    licences,
    offices,
    outbox,
    receipts,
    served,
    sessions,
    setup,
    students,
)
from xueji.web.shared import views as shared
from xueji.web.shared.uploads import upload_paths

# Sign-in is listed path by path: the library's own list also serves sign-up, e-mail and password mails, which we do not.
accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/<uuid:sign_in_id>/end/", sessions.end_session, name="end_session"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include(accounts)),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("setup/", setup.setup, name="setup"),
    path("metrics", health.metrics, name="metrics"),
    path("desk/", shared.desk, name="desk"),
    path("desk/accounts/<int:grant_id>/", grants.grant, name="grant"),
    path("desk/accounts/<int:grant_id>/seen/", grants.grant_seen, name="grant_seen"),
    path("candidates/<uuid:candidate_id>/photo/", shared.candidate_photo, name="candidate_photo"),
    path("cases/<int:case_id>/identity/", identity.case_identity, name="case_identity"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("served/", served.served, name="served"),
    path("licences/", licences.publications, name="licence_publications"),
    path("licences/<int:licence_publication_id>/", licences.publication, name="licence_publication"),
    path("register-offices/", offices.register_offices, name="register_offices"),
    path("register-offices/authorities/<int:authority_id>/", offices.office_of_authority, name="office_of_authority"),
    path("register-offices/schools/<int:school_id>/", offices.office_of_school, name="office_of_school"),
    path("students/", students.students, name="students"),
    path("students/<uuid:enrolment_id>/", students.student, name="student"),
    path("students/<uuid:enrolment_id>/purpose/", students.purpose, name="student_purpose"),
    path("students/<uuid:enrolment_id>/identity/", students.identity, name="student_identity"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/search/", duplicates.duplicate_search, name="duplicate_search"),
    path("duplicates/<int:duplicate_id>/", duplicates.duplicate, name="duplicate"),
    path("duplicates/<int:duplicate_id>/answer/", duplicates.duplicate_answer, name="duplicate_answer"),
    path("duplicates/<int:duplicate_id>/reminder/", duplicates.duplicate_reminder, name="duplicate_reminder"),
    path("duplicates/<int:duplicate_id>/receipt/", duplicates.duplicate_receipt, name="duplicate_receipt"),
    path("duplicates/<int:duplicate_id>/filing/", duplicates.duplicate_filing, name="duplicate_filing"),
    path("duplicates/<int:duplicate_id>/undoing/", duplicates.duplicate_undoing, name="duplicate_undoing"),
    path("duplicates/<int:duplicate_id>/answers/<int:answer_id>/", duplicates.duplicate_paper, name="duplicate_paper"),
    path("attestations/", attestations.attestations, name="attestations"),
    path("attestations/new/", attestations.new_attestation, name="new_attestation"),
    path("attestations/check/", attestations.check, name="attestation_check"),
    path("attestations/<int:attestation_id>/correction/", attestations.correction, name="attestation_correction"),
    path("attestations/<int:attestation_id>/paper/", attestations.paper, name="attestation_paper"),
    path("attestations/<int:attestation_id>/photo/", attestations.photo, name="attestation_photo"),
    path("attestations/<int:attestation_id>/number/", attestations.whole_number, name="attestation_number"),
    path("attestations/<int:attestation_id>/voiding/", attestations.voiding, name="attestation_voiding"),
    path("attestations/<int:attestation_id>/counterseal/", counterseals.ask_seal, name="ask_counterseal"),
    path("counterseals/", counterseals.counterseals, name="counterseals"),
    path("counterseals/link/", counterseals.link, name="counterseal_link"),
    path("counterseals/<int:counterseal_id>/", counterseals.counterseal, name="counterseal"),
    path("counterseals/<int:counterseal_id>/withdrawal/", counterseals.withdrawal, name="counterseal_withdrawal"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/seasons/<int:season_id>/", receipts.receipt, name="receipt"),
    path("receipts/<int:receipt_id>/file/", receipts.receipt_file, name="receipt_file"),
    path("", include((upload_paths(), "uploads"))),
    path("school/", include("xueji.web.school.urls")),
    path("office/", include("xueji.web.authority.urls")),
    path("", include("xueji.web.public.urls")),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/area/", jobs.area_jobs, name="area_jobs"),
    path("jobs/<int:job_id>/", jobs.job_progress, name="job"),
    path("jobs/<int:job_id>/retry/", jobs.job_retry, name="job_retry"),
]
