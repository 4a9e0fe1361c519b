"""What bars a school from registering or filing new students, as apps above know it: asked of every row where either is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from xueji.core.findings import Citation, Finding, Severity
from xueji.core.intakes import Intake
from xueji.institutions.models import School

REGISTER, FILE = "register", "file"
ACTS = {REGISTER: "新生登记", FILE: "学籍备案"}


@dataclass(frozen=True, slots=True)
class NewcomerAct:
    """What is to be done with one new student: registered or filed, in which programme, at which campus."""

    act: str
    intake: Intake
    programme_id: int | None = None
    campus: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """What is stopped, and nothing else: these acts, of the whole school or of one programme, one campus or both together.

    A programme left out means none is named, never all of them: the whole school is said so. `places` is how many an intake
    may still have where it is a cap; None stops every one.
    """

    acts: frozenset[str]
    message: str
    remedy: str
    cites: tuple[Citation, ...]
    is_whole: bool = False
    programme_id: int | None = None
    campus: str = ""
    other_sites: frozenset[str] = frozenset()  # on record besides the campus: any other name there is an evasion of it
    intake: Intake | None = None  # of the places
    places: int | None = None

    def covers(self, wanted: NewcomerAct) -> bool:
        """Whether an act is one of those it stops, or counts."""
        if wanted.act not in self.acts or (self.intake is not None and wanted.intake != self.intake):
            return False
        if self.is_whole:
            return True
        if self.programme_id is None and not self.campus:
            return False
        of_programme = self.programme_id is None or wanted.programme_id == self.programme_id
        return of_programme and (not self.campus or self._is_there(wanted.campus))

    def _is_there(self, campus: str) -> bool:
        """Whether a campus as typed is the one meant: by its name, or by one that no site on record has where there are others."""
        return campus == self.campus or bool(campus and self.other_sites and campus not in self.other_sites)

    def finding(self) -> Finding:
        """Return what is said of an act that is stopped."""
        return Finding("registration.not_restricted", Severity.ERROR, self.message, None, self.remedy, self.cites)


Find = Callable[[School, Intake, date], Iterable[Bar]]

_kinds: dict[str, Find] = {}


def register_bars(app: str, find: Find) -> None:
    """Tell how what an app bars is found for a school, an intake and a day."""
    if _kinds.setdefault(app, find) is not find:
        raise ValueError(f"the bars of {app!r} are told twice")


def bar_findings(school: School, wanted: Sequence[NewcomerAct], on: date) -> list[list[Finding]]:
    """Return what bars each of the acts, in their order: the first that a cap still has room for go through."""
    by_intake: dict[Intake, list[Bar]] = {}
    for intake in {act.intake for act in wanted}:
        by_intake[intake] = [bar for find in _kinds.values() for bar in find(school, intake, on)]
    left = {id(bar): bar.places for bars in by_intake.values() for bar in bars}
    found = []
    for act in wanted:
        stopping = []
        for bar in by_intake[act.intake]:
            if not bar.covers(act):
                continue
            places = left[id(bar)]
            if places:
                left[id(bar)] = places - 1
            else:
                stopping.append(bar.finding())
        found.append(stopping)
    return found
