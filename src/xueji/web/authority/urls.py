"""Paths of the authorities' portal."""

from __future__ import annotations

from django.urls import path

from xueji.web.authority import (
    accounts,
    bulk,
    calendar,
    ledger,
    oversight,
    policies,
    queue,
    review,
    rounds,
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
