"""A province with its register as loaded: everybody asked for is there, every status follows its changes, the audit agrees."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from django.db import transaction

from xueji.cases.models import Case
from xueji.certificates import marks
from xueji.cli.audit import audit
from xueji.core.errors import ServiceError
from xueji.demo.register import layout, load, schools
from xueji.institutions.models import Authority, School
from xueji.ledger.models import Event
from xueji.registry.models import Enrolment, FilingEntry, Guardian, Registration, StatusChange

TODAY, STUDENTS = date(2026, 11, 30), 720
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """Load a small province once for this module, in larger proportions, and leave nothing of it."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        home = tmp_path_factory.mktemp("home")
        for name in ("MEDIA_ROOT", "MARKS", "LEDGER_LOG"):
            patch.setattr(f"django.conf.settings.{name}", home / name.lower())
        patch.setattr(layout, "_STUDENTS_A_SCHOOL", 120)
        with transaction.atomic():
            marks.adopt()
            yield home, load.load_province(STUDENTS, today=TODAY, processes=1, say=lambda _: None)
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _home(loaded, _own_media, _own_marks, settings):
    settings.MEDIA_ROOT, settings.MARKS, settings.LEDGER_LOG = (
        loaded[0] / name for name in ("media_root", "marks", "ledger_log")
    )


@pytest.mark.requirement("S2-06")
def test_as_many_are_enrolled_as_were_asked_for_each_once(loaded):
    assert loaded[1].students == STUDENTS
    active = Counter(Enrolment.objects.filter(status__in=["studying", "suspended"]).values_list("person_id", flat=True))
    assert (len(active), max(active.values())) == (STUDENTS, 1)
    assert {"studying", "suspended", "withdrawn", "transferred"} <= set(
        Enrolment.objects.values_list("status", flat=True)
    )
    assert Guardian.objects.filter(ended_on=None).count() >= STUDENTS


def test_every_status_is_the_fold_of_its_changes_and_of_nothing_else():
    came_to = {}
    for change in StatusChange.objects.filter(counters=None, countered_by=None).order_by("effective_on", "ordinal"):
        came_to[change.enrolment_id] = change.to_status
    for record in Enrolment.objects.all():
        assert record.status == came_to.get(record.pk, "studying")


def test_who_is_filed_was_filed_by_an_approved_case_and_others_wait():
    for registration in Registration.objects.filter(filing="filed").select_related("filed_by"):
        assert registration.filed_by.state == "approved"
    entries = FilingEntry.objects.filter(
        outcome="filed", enrolment__registration__filed_by__filing_request__isnull=False
    )
    assert entries.count() == Registration.objects.filter(filing="filed", enrolment__came_by=None).count()
    assert Registration.objects.filter(filing="open").exists()


def test_transfers_stand_at_both_schools_on_one_day():
    moves = StatusChange.objects.filter(kind="转学", counters=None).select_related(
        "enrolment", "moves_to__registration"
    )
    assert moves
    for move in moves:
        assert move.moves_to.person_id == move.enrolment.person_id
        assert move.moves_to.registration.entered_on == move.effective_on


def test_something_waits_at_every_kind_of_step():
    waiting = Counter(
        Case.objects.filter(state="in_progress").values_list("kind", "steps__level").filter(steps__state="current")
    )
    assert {kind for kind, _ in waiting} >= {"status_change", "transfer"}
    assert {level for _, level in waiting} >= {"school", "county", "city"}


def test_the_audit_agrees_and_every_event_is_in_the_log():
    wrong = {check["check"]: check["mismatches"] for check in audit() if check["mismatches"]}
    assert wrong == {}
    assert Event.objects.filter(tag="enrolment:filed").count() == FilingEntry.objects.filter(outcome="filed").count()


def test_loading_again_changes_nothing_and_another_size_is_refused(loaded):
    before = (Enrolment.objects.count(), Event.objects.count())
    load.load_province(STUDENTS, today=TODAY, processes=1, say=lambda _: None)
    assert (Enrolment.objects.count(), Event.objects.count()) == before
    with pytest.raises(ServiceError, match="另一个规模"):
        load.load_province(STUDENTS * 4, today=TODAY, processes=1, say=lambda _: None)


def test_the_whole_province_has_its_28_cities_counties_and_325_schools():
    province = schools.plan_of(layout.WHOLE)
    levels = Counter(office.level for office in province.offices)
    assert (levels["province"], levels["city"], len(province.schools)) == (1, 28, 325)
    assert levels["county"] > 100
    assert len({office.name for office in province.offices}) == len(province.offices)
    assert sum(plan.students for plan in province.schools) == layout.WHOLE
    assert Counter(plan.place for plan in province.schools)[layout.PROVINCE[0]] >= 12
    assert len({plan.name for plan in province.schools}) == layout.SCHOOLS
    assert Authority.objects.count() < len(province.offices)
    assert School.objects.count() == 6
