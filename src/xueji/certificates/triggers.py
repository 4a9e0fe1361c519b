"""What the database itself refuses about numbers and certificates, whoever asks and by whatever way."""

from __future__ import annotations

from collections.abc import Mapping

import pgtrigger


def forward_only(column: str, states: tuple[str, ...]) -> pgtrigger.Trigger:
    """Return a trigger that lets `column` move along `states` only: steps may be left out, none is taken back."""
    order = ", ".join(f"'{state}'" for state in states)
    return pgtrigger.Trigger(
        name=f"{column}_forward_only",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(column),
        func=f"""
            IF array_position(ARRAY[{order}], NEW.{column}::text) < array_position(ARRAY[{order}], OLD.{column}::text)
            THEN RAISE EXCEPTION 'the state moves forward only: % to %', OLD.{column}, NEW.{column}; END IF;
            RETURN NEW;
        """,
    )


def moves_only(column: str, moves: Mapping[str, tuple[str, ...]]) -> pgtrigger.Trigger:
    """Return a trigger that lets `column` go from a state to those named for it and to no other; one not named is an end."""
    pairs = ", ".join(f"('{old}', '{new}')" for old, ways in moves.items() for new in ways)
    return pgtrigger.Trigger(
        name=f"{column}_forward_only",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(column),
        func=f"""
            IF OLD.{column} <> NEW.{column} AND (OLD.{column}::text, NEW.{column}::text) NOT IN ({pairs})
            THEN RAISE EXCEPTION 'the state moves forward only: % to %', OLD.{column}, NEW.{column}; END IF;
            RETURN NEW;
        """,
    )
