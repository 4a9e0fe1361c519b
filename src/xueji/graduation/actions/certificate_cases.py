"""Certificates put right, voided, replaced: each its own case. Nothing on paper is edited, no number is used again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.checks import lock_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.certificates.actions import issue_certificates, prepare_certificates, void_by_case
from xueji.certificates.models import Certificate, CertificateCase, CertificateCaseItem, CertificateState
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.graduation.actions.release import assign_numbers, content_of
from xueji.graduation.corrected import (
    CORRECTABLE,
    candidate_behind,
    facts_with,
    printed_on,
    read_corrections,
    set_on,
    wanted_by,
)
from xueji.graduation.facts import surroundings_of
from xueji.graduation.locks import lock_batch
from xueji.graduation.written import require_as_written
from xueji.institutions.actions_closing import take_up_principals
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.actions import correct_record
from xueji.registry.changes import FIELDS, claimed_values, particulars_findings, recorded_value
from xueji.registry.queries import OPEN_CASE_STATES
from xueji.sealing.texts import blind_index

CORRECTION, VOIDING, REPLACEMENT = "certificate_correction", "certificate_voiding", "certificate_replacement"
CERTIFICATE_KINDS: Mapping[str, str] = {CORRECTION: "证书信息更正", VOIDING: "证书作废", REPLACEMENT: "证书换发"}


def open_certificate_case(
    *,
    kind: str,
    certificate: Certificate,
    reason: str,
    by: User,
    at: datetime,
    changes: Mapping[str, str] | None = None,
    legal_date: date | None = None,
) -> CertificateCase:
    """Open a request about one certificate; it is submitted, and decided by the authority, as a case.

    A correction says what is wrong and what is right; a replacement is for a certificate voided before, and may say
    so too; voiding says only why.
    """
    require_permission(by, Permission.FILE_CERTIFICATE_CASE, school=certificate.school)
    if not reason.strip():
        raise BadInput("请填写原因")
    with transaction.atomic():
        locked = Certificate.objects.select_for_update(of=("self",)).select_related("number", "school")
        certificate = locked.get(pk=certificate.pk)
        _check_standing(kind, certificate)
        wanted = _wanted(kind, certificate, changes or {}, timezone.localdate(at))
        case = open_case(
            kind=kind, school=certificate.school, title=f"{CERTIFICATE_KINDS[kind]} {certificate.holder_name}",
            legal_date=legal_date or timezone.localdate(at), by=by, at=at,
        )  # fmt: skip
        opened = CertificateCase.objects.create(case=case, certificate=certificate, reason=reason.strip()[:2000])
        CertificateCaseItem.objects.bulk_create(_item(opened, name, text) for name, text in wanted.items())
        record_event(
            tag=EventTag.CERTIFICATE_CASE_OPENED, subject=certificate, parent=case, by=by, at=at,
            school_id=certificate.school_id, note=opened.reason,
            after={"number": certificate.number.number, "kind": CERTIFICATE_KINDS[kind], "changes": _shown(opened)},
        )  # fmt: skip
    return opened


def _check_standing(kind: str, certificate: Certificate) -> None:
    """Conflict when the certificate does not stand as this kind of request wants it, or another one is under way."""
    if kind not in CERTIFICATE_KINDS:
        raise BadInput(f"没有「{kind}」这种办件；可用：{'、'.join(CERTIFICATE_KINDS)}")
    is_void = certificate.state == CertificateState.VOID
    if is_void and kind != REPLACEMENT:
        raise Conflict(f"证书 {certificate.number.number} 已经作废；需要换发的，请申请换发")
    if kind == REPLACEMENT:
        if not is_void:
            raise Conflict("换发以原证书已经作废为前提；内容有误的，请申请更正")
        if Certificate.objects.filter(predecessor=certificate).exists():
            raise Conflict(f"证书 {certificate.number.number} 已经换发过")
    waiting = CertificateCase.objects.filter(certificate=certificate, case__state__in=OPEN_CASE_STATES)
    if other := waiting.select_related("case").first():
        raise Conflict(f"这份证书已有「{CERTIFICATE_KINDS.get(other.case.kind, other.case.title)}」在办理")


def _wanted(kind: str, certificate: Certificate, changes: Mapping[str, str], today: date) -> dict[str, str]:
    """Return what is to be other than it stands; BadInput when a correction changes nothing or voiding changes something."""
    if kind == VOIDING:
        if changes:
            raise BadInput("作废不更改内容；需要更改的，请申请更正")
        return {}
    printed = printed_on(certificate)
    read = read_corrections(changes, today)
    wanted = {name: text for name, text in read.items() if _is_other(certificate, name, text, printed)}
    if kind == CORRECTION and not wanted:
        raise BadInput("更正的内容与证书所载相同")
    return wanted


def _is_other(certificate: Certificate, name: str, text: str, printed: Mapping[str, str]) -> bool:
    if name == "resident_id":
        return blind_index(text) != bytes(certificate.person.resident_id_index or b"")
    return text != printed[name]


def _item(opened: CertificateCase, name: str, text: str) -> CertificateCaseItem:
    return CertificateCaseItem(
        certificate_case=opened, field=name, before=printed_on(opened.certificate)[name], after=text
    )


def _shown(opened: CertificateCase) -> dict[str, dict[str, str]]:
    """Return what a request changes, as the ledger may keep it."""
    return {
        CORRECTABLE[item.field]: {
            "before": recorded_value(item.field, item.before),
            "after": recorded_value(item.field, item.after),
        }
        for item in opened.items.all()
    }


def check_certificate_case(case: Case) -> list[Finding]:
    """Return what keeps a request from being submitted: no proof, a certificate that stands otherwise by now, bad content."""
    found = case.certificate_case
    cites = law_of(case).workflow(case.kind).cites
    findings = []
    if not case.evidence.exists():
        message = "须附证明材料"
        findings.append(Finding("certificate_case.evidence_given", Severity.ERROR, message, "evidence", cites=cites))
    if (found.certificate.state == CertificateState.VOID) != (case.kind == REPLACEMENT):
        message = f"证书{found.certificate.get_state_display()}，不能办理「{CERTIFICATE_KINDS[case.kind]}」"
        findings.append(Finding("certificate_case.standing", Severity.ERROR, message, cites=cites))
    if case.kind != VOIDING:
        findings += content_findings(found)
    return findings


def content_findings(found: CertificateCase) -> list[Finding]:
    """Return what the rules hold against the content of the certificate that would be issued."""
    candidate = candidate_behind(found.certificate)
    view, wanted = candidate.batch.law, wanted_by(found)
    cites = law_of(found.case).workflow(found.case.kind).cites
    fields = {name: text for name, text in wanted.items() if name in FIELDS}
    findings = particulars_findings(candidate.enrolment, fields, cites) if fields else []
    facts = facts_with(candidate, wanted)
    content = replace(content_of(candidate, candidate.batch), facts=facts)
    try:
        prepare_certificates([content], view, surroundings_of(candidate.batch))
    except RuleViolation as refused:
        findings += refused.findings
    return findings


def apply_certificate_case(case: Case, by: User, at: datetime) -> None:
    """Do what the case decided: void, or void and issue the successor."""
    require_approved(case)
    found = CertificateCase.objects.select_related("certificate", "case").get(case=case)
    if case.kind == VOIDING:
        void_by_case(certificate=found.certificate, case=case, reason=found.reason, by=by, at=at)
    else:
        reissue_certificate(
            certificate=found.certificate, case=case, changes=wanted_by(found), reason=found.reason, by=by, at=at
        )
    found.applied_at = at
    found.save(update_fields=["applied_at"])


def reissue_certificate(
    *, certificate: Certificate, case: Case, changes: Mapping[str, str], reason: str, by: User, at: datetime
) -> Certificate:
    """Void a certificate, unless it is void, and issue its successor under a new number, in one transaction.

    Register and list follow what is put right; the rules of the batch's own pack and day are asked once more. The
    number comes from the running counter, also where schools apply for blocks: the case has granted it (our reading).
    """
    with transaction.atomic():
        require_approved(lock_case(case), "换发证书")
        take_up_principals(at=at, school=certificate.school)  # the successor names who heads the school today
        batch = lock_batch(candidate_behind(certificate).batch)
        candidate = candidate_behind(certificate)
        require_as_written([candidate])
        if certificate.state != CertificateState.VOID:
            void_by_case(certificate=certificate, case=case, reason=reason, by=by, at=at)
        record = claimed_values(candidate.enrolment)
        corrected = {name: text for name, text in changes.items() if name in FIELDS and record[name] != text}
        if corrected:
            correct_record(enrolment=candidate.enrolment, wanted=corrected, case=case, by=by, at=at)
            candidate.person.refresh_from_db()
        changed = set_on(candidate, changes)
        content = content_of(candidate, batch, certificate)
        prepared = prepare_certificates([content], batch.law, surroundings_of(batch))
        purpose = f"{CERTIFICATE_KINDS.get(case.kind, case.title)}，原编号 {certificate.number.number}"
        numbers = assign_numbers(batch, [candidate], purpose=purpose, by=by, at=at)
        today = timezone.localdate(at)
        successor = issue_certificates(
            issue=batch.issue, prepared=prepared, numbers=numbers, issue_date=today, by=by, at=at
        )[0]
        candidate.certificate = successor
        candidate.save(update_fields=["certificate", "digest", *changed])
        workflow = law_of(case).workflow(case.kind)
        record_event(
            tag=EventTag.CERTIFICATE_REPLACED, subject=certificate, parent=case, by=by, at=at, view=law_of(case),
            rules=[Basis(f"workflow.{case.kind}", workflow.cites)], school_id=certificate.school_id, note=reason,
            before={"number": certificate.number.number}, after={"number": numbers[0].number, "fields": list(changes)},
        )  # fmt: skip
    return successor
