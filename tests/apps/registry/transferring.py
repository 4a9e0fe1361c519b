"""A province with two cities, counties and schools that transfer students to each other, somebody in every post."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, SchoolFactory, appointed
from tests.factories.registry import RegistrationFactory

from xueji.accounts.models import User
from xueji.cases.actions import attach_evidence, decide_step, submit_case
from xueji.cases.models import Case, Step
from xueji.cases.queries import open_step_of
from xueji.institutions.models import Authority, Level, Post, Programme, School
from xueji.registry.actions import open_transfer
from xueji.registry.models import Enrolment, StatusApplication

NOON = datetime(2024, 3, 4, 4, tzinfo=UTC)  # a Monday
MOVED_ON = date(2024, 3, 1)
PAPER = b"%PDF-1.7 by hand"


@dataclass
class Henan:
    """Places by name, and who holds which post there: always two people, where a step takes two."""

    places: dict[str, Authority | School] = field(default_factory=dict)
    people: dict[tuple[str, str, int], User] = field(default_factory=dict)

    def school(self, name: str) -> School:
        found = self.places[name]
        assert isinstance(found, School)
        return found

    def who(self, post: Post | str, place: str, which: int = 0) -> User:
        """Return the person in a post of a place, the first or the second."""
        key = (str(post), place, which)
        if key not in self.people:
            self.people[key] = appointed(post, self.places[place])
        return self.people[key]

    def nursing(self, at: str) -> Programme:
        """Return the programme of that name at a school."""
        found = Programme.objects.filter(school=self.school(at), name="护理", duration_years=3).first()
        return found or ProgrammeFactory(school=self.school(at), name="护理")

    def students(self, count: int = 1, at: str = "east", **registration: Any) -> list[Enrolment]:
        """Return students of a school, filed or not as the register has it."""
        programme = self.nursing(at)
        kept = {"enrolment__programme": programme} | registration
        return [RegistrationFactory(**kept).enrolment for _ in range(count)]

    def draft(self, students: list[Enrolment], to: str = "west", **more: Any) -> StatusApplication:
        """Return a transfer that is not submitted, with the application in the student's hand."""
        clerk = self.who(Post.SCHOOL_CLERK, "east")
        programme = more.pop("programme", None) or self.nursing(to)
        given = {
            "enrolments": students, "receiving": self.school(to), "statement": "随父母迁居",
            "programmes": {record.pk: programme for record in students}, "effective_on": MOVED_ON, "by": clerk, "at": NOON,
        } | more  # fmt: skip
        application = open_transfer(**given)
        self.attach(application.case)
        return application

    def attach(self, case: Case) -> None:
        """Attach the application in the student's hand."""
        clerk = self.who(Post.SCHOOL_CLERK, "east")
        attach_evidence(case=case, kind="转学申请", file_name="申请.pdf", data=PAPER, by=clerk, at=NOON)

    def submitted(self, students: list[Enrolment], to: str = "west", **more: Any) -> Case:
        """Return a transfer that waits for the leader of the school that sends."""
        case = self.draft(students, to, **more).case
        return submit_case(case=case, by=self.who(Post.SCHOOL_CLERK, "east"), at=NOON)

    def decide(self, case: Case, verdict: str = "approve") -> Case:
        """Decide the open step as the people of its post: by a second one too where one alone only proposes."""
        step = step_of(case)
        name = next(name for name, place in self.places.items() if place == step.place)
        reasons = "" if verdict == "approve" else "名额已满"
        for which in (0, 1):
            by = self.who(step.post, name, which)
            case = decide_step(step=step, verdict=verdict, reasons=reasons, by=by, at=NOON + timedelta(hours=1 + which))
            now = open_step_of(case)
            if now is None or now.pk != step.pk:
                return case
        return case

    def decided(self, case: Case, *verdicts: str) -> Case:
        """Decide one step after the other."""
        for verdict in verdicts:
            case = self.decide(case, verdict)
        return case

    def carried_out(self, case: Case) -> Case:
        """Approve every step that is left."""
        while open_step_of(case) is not None:
            case = self.decide(case)
        return case


def step_of(case: Case) -> Step:
    """Return the open step of a case."""
    step = open_step_of(case)
    assert step is not None
    return step


def keys_of(case: Case) -> list[str]:
    """Return the steps of the round, in order."""
    return list(case.steps.filter(round=case.round).order_by("ordinal").values_list("key", flat=True))


def build() -> Henan:
    """Return the land: east, its neighbour under the same county, west in another county, far in another city."""
    land = Henan()
    province = AuthorityFactory(level=Level.PROVINCE, division_code="410000")
    land.places["province"] = province
    for city, code, counties in (
        ("city", "410100", {"east": "410102", "west": "410103"}),
        ("far city", "410300", {"far": "410302"}),
    ):
        over = land.places[city] = AuthorityFactory(level=Level.CITY, division_code=code, parent=province)
        for name, county_code in counties.items():
            county = AuthorityFactory(level=Level.COUNTY, division_code=county_code, parent=over)
            land.places |= {f"{name} county": county, name: SchoolFactory(authority=county)}
    land.places["neighbour"] = SchoolFactory(authority=land.places["east county"])
    return land
