"""What somebody answered in the public guide comes along into the application, as far as it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from xueji.applications.models import Application
from xueji.core.packs import PackView
from xueji.web.application_sections import SECTIONS

# what the guide calls a fact -> what the application calls it; other names are the same in both
_CALLED: Mapping[str, str] = MappingProxyType({
    "place": "place_code", "health_major": "is_health", "school_status": "school_state",
    "admission_office_copy": "has_office_copy",
})  # fmt: skip
_NAMES = (
    "category", "diploma", "entered", "graduated", "place", "sealed_by", "admission_form", "admission_office_copy",
    "programme", "health_major", "duration_years", "school_status", "mismatch", "identity_changed",
)  # fmt: skip


def carried_answers(sent: QueryDict) -> list[tuple[str, str]]:
    """Return the answers of the guide in an address or a form, to be sent on as they are."""
    return [(name, value) for name in _NAMES for value in sent.getlist(name) if value]


def facts_of(sent: QueryDict, application: Application, view: PackView) -> dict[str, Any]:
    """Return what the answers say of an application; an answer that its form would refuse is left out."""
    facts: dict[str, Any] = {}
    answers = QueryDict(mutable=True)
    for name, value in carried_answers(sent):
        answers.appendlist(_CALLED.get(name, name), value)
    for kind in SECTIONS.values():
        form = kind(answers, application=application, view=view)
        stated = {name: _read(form, name) for name in form.fields if name in answers}
        facts |= {name: value for name, value in stated.items() if value not in (None, "", [])}
    if "duration_years" in facts:
        facts["duration_years"] = Decimal(facts["duration_years"])
    for name in ("entered", "graduated"):
        if name in facts:
            facts[name] = str(facts[name])
    if "has_office_copy" in facts:
        facts["has_office_copy"] = facts["has_office_copy"] == "yes"
    return facts


def _read(form: Any, name: str) -> Any:
    """Return one answer as its field reads it; None for what it refuses."""
    field = form.fields[name]
    try:
        return field.clean(field.widget.value_from_datadict(form.data, form.files, name))
    except ValidationError:
        return None
