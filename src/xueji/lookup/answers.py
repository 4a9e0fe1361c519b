"""What the public is told of a certificate: the least that answers «is this paper genuine»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xueji.certificates.models import TITLES, Certificate, CertificateState, Issue
from xueji.certificates.stages import process_of
from xueji.core.process import validating_stage
from xueji.core.rules.replacements import KIND as REPLACEMENT_KIND
from xueji.lookup.tasks import Task
from xueji.production.withholding import is_held_back
from xueji.replacements.queries import replacement_in_force

_STANDINGS = {
    "valid": "有效", "withheld": "暂不发放", "unsealed": "已编号，尚未生效", "void": "已作废",
    "replaced": "已作废，由新证书代替", "lost": "原证书已丢失或损毁，已出具学历证明书",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MaskedCertificate:
    """The least: what the asker holds in hand, and how it stands; never sex, birth date, ID number or photograph."""

    number: str
    name: str  # as recorded: the asker knew it but for its dots and spaces
    kind: str  # graduation | completion | replacement
    school: str
    programme: str
    graduation_month: str
    standing: str  # valid | withheld | unsealed | void | replaced | lost
    made_valid_by: str  # what its pack calls the stage: 验印, or the school's steel seal
    replaced_by: str = ""
    in_place_of: str = ""  # of a replacement: the number of the diploma, as far as anybody knows it

    @property
    def title(self) -> str:
        """What the paper is called; one who only completed a course is never taken for a graduate."""
        return TITLES[self.kind]

    @property
    def month_label(self) -> str:
        """What the month is called."""
        return "结业年月" if self.kind == "completion" else "毕业年月"

    @property
    def standing_label(self) -> str:
        """The Chinese word of its standing."""
        return _STANDINGS[self.standing]


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """The answer to a check: found with its certificate, not found, or a task to be done before it is given."""

    found: bool
    limited: bool
    certificate: MaskedCertificate | None = None
    task: Task | None = None


def minimum_of(certificate: Certificate, successors: Sequence[Certificate] = ()) -> MaskedCertificate:
    """Return what may be told of a certificate to somebody who knew its number and its holder's name.

    `successors` are the certificates that took its place one after the other: the last is named, unless it is void too. A
    diploma that was lost is told with the replacement in force, and a replacement with the number of its diploma (S0-21).
    """
    last = successors[-1] if successors and successors[-1].state != CertificateState.VOID else None
    replacement = replacement_in_force(certificate) if certificate.state == CertificateState.SEALED else None
    named = last or replacement
    return MaskedCertificate(
        number=certificate.number.number,
        name=certificate.holder_name,
        kind=certificate.kind,
        school=certificate.school_name,
        programme=certificate.programme_name,
        graduation_month=certificate.graduation_month,
        standing="lost" if replacement else _standing(certificate, is_replaced=last is not None),
        made_valid_by=_made_valid_by(certificate.issue),
        replaced_by=named.number.number if named else "",
        in_place_of=str(certificate.details.get("original_number", "")) if certificate.kind == REPLACEMENT_KIND else "",
    )


def _standing(certificate: Certificate, *, is_replaced: bool) -> str:
    match certificate.state:
        case CertificateState.VOID:
            return "replaced" if is_replaced else "void"
        case CertificateState.SEALED:
            return "withheld" if is_held_back(certificate, certificate.issue.law) else "valid"
        case _:
            return "unsealed"


def _made_valid_by(issue: Issue) -> str:
    """Return the pack's own word for what makes a certificate valid; a pack without an order of stages has a seal."""
    process = process_of(issue)
    stage = validating_stage(process) if process else None
    return stage.label if stage else "验印"
