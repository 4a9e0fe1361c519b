"""Migrating an empty database without rendering every model again for each trigger.

Django keeps the classes of all models as they are at each step of the migrations, and makes a model and all that refer
to it anew after every operation. With us nearly all models refer to each other, and more than half of the operations
add a trigger: that changes no field, and what it needs of the class is its table. So triggers are written down and the
classes left as they are. (Constraints are not: altering a field asks the class which of them to leave alone.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger


def _add_trigger(operation: AddTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, operation.model_name_lower].options
    options["triggers"] = [*options.get("triggers", []), operation.trigger]


def _remove_trigger(operation: RemoveTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, operation.model_name_lower].options
    options["triggers"] = [trigger for trigger in options["triggers"] if trigger.name != operation.name]


_LIGHT: tuple[tuple[type, Callable[..., None]], ...] = ((AddTrigger, _add_trigger), (RemoveTrigger, _remove_trigger))


@contextmanager
def triggers_without_rendering() -> Iterator[None]:
    """While it lasts, a trigger that comes or goes in a migration renders no model.

    The database is the same: `cli/schema.txt` is written without this (`make schema`), the databases of the tests are
    made with it, and `tests/architecture/test_schema.py` compares the two.
    """
    kept = [(operation, operation.state_forwards) for operation, _ in _LIGHT]
    for operation, light in _LIGHT:
        operation.state_forwards = light
    try:
        yield
    finally:
        for operation, plain in kept:
            operation.state_forwards = plain
