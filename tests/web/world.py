"""Two cities, and in each school one of everything that an address can name: what the access matrix walks over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from tests.factories.cases import CaseFactory, EvidenceFactory, StepFactory
from tests.factories.graduation import (
    BatchFactory,
    CandidateFactory,
    DutyFactory,
    IntakeFactory,
    IntakeRowFactory,
    SeasonFactory,
)
from tests.factories.institutions import (
    AuthorityFactory,
    SanctionFactory,
    SchoolFactory,
    StaffedCity,
    appointed,
    staffed_city,
)
from tests.factories.production import PrinterFactory
from tests.factories.registry import EnrolmentFactory, ParticularsChangeFactory

from xueji.accounts.models import User
from xueji.cases.models import CaseState
from xueji.documents.storage import store_bytes
from xueji.graduation.models import IntakeState, Season
from xueji.institutions.models import Level, Post, School
from xueji.jobs.models import Job
from xueji.production.models import PrintRun, SealingRound, SealingSession

AT = datetime(2019, 7, 9, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """People by post, and for each scope the keys that an address takes."""

    people: dict[str, User]
    keys: dict[str, dict[str, Any]]  # scope -> url kwarg -> value
    schools: dict[str, School]
    city: StaffedCity

    def sees(self, post: str, scope: str) -> bool:
        """The oracle, in plain words: a post reaches its own school, county or city, and nothing beside or above."""
        if post in (Post.SCHOOL_CLERK, Post.SCHOOL_LEADER):
            return scope == "own"
        if post == Post.COUNTY_REVIEWER:
            return scope in ("own", "sibling")
        return scope in ("own", "sibling", "other_county")


def build() -> World:
    """Own school, sibling in the same county, school of another county, school of another city."""
    city = staffed_city()
    other_county = AuthorityFactory(division_code="110102", level=Level.COUNTY, parent=city.city)
    far = staffed_city(division_code="110100", county_code="110101")
    schools = {
        "own": city.county_school,
        "sibling": SchoolFactory(authority=city.county),
        "other_county": SchoolFactory(authority=other_county),
        "other_city": far.county_school,
    }
    season = SeasonFactory(authority=city.city)
    far_season = SeasonFactory(authority=far.city)
    people = {
        Post.SCHOOL_CLERK: city.clerk, Post.SCHOOL_LEADER: city.leader, Post.COUNTY_REVIEWER: city.county_reviewer,
        Post.CITY_REVIEWER: city.city_reviewer, Post.CITY_LEADER: city.city_leader, Post.SEALER: city.sealer,
        Post.SEAL_SUPERVISOR: city.seal_supervisor, Post.AUDITOR: city.auditor, Post.ADMINISTRATOR: city.administrator,
    }  # fmt: skip
    keys = {
        scope: _one_of_everything(school, far_season if scope == "other_city" else season, people)
        for scope, school in schools.items()
    }
    return World({str(post): person for post, person in people.items()}, keys, schools, city)


def _one_of_everything(school: School, season: Season, people: dict[Any, User]) -> dict[str, Any]:
    """Return a key for every kind of thing an address of the product can name."""
    enrolment = EnrolmentFactory(school=school)
    picture = store_bytes(b"\xff\xd8a picture of nobody\xff\xd9", "image/jpeg")
    paper = store_bytes(b"%PDF-1.7 nothing", "application/pdf")
    under_way = {
        "state": CaseState.IN_PROGRESS,
        "round": 1,
        "submitted_by": people[Post.SCHOOL_CLERK],
        "submitted_at": AT,
    }
    batch = BatchFactory(
        season=season, school=school, case=CaseFactory(kind="graduation_batch", school=school, **under_way)
    )
    candidate = CandidateFactory(batch=batch, enrolment=enrolment, person=enrolment.person, photo=picture)
    intake = IntakeFactory(batch=batch, state=IntakeState.DISCARDED, error_workbook=paper)
    change = ParticularsChangeFactory(
        enrolment=enrolment, case=CaseFactory(kind="particulars_change", school=school, **under_way)
    )
    county = school.authority
    step = StepFactory(case=batch.case, level="county", post=Post.COUNTY_REVIEWER, authority=county)
    StepFactory(case=change.case, level="county", post=Post.COUNTY_REVIEWER, authority=county)
    printer = PrinterFactory(school=school)
    around, _ = SealingRound.objects.get_or_create(
        season=season,
        is_late=False,
        defaults={"opens_on": date(2019, 7, 8), "closes_on": date(2019, 7, 12), "place": "职成科"},
    )
    session = SealingSession.objects.create(
        batch=batch, round=around, diplomas_counted=1, register_total=1, sealed_count=1, first_number="1", last_number="1",
        sealed_by=people[Post.SEALER], supervised_by=people[Post.SEAL_SUPERVISOR], sealed_at=AT,
    )  # fmt: skip
    run = PrintRun.objects.create(
        batch=batch, document="register", file=paper, requested_by=people[Post.SCHOOL_CLERK], requested_at=AT
    )
    return {
        "batch_id": batch.pk, "candidate_id": candidate.pk, "intake_id": intake.pk, "row_id": IntakeRowFactory(intake=intake, photo=picture).pk,
        "step_id": step.pk, "case_id": change.case_id, "evidence_id": EvidenceFactory(case=change.case, file=paper).pk,
        "printer_id": printer.pk, "run_id": run.pk, "duty_id": DutyFactory(batch=batch).pk, "round_id": around.pk,
        "session_id": session.pk, "sanction_id": SanctionFactory(school=school).pk,
        "account_id": appointed(Post.SCHOOL_CLERK, school).pk,
        "job_id": Job.objects.create(kind="matrix", title="任务", created_at=AT, started_by=people[Post.SCHOOL_CLERK] if _is_own(school, people) else None).pk,
    }  # fmt: skip


def _is_own(school: School, people: dict[Any, User]) -> bool:
    return people[Post.SCHOOL_CLERK].appointments.filter(school=school).exists()
