"""The land of the guild: a province, two cities, three counties with a school each, somebody in every post."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed
from tests.guild.actions import open_move

from xueji.accounts.models import User
from xueji.cases.actions import decide_step, submit_case
from xueji.cases.models import Case, Step
from xueji.cases.queries import open_step_of
from xueji.institutions.models import Authority, Level, Post, School

POLICIES = Path(__file__).parent / "policies"
MONDAY_NOON = datetime(2019, 6, 24, 4, 0, tzinfo=UTC)


@dataclass
class Land:
    """Places by name, and who holds which post there."""

    places: dict[str, Authority | School] = field(default_factory=dict)
    people: dict[tuple[str, str], User] = field(default_factory=dict)

    def school(self, name: str) -> School:
        found = self.places[name]
        assert isinstance(found, School)
        return found

    def who(self, post: Post | str, place: str) -> User:
        """Return the person in a post of a place."""
        key = (str(post), place)
        if key not in self.people:
            self.people[key] = appointed(post, self.places[place])
        return self.people[key]

    def draft(self, sending: str = "brass", receiving: str = "steel", apprentices: int = 3) -> Case:
        """Return a move that is not submitted."""
        clerk = self.who(Post.SCHOOL_CLERK, sending)
        move = open_move(
            sending=self.school(sending), receiving=self.school(receiving), apprentices=apprentices, by=clerk,
            at=MONDAY_NOON,
        )  # fmt: skip
        return move.case

    def submitted(self, **move: object) -> Case:
        """Return a move that waits for the leader of the school that sends."""
        case = self.draft(**move)  # type: ignore[arg-type]
        return submit_case(case=case, by=case.opened_by, at=MONDAY_NOON)

    def decide(self, case: Case, verdict: str = "approve", hours: int = 1) -> Case:
        """Decide the open step as the person in its post."""
        step = step_of(case)
        name = next(name for name, place in self.places.items() if place == step.place)
        return decide_step(
            step=step, verdict=verdict, reasons="" if verdict == "approve" else "名额已满", by=self.who(step.post, name),
            at=MONDAY_NOON + timedelta(hours=hours),
        )  # fmt: skip

    def decided(self, case: Case, *verdicts: str) -> Case:
        """Decide one step after the other."""
        for verdict in verdicts:
            case = self.decide(case, verdict)
        return case


def step_of(case: Case) -> Step:
    """Return the open step of a case."""
    step = open_step_of(case)
    assert step is not None
    return step


def trail_of(case: Case) -> list[tuple[str, str]]:
    """Return the steps of the round with their states, in order."""
    return list(case.steps.filter(round=case.round).order_by("ordinal").values_list("key", "state"))


def build() -> Land:
    """Return the land: brass and copper under one city, steel beside them, tin under another city."""
    land = Land()
    province = AuthorityFactory(line="guild", level=Level.PROVINCE, division_code="990000")
    city, other = (
        AuthorityFactory(line="guild", level=Level.CITY, division_code=code, parent=province)
        for code in ("990100", "990200")
    )
    land.places |= {"province": province, "city": city, "other city": other}
    for name, code, parent in (("brass", "990101", city), ("steel", "990102", city), ("tin", "990201", other)):
        county = AuthorityFactory(line="guild", level=Level.COUNTY, division_code=code, parent=parent)
        land.places |= {f"{name} county": county, name: SchoolFactory(authority=county)}
    land.places["copper"] = SchoolFactory(authority=land.places["brass county"])
    return land
