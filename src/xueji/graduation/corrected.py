"""What a certificate case may put right, how its values are read, and the graduate's facts with them in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from xueji.certificates.models import Certificate, CertificateCase
from xueji.certificates.queries import holder_id_of
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict
from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.graduation.facts import facts_of_candidate
from xueji.graduation.models import Candidate, CandidateState
from xueji.registry.changes import FIELDS, read_changes

# What stands on a certificate and comes from the batch, not from the student-status record.
OWN_FIELDS: Mapping[str, str] = {
    "study_mode": "学习形式", "specialisation": "专业技能方向", "graduation_month": "毕业年月",
}  # fmt: skip
CORRECTABLE: Mapping[str, str] = {**FIELDS, **OWN_FIELDS}
_COLUMNS: Mapping[str, str] = {"programme": "programme_name"}  # where the column is not called after the field
_TYPED: Mapping[str, Callable[[str], Any]] = {
    "birth_date": date.fromisoformat, "duration_years": Decimal, "entry_month": Month.parse,
    "graduation_month": Month.parse,
}  # fmt: skip


def read_corrections(changes: Mapping[str, str], today: date) -> dict[str, str]:
    """Return the values in the form in which they are kept; BadInput names a field or value that cannot be read."""
    if unknown := set(changes) - set(CORRECTABLE):
        raise BadInput(f"不能更正「{'、'.join(sorted(unknown))}」；可用：{'、'.join(CORRECTABLE)}")
    found = read_changes({name: text for name, text in changes.items() if name in FIELDS}, today)
    for name in (name for name in changes if name in OWN_FIELDS):
        text = changes[name].strip()
        if not text:
            raise BadInput(f"「{OWN_FIELDS[name]}」没有填写更正后的内容")
        try:
            found[name] = str(Month.parse(text)) if name == "graduation_month" else text[:80]
        except ValueError as error:
            raise BadInput(f"「{OWN_FIELDS[name]}」读不懂：{text}") from error
    if graduation := found.get("graduation_month"):
        require_day("study", Month.parse(graduation).first_day(), today)
    return found


def printed_on(certificate: Certificate) -> dict[str, str]:
    """Return what stands on a certificate of the fields that may be put right, as text, the ID number in full."""
    return {
        "name": certificate.holder_name,
        "sex": certificate.holder_sex,
        "birth_date": certificate.holder_birth_date.isoformat(),
        "resident_id": holder_id_of(certificate),
        "programme": certificate.programme_name,
        "duration_years": f"{certificate.duration_years.normalize():f}",
        "entry_month": certificate.entry_month,
        "study_mode": certificate.study_mode,
        "specialisation": certificate.specialisation,
        "graduation_month": certificate.graduation_month,
    }


def wanted_by(found: CertificateCase) -> dict[str, str]:
    """Return what a case asks for, by field, the ID number in full."""
    return {item.field: item.after for item in found.items.all()}


def candidate_behind(certificate: Certificate) -> Candidate:
    """Return the graduate to whom a certificate was issued, also after it was replaced; Conflict when none is on record."""
    found = Candidate.objects.filter(enrolment=certificate.enrolment_id, state=CandidateState.APPROVED)
    related = found.select_related(
        "person", "batch__season__authority", "batch__school__authority", "batch__case", "batch__issue"
    )
    candidate = related.first()
    if candidate is None:
        raise Conflict("名册中没有这份证书的毕业生，不能办理")
    return candidate


def facts_with(candidate: Candidate, wanted: Mapping[str, str]) -> GraduateFacts:
    """Return a graduate's facts as they would be with the corrections."""
    return replace(facts_of_candidate(candidate), **{name: _typed(name, text) for name, text in wanted.items()})


def set_on(candidate: Candidate, wanted: Mapping[str, str]) -> list[str]:
    """Put the corrections on a graduate's row; return the columns that changed. The caller saves.

    The ID number is the person's, not the row's.
    """
    columns = []
    for name, text in wanted.items():
        if name == "resident_id":
            continue
        value = _typed(name, text)
        column = _COLUMNS.get(name, name)
        setattr(candidate, column, str(value) if isinstance(value, Month) else value)
        columns.append(column)
    return columns


def _typed(name: str, text: str) -> Any:
    return _TYPED[name](text) if name in _TYPED else text
