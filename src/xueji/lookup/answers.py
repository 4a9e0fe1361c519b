"""What the public is told of a certificate: the least that answers «is this paper genuine»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xueji.certificates.models import Certificate, CertificateState


@dataclass(frozen=True, slots=True)
class MaskedCertificate:
    """The least: the name as the asker typed it (they knew it), never sex, birth date, ID number or photograph."""

    number: str
    name: str
    school: str
    programme: str
    graduation_month: str
    standing: str  # valid | unsealed | void | replaced
    replaced_by: str = ""

    @property
    def standing_label(self) -> str:
        """The Chinese word of its standing."""
        return {"valid": "有效", "unsealed": "已编号，尚未验印", "void": "已作废", "replaced": "已作废，由新证书代替"}[
            self.standing
        ]


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """The answer to a check: found with its certificate, not found, or too many questions."""

    found: bool
    limited: bool
    certificate: MaskedCertificate | None = None


def minimum_of(certificate: Certificate, typed_name: str, successors: Sequence[Certificate] = ()) -> MaskedCertificate:
    """Return what may be told of a certificate to somebody who knew its number and its holder's name.

    `successors` are the certificates that took its place one after the other: the last is named, unless it is void too.
    """
    last = successors[-1] if successors and successors[-1].state != CertificateState.VOID else None
    return MaskedCertificate(
        number=certificate.number.number,
        name=typed_name.strip(),
        school=certificate.school_name,
        programme=certificate.programme_name,
        graduation_month=certificate.graduation_month,
        standing=_standing(certificate, is_replaced=last is not None),
        replaced_by=last.number.number if last else "",
    )


def _standing(certificate: Certificate, *, is_replaced: bool) -> str:
    if certificate.state == CertificateState.VOID:
        return "replaced" if is_replaced else "void"
    return "valid" if certificate.state == CertificateState.SEALED else "unsealed"
