"""What packs may show of a batch beside its list: records, forms and draws, as far as the system holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xueji.core.findings import Citation
from xueji.core.packs import PackView
from xueji.core.record_facts import RECORD_KINDS
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_of_case
from xueji.graduation.records import reviewing
from xueji.graduation.records.comparison import compare_forms
from xueji.graduation.records.reviewing import Tally
from xueji.web.casepages import Context, Look, panel


def _records(look: Look, kind: str, tally: Callable[[Batch], Tally], wanted: str) -> Context:
    """Return a kind of record with the clause of its form; `wanted` says what the figure counts."""
    batch = look.once(batch_of_case)
    cites = look.law.workbook(kind).cites if kind in look.law.keys("workbook") else ()
    return {
        "label": RECORD_KINDS[kind].label,
        "kind": kind,
        "batch": batch,
        "tally": tally(batch),
        "wanted": wanted,
        "cites": cites,
    }


@panel("vocational", "panels/records.html")
def vocational(look: Look) -> Context:
    """Who holds the vocational certificate of their level."""
    return _records(look, "vocational", lambda batch: reviewing.vocational_tally(batch, look.law), "已取得相应等级证书")


@panel("employment", "panels/records.html")
def employment(look: Look) -> Context:
    """Where graduates are to work."""
    return _records(look, "employment", reviewing.employment_tally, "已录入就业情况")


@panel("results", "panels/records.html")
def results(look: Look) -> Context:
    """Whose marks by subject are on record, with their teachers."""
    return _records(look, "results", reviewing.results_tally, "已录入各科成绩")


@panel("efile", "panels/records.html")
def efile(look: Look) -> Context:
    """Whom the national system shows as graduated."""
    return _records(look, "efile", reviewing.efile_tally, "学籍系统已按名单作毕（结）业处理")


@panel("changes", "panels/records.html")
def changes(look: Look) -> Context:
    """Changes of status, by type."""
    return _records(look, "changes", reviewing.changes_tally, "异动")


@panel("college", "panels/records.html")
def college(look: Look) -> Context:
    """Who goes on to a college."""
    return _records(look, "college", reviewing.college_tally, "升入对口高职院校")


@panel("groups", "panels/groups.html")
def groups(look: Look) -> Context:
    """The list counted as the forms count it."""
    found = reviewing.head_groups(look.once(batch_of_case))
    return {"groups": found, "heads": sum(group.count for group in found), "has_levels": any(g.level for g in found)}


@panel("durations", "panels/durations.html")
def durations(look: Look) -> Context:
    """How long graduates studied beside their duration."""
    spans = reviewing.spans_of_study(look.once(batch_of_case))
    return {"spans": spans, "cites": _of_rule(look.law, "graduate.duration_allowed")}


@panel("registry", "panels/registry.html")
def registry(look: Look) -> Context:
    """The list beside the register of students."""
    return {"comparison": reviewing.compare_with_registry(look.once(batch_of_case))}


@panel("applied", "panels/applied.html")
def applied(look: Look) -> Context:
    """Receipt, application for numbers and list side by side."""
    return {"comparison": compare_forms(look.once(batch_of_case)), "cites": _of_topic(look.law, "forms")}


@panel("spot_check", "panels/spot_check.html")
def spot_check(look: Look) -> Context:
    """The handbooks drawn, and what was found in them."""
    batch, stages = look.once(batch_of_case), look.law.process().stages if look.law.keys("process") else ()
    cites = next((stage.cites for stage in stages if stage.key == "spot_check"), ())
    return {"standing": reviewing.spot_check_standing(batch), "batch": batch, "cites": cites}


def _of_rule(view: PackView, rule: str) -> tuple[Citation, ...]:
    return next((switch.cites for switch in view.rules(rule.partition(".")[0]) if switch.rule == rule), ())


def _of_topic(view: PackView, topic: str) -> tuple[Citation, ...]:
    return _once(cite for switch in view.rules(topic) for cite in switch.cites)


def _once(cites: Iterable[Citation]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(cites))
