"""Read certificates and the book of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from xueji import policy
from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import subject_of
from xueji.certificates.actions.numbers import NumberFrame, frame_of, scope_of
from xueji.certificates.content import PURPOSE, text_of
from xueji.certificates.models import (
    Certificate,
    CertificateCase,
    CertificateNumber,
    NumberBlock,
    NumberCounter,
    NumberState,
)
from xueji.core.errors import Conflict
from xueji.core.numbering import NumberShape
from xueji.core.packs import NumberingSpec, PackView
from xueji.core.sought import Sought, SoughtKind
from xueji.core.typed_numbers import printed_forms, read_number
from xueji.institutions.queries import school_scope
from xueji.registry.models import Enrolment
from xueji.sealing.digests import digest_fits
from xueji.sealing.rows import is_as_written
from xueji.sealing.texts import SealBroken, index_form

_NAMED = 5


def certificates_visible_to(user: User) -> QuerySet[Certificate]:
    """Return the certificates of schools over which a post lets the person see graduates."""
    scope = school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES)
    return Certificate.objects.filter(scope).select_related("number", "school")


def certificates_sought(user: User, sought: Sought) -> QuerySet[Certificate]:
    """Return the visible certificates that bear a number as it was typed, or exactly this name, the latest first."""
    numbers = printed_forms(read_number(sought.words), number_shapes())
    known = CertificateNumber.objects.filter(number__in=numbers).order_by().values_list("pk", flat=True)
    ways = Q(number__in=list(known))  # asked first: beside the name in one condition no index would serve either
    if sought.kind == SoughtKind.WORDS:
        ways |= Q(holder_name=sought.name)
    return certificates_visible_to(user).filter(ways).order_by("-issued_at", "pk")


def number_shapes() -> Iterator[NumberShape]:
    """Yield the shape of every number that was ever given, by whatever pack and whenever in force."""
    for pack in policy.get_library().packs():
        for item in pack.items:
            if isinstance(item.value, NumberingSpec):
                yield item.value.shape


@dataclass(frozen=True, slots=True)
class ExpectedRange:
    """The numbers that would be drawn next from one counter; no ends where the pack prints them in a keyed order."""

    count: int
    first: str
    last: str


def certificates_of_enrolment(enrolment: Enrolment) -> list[Certificate]:
    """Return the certificates a record of student status came to, the latest first; whoever sees the record sees them."""
    return list(Certificate.objects.filter(enrolment=enrolment).select_related("number").order_by("-issued_at"))


def expected_numbers(*, view: PackView, kind: str, parts: Sequence[Mapping[str, str]]) -> list[ExpectedRange]:
    """Return what drawing a number for each set of parts would give now; nothing is locked, so others may be first."""
    spec = view.numbering(kind)
    frames: dict[str, list[NumberFrame]] = {}
    for part in parts:
        given = {**spec.fixed, **part}
        frames.setdefault(scope_of(view, spec, given), []).append(frame_of(spec, given))
    counters = {counter.scope: counter for counter in NumberCounter.objects.filter(kind=spec.kind, scope__in=frames)}
    found = []
    for scope, scope_frames in sorted(frames.items()):
        last = counters[scope].last_serial if scope in counters else 0
        plain = spec.order != "permuted"
        ends = (
            (scope_frames[0].number_with(last + 1), scope_frames[-1].number_with(last + len(scope_frames)))
            if plain
            else ("", "")
        )
        found.append(ExpectedRange(len(scope_frames), *ends))
    return found


def holder_id_of(certificate: Certificate) -> str:
    """Return the holder's full ID number, for printing only."""
    return str(certificate.holder_id)


def is_as_issued(certificate: Certificate) -> bool:
    """Tell whether a certificate says what was issued and stands as the product left it: both keyed digests fit.

    Somebody changed a row that does not. A value that cannot be opened, because it was moved here or changed, is not as issued either.
    """
    try:
        return is_as_written(certificate) and digest_fits(
            certificate.content_digest, stored_values(certificate), purpose=PURPOSE, key_id=certificate.content_key_id
        )
    except SealBroken:
        return False


def require_as_issued(certificates: Iterable[Certificate]) -> None:
    """Raise Conflict with the numbers of certificates that are no longer as issued: none of them may be printed or sealed."""
    if changed := [certificate.number.number for certificate in certificates if not is_as_issued(certificate)]:
        raise Conflict(
            f"证书 {'、'.join(changed[:_NAMED])} 的内容或状态与系统写入时不符，已停止办理；请立即报告系统管理员和审计人员"
        )


def stored_values(certificate: Certificate) -> dict[str, str]:
    """Return what the digest covers, from the row as it is stored today."""
    detail_values = {f"details.{name}": value for name, value in certificate.details.items()}
    if certificate.specialisation:
        detail_values["specialisation"] = certificate.specialisation
    return detail_values | {
        "id": str(certificate.pk),
        "kind": certificate.kind,
        "number": certificate.number.number,
        "name": certificate.holder_name,
        "sex": certificate.holder_sex,
        "birth_date": text_of(certificate.holder_birth_date),
        "resident_id": index_form(holder_id_of(certificate)),
        "school": certificate.school_name,
        "principal": certificate.principal,
        "programme": certificate.programme_name,
        "duration_years": text_of(certificate.duration_years),
        "study_mode": certificate.study_mode,
        "entry_month": certificate.entry_month,
        "graduation_month": certificate.graduation_month,
        "issue_date": text_of(certificate.issue_date),
        "photo": certificate.photo_id or "",
    }


def certificate_case_of(case: Case) -> CertificateCase:
    """Return the request about a certificate that a case decides on; NotFound for a case about something else."""
    related = ("certificate__number", "certificate__person", "certificate__school", "certificate__candidate")
    found: CertificateCase = subject_of(case, CertificateCase.objects.select_related(*related))
    return found


def successors_of(certificate: Certificate) -> list[Certificate]:
    """Return the certificates that took the place of this one, oldest first."""
    chain: list[Certificate] = []
    current: Certificate | None = certificate
    while current := Certificate.objects.select_related("number").filter(predecessor=current).first():
        chain.append(current)
    return chain


def numbers_by_state(*blocks: NumberBlock) -> dict[str, int]:
    """Return how many numbers of the blocks stand in each state; they add up to the blocks."""
    counted = CertificateNumber.objects.filter(block__in=blocks).order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys(NumberState.values, 0) | dict(counted)


def certificate_cases_visible_to(user: User) -> QuerySet[CertificateCase]:
    """Return the requests about certificates the person may see; a draft is the school's own affair."""
    seen = certificates_visible_to(user).order_by().values("pk")
    return CertificateCase.objects.filter(certificate__in=seen).exclude(case__state=CaseState.DRAFT)
