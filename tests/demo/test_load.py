"""The city as loaded: every state is there, everything came about through actions, and the books balance."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from xueji.cases.models import Case, CaseState, Step, StepState
from xueji.certificates import marks
from xueji.certificates.models import CertificateNumber, NumberBlock
from xueji.demo import load
from xueji.demo.city import Stage, school_plans
from xueji.demo.faults import DOUBLED, ELSEWHERE, KINDS
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.institutions.models import Sanction
from xueji.jobs.models import Job, JobState
from xueji.ledger.models import Event
from xueji.obligations.models import Obligation
from xueji.production.models import PrintRun, SealingAppointment, SealingRound
from xueji.registry.models import Registration
from xueji.uploads.models import Upload, UploadState

TODAY = date(2026, 11, 20)
pytestmark = pytest.mark.django_db  # without a marked test no test database is made, and the install's own is used


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """Load a small city once for this module, and leave nothing of it."""
    from django.db import transaction

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        home = tmp_path_factory.mktemp("home")
        patch.setattr("django.conf.settings.MEDIA_ROOT", home / "files")
        patch.setattr("django.conf.settings.MARKS", home / "marks")
        with transaction.atomic():
            marks.adopt()
            lines: list[str] = []
            load.load_city(seed=4, today=TODAY, shrink=40, progress=lines.append)
            yield home, lines
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _city(loaded, _own_media, _own_marks, settings):
    settings.MEDIA_ROOT, settings.MARKS = loaded[0] / "files", loaded[0] / "marks"


def _batch(stage: Stage) -> Batch:
    plan = next(plan for plan in school_plans() if plan.stage is stage)
    return Batch.objects.select_related("case").get(school__name=plan.name, is_late=False, season__year=2026)


def test_every_stage_is_there():
    states = {stage: _batch(stage).case.state for stage in Stage}
    drafts = {Stage.EMPTY, Stage.FINDINGS, Stage.DRAFT}
    under_way = {Stage.LEADER, Stage.COUNTY, Stage.CITY, Stage.DEFERRED}
    assert {stage for stage, state in states.items() if state == CaseState.DRAFT} == drafts
    assert {stage for stage, state in states.items() if state == CaseState.IN_PROGRESS} == under_way
    assert states[Stage.RETURNED] == CaseState.RETURNED
    sealed = {stage for stage in Stage if _batch(stage).issue.sealed_at}
    assert sealed == {Stage.SEALED, Stage.OVERDUE, Stage.DONE}


def test_review_waits_at_the_place_the_stage_says():
    places = {
        stage: Step.objects.get(case=_batch(stage).case, state__in=[StepState.CURRENT, StepState.DEFERRED])
        for stage in (Stage.LEADER, Stage.COUNTY, Stage.CITY, Stage.DEFERRED)
    }
    assert [step.level for step in places.values()] == ["school", "county", "city", "city"]
    assert places[Stage.DEFERRED].state == StepState.DEFERRED


def test_the_faulty_upload_has_exactly_the_seeded_faults_and_nothing_of_it_is_stored():
    batch = _batch(Stage.FINDINGS)
    intake = Upload.objects.get(subject_type="graduation.Batch", subject_id=batch.pk)
    expected = Counter(rule for kind in (*KINDS, DOUBLED, ELSEWHERE) for rule in kind.rules for _ in range(kind.times))
    assert intake.state == UploadState.READY
    assert Counter(intake.findings.values_list("rule", flat=True)) == expected
    assert not batch.candidates.exists()


def test_numbers_are_released_without_a_gap_per_class():
    for year in (2025, 2026):
        blocks = NumberBlock.objects.filter(issue_block__issue__batch__season__year=year).order_by("serials")
        serials = [serial for block in blocks for serial in range(block.serials.lower, block.serials.upper)]
        assert serials == list(range(1, len(serials) + 1))
    assert CertificateNumber.objects.count() == Candidate.objects.filter(certificate__isnull=False).count()


def test_duties_run_are_done_and_are_overdue():
    open_duties = Obligation.objects.filter(done_at=None)
    assert open_duties.filter(due_on__lt=TODAY, case__batch=_batch(Stage.OVERDUE)).count() == 2
    assert open_duties.filter(due_on__gte=TODAY, case__batch=_batch(Stage.SEALED)).count() == 3
    assert not open_duties.filter(case__batch=_batch(Stage.DONE)).exists()


def test_returned_refused_argued_for_and_corrected():
    assert Candidate.objects.filter(batch=_batch(Stage.RETURNED), state=CandidateState.MARKED).count() == 3
    kinds = Counter(Case.objects.filter(state=CaseState.IN_PROGRESS).values_list("kind", flat=True))
    assert (kinds["particulars_change"], kinds["special_case"]) == (1, 1)
    assert set(Sanction.objects.values_list("kind", flat=True)) == {"sealing_deferred", "public_criticism"}


def test_a_newcomer_can_book_and_seal_today():
    sealing_round = SealingRound.objects.get(year=2026, term="autumn")
    assert sealing_round.opens_on < TODAY < sealing_round.closes_on
    assert SealingAppointment.objects.filter(day__gt=TODAY).exists()
    assert PrintRun.objects.filter(file__isnull=False).exists()


def test_late_sealing_of_the_spring_class_has_its_own_batch():
    late = Batch.objects.get(is_late=True)
    assert late.issue.sealed_at is not None
    assert (late.season.year, late.season.term) == (2026, "spring")


def test_no_act_lies_outside_the_ledger_and_no_job_failed():
    tags = Counter(Event.objects.values_list("tag", flat=True))
    assert tags["batch:opened"] == Batch.objects.count()
    assert tags["certificate:issued"] == CertificateNumber.objects.count()
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE}


def test_a_second_load_says_that_the_city_is_there_and_changes_nothing(loaded):
    before = Event.objects.count()
    lines: list[str] = []
    assert load.load_city(seed=4, today=TODAY, shrink=40, progress=lines.append) is False
    assert lines == ["演示城市已经载入，直接使用。"]
    assert Event.objects.count() == before
    assert loaded[1][-1].endswith("演示城市已就绪。")


def test_the_folder_holds_what_a_newcomer_drags_in():
    names = {path.name for path in load.demo_folder().iterdir()}
    assert {f"试一试-{what}-{part}" for what in ("1-有错", "2-无误") for part in ("名册.xlsx", "照片.zip")} < names
    assert "school01" in (load.demo_folder() / "先读我.txt").read_text(encoding="utf-8")
    text = load.describe_city()
    assert str(load.demo_folder()) in text
    assert all(kind.label in text for kind in KINDS)


def test_a_school_of_the_province_beside_has_a_register_with_work_under_way(loaded):
    filings = Counter(
        Registration.objects.filter(enrolment__school__code="3641990001").values_list("intake_year", "filing")
    )
    assert (filings[(2025, "filed")] > 160, filings[(2026, "filed")], filings[(2026, "open")]) == (True, 156, 4)
    under_way = Case.objects.filter(state=CaseState.IN_PROGRESS, school__code="3641990001")
    assert set(under_way.values_list("kind", flat=True)) == {"filing", "status_change"}
