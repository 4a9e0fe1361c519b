"""The certificates of a batch as printing, sealing and hand-out know them: one kind of issue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from xueji.accounts.models import User
from xueji.certificates.models import Certificate, CertificateState, Issue
from xueji.core.facts import RegisterFacts
from xueji.core.packs import DocumentSpec
from xueji.documents.records import ListGroup
from xueji.graduation.actions.duties import open_duties
from xueji.graduation.facts import LIVE, register_of
from xueji.graduation.issues import batch_of, of_batch
from xueji.graduation.models import Candidate, GraduationOutcome, VocationalCertificate
from xueji.graduation.records import form_data
from xueji.graduation.records.eligibility import not_recorded_graduated
from xueji.graduation.season_authority import ISSUE_KIND
from xueji.graduation.withholding import withheld
from xueji.production.kinds import PaperKind
from xueji.statements import Slot, Statement

_LISTS: Mapping[str, Callable[[Issue], Iterable[ListGroup]]] = {
    "changes": of_batch(form_data.change_groups),
    "college": of_batch(form_data.college_groups),
    "spot_check": of_batch(form_data.spot_check_groups),
}
# What stands on the list alone, as texts.
_TEXTS = ("political_status", "overall_mark", "conduct_mark", "internship_mark", "remark")
_OUTCOMES: Mapping[str, str] = dict(GraduationOutcome.choices)
_LISTED = Statement(
    lambda: (
        Candidate.objects.filter(certificate__issue=Slot("issue"))
        .order_by("ordinal")
        .values_list("certificate", "details", "outcome", *_TEXTS)
    )
)


def expected(issue: Issue) -> int:
    """Return how many graduates are on the list, before numbers are given."""
    return batch_of(issue).candidates.filter(state__in=LIVE).count()


def register(issue: Issue) -> RegisterFacts:
    """Return the sealing register the school has stated."""
    return register_of(batch_of(issue))


def fields(issue: Issue) -> dict[str, str]:
    """Return who filled the forms in, under the names the forms have for it."""
    return dict.fromkeys(("form_filler", "filled_by", "clerk"), batch_of(issue).form_filler)


def rows(issue: Issue, spec: DocumentSpec) -> dict[UUID, dict[str, str]]:
    """Return what stands on the list as approved and not on the certificate; vocational certificates where a form prints them."""
    found = {key: _row(*stored) for key, *stored in _LISTED.rows(issue=issue.pk)}
    if "vocational_certificate" in str(spec.settings):
        numbers: dict[UUID, list[str]] = {key: [] for key in found}
        on_record = VocationalCertificate.objects.filter(candidate__certificate__issue=issue).order_by("pk")
        for key, number in on_record.values_list("candidate__certificate", "certificate_number"):
            numbers[key].append(number)
        for key, row in found.items():
            row["vocational_certificate"] = "、".join(numbers[key])
    return found


def _row(details: Mapping[str, object], outcome: str, *texts: str) -> dict[str, str]:
    row = {f"details.{key}": str(value) for key, value in details.items()}
    return row | {"outcome": _OUTCOMES.get(outcome, outcome)} | dict(zip(_TEXTS, texts, strict=True))


def offers(issue: Issue, source: str) -> bool:
    """Whether a list has anything to print: that of a spot check is there once one was drawn."""
    return source != "spot_check" or batch_of(issue).spot_checks.exists()


def unfit(issue: Issue) -> Collection[UUID]:
    """Return the certificates of those whom the school itself recorded as not graduated in the national system."""
    recorded = [candidate.pk for candidate in not_recorded_graduated(batch_of(issue)) if candidate.efilestates.all()]
    live = Certificate.objects.filter(candidate__in=recorded).exclude(state=CertificateState.VOID)
    return list(live.values_list("pk", flat=True))


def on_sealed(issue: Issue, by: User, at: datetime) -> None:
    """Open what the school owes from the day of sealing on, where the pack lets it owe anything."""
    open_duties(batch=batch_of(issue), by=by, at=at)


GRADUATION = PaperKind(
    kind=ISSUE_KIND, forms=frozenset({"batch", "group"}), expected=expected, register=register, fields=fields, rows=rows,
    offers=offers, lists=_LISTS, withheld=withheld, unfit=unfit, on_sealed=on_sealed,
)  # fmt: skip
