"""A made-up pack for the engine's own tests: four steps, every verdict, one clock of each sort; and a kind that keeps notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from tests.factories.institutions import StaffedCity, staffed_city

from xueji.accounts.models import User
from xueji.cases.actions import decide_step, open_case, submit_case
from xueji.cases.kinds import CaseKind
from xueji.cases.models import Case, Step
from xueji.cases.queries import open_step_of
from xueji.core.calendar import Clock, WorkingCalendar
from xueji.core.findings import Citation, Finding
from xueji.core.packs import Dated, Pack, PackItem, Source
from xueji.core.workflow import PauseSpec, StepSpec, WorkflowSpec
from xueji.institutions.models import School
from xueji.policy import PackLibrary

KIND = "permit"
TWO = "register"  # a kind whose offices decide by two people
MONDAY = date(2019, 6, 24)
NOON = datetime(2019, 6, 24, 4, 0, tzinfo=UTC)  # Monday noon in Shanghai
LEGAL = date(2019, 7, 1)
ALL = ("approve", "return", "refuse", "defer")
ALWAYS = Dated(date(2000, 1, 1))
CLAUSE = Citation("freedonia-law", "1")


def _steps() -> tuple[StepSpec, ...]:
    return (
        StepSpec("school", "学校审核", "school", "school_leader", None, ("approve", "return")),
        StepSpec(
            "county",
            "县级审核",
            "county",
            "county_reviewer",
            "three_days",
            ALL,
            (Citation("freedonia-law", "2"),),
            pauses=(PauseSpec("supplement", "补正材料", (Citation("freedonia-law", "3"),)),),
        ),
        StepSpec("city", "市级审核", "city", "city_reviewer", "three_days", ALL),
        StepSpec("determination", "领导核定", "city", "city_leader", "ten_calendar_days", ("approve", "refuse")),
    )


def _steps_of_two() -> tuple[StepSpec, ...]:
    clause = (Citation("freedonia-law", "4"),)
    return (
        StepSpec("school", "学校确认", "school", "school_leader", None, ("approve", "return")),
        StepSpec("county", "县级登记", "county", "county_reviewer", "three_days", ALL, hands=2, hands_cites=clause),
        StepSpec("city", "市级登记", "city", "city_reviewer", "three_days", ALL, hands=2, hands_cites=clause),
    )


def fictional_pack() -> Pack:
    """Return the pack; its working-day table covers 2019, with one holiday (Wednesday 26 June) and one make-up Saturday."""
    values = (
        ("workflow", KIND, WorkflowSpec(KIND, "许可", _steps(), (CLAUSE,))),
        ("workflow", "province_only", WorkflowSpec("province_only", "省办", (StepSpec("province", "省审", "province", "city_reviewer", None, ALL),))),
        ("workflow", TWO, WorkflowSpec(TWO, "登记", _steps_of_two(), (CLAUSE,))),
        ("clock", "three_days", Clock("three_days", "三个工作日", 3, "working_days", (Citation("freedonia-law", "3"),))),
        ("clock", "ten_calendar_days", Clock("ten_calendar_days", "十日", 10, "calendar_days")),
        ("calendar", "working_days", WorkingCalendar(frozenset({date(2019, 6, 26)}), frozenset({date(2019, 6, 29)}), 2019, 2019)),
    )  # fmt: skip
    clauses = {"1": "许可逐级审核。", "2": "县级审核。", "3": "三个工作日内办结。", "4": "登记须两人办理。"}
    source = Source("freedonia-law", "自由国〔2001〕1号", "许可法", date(2001, 1, 1), ALWAYS, clauses)
    return Pack(
        id="fictional/test", title="自由国", line="edu", territory="990000", parent=None, hash="f" * 64, dated=ALWAYS,
        sources=MappingProxyType({source.key: source}), readings=(),
        items=tuple(PackItem(kind, key, value, ALWAYS) for kind, key, value in values),
    )  # fmt: skip


@dataclass
class Notes:
    """What the engine called back, and the findings the next check shall return."""

    calls: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    fails: Exception | None = None

    def kind(self, key: str = KIND) -> CaseKind:
        """Return a case kind that writes down every call."""
        return CaseKind(
            key, "许可", check=lambda case: list(self.findings), apply=self._apply, on_submit=self._note("submit"),
            on_return=self._note("return"), on_refuse=self._note("refuse"), on_withdraw=self._note("withdraw"),
        )  # fmt: skip

    def _apply(self, case: Case, by: User, at: datetime) -> None:
        if self.fails:
            raise self.fails
        self.calls.append("apply")

    def _note(self, word: str) -> Callable[[Case, User, datetime], None]:
        def note(case: Case, by: User, at: datetime) -> None:
            self.calls.append(word)

        return note


@dataclass
class World:
    """The staffed city under the fictional pack, and short ways to move a case along."""

    people: StaffedCity
    notes: Notes

    def draft(self, school: School | None = None, by: User | None = None, kind: str = KIND) -> Case:
        """Return a draft of the county's school."""
        return open_case(
            kind=kind, school=school or self.people.county_school, title="许可申请", legal_date=LEGAL,
            by=by or self.people.clerk, at=NOON,
        )  # fmt: skip

    def submitted(self) -> Case:
        """Return a case of the county's school, waiting for its leader."""
        return submit_case(case=self.draft(), by=self.people.clerk, at=NOON)

    def decide(self, case: Case, by: User, verdict: str = "approve", reasons: str = "", hours: int = 0) -> Case:
        """Decide the open step."""
        return decide_step(
            step=step_of(case), verdict=verdict, reasons=reasons, by=by, at=NOON + timedelta(hours=hours)
        )

    def at_two(self) -> Case:
        """Return a case of the kind that takes two, waiting for the county."""
        case = submit_case(case=self.draft(kind=TWO), by=self.people.clerk, at=NOON)
        return self.decide(case, self.people.leader)

    def at_county(self) -> Case:
        """Return a case waiting for the county."""
        return self.decide(self.submitted(), self.people.leader)

    def at_city(self) -> Case:
        """Return a case waiting for the city."""
        return self.decide(self.at_county(), self.people.county_reviewer)


def build_world() -> World:
    """Return a staffed city in the territory of the fictional pack."""
    return World(staffed_city(division_code="990100", county_code="990102"), Notes())


def library() -> PackLibrary:
    """Return a library of the fictional pack alone."""
    return PackLibrary([fictional_pack()])


def step_of(case: Case) -> Step:
    """Return the open step of a case."""
    step = open_step_of(case)
    assert step is not None
    return step


def png() -> bytes:
    """Return the bytes of a small picture."""
    return b"\x89PNG\r\n\x1a\n" + bytes(32)
