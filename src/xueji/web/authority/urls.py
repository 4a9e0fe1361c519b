"""Paths of the authorities' portal."""

from __future__ import annotations

from django.urls import path

from xueji.web.authority import (
    accounts,
    bulk,
    calendar,
    dispatch,
    ledger,
    oversight,
    policies,
    queue,
    review,
    rounds,
    runs,
    sealing,
    seasons,
    statistics,
)

app_name = "authority"
urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("queue/bulk/", bulk.preview, name="bulk"),
    path("queue/bulk/decision/", bulk.decision, name="bulk_decision"),
    path("steps/<int:step_id>/", review.step, name="step"),
    path("steps/<int:step_id>/candidates/", review.candidates, name="step_candidates"),
    path("steps/<int:step_id>/marks/", review.marks, name="marks"),
    path("cases/<int:case_id>/evidence/<int:evidence_id>/", review.evidence_file, name="evidence_file"),
    path("seasons/", seasons.seasons, name="seasons"),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/<int:round_id>/", rounds.sealing_round, name="round"),
    path("sealing/", sealing.worklist, name="sealing"),
    path("sealing/<int:batch_id>/", sealing.press, name="press"),
    path("sealing/<int:batch_id>/files/", sealing.file_check, name="file_check"),
    path("printing/", runs.central, name="central"),
    path("printing/<int:batch_id>/", runs.load, name="load"),
    path("printing/<int:batch_id>/preview/", runs.preview, name="preview"),
    path("printing/<int:batch_id>/blank-picture/", runs.blank_picture, name="blank_picture"),
    path("print-runs/<int:run_id>/", runs.run, name="run"),
    path("print-runs/<int:run_id>/list/", runs.run_file, name="run_file"),
    path("print-runs/<int:run_id>/files/<int:ordinal>/", runs.run_part, name="run_part"),
    path("dispatch/", dispatch.dispatch, name="dispatch"),
    path("dispatch/<int:batch_id>/", dispatch.dispatch_batch, name="dispatch_batch"),
    path("sealing/sessions/<int:session_id>/", sealing.session, name="session"),
    path("sealing/sessions/<int:session_id>/copies/", sealing.copies, name="copies"),
    path("duties/", oversight.duties, name="duties"),
    path("sanctions/", oversight.sanctions, name="sanctions"),
    path("sanctions/<int:sanction_id>/lifting/", oversight.lifting, name="lifting"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/days/", calendar.declare, name="declare_day"),
    path("calendar/years/", calendar.publish, name="publish_year"),
    path("policy/", policies.policy, name="policy"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.new_account, name="new_account"),
    path("accounts/<int:account_id>/", accounts.account, name="account"),
    path("statistics/", statistics.statistics, name="statistics"),
]
