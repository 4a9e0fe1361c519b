"""What stands on a certificate, and what its keyed digest covers. No database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.sealing.texts import index_form

PURPOSE = "certificate content"


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """One certificate before it has a number: whose it is, and every word that will be printed.

    `facts` carries the same person as the rules read them (marks and ID number included); `predecessor_id` names the
    voided certificate that this one takes the place of.
    """

    certificate_id: UUID
    kind: str
    person_id: UUID
    enrolment_id: UUID | None  # none for a replacement of a diploma from before the register
    school_id: int
    school_name: str
    principal: str
    facts: GraduateFacts
    photo_sha256: str | None = None
    predecessor_id: UUID | None = None

    @property
    def printed_text(self) -> str:
        """Every character that a font must print."""
        facts = self.facts
        return "".join(
            (
                facts.name or "",
                facts.programme or "",
                facts.specialisation or "",
                facts.study_mode or "",
                self.school_name,
                self.principal,
                *facts.details.values(),
            )
        )


def printed_values(content: CertificateContent, number: str, issue_date: date) -> dict[str, str]:
    """Return what the digest covers: every printed value as text, the ID number as it is indexed.

    The digest is keyed: from a plain hash, whose one unknown they would be, number and birth date are guessed at once.
    """
    facts = content.facts
    detail_values = {f"details.{name}": value for name, value in facts.details.items()}
    if facts.specialisation:  # absent where a pack does not ask for it: its certificates digest as ever
        detail_values["specialisation"] = facts.specialisation
    return detail_values | {
        "id": str(content.certificate_id),
        "kind": content.kind,
        "number": number,
        "name": facts.name or "",
        "sex": facts.sex or "",
        "birth_date": text_of(facts.birth_date),
        "resident_id": index_form(facts.resident_id or ""),
        "school": content.school_name,
        "principal": content.principal,
        "programme": facts.programme or "",
        "duration_years": text_of(facts.duration_years),
        "study_mode": facts.study_mode or "",
        "entry_month": text_of(facts.entry_month),
        "graduation_month": text_of(facts.graduation_month),
        "issue_date": text_of(issue_date),
        "photo": content.photo_sha256 or "",
    }


def text_of(value: date | Decimal | Month | None) -> str:
    """Return a value as the digest reads it: «2019-07-10», «2019-07», «3» for 3.0, empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)
