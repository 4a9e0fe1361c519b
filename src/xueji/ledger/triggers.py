"""What the database itself refuses about rows that are kept: whoever asks, and by whatever way."""

from __future__ import annotations

import pgtrigger


def kept_for_good() -> list[pgtrigger.Trigger]:
    """Return triggers that refuse DELETE, and TRUNCATE outside the tests' own flush."""
    return [
        pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name="never_truncated",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="""
                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;
                RAISE EXCEPTION 'this table is kept for good';
            """,
        ),
    ]


def unchangeable(*columns: str) -> pgtrigger.Trigger:
    """Return a trigger that refuses a change of any of `columns`."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name="content_unchangeable",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF ROW({old}) IS DISTINCT FROM ROW({new})
            THEN RAISE EXCEPTION 'what was issued is never changed: void it and issue anew'; END IF;
            RETURN NEW;
        """,
    )
