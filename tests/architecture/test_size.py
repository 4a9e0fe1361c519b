"""Files and functions stay small; an exception is named here with its reason, and shrinks or goes."""

from __future__ import annotations

from tests.architecture.source import ROOT, SRC, functions, module_of, python_files

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def test_no_file_is_longer_than_the_limit_unless_named() -> None:
    long = {module_of(p) for p in python_files() if len(p.read_text().splitlines()) > MAX_FILE_LINES}
    assert long == set(LONG_FILES)


def test_files_of_tests_and_benches_are_no_longer_either() -> None:
    theirs = [path for folder in ("tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    assert len(theirs) > 100
    long = {str(p.relative_to(ROOT)) for p in theirs if len(p.read_text().splitlines()) > MAX_FILE_LINES}
    assert long == set()


def test_no_function_is_longer_than_the_limit_unless_named() -> None:
    long = {f.label: f.length for f in functions() if f.length > MAX_FUNCTION_LINES}
    assert set(long) == set(LONG_FUNCTIONS), long


def test_templates_and_styles_stay_readable() -> None:
    pages = [*SRC.rglob("*.html"), *(ROOT / "policies").rglob("*.typ")]
    assert {p.name for p in pages if len(p.read_text().splitlines()) > MAX_FILE_LINES} == set()
