"""`xueji ask`: a question about the rules, answered from the packs alone, without a database.

One JSON object asks, one answers; what cannot be answered is `{"error": …}` in words that name the choices.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TextIO

from xueji.ask import graduates, services, status, supervision
from xueji.ask.facts import Facts, names, only
from xueji.ask.replies import Answer
from xueji.core.errors import BadInput, PolicyError, XuejiError
from xueji.core.packs import Pack
from xueji.policy import PackLibrary, get_library

QUESTIONS: Mapping[str, Callable[[Pack, Facts], Answer]] = {
    "deadline": graduates.answer_deadline,
    "number.format": graduates.answer_number_format,
    "number.parse": graduates.answer_number_parse,
    "graduation": graduates.answer_graduation,
    "duration": status.answer_duration,
    "change": status.answer_change,
    "window": status.answer_window,
    "filing": status.answer_filing,
    "duplicate": status.answer_duplicate,
    "supervision": supervision.answer_supervision,
    "rating": supervision.answer_rating,
    "authority": services.answer_authority,
    "evidence": services.answer_evidence,
    "office": services.answer_office,
    "sanction": services.answer_sanction,
}


def ask(question: Facts, library: PackLibrary) -> Answer:
    """Answer one question; errors come back as `{"error": message}`, never as exceptions."""
    try:
        return _answer(question, library)
    except PolicyError:
        raise  # a wrong pack is our fault, not the question's
    except XuejiError as refused:
        return {"error": refused.message}


def _answer(question: Facts, library: PackLibrary) -> Answer:
    if not isinstance(question, Mapping):
        raise BadInput('一个问题是一个 JSON 对象，如 {"pack": …, "question": …, "facts": {…}}')
    only(question, ("pack", "question", "facts"), "问题")
    for key in ("pack", "question"):
        if not isinstance(question.get(key), str):
            raise BadInput(f"问题缺少「{key}」；可用：{names(_choices(library, key))}")
    pack = library.pack(question["pack"])
    facts = question.get("facts", {})
    if not isinstance(facts, Mapping):
        raise BadInput("「facts」应为 JSON 对象")
    kind = question["question"]
    if kind not in QUESTIONS:
        raise BadInput(f"没有问题「{kind}」；可用：{names(QUESTIONS)}")
    return QUESTIONS[kind](pack, facts)


def _choices(library: PackLibrary, key: str) -> Iterable[str]:
    return [pack.id for pack in library.packs()] if key == "pack" else QUESTIONS


def run_jsonl(stdin: Iterable[str], stdout: TextIO, library: PackLibrary | None = None) -> int:
    """Answer one question a line, an answer or an error a line; return 0: each line tells how it went."""
    packs = library or get_library()
    for line in stdin:
        if not line.strip():
            continue
        try:
            question = json.loads(line)
        except (ValueError, RecursionError) as unreadable:  # ValueError: also an integer beyond all bounds
            stdout.write(_line({"error": f"这一行不是 JSON：{unreadable}"}))
        else:
            stdout.write(_line(ask(question, packs)))
        stdout.flush()
    return 0


def _line(reply: Answer) -> str:
    """Write an answer on one line; half of a surrogate pair, which UTF-8 cannot hold, stays escaped."""
    text = json.dumps(reply, ensure_ascii=False)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        text = json.dumps(reply)
    return text + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run `xueji ask`: questions as JSON lines from standard input or a file, or one on the command line."""
    parser = argparse.ArgumentParser(
        prog="xueji ask",
        description="Answer rule questions from the policy packs alone (no database).",
        epilog=f"questions: {', '.join(QUESTIONS)}; packs: {', '.join(p.id for p in get_library().packs())}",
    )
    parser.add_argument("source", nargs="?", default="-", help="file of JSON lines, «-» for standard input (default)")
    parser.add_argument(
        "--json", action="store_true", help="answers as JSON lines (the only form; accepted for scripts)"
    )
    parser.add_argument("--pack", help="ask one question: the pack")
    parser.add_argument("--question", help="ask one question: its name")
    parser.add_argument("--facts", default="{}", help="ask one question: its facts as a JSON object")
    options = parser.parse_args(argv)
    if options.pack or options.question:
        try:
            facts = json.loads(options.facts)
        except ValueError as unreadable:
            parser.error(f"--facts is not JSON: {unreadable}")
        question = {"pack": options.pack, "question": options.question, "facts": facts}
        reply = ask(question, get_library())
        sys.stdout.write(json.dumps(reply, ensure_ascii=False, indent=None if options.json else 2) + "\n")
        return 2 if "error" in reply else 0
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if options.source == "-":
        return run_jsonl(sys.stdin, sys.stdout)
    try:
        with open(options.source, encoding="utf-8", errors="replace") as stream:  # noqa: PTH123  # a name as typed, which may be a pipe
            return run_jsonl(stream, sys.stdout)
    except OSError as unreadable:
        parser.error(f"{options.source}: {unreadable.strerror}")
