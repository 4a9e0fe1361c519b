"""Whom a line is about: found among the graduates of the batch by the blind index of the ID number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xueji.core.facts import GraduateFacts
from xueji.core.findings import Finding, Severity
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.core.record_facts import RECORD_KINDS, RecordFacts
from xueji.graduation.models import Batch, Candidate, CandidateState, VocationalCertificate
from xueji.graduation.records.stores import longest_of
from xueji.sealing.texts import blind_index

ELSEWHERE = "change_types_of_leavers"  # pack table: types of change after which somebody is no graduate of the school


def candidates_by_index(batch: Batch) -> dict[bytes, Candidate]:
    """Return the graduates of a batch that did not leave it, by the index of their ID number."""
    candidates = batch.candidates.exclude(state=CandidateState.WITHDRAWN).select_related("person")
    return {bytes(candidate.person.resident_id_index or b""): candidate for candidate in candidates}


def look_up(rows: Sequence[RecordFacts], batch: Batch) -> tuple[list[RecordFacts], list[tuple[int, Finding]]]:
    """Return each line with the graduate it is about, and, by the index of its line, what the register holds against it."""
    candidates, view = candidates_by_index(batch), batch.law
    found: list[RecordFacts] = []
    findings: list[tuple[int, Finding]] = []
    for index, facts in enumerate(rows):
        number = facts.text("resident_id")
        candidate = candidates.get(blind_index(number)) if number else None
        found.append(_with_graduate(facts, candidate, batch))
        if number and candidate is None and not _left(facts, view):
            findings.append((index, _not_listed(facts, view)))
        findings += ((index, finding) for finding in _too_long(facts, view))
    findings += _held_by_others(rows, view)
    return found, findings


def _with_graduate(facts: RecordFacts, candidate: Candidate | None, batch: Batch) -> RecordFacts:
    school = batch.school.name
    if candidate is None:
        return replace(facts, school=school)
    graduate = GraduateFacts(
        name=candidate.name,
        programme=candidate.programme_name,
        duration_years=candidate.duration_years,
        entry_month=Month.parse(candidate.entry_month),
        details=candidate.details,
    )
    return replace(facts, graduate=graduate, outcome=candidate.outcome, school=school)


def _left(facts: RecordFacts, view: PackView) -> bool:
    """Whether a line of status changes is about somebody who left: they stand on no list of graduates."""
    if facts.kind != "changes" or ELSEWHERE not in view.keys("table"):
        return False
    return facts.text("change_type") in view.table(ELSEWHERE).values()


def _not_listed(facts: RecordFacts, view: PackView) -> Finding:
    return Finding(
        "record.graduate_listed", Severity.ERROR, "本批次名单中没有此人（按身份证号查找）", "resident_id",
        "请核对身份证号；不在本届名单中的请从文件中删去", view.workbook(facts.kind).cites,
    )  # fmt: skip


def _too_long(facts: RecordFacts, view: PackView) -> list[Finding]:
    found = []
    for name in RECORD_KINDS[facts.kind].fields:
        most = longest_of(facts.kind, name)
        if most is not None and len(facts.text(name)) > most:
            message = f"有 {len(facts.text(name))} 个字，超过 {most} 个"
            cites = view.workbook(facts.kind).cites
            found.append(Finding("record.text_short_enough", Severity.ERROR, message, name, "请写简短些", cites))
    return found


def _held_by_others(rows: Sequence[RecordFacts], view: PackView) -> list[tuple[int, Finding]]:
    """A vocational certificate that is on record for somebody else, at whatever school: the school is not told whom."""
    numbers = {f.text("certificate_number"): i for i, f in enumerate(rows) if f.kind == "vocational"}
    numbers.pop("", None)
    if not numbers:
        return []
    stored = VocationalCertificate.objects.filter(certificate_number__in=numbers).select_related("candidate__person")
    findings = []
    for record in stored:
        index = numbers[record.certificate_number]
        number = rows[index].text("resident_id")
        if number and blind_index(number) != bytes(record.candidate.person.resident_id_index or b""):
            message = f"证书编号「{record.certificate_number}」已登记在他人名下"
            cites = view.workbook("vocational").cites
            findings.append(
                (
                    index,
                    Finding(
                        "record.certificate_of_one",
                        Severity.ERROR,
                        message,
                        "certificate_number",
                        "请与证书原件核对",
                        cites,
                    ),
                )
            )
    return findings
