"""What the database itself refuses about blanks: a sheet that moves without a signature, a signature without its sheets."""

from __future__ import annotations

import pgtrigger


def moves_as_signed() -> pgtrigger.Trigger:
    """Return the trigger that lets a sheet change only as its new movement says.

    The movement must be newer than the last one, name this sheet and tell truly where it was; whoever draws is not
    who kept, whoever confirms is not who gave (S3-03). A certificate, once named, stays.
    """
    return pgtrigger.Trigger(
        name="moves_as_signed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("moved", "blanks_blankmovement%ROWTYPE"), ("signer", "bigint")],
        func="""
            SELECT * INTO moved FROM blanks_blankmovement WHERE id = NEW.last_movement_id;
            IF moved.authority_id IS DISTINCT FROM NEW.authority_id OR moved.kind IS DISTINCT FROM NEW.kind
               OR NOT moved.numbers @> NEW.number
            THEN RAISE EXCEPTION 'blank %: the movement does not name it', NEW.serial; END IF;
            IF ROW(moved.to_state, moved.to_holder_id, moved.to_school_id)
               IS DISTINCT FROM ROW(NEW.state, NEW.holder_id, NEW.school_id)
            THEN RAISE EXCEPTION 'blank %: it is not where the movement says', NEW.serial; END IF;
            IF TG_OP = 'INSERT' THEN
                IF moved.act <> 'receive' THEN RAISE EXCEPTION 'blank %: it was never received', NEW.serial; END IF;
                RETURN NEW;
            END IF;
            IF NEW.last_movement_id = OLD.last_movement_id THEN
                IF ROW(OLD.request_id, OLD.certificate_id) IS DISTINCT FROM ROW(NEW.request_id, NEW.certificate_id)
                THEN RAISE EXCEPTION 'blank %: nothing changes without a movement', NEW.serial; END IF;
                RETURN NEW;
            END IF;
            IF NEW.last_movement_id < OLD.last_movement_id
               OR ROW(moved.from_state, moved.from_holder_id, moved.from_school_id)
                  IS DISTINCT FROM ROW(OLD.state, OLD.holder_id, OLD.school_id)
            THEN RAISE EXCEPTION 'blank %: it was not where the movement comes from', NEW.serial; END IF;
            IF OLD.certificate_id IS NOT NULL AND OLD.certificate_id IS DISTINCT FROM NEW.certificate_id
            THEN RAISE EXCEPTION 'blank %: its certificate stays', NEW.serial; END IF;
            IF moved.act IN ('draw', 'confirm', 'stamp') THEN
                SELECT by_id INTO signer FROM blanks_blankmovement WHERE id = OLD.last_movement_id;
                IF signer = moved.by_id
                THEN RAISE EXCEPTION 'blank %: who gives and who takes are two persons', NEW.serial; END IF;
            END IF;
            RETURN NEW;
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
