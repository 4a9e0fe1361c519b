"""Two versions of a pack asked about the same people: who changes, and nobody else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from xueji.ask.impact import compare_versions, read_population, read_version
from xueji.cli import main
from xueji.core.errors import BadInput
from xueji.policy import find_directory

HENAN = "edu/henan"
BEFORE, AFTER = "params = { percent = 2 }", "params = { percent = 3 }"  # of FM5: the share of students who differ
FAILED = {
    "question": "supervision",
    "facts": {"item": "FM5", "differing": 21, "total": 1000},
    "student": "甲",
    "school": "一中",
}
PASSED = {
    "question": "supervision",
    "facts": {"item": "FM5", "differing": 20, "total": 1000},
    "student": "乙",
    "school": "二中",
}


def lines(*questions: dict[str, object]) -> list[str]:
    return [json.dumps(question, ensure_ascii=False) for question in questions]


@pytest.fixture
def draft(tmp_path) -> Path:
    """A library in which Henan's share of differing students is another one."""
    folder = tmp_path / "policies"
    shutil.copytree(find_directory(), folder)
    path = folder / HENAN / "rules.toml"
    text = path.read_text("utf-8")
    assert text.count(BEFORE) == 1
    path.write_text(text.replace(BEFORE, AFTER), encoding="utf-8")
    return folder


def test_the_same_version_changes_nobody() -> None:
    version = read_version(HENAN)
    impact = compare_versions(version, version, read_population(lines(FAILED, PASSED)), row_limit=9)
    assert impact.is_nothing
    assert (impact.asked.total(), len(impact.everybody["school"])) == (2, 2)


def test_a_draft_changes_whom_it_changes_and_nobody_else(draft) -> None:
    impact = compare_versions(
        read_version(HENAN), read_version(f"{draft}#{HENAN}"), read_population(lines(FAILED, PASSED)), row_limit=9
    )
    (changed,) = impact.rows
    assert changed.asked.who == {"student": "甲", "school": "一中"}
    assert (changed.before["hit"], changed.after["hit"]) == (True, False)
    assert impact.affected == {"student": {"甲"}, "school": {"一中"}, "diploma": set()}
    assert set(impact.changed_rules) == {"supervision.fm5 error"}
    assert "不再有" in changed.sentence


def test_rows_beyond_the_limit_are_counted(draft) -> None:
    impact = compare_versions(
        read_version(HENAN), read_version(f"{draft}#{HENAN}"), read_population(lines(FAILED, FAILED)), row_limit=1
    )
    assert (len(impact.rows), impact.left_out, impact.changed_by_question.total()) == (1, 1, 2)


def test_a_version_before_the_law_was_in_force(tmp_path, capsys) -> None:
    facts = tmp_path / "facts.jsonl"
    facts.write_text("\n".join(lines({**FAILED, "diploma": "2021-1"})), encoding="utf-8")
    assert main(["impact", f"{HENAN}@2021-04-11", f"{HENAN}@2021-04-12", "--facts", str(facts), "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["changed"] == {"questions": 1, "students": 1, "schools": 1, "diplomas": 1}
    assert "error" in printed["rows"][0]["before"]
    assert printed["rows"][0]["after"]["hit"] is True


def test_exit_status(tmp_path, capsys) -> None:
    facts = tmp_path / "facts.jsonl"
    facts.write_text("\n".join(lines(FAILED, PASSED)), encoding="utf-8")
    assert main(["impact", HENAN, HENAN, "--facts", str(facts)]) == 0
    assert "共问 2 条，0 条的结论会变（学生 0／2，学校 0／2" in capsys.readouterr().out
    assert main(["impact", HENAN, "edu/nowhere", "--facts", str(facts), "--json"]) == 2
    assert "没有政策包" in json.loads(capsys.readouterr().out)["error"]
    assert main(["impact", HENAN, HENAN, "--facts", str(tmp_path / "none")]) == 2
    assert "读取文件出错" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "第 1 行不是 JSON"),
        ("[]", "第 1 行应为"),
        ('{"question": "supervision"}', "第 1 行应为"),
        ('{"question": "weather", "facts": {}}', "没有问题「weather」"),
        ('{"question": "supervision", "facts": {}, "name": "甲"}', "不认识的「name」"),
    ],
)
def test_a_population_that_is_not_understood(line, words) -> None:
    with pytest.raises(BadInput) as refused:
        list(read_population([line]))
    assert words in refused.value.message


@pytest.mark.parametrize("text", [f"{HENAN}@2021", "/nowhere#edu/henan"])
def test_a_version_that_is_not_understood(text) -> None:
    with pytest.raises(BadInput, match=r"日期应写作|没有这个政策包目录"):
        read_version(text)
