"""What administrators, superiors and whoever waits for a job see: the forms that no list of graduates leads to."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.utils import timezone
from tests.apps.certificates.test_marks import another_database, release
from tests.factories.accounts import ApplicantFactory, CredentialGrantFactory, SignInFactory
from tests.factories.applications import FACTS, PAPERS, picture, province
from tests.factories.applying import submitted
from tests.factories.cases import EvidenceFactory
from tests.factories.graduation import AT, approved, decide, filled, rows_of, setting
from tests.factories.institutions import (
    AuthorityFactory,
    CalendarDayFactory,
    PlannedPrincipalFactory,
    ProgrammeFactory,
    PublishedYearFactory,
    SchoolFactory,
    StaffedCity,
    appointed,
    staffed_city,
)
from tests.factories.jobs import JobFactory
from tests.factories.packs import certificate_cases, use
from tests.factories.production import SealingAppointmentFactory, approved_batch, class_of, season_of
from tests.factories.replacements import desk_of_replacements
from tests.factories.uploads import RecordUploadFactory, UploadFactory

from xueji.applications.actions import add_material, state_facts
from xueji.applications.counter_actions import PersonAtCounter, receive_at_counter
from xueji.applications.review_actions import DefectFound, ask_for_supplement
from xueji.applications.submission_actions import submit_application
from xueji.cases.actions import submit_case
from xueji.cases.models import CaseState
from xueji.cases.queries import open_step_of
from xueji.certificates import marks
from xueji.certificates.actions import state_last_numbers
from xueji.certificates.models import Issue
from xueji.graduation.actions import open_certificate_case
from xueji.institutions.models import Level, Post
from xueji.institutions.setup_code import issue_code
from xueji.jobs.models import JobState
from xueji.production.models import SealingRound


def units() -> None:
    """An administrator over units that nothing rests on yet: a county, a school, programmes taught and no longer taught."""
    city = staffed_city("610500", "610502")
    AuthorityFactory(level=Level.COUNTY, parent=city.city, division_code="610503")
    school = SchoolFactory(authority=city.city)
    ProgrammeFactory(school=school)
    PlannedPrincipalFactory(school=school)
    SchoolFactory(authority=city.city, closed_on=date(2020, 7, 1))
    ProgrammeFactory(school=school, closed_on=date(2020, 7, 1))
    PublishedYearFactory(authority=city.city)
    CalendarDayFactory(authority=city.city, day=date(timezone.localdate().year, 3, 3))


def handed_over() -> None:
    """An account handed to its person: told to them, and waiting for their superior's word; a second sign-in of the same."""
    city = staffed_city("610500", "610502")
    CredentialGrantFactory(user=city.city_reviewer, by=city.administrator, at=timezone.now())
    for person in (city.city_reviewer, city.city_leader):
        SignInFactory(user=person, opened_at=timezone.now(), last_seen_at=timezone.now())


def given_up() -> None:
    """Readings of uploads that were given up, and others that still run."""
    city = staffed_city("610500", "610502")
    for school in (city.county_school, city.city_school):
        is_over = school == city.city_school
        here = setting(city, school=school)
        states = {"state": JobState.FAILED, "finished_at": AT} if is_over else {"state": JobState.RUNNING}
        for factory in (UploadFactory, RecordUploadFactory):
            stands = "failed" if is_over else "reading"
            intake = factory(about=here.batch, uploaded_by=here.clerk, message="没有读完", state=stands)
            intake.job = JobFactory(
                started_by=here.clerk, school_id=school.pk, title="检查名单", kind="upload.read",
                arguments={"upload_id": intake.pk}, **states,
            )  # fmt: skip
            intake.save()


def restored() -> StaffedCity:
    """A database that was restored: nobody has stated yet which numbers are on paper."""
    city = staffed_city("610500", "610502")
    for mark in marks.folder().iterdir():  # of the scene before: each is an installation of its own
        mark.unlink()
    release(3, school=city.city_school)
    another_database()
    return city


def stated() -> None:
    """The same, where one has stated the last numbers on paper and another is to confirm."""
    city = restored()
    state_last_numbers(
        pack="edu/shaanxi-weinan", numbers={("graduation", "edu/shaanxi-weinan 06-2019"): "20190600003"}, others=(),
        no_others=False, note="验印登记册", by=city.city_reviewer, at=AT,
    )  # fmt: skip


def replaced() -> None:
    """A certificate corrected before the seal came to its batch: its successor waits to be sealed apart."""
    with pytest.MonkeyPatch.context() as patch:
        use(patch, *certificate_cases())
        here = filled(setting(staffed_city("610500", "610502")), rows_of(2))
        approved(here)
        opened = open_certificate_case(
            kind="certificate_correction", certificate=here.batch.candidates.get(ordinal=1).certificate, reason="错",
            changes={"name": "李改名"}, by=here.clerk, at=AT,
        )  # fmt: skip
        EvidenceFactory(case=opened.case)
        submit_case(case=opened.case, by=here.clerk, at=AT)
        while decide(opened.case, here.city).state != CaseState.APPROVED:
            pass
    Issue.objects.filter(batch=here.batch).update(sealed_at=AT)


def arranged() -> None:
    """A round in which nothing is sealed yet, with a booking, and a class in which nothing stands: both may be taken back."""
    city = staffed_city("610500", "610502")
    season_of(city, year=2028, day=date(2028, 6, 1))
    batch = approved_batch(city, count=1, season=season_of(city, year=2027, day=date(2027, 6, 1)))
    sealing_round = SealingRound.objects.create(
        **class_of(batch.season), opens_on=date(2027, 7, 5), closes_on=date(2027, 7, 9), place="职成科"
    )
    SealingAppointmentFactory(
        issue=batch.issue, round=sealing_round, day=date(2027, 7, 5), half="am", booked_by=city.clerk, place_in_half=1
    )


def replacements() -> None:
    """A desk of replacement certificates: some wait, lie in the printer, wait for the seal, at the counter, with the post."""
    desk_of_replacements()


def applied() -> None:
    """An application of a graduate lies with the office that goes through it."""
    centre = province()
    submitted(ApplicantFactory(proven=True), centre)
    appointed(Post.PROVINCE_REVIEWER, centre)


def at_the_counter() -> None:
    """An officer at the counter: an application half entered, and one given back with an item to answer."""
    centre = province()
    clerk = appointed(Post.PROVINCE_REVIEWER, centre)
    given = {"counter": centre, "kind": "replacement", "centre": centre, "by": clerk, "at": timezone.now()}
    for number in ("E12345678", "E12345679"):
        person = PersonAtCounter("王小明", "护照", number, sex="男", birth_date=date(1984, 7, 1))
        entered = receive_at_counter(person=person, **given)
        state_facts(application=entered, facts=FACTS, by=clerk, at=given["at"])
    for n, paper in enumerate(PAPERS):
        data = picture(portrait=paper == "portrait_red", seed=n)
        add_material(application=entered, paper=paper, data=data, by=clerk, at=given["at"])
    sent = submit_application(application=entered, key="k" * 32, by=clerk, at=given["at"])
    officer, found = appointed(Post.PROVINCE_REVIEWER, centre), [DefectFound("other", "请说明校名")]
    ask_for_supplement(step=open_step_of(sent.case), defects=found, by=officer, at=given["at"])


def unfounded() -> None:
    """An installation nobody has founded yet."""
    issue_code(settings.HOME)


SCENES = (
    units,
    handed_over,
    given_up,
    arranged,
    replaced,
    restored,
    stated,
    replacements,
    applied,
    at_the_counter,
    unfounded,
)
