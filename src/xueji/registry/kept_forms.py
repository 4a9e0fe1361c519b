"""The form of a new student as text: sealed until it is confirmed, and kept sealed with the registration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from xueji.core.enrolment_facts import EnrolmentFacts, Value
from xueji.core.months import Month

_DATES, _MONTHS = ("birth_date",), ("entry_month",)


def form_text(facts: EnrolmentFacts) -> str:
    """Return the columns that are filled as JSON, by their identifiers."""
    return json.dumps(
        {name: str(value) for name, value in facts.values.items() if value is not None}, ensure_ascii=False
    )


def form_facts(text: str) -> EnrolmentFacts:
    """Return the facts of `form_text`."""
    kept: Mapping[str, str] = json.loads(text)
    return EnrolmentFacts({name: _value(name, value) for name, value in kept.items()})


def _value(name: str, text: str) -> Value:
    if name in _DATES:
        return date.fromisoformat(text)
    return Month.parse(text) if name in _MONTHS else text
