"""What holds the status of a record to the changes that were decided of it, in the database itself."""

from __future__ import annotations

import pgtrigger

# The last change in force of a record: neither countered nor a counter itself; by the day it took effect.
_COMES_TO = """
    SELECT c.to_status INTO comes_to FROM registry_statuschange c
    WHERE c.enrolment_id = {record} AND c.counters_id IS NULL
      AND NOT EXISTS (SELECT FROM registry_statuschange u WHERE u.counters_id = c.id)
    ORDER BY c.effective_on DESC, c.ordinal DESC LIMIT 1;"""


def status_follows_changes() -> pgtrigger.Trigger:
    """Return the trigger on records: a status nobody decided is not committed; without a change it is the first one."""
    return pgtrigger.Trigger(
        name="status_follows_changes",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("status"),
        condition=pgtrigger.AnyChange("status"),
        timing=pgtrigger.Deferred,
        declare=[("comes_to", "text"), ("stands", "text")],
        func=f"""
            {_COMES_TO.format(record="NEW.id")}
            SELECT e.status INTO stands FROM registry_enrolment e WHERE e.id = NEW.id;
            IF stands <> coalesce(comes_to, stands) OR comes_to IS NULL AND stands NOT IN ('studying', 'claimed')
            THEN RAISE EXCEPTION 'status of enrolment % is %, its changes come to %', NEW.id, stands, comes_to
              USING ERRCODE = 'integrity_constraint_violation'; END IF;
            RETURN NULL;
        """,  # noqa: S608  # names of our own tables
    )


def begins_unmoved() -> pgtrigger.Trigger:
    """Return the trigger on records: a new one that says something happened has the change that says what."""
    return pgtrigger.Trigger(
        name="begins_unmoved",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.status NOT IN ('studying', 'claimed')"),
        timing=pgtrigger.Deferred,
        declare=[("comes_to", "text")],
        func=f"""
            {_COMES_TO.format(record="NEW.id")}
            IF comes_to IS DISTINCT FROM (SELECT e.status FROM registry_enrolment e WHERE e.id = NEW.id)
            THEN RAISE EXCEPTION 'enrolment % begins as % and has no change that says so', NEW.id, NEW.status
              USING ERRCODE = 'integrity_constraint_violation'; END IF;
            RETURN NULL;
        """,  # noqa: S608  # names of our own tables
    )


def changes_move_status() -> pgtrigger.Trigger:
    """Return the trigger on changes: one that the record does not follow is not committed."""
    return pgtrigger.Trigger(
        name="status_moved",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        declare=[("comes_to", "text"), ("stands", "text")],
        func=f"""
            {_COMES_TO.format(record="NEW.enrolment_id")}
            SELECT e.status INTO stands FROM registry_enrolment e WHERE e.id = NEW.enrolment_id;
            IF stands <> coalesce(comes_to, stands) OR comes_to IS NULL AND stands NOT IN ('studying', 'claimed')
            THEN RAISE EXCEPTION 'changes of enrolment % come to %, its status is %', NEW.enrolment_id, comes_to, stands
              USING ERRCODE = 'integrity_constraint_violation'; END IF;
            RETURN NULL;
        """,  # noqa: S608  # names of our own tables
    )


def starts_from_status() -> pgtrigger.Trigger:
    """Return the trigger on changes: each starts from the status the record has, not before the change ahead of it."""
    return pgtrigger.Trigger(
        name="starts_from_status",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("stands", "text"), ("latest", "registry_statuschange")],
        func="""
            SELECT e.status INTO stands FROM registry_enrolment e WHERE e.id = NEW.enrolment_id;
            IF stands IS DISTINCT FROM NEW.from_status
            THEN RAISE EXCEPTION 'enrolment % is %, the change starts from %', NEW.enrolment_id, stands, NEW.from_status
              USING ERRCODE = 'integrity_constraint_violation'; END IF;
            SELECT c.* INTO latest FROM registry_statuschange c WHERE c.enrolment_id = NEW.enrolment_id
              AND c.counters_id IS NULL AND NOT EXISTS (SELECT FROM registry_statuschange u WHERE u.counters_id = c.id)
            ORDER BY c.effective_on DESC, c.ordinal DESC LIMIT 1;
            IF NEW.effective_on < latest.effective_on
            THEN RAISE EXCEPTION 'a change of % takes effect before the one ahead of it', NEW.enrolment_id
              USING ERRCODE = 'integrity_constraint_violation'; END IF;
            IF NEW.counters_id IS NOT NULL
              AND (NEW.counters_id IS DISTINCT FROM latest.id OR NEW.to_status IS DISTINCT FROM latest.from_status)
            THEN RAISE EXCEPTION 'change % is not the last of %', NEW.counters_id, NEW.enrolment_id
              USING ERRCODE = 'integrity_constraint_violation'; END IF;
            RETURN NEW;
        """,
    )
