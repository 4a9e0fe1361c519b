"""What keeps the book of used school codes: written by the database itself, whoever writes a school and by whatever way."""

from __future__ import annotations

import pgtrigger

_NOTE_CODE = """
    INSERT INTO institutions_usedschoolcode (code, school_id) VALUES (NEW.code, NEW.id) ON CONFLICT (code) DO NOTHING;
    IF (SELECT school_id FROM institutions_usedschoolcode WHERE code = NEW.code) <> NEW.id
    THEN RAISE EXCEPTION 'a code that was given to a school is never given to another' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NULL;
"""
# A school without any history, entered by mistake, is removed with its code: nobody used it.
_FORGET_CODES = "DELETE FROM institutions_usedschoolcode WHERE school_id = OLD.id; RETURN NULL;"


def code_triggers() -> list[pgtrigger.Trigger]:
    """Return what keeps, on the table of schools, the book of used codes."""
    return [
        pgtrigger.Trigger(
            name="code_is_noted", when=pgtrigger.After, operation=pgtrigger.Insert | pgtrigger.UpdateOf("code"), func=_NOTE_CODE,
        ),
        pgtrigger.Trigger(
            name="codes_go_with_a_mistake", when=pgtrigger.After, operation=pgtrigger.Delete, func=_FORGET_CODES
        ),
    ]  # fmt: skip
