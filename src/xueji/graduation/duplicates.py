"""The same person twice: in another batch, with another certificate, at another school, in whatever year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from xueji.certificates.models import Certificate, CertificateState
from xueji.core.facts import GraduateFacts
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.intakes import Intake
from xueji.documents.storage import kept_addresses
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.graduation.queries.from_register import is_drawn_from_register
from xueji.registry.matching import Match, match_rows
from xueji.registry.queries.graduating import register_begins
from xueji.sealing.texts import blind_index


def clash_findings(rows: Sequence[GraduateFacts], batch: Batch) -> list[tuple[int, Finding]]:
    """Return, with the index of its row, everything the register and other batches hold against a row (S1-06).

    A school is told that somebody stands elsewhere, never where.
    """
    cites = batch.law.workflow("particulars_change").cites
    matches = match_rows(rows, school=batch.school, cites=cites)
    found = [(index, finding) for index, match in enumerate(matches) for finding in match.findings]
    found += _not_in_register(rows, matches, batch, cites)
    people = {match.person.pk: index for index, match in enumerate(matches) if match.person}
    return sorted(
        [*found, *_other_batches(people, batch, cites),
         *_certificates(people, batch, cites), *_refused_here(people, batch)],
        key=lambda pair: pair[0],
    )  # fmt: skip


def _not_in_register(
    rows: Sequence[GraduateFacts], matches: Sequence[Match], batch: Batch, cites: tuple[Citation, ...]
) -> list[tuple[int, Finding]]:
    """Return who has no record at the school; who came before the register began cannot have one, and is founded."""
    if not is_drawn_from_register(batch):
        return []
    missing = [index for index, match in enumerate(matches) if match.enrolment is None]
    if missing and batch.law.value_or("list_founds_before_register", default=False):
        first = register_begins(batch.school)
        entered = {index: rows[index].entry_month for index in missing}
        missing = [index for index, month in entered.items() if month and first and first <= Intake.parse(str(month))]
    return [(index, _not_enrolled(cites)) for index in missing]


def photo_findings(
    rows: Sequence[GraduateFacts], digests: Mapping[int, str], batch: Batch
) -> list[tuple[int, Finding]]:
    """Return, with the index of its row, whose photograph is kept already as that of somebody else in another batch.

    `digests` are the hashes of the files to be kept, by index. A doubt and not a refusal: the other may be the mistaken one.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for index, digest in digests.items():
        places[digest].append(index)
    kept = kept_addresses(places)
    standing = Candidate.objects.filter(photo__in=kept).exclude(batch=batch).exclude(state=CandidateState.WITHDRAWN)
    own_indexes = {index: blind_index(number) for index in digests if (number := rows[index].resident_id)}
    cites = batch.law.photo_profile("diploma").cites
    found: dict[int, Finding] = {}
    for candidate in standing.select_related("person", "batch__season", "batch__school").order_by("pk"):
        where = "其他学校的一名毕业生"
        if candidate.batch.school_id == batch.school_id:
            where = f"本校{candidate.batch.season.label}毕业生「{candidate.name}」"
        message = f"与{where}已存档的照片相同，是同一张照片"
        for index in places[kept[str(candidate.photo_id)]]:
            if own_indexes.get(index) != bytes(candidate.person.resident_id_index or b""):
                remedy = "请核对是谁的照片；放错的请更换，存档有误的请与主管部门联系"
                found.setdefault(
                    index, Finding("photo.kept_of_another", Severity.WARNING, message, "photo", remedy, cites)
                )
    return sorted(found.items())


def _other_batches(people: dict[UUID, int], batch: Batch, cites: tuple[Citation, ...]) -> list[tuple[int, Finding]]:
    standing = Candidate.objects.filter(person__in=list(people), state__in=LIVE).exclude(batch=batch)
    found = []
    for candidate in standing.select_related("batch__season", "batch__school"):
        where = candidate.batch.season.label
        if candidate.batch.school_id == batch.school_id:
            where = f"{candidate.batch.school.name}{where}{'补验印' if candidate.batch.is_late else ''}批次"
        else:
            where = f"其他学校{where}批次"
        message = f"该生已列入{where}，不能重复办理"
        found.append((people[candidate.person_id], _finding("batch.listed_once", message, cites)))
    return found


def _certificates(people: dict[UUID, int], batch: Batch, cites: tuple[Citation, ...]) -> list[tuple[int, Finding]]:
    certificates = Certificate.objects.filter(person__in=list(people), kind="graduation").exclude(
        state=CertificateState.VOID
    )
    of_batch = set(batch.candidates.exclude(certificate=None).values_list("certificate", flat=True))
    found = []
    for certificate in certificates.select_related("number", "school"):
        if certificate.pk in of_batch:
            continue
        known = certificate.school_id == batch.school_id
        where = f"{certificate.school_name}（编号 {certificate.number.number}）" if known else "其他学校"
        message = f"该生已于 {certificate.graduation_month} 在{where}取得毕业证书"
        found.append((people[certificate.person_id], _finding("batch.not_certified_before", message, cites)))
    return found


def _refused_here(people: dict[UUID, int], batch: Batch) -> list[tuple[int, Finding]]:
    """A refused graduate does not come back with the next upload: that takes a report on the special reason (S1-14)."""
    cites = batch.law.workflow("special_case").cites
    refused = batch.candidates.filter(person__in=list(people), state=CandidateState.REFUSED)
    message = "该生审核未通过：请从名单中删去；有特殊原因的，以正式文件报告"
    return [
        (people[candidate.person_id], _finding("batch.refused_stays_refused", message, cites)) for candidate in refused
    ]


def _not_enrolled(cites: tuple[Citation, ...]) -> Finding:
    """Only who is on the register graduates, where the pack does not let a list found the record (S2-13)."""
    message, remedy = "该生在本校没有学籍登记，不能列入毕业名单", "请核对身份证号；确属本校学生的，先办理学籍注册备案"
    return Finding("registry.enrolled", Severity.ERROR, message, "resident_id", remedy, cites)


def _finding(rule: str, message: str, cites: tuple[Citation, ...]) -> Finding:
    return Finding(rule, Severity.ERROR, message, "resident_id", "请核对身份证号；确有重复的请报告主管部门", cites)
