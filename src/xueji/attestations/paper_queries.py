"""What is printed of an attestation: the letter of its pack, filled."""

from __future__ import annotations

from xueji.attestations.models import Attestation
from xueji.attestations.queries import facts_of, open_counterseal_of, sealed_by
from xueji.core.months import Month
from xueji.documents.render import LetterData
from xueji.documents.storage import read_stored

_ANY_OFFICE = "卫生主管部门公章"


def letter_of(attestation: Attestation) -> LetterData:
    """Return what fills the letter of an attestation that has its number."""
    assert attestation.number is not None
    facts = facts_of(attestation)
    words = {
        name: getattr(facts, name)
        for name in (
            "name", "sex", "resident_id", "native_province", "native_place", "programme", "plan_category", "study_form",
            "original_number", "contact_name", "contact_phone",
        )
    }  # fmt: skip
    months = {name: month_in_words(getattr(facts, name)) for name in ("birth_month", "study_from", "study_until")}
    asked = sealed_by(attestation) or open_counterseal_of(attestation) if attestation.needs_counterseal else None
    other = (asked.office if asked else _ANY_OFFICE) if attestation.needs_counterseal else ""
    return LetterData(
        facts=words | months | {"duration": f"{facts.duration_years.normalize():f}"},
        signer=attestation.signed_as,
        issued_on=attestation.issued_on,
        number=attestation.number.number,
        photo=read_stored(attestation.photo.address) if attestation.photo else None,
        has_steel_seal=attestation.has_steel_seal,
        other_seal=other,
    )


def month_in_words(month: Month) -> str:
    """Return a month as the form writes it: «1968年3月»."""
    return f"{month.year}年{month.month}月"
