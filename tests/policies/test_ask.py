from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.ask import QUESTIONS, ask, main, run_jsonl
from xueji.policy import get_library

LIBRARY = get_library()
WEINAN = "edu/shaanxi-weinan"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["2019-07", "3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
KNOWN_FACTS = ["from", "clock", "working_days", "kind", "parts", "number", "on", "name", "resident_id", "birth_date"]
KNOWN_FACTS += ["duration_years", "entry_month", "graduation_month", "season_year", "season_term", "overall_mark"]


def question(kind: str, /, **facts: object) -> dict:
    return {"pack": WEINAN, "question": kind, "facts": facts}


@given(json_values)
def test_no_json_makes_it_raise(value):
    assert set(ask(value, LIBRARY)) in ({"error"}, {"answer", "cites", "findings", "readings"})


@given(
    st.sampled_from([*QUESTIONS]),
    st.sampled_from([pack.id for pack in LIBRARY.packs()]),
    st.dictionaries(
        st.sampled_from(KNOWN_FACTS), json_values | st.sampled_from(["2019-07-08", "graduation"]), max_size=6
    ),
)
def test_no_facts_make_a_question_raise(kind, pack, facts):
    reply = ask({"pack": pack, "question": kind, "facts": facts}, LIBRARY)
    assert set(reply) in ({"error"}, {"answer", "cites", "findings", "readings"})
    json.dumps(reply)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param({}, "edu/shaanxi-weinan", id="empty"),
        pytest.param({"pack": "edu/atlantis", "question": "deadline"}, "edu/national", id="pack"),
        pytest.param({"pack": WEINAN}, "number.format", id="no question"),
        pytest.param({"pack": WEINAN, "question": "weather"}, "number.parse", id="question"),
        pytest.param({"pack": WEINAN, "question": "deadline", "fact": {}}, "facts", id="key"),
        pytest.param(question("deadline", working_days=3), "from", id="no start"),
        pytest.param(question("deadline", **{"from": "2024-02-30", "working_days": 3}), "没有这一天", id="no such day"),
        pytest.param(question("deadline", **{"from": "9999-12-30", "working_days": 3}), "应为日期", id="far future"),
        pytest.param(question("deadline", **{"from": "2024-09-24"}), "after_sealing", id="neither"),
        pytest.param(
            question("deadline", **{"from": "2024-09-24", "clock": "x", "working_days": 1}), "一个", id="both"
        ),
        pytest.param(question("deadline", **{"from": "2024-09-24", "working_days": True}), "整数", id="not a number"),
        pytest.param(question("deadline", **{"from": "2024-09-24", "working_days": 10**9}), "3650", id="too long"),
        pytest.param(question("deadline", **{"from": "2024-09-24", "working_days": 1, "when": 1}), "when", id="fact"),
        pytest.param(question("number.format"), "graduation", id="no kind"),
        pytest.param(question("number.format", kind="graduation"), "year、unit、serial", id="no parts"),
        pytest.param(question("number.format", kind="attestation", parts={}), "graduation", id="kind"),
        pytest.param(question("number.parse", kind="graduation", number=20150500001), "文字", id="number as number"),
        pytest.param(question("graduation", name="王"), "graduation_month", id="no date"),
        pytest.param(question("graduation", graduation_month="2019-17"), "读不懂", id="month"),
        pytest.param(question("graduation", graduation_month="2019-07", duration_years="NaN"), "读不懂", id="NaN"),
        pytest.param(question("graduation", graduation_month="2010-07"), "没有毕业审核", id="before the notice"),
    ],
)
def test_an_error_names_what_is_wrong_or_the_choices(asked, words):
    assert words in ask(asked, LIBRARY)["error"]


FUJIAN = {"name": "林小明", "resident_id": "350102200405030027", "sex": "女", "birth_date": "2004-05-03"}
FUJIAN |= {"programme": "数控加工", "duration_years": 3, "study_mode": "全日制", "entry_month": "2019-09"}
FUJIAN |= {"graduation_month": "2022-06", "overall_mark": "良好"}


@pytest.mark.parametrize(
    "details",
    [
        pytest.param({"details": {"graduate_level": "中级技工班"}}, id="an object"),
        pytest.param({"details.graduate_level": "中级技工班"}, id="by their names"),
    ],
)
def test_facts_of_one_pack_alone_are_details(details):
    asked = {"pack": "hrss/fujian", "question": "graduation", "facts": {**FUJIAN, **details}}
    assert ask(asked, LIBRARY)["answer"]["outcome"] == "graduate"


@pytest.mark.parametrize(
    ("details", "words"),
    [
        pytest.param({"details": "中级技工班"}, "JSON 对象", id="no object"),
        pytest.param({"details": {"graduate_level": ["中级技工班"]}}, "graduate_level", id="a list"),
        pytest.param({"details.": "中级技工班"}, "details.", id="no name"),
    ],
)
def test_details_that_are_none_are_told(details, words):
    asked = {"pack": "hrss/fujian", "question": "graduation", "facts": {**FUJIAN, **details}}
    assert words in ask(asked, LIBRARY)["error"]


def test_answers_quote_the_clause():
    reply = ask(question("deadline", **{"from": "2019-07-12", "clock": "after_sealing"}), LIBRARY)
    assert reply["cites"][0]["clause"] == "四（四）"
    assert "10个工作日" in reply["cites"][0]["text"]


def test_a_stream_answers_line_by_line_and_goes_on_after_an_error():
    out = io.StringIO()
    good = json.dumps(question("number.parse", kind="graduation", number="20190600001"))
    lines = ["not json\n", "\n", good + "\n", '{"pack": "\\ud800", "question": "deadline"}\n', "1" * 5000 + "\n"]
    assert run_jsonl(lines, out, LIBRARY) == 0
    replies = [json.loads(line) for line in out.getvalue().splitlines()]
    assert ["error" in reply for reply in replies] == [True, False, True, True]
    out.getvalue().encode("utf-8")


def test_one_question_on_the_command_line(capsys):
    facts = '{"from": "2024-09-24", "working_days": 10}'
    assert main(["--pack", WEINAN, "--question", "deadline", "--facts", facts, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"]["date"] == "2024-10-12"
    assert main(["--pack", WEINAN, "--question", "weather"]) == 2


def test_a_file_of_questions(tmp_path, capsys):
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(question("number.parse", kind="graduation", number="x")) + "\n", encoding="utf-8")
    assert main([str(path)]) == 0
    assert "毕业年份" in json.loads(capsys.readouterr().out)["error"]
    with pytest.raises(SystemExit):
        main([str(tmp_path / "missing.jsonl")])


def test_as_a_program_without_django_and_with_bytes_that_are_not_text():
    code = "import sys; from xueji.ask import main; main(['--json', '-']); assert 'django' not in sys.modules"
    asked = (
        b"\xff\xfe\n" + json.dumps(question("deadline", **{"from": "2024-09-24", "working_days": 10})).encode() + b"\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=asked, capture_output=True, check=True, timeout=60)
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert "error" in first
    assert second["answer"]["date"] == "2024-10-12"
