"""The workflows of a pack: a checked table in, `core.workflow` out; a word that is nobody's is refused with file and key."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from xueji.core.findings import Citation
from xueji.core.pack_keys import PANELS
from xueji.core.packs import Dated
from xueji.core.workflow import (
    AUTHORITY,
    COMMON_SUPERIOR,
    COMPETENT,
    COUNTS,
    EVER,
    FOUND_PLACES,
    IN_A_ROW,
    LEVELS,
    ONE_HAND,
    POSTS,
    RECORD,
    ROLES,
    TWO_HANDS,
    Competence,
    Condition,
    PaperCheck,
    PauseSpec,
    StepSpec,
    WorkflowSpec,
)
from xueji.policy.reading import Section

VERDICTS = ("approve", "return", "refuse", "defer", "refer")
_ABOVE = LEVELS[1:]
_ROLES = tuple(ROLES)


def build_workflow(key: str, section: Section, dated: Dated, folder: Path) -> WorkflowSpec:
    """Read the steps of a kind of case."""
    steps: list[StepSpec] = []
    for step in section.sections("steps"):
        steps.append(_step(step, key, [spec.key for spec in steps]))
        step.close()
    if not steps or len({step.key for step in steps}) != len(steps):
        raise section.error("steps", "there must be steps, each with a key of its own")
    competence = tuple(_competence(row) for row in section.sections("competence"))
    if bool(competence) != any(step.level == COMPETENT for step in steps):
        raise section.error("competence", f"stands where a step is at {COMPETENT}, and only there")
    label, cites, shows, on_paper = section.text("label"), section.cites(), _shown(section, key), _on_paper(section)
    return WorkflowSpec(key, label, tuple(steps), cites, competence, shows, on_paper)


def _step(step: Section, kind: str, earlier: list[str]) -> StepSpec:
    verdicts = step.texts("verdicts")
    if not verdicts or set(verdicts) - set(VERDICTS):
        raise step.error("verdicts", f"choices: {', '.join(VERDICTS)}")
    level = step.choice("level", (*LEVELS, *FOUND_PLACES))
    clock = step.text("clock") if "clock" in step else None
    hands, hands_cites = _hands(step)
    if hands == TWO_HANDS and "refer" in verdicts:
        raise step.error("verdicts", "one person refers a case; a step that takes two cannot")
    return StepSpec(
        key=step.text("key"),
        label=step.text("label"),
        level=level,
        post=_post(step, level),
        clock=clock,
        verdicts=verdicts,
        cites=step.cites(),
        unless=step.choice("unless", LEVELS) if "unless" in step else None,
        of=_role(step, level),
        when=_conditions(step),
        settles=_settled(step, earlier),
        pauses=_pauses(step, clock),
        shows=_shown(step, kind) if "shows" in step else None,
        on_paper=_on_paper(step) if "on_paper" in step else None,
        once=step.choice("once", (EVER, IN_A_ROW)) if "once" in step else "",
        act=step.choice("act", (RECORD,)) if "act" in step else "",
        hands=hands,
        hands_cites=hands_cites,
    )


def _hands(step: Section) -> tuple[int, tuple[Citation, ...]]:
    """Read how many people of the post decide: one where nothing is stated; two only by a clause."""
    hands = step.count("hands") if "hands" in step else ONE_HAND
    cites = step.cites("hands_cites")
    if hands not in (ONE_HAND, TWO_HANDS):
        raise step.error("hands", f"choices: {ONE_HAND}, {TWO_HANDS}")
    if (hands == TWO_HANDS) != bool(cites):
        raise step.error("hands_cites", "two people decide by a clause, and only they need one")
    return hands, cites


def _shown(section: Section, kind: str) -> tuple[str, ...]:
    """Read which panels the officers see: names the pages know, of this kind of case, each once."""
    names = section.texts("shows", [])
    fitting = sorted(name for name, panel in PANELS.items() if kind in panel.kinds)
    if set(names) - set(fitting) or len(set(names)) != len(names):
        raise section.error("shows", f"choices, each once: {', '.join(fitting) or 'none for this kind'}")
    return names


def _on_paper(section: Section) -> tuple[PaperCheck, ...]:
    """Read what is compared on paper; each names the clause that asks for it."""
    checks = []
    for check in section.sections("on_paper"):
        built = PaperCheck(check.text("what"), check.cites())
        check.close()
        if not built.cites:
            raise check.error("cites", "which clause asks for it?")
        checks.append(built)
    return tuple(checks)


def _post(step: Section, level: str) -> str:
    """Read the post: at a place of a known level its whole name, elsewhere what it is called at every level."""
    if level in FOUND_PLACES:
        return step.choice("post", tuple(POSTS))
    return step.choice("post", tuple(by_level[level] for by_level in POSTS.values() if level in by_level))


def _role(step: Section, level: str) -> str | None:
    if "of" not in step:
        return None
    if level in (COMMON_SUPERIOR, COMPETENT):
        raise step.error("of", f"{level} is found from all parties and is none's own")
    return step.choice("of", _ROLES)


def _conditions(holder: Section) -> tuple[Condition, ...]:
    """Read the conditions of which one must hold."""
    conditions = []
    for section in holder.sections("when"):
        counts = section.section("at_least", {})
        at_least = {name: counts.count(name) for name in COUNTS if name in counts}
        counts.close()
        crosses = section.choice("crosses", (*_ABOVE, AUTHORITY)) if "crosses" in section else None
        within = section.choice("within", _ABOVE) if "within" in section else None
        section.close()
        if not at_least and crosses is None and within is None:
            raise section.error("", "states nothing that could hold")
        conditions.append(Condition(MappingProxyType(at_least), crosses, within))
    return tuple(conditions)


def _settled(step: Section, earlier: list[str]) -> tuple[str, ...]:
    settles = step.texts("settles", [])
    if settles and (len(set(settles)) < 2 or set(settles) - set(earlier)):
        raise step.error("settles", f"names two or more of the steps before it: {', '.join(earlier)}")
    return settles


def _pauses(step: Section, clock: str | None) -> tuple[PauseSpec, ...]:
    pauses = []
    for section in step.sections("pauses"):
        pause = PauseSpec(section.text("key"), section.text("label"), section.cites())
        section.close()
        if not pause.cites:
            raise section.error("cites", "a term stands still only by a clause")
        pauses.append(pause)
    if pauses and clock is None:
        raise step.error("pauses", "the step has no clock that could stand still")
    if len({pause.key for pause in pauses}) != len(pauses):
        raise step.error("pauses", "each has a key of its own")
    return tuple(pauses)


def _competence(row: Section) -> Competence:
    of = row.choice("of", _ROLES) if "of" in row else None
    built = Competence(row.choice("level", _ABOVE), of, _conditions(row))
    row.close()
    return built
