"""A new database is laid in one step an app, an older one step by step: both come to the same tables."""

from __future__ import annotations

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState


def states() -> tuple[ProjectState, ProjectState]:
    step_by_step, at_once = (MigrationLoader(None, replace_migrations=short) for short in (False, True))
    return step_by_step.project_state(), at_once.project_state()


def differences(before: ProjectState, after: ProjectState) -> dict[str, list[str]]:
    """What an app would have to change to come from one state to the other; triggers are compared by their content."""
    changes = MigrationAutodetector(before, after)._detect_changes()
    found = {app: [one.describe() for step in steps for one in step.operations] for app, steps in changes.items()}
    for (app, model), state in before.models.items():
        was, now = (triggers_of(one) for one in (state, after.models[app, model]))
        if was != now:
            found.setdefault(app, []).extend(f"trigger {name} of {model}" for name, _ in sorted(was ^ now))
    return found


def triggers_of(state: ModelState) -> set[tuple[str, str]]:
    return {(one.name, one.sql.hash) for one in state.options.get("triggers", ())}


def test_one_step_and_many_come_to_the_same_tables():
    many, one = states()
    assert differences(many, one) == {}
    assert differences(one, many) == {}


def test_a_constraint_left_out_would_be_seen():
    many, one = states()
    state = one.models["certificates", "numberblock"]
    dropped = state.options["constraints"][0]
    one.remove_constraint("certificates", "numberblock", dropped.name)
    assert differences(many, one) == {"certificates": [f"Remove constraint {dropped.name} from model numberblock"]}


def test_a_trigger_left_out_would_be_seen():
    many, one = states()
    dropped = one.models["certificates", "numberblock"].options["triggers"].pop()
    assert differences(many, one) == {"certificates": [f"trigger {dropped.name} of numberblock"]}
