"""Paths of the school portal."""

from __future__ import annotations

from django.urls import path

from xueji.web.school import batches, candidates, corrections, decisions, intakes, printing, registers, sealing

app_name = "school"
urlpatterns = [
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", batches.new_batch, name="new_batch"),
    path("batches/<int:batch_id>/", batches.batch, name="batch"),
    path("batches/<int:batch_id>/template/", batches.template, name="template"),
    path("batches/<int:batch_id>/submission/", batches.submission, name="submission"),
    path("batches/<int:batch_id>/upload/", intakes.upload, name="upload"),
    path("intakes/<int:intake_id>/", intakes.intake, name="intake"),
    path("intakes/<int:intake_id>/errors/", intakes.error_workbook, name="error_workbook"),
    path("intakes/<int:intake_id>/confirmation/", intakes.confirmation, name="confirmation"),
    path("intakes/<int:intake_id>/discard/", intakes.discard, name="discard"),
    path("intakes/<int:intake_id>/rows/<uuid:row_id>/photo/", intakes.row_photo, name="row_photo"),
    path("batches/<int:batch_id>/candidates/", candidates.candidates, name="candidates"),
    path("batches/<int:batch_id>/withdrawal/", candidates.withdrawal, name="withdrawal"),
    path("batches/<int:batch_id>/answers/", candidates.answers, name="answers"),
    path("candidates/<uuid:candidate_id>/", candidates.candidate, name="candidate"),
    path("candidates/<uuid:candidate_id>/identity/", candidates.identity, name="identity"),
    path("batches/<int:batch_id>/register/", registers.register, name="register"),
    path("steps/<int:step_id>/", decisions.decision, name="decision"),
    path("changes/", corrections.changes, name="changes"),
    path("candidates/<uuid:candidate_id>/change/", corrections.new_change, name="new_change"),
    path("cases/<int:case_id>/", corrections.case_page, name="case"),
    path("cases/<int:case_id>/evidence/", corrections.evidence, name="evidence"),
    path("cases/<int:case_id>/evidence/<int:evidence_id>/", corrections.evidence_file, name="evidence_file"),
    path("cases/<int:case_id>/submission/", corrections.case_submission, name="case_submission"),
    path("cases/<int:case_id>/withdrawal/", corrections.case_withdrawal, name="case_withdrawal"),
    path("special-cases/", corrections.special_cases, name="special_cases"),
    path("batches/<int:batch_id>/special-case/", corrections.new_special_case, name="new_special_case"),
    path("batches/<int:batch_id>/printing/", printing.print_centre, name="print_centre"),
    path("print-runs/<int:run_id>/file/", printing.print_file, name="print_file"),
    path("printers/", printing.printers, name="printers"),
    path("printers/<int:printer_id>/", printing.printer, name="printer"),
    path("printers/<int:printer_id>/sheet/", printing.sheet, name="sheet"),
    path("appointments/", sealing.appointments, name="appointments"),
    path("batches/<int:batch_id>/sealing/", sealing.batch_sealing, name="sealing"),
    path("batches/<int:batch_id>/appointment/cancellation/", sealing.cancellation, name="cancellation"),
    path("duties/", sealing.duties, name="duties"),
    path("duties/<int:duty_id>/", sealing.duty, name="duty"),
]
