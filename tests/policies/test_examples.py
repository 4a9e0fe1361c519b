"""Runs the examples that stand beside each pack: the tests of the law, written by whoever knows the law."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date

import pytest

from xueji.ask import ask
from xueji.core.findings import Citation
from xueji.core.packs import Pack
from xueji.policy import find_directory, get_library

DIRECTORY = find_directory()
LOOKED_UP = ("clause", "document", "photo", "workflow", "value", "guidance", "windows")


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
    for cite in example.get("cites", []):
        assert cite in [{"source": c["source"], "clause": c["clause"]} for c in reply["cites"]]


def check_value(pack: Pack, example: dict) -> None:
    view = pack.on(date.fromisoformat(example["on"]))
    (section,) = [name for name in LOOKED_UP if name in example]
    if section == "windows":
        found = view.windows(example["windows"]["year"], example["windows"]["term"])
        picked = [{k: getattr(w, k) for k in expected} for w, expected in zip(found, example["expect"], strict=True)]
        assert picked == example["expect"]
    elif section == "clause":
        source, text = view.clause(Citation(*example["clause"]))
        assert source.number == example["source"]
        assert all(words in text for words in example["words"])
    elif section == "value":
        assert view.value(example["value"]) == example["expect"]
    elif section == "guidance":
        told = view.guidance(example["guidance"])
        assert told is not None
        assert all(words in told.text for words in example["words"])
        assert Citation(*example["cited"]) in told.cites
    elif section == "workflow":
        steps = [[step.level, step.post] for step in view.workflow(example["workflow"]).steps]
        assert steps == example["steps"]
    else:
        look_up = view.document if section == "document" else view.photo_profile
        spec = look_up(example[section])
        for key, expected in example.get("expect", {}).items():
            found = getattr(spec, key)
            assert (list(found) if isinstance(found, tuple) else found) == expected
        for key, expected in example.get("settings", {}).items():
            assert spec.settings[key] == expected
        if "headers" in example:
            assert [column["header"] for column in spec.settings["columns"]] == example["headers"]


def test_every_pack_has_examples():
    for pack in get_library().packs():
        assert list((DIRECTORY / pack.id / "examples").glob("*.toml")), pack.id
