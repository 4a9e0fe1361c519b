"""The lint of packs below a notice that forbids local additions: a city may detail, never add or tighten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xueji.core.calendar import Clock
from xueji.core.findings import Severity
from xueji.core.obligations import MeasureSpec, ObligationSpec
from xueji.core.packs import ColumnSpec, Pack, PackItem, RuleSwitch, WorkbookSpec
from xueji.core.status_specs import ChangeSpec, ClosingSpec
from xueji.core.workflow import WorkflowSpec

_WEIGHT = {Severity.ADVICE: 0, Severity.WARNING: 1, Severity.ERROR: 2}
NEGATIVE_LIST = "negative_list"


def forbidden_additions(pack: Pack) -> list[str]:
    """Return what a pack adds against the word of a pack above it; empty when it adds nothing or may.

    Looked at: rules and their severity, approval steps, their levels and how many decide them, items of the negative list, required
    columns, terms cut short, last days brought forward, changes of status narrowed, things owed, and what measures withhold. Each is compared with every version that stands above.
    """
    above = pack.parent.lineage() if pack.parent else ()
    if not any(layer.forbids_additions for layer in above):
        return []
    inherited: dict[tuple[str, str], list[object]] = {}
    for layer in above:
        for item in layer.items:
            inherited.setdefault((item.kind, item.key), []).append(item.value)
    return [*_off_the_record(pack), *_all_additions(pack, inherited)]


def _all_additions(pack: Pack, inherited: Mapping[tuple[str, str], list[object]]) -> Iterator[str]:
    yield from (text for item in pack.items for text in _additions(item, inherited.get((item.kind, item.key), [])))


def _off_the_record(pack: Pack) -> Iterator[str]:
    """Rules of a place act once they are on record above, not before."""
    if pack.recorded_on is None:
        yield "says no day on which it was put on record above (recorded_on)"
    elif pack.dated.in_force < pack.recorded_on:
        yield f"is in force from {pack.dated.in_force}, before it was put on record ({pack.recorded_on})"


def _additions(item: PackItem, above: list[object]) -> Iterator[str]:
    value = item.value
    if isinstance(value, RuleSwitch):
        yield from _rule_additions(value, above)
    elif isinstance(value, WorkflowSpec):
        yield from _step_additions(value, [w for w in above if isinstance(w, WorkflowSpec)])
    elif isinstance(value, WorkbookSpec):
        required = {c.field for w in above if isinstance(w, WorkbookSpec) for c in w.columns if c.required}
        yield from (f"requires the column {c.header!r} of {item.key}" for c in _newly_required(value, required))
    elif isinstance(value, Clock):
        longest = max((c.days for c in above if isinstance(c, Clock) and c.unit == value.unit), default=None)
        if longest is None or value.days < longest:
            yield f"adds or shortens the term {item.key!r}"
    elif isinstance(value, ChangeSpec | ClosingSpec):
        yield from _status_additions(value, above)
    elif isinstance(value, MeasureSpec):
        known_withheld = {name for m in above if isinstance(m, MeasureSpec) for name in m.withholds}
        yield from (f"lets {item.key} withhold {name}" for name in value.withholds if name not in known_withheld)
    elif isinstance(value, ObligationSpec) and not above:
        yield f"adds the obligation {item.key!r}"
    elif item.kind == "table" and item.key == NEGATIVE_LIST and isinstance(value, Mapping):
        known_codes = {code for table in above if isinstance(table, Mapping) for code in table}
        yield from (f"adds {code} to the negative list" for code in value if code not in known_codes)


def _step_additions(workflow: WorkflowSpec, above: list[WorkflowSpec]) -> Iterator[str]:
    """A second hand at a step that stands above is no step more; it is to stand there as well, and so is its absence."""
    hands: dict[tuple[str | None, str, str], set[int]] = {}
    for step in (step for spec in above for step in spec.steps):
        hands.setdefault((step.of, step.level, step.post), set()).add(step.hands)
    for step in workflow.steps:
        known = hands.get((step.of, step.level, step.post))
        if known is None:
            yield f"adds the step {step.key!r} ({step.level}, {step.post}) to {workflow.kind}"
        elif step.hands not in known:
            yield f"has the step {step.key!r} of {workflow.kind} decided by {step.hands}, not {min(known)}"


def _status_additions(value: ChangeSpec | ClosingSpec, above: list[object]) -> Iterator[str]:
    if isinstance(value, ChangeSpec):
        yield from _change_additions(value, [c for c in above if isinstance(c, ChangeSpec)])
        return
    days = [(c.spring, c.autumn) for c in above if isinstance(c, ClosingSpec)]
    if not any(value.spring >= spring and value.autumn >= autumn for spring, autumn in days):
        yield f"adds or brings forward the last day {value.key!r}"


def _change_additions(change: ChangeSpec, above: list[ChangeSpec]) -> Iterator[str]:
    for known in above[:1]:
        starts = [*known.allowed, *known.silent]
        yield from (
            f"refuses {change.key} from {status}"
            for status in starts
            if known.starts_from(status) and not change.starts_from(status)
        )
        yield from (f"asks {change.key} for the paper {key}" for key in change.evidence if key not in known.evidence)


def _rule_additions(switch: RuleSwitch, above: list[object]) -> Iterator[str]:
    known = [s for s in above if isinstance(s, RuleSwitch)]
    if not known:
        yield f"adds the rule {switch.rule}"
    elif _WEIGHT[switch.severity] > max(_WEIGHT[s.severity] for s in known):
        yield f"makes the rule {switch.rule} stricter ({switch.severity.value})"
    elif all(switch.params != s.params for s in known):
        yield f"changes the limits of the rule {switch.rule}"


def _newly_required(book: WorkbookSpec, required: set[str]) -> Iterator[ColumnSpec]:
    return (column for column in book.columns if column.required and column.field not in required)
