"""What the database itself refuses about blanks: a sheet that moves without a signature, a signature without its sheets."""

from __future__ import annotations

import pgtrigger


def received_as_signed() -> pgtrigger.Trigger:
    """Return the trigger that lets a sheet into the book only with the receipt that names it."""
    return pgtrigger.Trigger(
        name="received_as_signed",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        declare=[("wrong", "text")],
        func="""
            SELECT min(n.serial) INTO wrong FROM new_rows n LEFT JOIN blanks_blankmovement m ON m.id = n.last_movement_id
            WHERE (m.act = 'receive' AND m.authority_id = n.authority_id AND m.kind = n.kind AND m.numbers @> n.number
              AND m.to_state = n.state AND m.to_holder_id = n.holder_id AND n.school_id IS NULL AND n.request_id IS NULL
              AND n.certificate_id IS NULL) IS NOT TRUE;
            IF wrong IS NOT NULL THEN RAISE EXCEPTION 'blank %: it was never received', wrong; END IF;
            RETURN NULL;
        """,
    )


def moves_as_signed() -> pgtrigger.Trigger:
    """Return the trigger that lets a sheet change only as its new movement says.

    The movement must be newer than the last one, name this sheet and tell truly where it was; whoever draws is not
    who kept, whoever confirms is not who gave (S3-03). A certificate, once named, stays. It looks at a whole statement
    at once: asked row by row, ten thousand sheets take many times as long. The query is planned anew each time
    (EXECUTE): a plan kept from a statement of one row joins ten thousand one by one, and so does one
    that hopes to stop at the first row (LIMIT).
    """
    return pgtrigger.Trigger(
        name="moves_as_signed",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        declare=[("wrong", "text")],
        func="""
            EXECUTE $q$
              SELECT min(s.serial || ': ' || s.why) FROM (
              SELECT n.serial, CASE
                WHEN ROW(o.authority_id, o.kind, o.number, o.serial) IS DISTINCT FROM ROW(n.authority_id, n.kind, n.number, n.serial)
                  THEN 'what is printed on it is never changed'
                WHEN (m.authority_id = n.authority_id AND m.kind = n.kind AND m.numbers @> n.number) IS NOT TRUE
                  THEN 'the movement does not name it'
                WHEN ROW(m.to_state, m.to_holder_id, m.to_school_id, m.request_id)
                     IS DISTINCT FROM ROW(n.state, n.holder_id, n.school_id, n.request_id)
                  THEN 'it is not where the movement says'
                WHEN n.last_movement_id = o.last_movement_id
                  THEN CASE WHEN o.certificate_id IS DISTINCT FROM n.certificate_id THEN 'nothing changes without a movement' END
                WHEN n.last_movement_id < o.last_movement_id
                     OR ROW(m.from_state, m.from_holder_id, m.from_school_id, m.from_request_id)
                        IS DISTINCT FROM ROW(o.state, o.holder_id, o.school_id, o.request_id)
                  THEN 'it was not where the movement comes from'
                WHEN o.certificate_id IS NOT NULL AND o.certificate_id IS DISTINCT FROM n.certificate_id
                  THEN 'its certificate stays'
                WHEN m.act IN ('draw', 'confirm', 'stamp') AND p.by_id = m.by_id
                  THEN 'who gives and who takes are two persons'
                END AS why
              FROM new_rows n LEFT JOIN old_rows o ON o.id = n.id
                LEFT JOIN blanks_blankmovement m ON m.id = n.last_movement_id
                LEFT JOIN blanks_blankmovement p ON p.id = o.last_movement_id) s
            WHERE s.why IS NOT NULL $q$ INTO wrong;
            IF wrong IS NOT NULL THEN RAISE EXCEPTION 'blank %', wrong; END IF;
            RETURN NULL;
        """,
    )


def whole_range_moved() -> pgtrigger.Trigger:
    """Return the trigger that, at the end of a transaction, asks that every sheet of a movement's range moved with it.

    A later movement of the same sheet has a greater number: both lie under the lock of the sheet's row.
    """
    return pgtrigger.Trigger(
        name="whole_range_moved",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        declare=[("found", "bigint")],
        func="""
            SELECT count(*) INTO found FROM blanks_blank b
            WHERE b.authority_id = NEW.authority_id AND b.kind = NEW.kind AND b.last_movement_id >= NEW.id
              AND b.number >= lower(NEW.numbers) AND b.number < upper(NEW.numbers);
            IF found <> upper(NEW.numbers) - lower(NEW.numbers)
            THEN RAISE EXCEPTION 'movement %: % sheets moved, not %', NEW.id, found, upper(NEW.numbers) - lower(NEW.numbers);
            END IF;
            RETURN NULL;
        """,
    )
