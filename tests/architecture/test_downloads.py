"""A file goes out on record: every view that sends one says in the ledger who took it, or is named here with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import parsed

import xueji

WEB = Path(xueji.__file__).parent / "web"
SENDS = {"stored_answer", "made_answer"}
RECORDS = {
    "record_fetch",
    "record_download",
    "take_pages",
    "take_runs",
    "note_look",
    "note_photos",
    "record_attestation_fetch",
    "hand_out_passwords",  # an event an account
    "record_letter_fetch",
}
NOTHING_PERSONAL = {
    "applicant/photographing.py:picture": "people look at what they sent themselves",
    "applicant/blacklist.py:own_answer": "the same",
    "authority/directory.py:template": "an empty workbook to fill in",
    "authority/licences.py:template": "an empty workbook to fill in",
    "school/admissions.py:admission_template": "an empty workbook to fill in",
    "school/batches.py:template": "an empty workbook to fill in",
    "school/records.py:record_template": "an empty workbook to fill in",
    "public/letters.py:service_form": "a form of the notice, filled with nobody's name",
    "school/printing.py:sheet": "crosses on a calibration sheet",
}


def called_by(function: ast.FunctionDef) -> set[str]:
    return {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def unrecorded(source: str) -> Iterator[str]:
    for function in ast.walk(parsed(source)):
        if isinstance(function, ast.FunctionDef) and (called := called_by(function)) & SENDS and not called & RECORDS:
            yield function.name


def test_every_file_that_goes_out_is_on_record() -> None:
    found = {
        f"{path.relative_to(WEB)}:{name}"
        for path in WEB.rglob("*.py")
        if path.name != "listing.py"
        for name in unrecorded(path.read_text(encoding="utf-8"))
    }
    assert found == set(NOTHING_PERSONAL)


def test_a_file_sent_without_a_word_is_seen() -> None:
    assert list(unrecorded("def paper(request):\n    return stored_answer(file, 'a.pdf')\n")) == ["paper"]
    assert (
        list(unrecorded("def paper(request):\n    note_look(request)\n    return stored_answer(file, 'a.pdf')\n")) == []
    )
