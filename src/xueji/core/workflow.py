"""What a pack says of a kind of case: its steps in order, whose leader or authority decides each, and when each is needed.

A step stands at a level of the line of authorities of one of the parties (`of`), or at an authority that is found from
the parties: the one over a party, the lowest one over all of them, the one the workflow's table of competence names.
Which place that is for a case is `core.routing`'s question; here are only the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from xueji.core.findings import Citation

LEVELS = ("school", "county", "city", "province")
AUTHORITY, COMMON_SUPERIOR, COMPETENT = "authority", "common_superior", "competent"
# Places whose level is known only when the parties are.
FOUND_PLACES = (AUTHORITY, COMMON_SUPERIOR, COMPETENT)
# What a party is to a case. The first of a case is the one that files it.
ROLES: Mapping[str, str] = MappingProxyType({
    "school": "学校", "sending": "转出学校", "receiving": "转入学校", "claiming": "发起学校", "answering": "对方学校",
    "authority": "主管部门", "applicant": "申请人", "office": "受理机构",
})  # fmt: skip
MAIN_ROLE = "school"
# What of a case is counted for a condition, by its kind.
COUNTS: Mapping[str, str] = MappingProxyType({"persons": "人数", "province_managed": "省管专业"})
EVER, IN_A_ROW = "ever", "in_a_row"  # how often an office is asked at most, by `once`
RECORD = "record"  # what a step does that only takes note: nothing waits for its agreement
ONE_HAND, TWO_HANDS = 1, 2  # how many people of the post a step takes
# The posts that decide, by what a step at a place still to be found calls them.
POSTS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "reviewer": {"county": "county_reviewer", "city": "city_reviewer", "province": "province_reviewer"},
    "leader": {"school": "school_leader", "city": "city_leader", "province": "province_leader"},
})  # fmt: skip
_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a case; everything that is stated must.

    `at_least`: counts and the smallest number of each. `crosses`: a level at which the parties stand under different
    authorities, or «authority» where the ones directly over them differ; `within`: one at which they stand under
    the same. Who has no authority of the level crosses nothing there.
    """

    at_least: Mapping[str, int] = field(default_factory=lambda: _NONE)
    crosses: str | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class PauseSpec:
    """A reason for which the term of a step may stand still, e.g. while the applicant supplements what is missing."""

    key: str
    label: str
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperCheck:
    """What an officer compares on paper because the system does not hold it, with the clause that asks for it."""

    what: str
    cites: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step of a case: who decides (post at a level), what it is called, its clock.

    `level` is school | county | city | province of the line of the party `of` (the one that files, unless said); a step
    above the school whose level that line lacks is left out (a school may stand directly under the city). Or it is
    authority (directly over the party) | common_superior (of all parties) | competent (by the workflow's table), and
    `post` then says reviewer or leader. `unless` names a level whose presence leaves the step out: what the province
    decides for its own schools alone, the city decides for the others. `when` are conditions of which one must hold.
    `once` leaves it out where the same office has an earlier step, or the one just before: nobody is asked twice on the
    way up.
    `settles` names earlier steps: it is decided only where these differ, and a refusal at one of them ends nothing yet.
    `hands` is how many people of the post decide: one, or one who proposes and another who confirms, by `hands_cites`.
    """

    key: str
    label: str
    level: str
    post: str
    clock: str | None
    verdicts: tuple[str, ...]  # approve | return | refuse | defer | refer
    cites: tuple[Citation, ...] = ()
    unless: str | None = None
    of: str | None = None
    when: tuple[Condition, ...] = ()
    settles: tuple[str, ...] = ()
    pauses: tuple[PauseSpec, ...] = ()
    shows: tuple[str, ...] | None = None  # panels of `core.pack_keys.PANELS`; None: those of the workflow
    on_paper: tuple[PaperCheck, ...] | None = None  # None: what the workflow says
    once: str = ""  # EVER, IN_A_ROW or empty
    act: str = ""  # RECORD or empty
    hands: int = ONE_HAND
    hands_cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Competence:
    """A row of the table of competence: under these conditions the authority of this level in the line of this party."""

    level: str
    of: str | None = None
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """The steps of one kind of case, in order; of the table of competence the first row that holds counts.

    `shows` names what who decides is shown (empty: what the pages show of this kind by themselves), `on_paper` what they
    compare outside the system; a step may say something else of either.
    """

    kind: str
    label: str
    steps: tuple[StepSpec, ...]
    cites: tuple[Citation, ...] = ()
    competence: tuple[Competence, ...] = ()
    shows: tuple[str, ...] = ()
    on_paper: tuple[PaperCheck, ...] = ()


def hands_by_post(workflows: Iterable[WorkflowSpec], level: str) -> dict[str, int]:
    """Return how many people each post takes that decides at a level, the most that any of these workflows asks for."""
    hands: dict[str, int] = {}
    for step in (step for workflow in workflows for step in workflow.steps):
        post = POSTS[step.post].get(level) if step.level in FOUND_PLACES and level != "school" else None
        if step.level == level:
            post = step.post
        if post is not None:
            hands[post] = max(step.hands, hands.get(post, 0))
    return hands
