"""Runs the examples that stand beside each pack: the tests of the law, written by whoever knows the law."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date

import pytest

from xueji.ask import ask
from xueji.core.findings import Citation
from xueji.core.obligations import measures_of, obligations_after
from xueji.core.packs import Pack, PackView, Quotation, RuleSwitch
from xueji.policy import find_directory, get_library

DIRECTORY = find_directory()


def examples() -> Iterator[object]:
    for pack in get_library().packs():
        for path in sorted((DIRECTORY / pack.id / "examples").glob("*.toml")):
            for name, example in tomllib.loads(path.read_text(encoding="utf-8")).items():
                yield pytest.param(pack, example, id=f"{pack.id}:{path.stem}:{name}")


@pytest.mark.parametrize(("pack", "example"), list(examples()))
def test_example_of_the_pack(pack: Pack, example: dict):
    if "question" in example:
        check_question(pack, example)
    else:
        check_value(pack, example)


def check_question(pack: Pack, example: dict) -> None:
    reply = ask({"pack": pack.id, "question": example["question"], "facts": example["facts"]}, get_library())
    if "error" in example:
        assert example["error"] in reply["error"]
        return
    assert "error" not in reply, reply
    assert {key: reply["answer"][key] for key in example["answer"]} == example["answer"]
    if "findings" in example:
        assert [finding["rule"] for finding in reply["findings"]] == example["findings"]
    if "readings" in example:
        assert [reading["key"] for reading in reply["readings"]] == example["readings"]
    if "steps" in example:
        assert [_written(step) for step in reply["answer"]["route"]] == example["steps"]
    if "items" in example:
        copies = {1: ""}
        written = [item["id"] + copies.get(item["copies"], f" ×{item['copies']}") for item in reply["answer"]["items"]]
        assert written == example["items"]
    for cite in example.get("cites", []):
        assert cite in [{"source": c["source"], "clause": c["clause"]} for c in reply["cites"]]


def _written(step: dict) -> list:
    """Return a step of a route as an example writes it: a school has no code, a step without a term has none of days."""
    return [step["by"], step["level"], step["territory"] or "", step["act"], step["working_days"] or 0]


def check_value(pack: Pack, example: dict) -> None:
    view = pack.on(date.fromisoformat(example["on"]))
    (section,) = [name for name in LOOKED_UP if name in example]
    LOOKED_UP[section](view, example)


def check_windows(view: PackView, example: dict) -> None:
    found = view.windows(example["windows"]["year"], example["windows"]["term"])
    picked = [{k: getattr(w, k) for k in expected} for w, expected in zip(found, example["expect"], strict=True)]
    assert picked == example["expect"]


def check_clause(view: PackView, example: dict) -> None:
    source, text = view.clause(Citation(*example["clause"]))
    assert source.number == example["source"]
    assert all(words in text for words in example["words"])


def check_single_value(view: PackView, example: dict) -> None:
    assert view.value(example["value"]) == example["expect"]


def check_guidance(view: PackView, example: dict) -> None:
    sentence = view.guidance(example["guidance"])
    assert sentence is not None
    assert all(words in sentence.text for words in example["words"])
    assert Citation(*example["cited"]) in sentence.cites


def check_quotation(view: PackView, example: dict) -> None:
    quoted = view.items["quotation"][example["quotation"]]
    assert isinstance(quoted, Quotation)
    assert all(words in quoted.text for words in example["words"])
    assert quoted.cites


def check_measures(view: PackView, example: dict) -> None:
    assert {measure.label: list(measure.withholds) for measure in measures_of(view)} == example["measures"]


def check_obligations(view: PackView, example: dict) -> None:
    owed = obligations_after(view, example["obligations"])
    assert [[spec.label, view.clock(spec.clock).days] for spec in owed] == example["owed"]


def check_process(view: PackView, example: dict) -> None:
    assert [[stage.key, list(stage.after)] for stage in view.process(example["process"]).stages] == example["stages"]


def check_workbook(view: PackView, example: dict) -> None:
    columns = {column.header: column for column in view.workbook(example["workbook"]).columns}
    assert set(example["headers"]) <= set(columns)
    assert [header for header, column in columns.items() if column.required] == example["required"]


def check_table(view: PackView, example: dict) -> None:
    assert list(view.table(example["table"]).values()) == example["names"]


def check_rule(view: PackView, example: dict) -> None:
    switch = view.items["rule"][example["rule"]]
    assert isinstance(switch, RuleSwitch)
    assert {key: switch.params[key] for key in example["expect"]} == example["expect"]


def check_reading(view: PackView, example: dict) -> None:
    (text,) = [r.text for r in view.readings if r.key == example["reading"] and r.pack == view.pack.id]
    assert all(words in text for words in example["words"])


def check_workflow(view: PackView, example: dict) -> None:
    steps = view.workflow(example["workflow"]).steps
    assert [[step.level, step.post] for step in steps] == example["steps"]
    assert {step.level: step.unless for step in steps if step.unless} == example.get("unless", {})


def check_spec(view: PackView, example: dict) -> None:
    looks = {"document": view.document, "photo": view.photo_profile, "numbering": view.numbering, "blank": view.blank}
    (section,) = [name for name in looks if name in example]
    spec = looks[section](example[section])
    for key, expected in example.get("expect", {}).items():
        found = getattr(spec, key)
        assert (list(found) if isinstance(found, tuple) else found) == expected
    for key, expected in example.get("settings", {}).items():
        assert spec.settings[key] == expected
    if "headers" in example:
        printed = [column["header"].replace("\n", "") for column in spec.settings["columns"]]
        assert printed == example["headers"]


LOOKED_UP = {
    "windows": check_windows,
    "clause": check_clause,
    "value": check_single_value,
    "guidance": check_guidance,
    "quotation": check_quotation,
    "measures": check_measures,
    "obligations": check_obligations,
    "process": check_process,
    "workbook": check_workbook,
    "table": check_table,
    "rule": check_rule,
    "reading": check_reading,
    "workflow": check_workflow,
    "document": check_spec,
    "photo": check_spec,
    "numbering": check_spec,
    "blank": check_spec,
}


def test_every_pack_has_examples():
    for pack in get_library().packs():
        assert list((DIRECTORY / pack.id / "examples").glob("*.toml")), pack.id
