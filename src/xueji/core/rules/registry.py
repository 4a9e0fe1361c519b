"""The registry of named rules, and the one loop that runs them as a pack switches them on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from xueji.core.errors import PolicyError
from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule says when it does not simply return a message: another field, a remedy, a row of a roster."""

    message: str
    field: str | None = None
    remedy: str = ""
    row: int = 0


CheckResult = str | Problem | Sequence[Problem] | None


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule is given besides the facts: the pack on the legal date, the surroundings, its parameters."""

    view: PackView
    surroundings: Surroundings
    params: Mapping[str, object]


Check = Callable[..., CheckResult]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule: its topic, the fact it speaks of, and the parameters that a pack must give it."""

    id: str
    topic: str
    check: Check
    field: str | None
    params: Mapping[str, type]


REGISTRY: dict[str, Rule] = {}


def rule(
    rule_id: str, *, topic: str, field: str | None = None, params: Mapping[str, type] | None = None
) -> Callable[[Check], Check]:
    """Register a rule under its name; a second rule of the same name is a bug."""

    def register(check: Check) -> Check:
        if rule_id in REGISTRY:
            raise ValueError(f"two rules are called {rule_id}")
        REGISTRY[rule_id] = Rule(rule_id, topic, check, field, dict(params or {}))
        return check

    return register


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A switched-on rule, ready to run many times."""

    rule: Rule
    severity: Severity
    cites: tuple[Citation, ...]
    params: Mapping[str, object]


@lru_cache(maxsize=512)
def _prepared(view: PackView, topic: str) -> tuple[_Prepared, ...]:
    """Look up the rules of a topic once for each view: half a million rows share them."""
    prepared = []
    for switch in view.rules(topic):
        if switch.rule not in REGISTRY:
            raise PolicyError(view.pack.id, f"rules.{switch.rule}", "core has no such rule")
        prepared.append(_Prepared(REGISTRY[switch.rule], switch.severity, switch.cites, switch.params))
    return tuple(prepared)


@lru_cache(maxsize=64)
def _with_givens(view: PackView, topic: str, surroundings: Surroundings) -> tuple[tuple[_Prepared, Given], ...]:
    """Put together what each rule is given, once for all rows that share their surroundings."""
    return tuple((item, Given(view, surroundings, item.params)) for item in _prepared(view, topic))


def run_rules(view: PackView, topic: str, subject: object, surroundings: Surroundings) -> list[tuple[int, Finding]]:
    """Run the pack's rules of a topic on facts; return findings with the index of their row (0 outside rosters)."""
    found: list[tuple[int, Finding]] = []
    for item, given in _with_givens(view, topic, surroundings):
        outcome = item.rule.check(subject, given)
        if outcome is None:
            continue
        if isinstance(outcome, str):
            outcome = Problem(outcome)
        for problem in (outcome,) if isinstance(outcome, Problem) else outcome:
            field = problem.field or item.rule.field
            finding = Finding(item.rule.id, item.severity, problem.message, field, problem.remedy, item.cites)
            found.append((problem.row, finding))
    return found
