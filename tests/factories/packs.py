"""Packs of a test: a real one with some of its items in another shape, in the place of the real one."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest
from django.urls import get_resolver

from xueji.core.findings import Citation, Severity
from xueji.core.numbering import NumberPart, NumberShape
from xueji.core.packs import Dated, NumberingSpec, Pack, PackItem, ProcessSpec, RuleSwitch, StageSpec
from xueji.core.workflow import StepSpec, WorkflowSpec
from xueji.policy import PackLibrary, get_library

BASE = "edu/shaanxi-weinan"
ID = "fictional/variant"
ALWAYS = Dated(date(1990, 1, 1))
CLAUSE = Citation("weinan-2019-22", "二")


def item(kind: str, key: str, value: object) -> PackItem:
    """Return an item always in force."""
    return PackItem(kind, key, value, ALWAYS)


def variant(*items: PackItem, base: str = BASE) -> Pack:
    """Return a pack that has everything of a real one but these items, under an id of its own."""
    real = get_library().pack(base)
    return Pack(
        id=ID, title="虚构的变体", line=real.line, territory=real.territory, parent=real, hash="e" * 64, dated=ALWAYS,
        sources=MappingProxyType({}), readings=(), items=items,
    )  # fmt: skip


def use(monkeypatch: pytest.MonkeyPatch, *items: PackItem, base: str = BASE) -> Pack:
    """Put the variant in the place of the real pack until the test ends."""
    pack = variant(*items, base=base)
    others = [pack for pack in get_library().packs() if pack.id != base]
    use_library(monkeypatch, PackLibrary([*others, pack]))
    return pack


def use_library(monkeypatch: pytest.MonkeyPatch, library: PackLibrary) -> None:
    """Put a library in the place of the installation's, wherever it is asked for, until the test ends."""
    get_resolver().url_patterns  # noqa: B018  # a page loaded only now would keep the library for good
    for name, module in list(sys.modules.items()):
        if name.startswith("xueji.") and "get_library" in vars(module):
            monkeypatch.setattr(module, "get_library", lambda: library)


def numbering(kind: str = "graduation", **changes: object) -> PackItem:
    """Return a numbering of the base in another shape."""
    spec = get_library().pack(BASE).on(date(2019, 7, 1)).numbering("graduation")
    return item("numbering", kind, replace(spec, kind=kind, **changes))


def granted_in_blocks() -> PackItem:
    """Return a numbering whose numbers are applied for: «字（2019）000001»."""
    shape = NumberShape(
        (NumberPart("year", "年份", 4), NumberPart("serial", "流水号", 6)), prefix="字（{year}）"
    )  # fmt: skip
    return numbering(shape=shape, fixed={}, counter_parts=("year",), sources={"year": "season.year"}, granting="block")


def in_many_parts(kind: str = "graduation", prefix: str = "") -> PackItem:
    """Return a numbering whose head tells level and programme, its serial counted per school and year."""
    shape = NumberShape(
        (
            NumberPart("region", "行政区划", 2), NumberPart("school", "学校", 3), NumberPart("school_level", "办学层次", 1),
            NumberPart("year", "年份", 4), NumberPart("level", "培养层次", 1), NumberPart("programme", "专业", 4),
            NumberPart("serial", "顺序号", 4),
        ),
        prefix=prefix,
    )  # fmt: skip
    sources = {
        "region": "school.region", "school": "school.ordinal", "school_level": "school.level", "year": "season.year",
        "level": "graduate.level", "programme": "programme.code",
    }  # fmt: skip
    digits = {"school_level": {"甲等": "1", "乙等": "2"}, "level": {"高班": "2", "中班": "3"}}
    return numbering(
        kind, shape=shape, fixed={}, counter_parts=("region", "school", "year"), sources=sources, digits=digits
    )


def spec_of(found: PackItem) -> NumberingSpec:
    """Return the numbering in an item."""
    assert isinstance(found.value, NumberingSpec)
    return found.value


ALL = ("approve", "return", "refuse")


def workflow(kind: str, *steps: tuple[str, str, str], label: str = "") -> PackItem:
    """Return a workflow from (key, level, post)."""
    made = tuple(StepSpec(key, key, level, post, None, ALL) for key, level, post in steps)
    return item("workflow", kind, WorkflowSpec(kind, label or kind, made, (CLAUSE,)))


def school_county_city(kind: str, label: str = "") -> PackItem:
    """Return the workflow school → county → city."""
    return workflow(
        kind, ("school", "school", "school_leader"), ("county", "county", "county_reviewer"),
        ("city", "city", "city_reviewer"), label=label,
    )  # fmt: skip


def certificate_cases() -> tuple[PackItem, ...]:
    """Return the workflows of correction, voiding and replacement."""
    return tuple(
        school_county_city(f"certificate_{kind}", label)
        for kind, label in (("correction", "证书更正"), ("voiding", "证书作废"), ("replacement", "证书换发"))
    )


def process(*stages: tuple[str, tuple[str, ...]]) -> PackItem:
    """Return the stages of a batch from (key, after)."""
    made = tuple(StageSpec(key, f"阶段{key}", after, (CLAUSE,)) for key, after in stages)
    return item("process", "graduation", ProcessSpec("graduation", "流程", made, (CLAUSE,)))


def completion_by_claim() -> tuple[PackItem, ...]:
    """Return the rule under which a row says itself whether it is for graduation or completion."""
    params = {
        "fields": ["overall_mark"], "failing": ["不及格"], "pass_mark": 60, "graduation": ["毕业"], "completion": ["结业"],
    }  # fmt: skip
    switch = RuleSwitch(
        "graduate.outcome_follows_marks", "graduate", ALWAYS, (CLAUSE,), Severity.ERROR, MappingProxyType(params)
    )
    off = RuleSwitch("graduate.marks_passed", "off", ALWAYS, (CLAUSE,), Severity.ERROR, MappingProxyType({}))
    return (
        item("rule", "graduate.outcome_follows_marks", switch),
        item("rule", "graduate.marks_passed", off),
        item("value", "failed_marks_lead_to", "completion"),
    )
