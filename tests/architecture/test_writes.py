"""Every write goes through an action; that an action leaves its event is judged while the suite runs (tests/acting.py)."""

from __future__ import annotations

import ast

from tests.architecture.source import module_of, parsed, python_files

WRITING = {"save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create"}
# Places that write by nature, with why.
MAY_WRITE = {
    "jobs/": "progress of a job is not an act of a person; what the job does goes through actions",
    "documents/storage.py": "storing a content is idempotent and belongs to the action that names the file",
    "documents/stripping.py": "the same picture without what travelled with it; the action that calls it leaves the event",
    "documents/resealing.py": "the same contents under another key: nothing that was decided changes",
    "cases/rounds.py": "the part of the case actions that lays and moves the steps of a round; called by them alone",
    "cases/proposals.py": "the part of the case actions that stores and ends what is proposed; called by them alone",
    "ledger/": "the ledger itself",
    "lookup/": "the access log is its own append-only record",
}


def _may_write(module: str) -> bool:
    return "actions" in module.rsplit("/", 1)[-1] or "/actions/" in module or module.startswith(tuple(MAY_WRITE))


def test_no_write_outside_actions() -> None:
    found = []
    for path in python_files():
        module = module_of(path)
        if _may_write(module) or module.startswith(("core/", "policy/", "cli/", "config/", "exchange/")):
            continue
        for call in (n for n in ast.walk(parsed(path.read_text())) if isinstance(n, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in WRITING and _is_model_write(call):
                found.append(f"{module}:{call.lineno} .{call.func.attr}()")
    assert found == []


def _is_model_write(call: ast.Call) -> bool:
    """A call on a manager, a queryset or a model instance: `….objects.….create`, `x.filter(…).update`, `x.save()`."""
    text = ast.unparse(call.func.value)
    if call.func.attr == "save" and call.args:
        return False  # an image or a PDF written to a file: a model's save takes no positional arguments
    return ".objects" in text or "_set" in text or ".filter(" in text or call.func.attr in {"save", "bulk_create"}


def test_no_page_writes_the_ledger_itself() -> None:
    """What a person did is recorded by the action that did it; a page may only note a look (`record_look`)."""
    assert [where for path in python_files() if (module := module_of(path)).startswith("web/")
            for where in _recorded(module, path.read_text())] == []  # fmt: skip
    assert _recorded("web/x.py", "record_event(tag=1)") == ["web/x.py:1 record_event"]


def _recorded(module: str, source: str) -> list[str]:
    calls = (n.func for n in ast.walk(parsed(source)) if isinstance(n, ast.Call))
    names = ((f.id, f.lineno) if isinstance(f, ast.Name) else (getattr(f, "attr", ""), f.lineno) for f in calls)
    return [f"{module}:{line} {name}" for name, line in names if name in {"record_event", "record_events"}]
