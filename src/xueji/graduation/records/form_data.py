"""What fills the forms of records: summary of status changes, college lists, record of the spot check, receipt.

Texts are as printed, under the keys of the columns; ID numbers are in full, for the forms are. Pages do not use this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import cast

from django.utils import timezone

from xueji.core.draw import METHOD
from xueji.core.packs import PackView
from xueji.documents.layout import chinese_duration
from xueji.documents.records import ListData, ListGroup
from xueji.draws.models import DrawItem, DrawOutcome
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, Candidate, CollegeEntry, Receipt, SpotCheck, StatusChangeLine
from xueji.graduation.records.actions.spot_checks import checking_authority
from xueji.institutions.queries.succession import school_name_on, school_names_on
from xueji.registry.models import ParticularsChange
from xueji.registry.queries import resident_id_of

_OWN_TYPES = "particulars_change_types"  # pack table: field of a correction -> type of change as the form calls it


def change_rows(batch: Batch) -> list[dict[str, str]]:
    """Return the lines of the summary: those imported, and the corrections decided here, sorted by programme."""
    rows = [_imported(line) for line in StatusChangeLine.objects.filter(batch=batch)]
    rows += _corrected(batch, batch.law)
    return sorted(rows, key=lambda row: (row["programme"], row["name"], row["change_type"]))


def change_groups(batch: Batch) -> list[ListGroup]:
    """Return the one form of the summary of status changes (附件4); without a line it says so."""
    return [ListGroup({}, tuple(change_rows(batch)))]


def college_groups(batch: Batch) -> list[ListGroup]:
    """Return one form for each college (附件5, 一校一表); without an entry an empty one, for colleges to fill in."""
    view = batch.law
    shared = _college_class(view, batch.season.year)
    entries = CollegeEntry.objects.filter(candidate__batch=batch).select_related("candidate__person")
    forms = [
        ListGroup({"college": college, **shared}, tuple(_college_row(row) for row in rows))
        for college, rows in groupby(entries.order_by("college", "candidate__ordinal"), key=lambda entry: entry.college)
    ]
    return forms or [ListGroup(shared, ())]


def _college_class(view: PackView, year: int) -> dict[str, str]:
    """Return the years of the entrance examination and of the class that sat it, counted back from the year of graduation."""
    if "college_class" not in view.keys("value"):
        return {}
    before = cast("Mapping[str, int]", view.value("college_class"))
    return {"exam_year": str(year - before["exam"]), "cohort": str(year - before["entry"])}


def spot_check_groups(batch: Batch) -> list[ListGroup]:
    """Return a form for each draw, the latest first: method, seed, list and who was drawn, with what was found."""
    return [spot_check_group(spot_check) for spot_check in batch.spot_checks.select_related("draw__commitment")]


def spot_check_group(check: SpotCheck) -> ListGroup:
    """Return the record form of one draw."""
    batch, draw = check.batch, check.draw
    items = list(draw.items.select_related("spot_check_item__candidate__person", "confirmed_by"))
    fields = {
        "school_name": school_name_on(batch.school, timezone.localdate(draw.drawn_at), draw.drawn_at),
        "population": str(draw.population),
        "percent": f"{draw.percent.normalize():f}", "sample_size": str(draw.size), "method": METHOD, "seed": draw.seed,
        "list_hash": draw.list_hash, "secret": draw.commitment.secret, "context": draw.context,
        "commitment": draw.commitment.sha256, "drawn_at": f"{timezone.localtime(draw.drawn_at):%Y-%m-%d %H:%M}",
        "checked_by_office": checking_authority(batch).name, "year": str(batch.season.year),
        "outcome": _conclusion([item.outcome for item in items if item.confirmed_at]) if items else "",
    }  # fmt: skip
    return ListGroup(fields, tuple(_drawn_row(item) for item in items))


def receipt_data(receipt: Receipt) -> ListData:
    """Return the receipt (附件1) with a line for each school."""
    place = receipt.authority or receipt.school
    lines = list(receipt.lines.select_related("school"))
    day = timezone.localdate(receipt.filed_at)
    names = school_names_on({line.school_id: line.school.name for line in lines}, day, receipt.filed_at)
    fields = {
        "applicant": str(place), "contact": f"{receipt.contact_name}　{receipt.contact_phone}",
        "address": receipt.address, "year": str(receipt.season.year), "season": receipt.season.label,
        "total": str(sum(line.graduates for line in lines)),
    }  # fmt: skip
    rows = tuple(
        {
            "school_name": names[line.school_id], "graduates": str(line.graduates), "school_contact": line.contact,
            "school_address": line.address,
        }
        for line in lines
    )  # fmt: skip
    return ListData(fields, (ListGroup({}, rows),))


def _imported(line: StatusChangeLine) -> dict[str, str]:
    return {
        "name": line.name, "resident_id": line.resident_id, "programme": line.programme, "grade": line.grade,
        "duration": chinese_duration(line.duration_years) if line.duration_years else "",
        "before": line.before, "after": line.after, "change_type": line.change_type, "line": str(line.pk),
    }  # fmt: skip


def _corrected(batch: Batch, view: PackView) -> Iterable[dict[str, str]]:
    """Corrections decided in this system list themselves, each field by the type the form has for it."""
    if _OWN_TYPES not in view.keys("table"):
        return
    types: Mapping[str, str] = view.table(_OWN_TYPES)
    live = {
        candidate.enrolment_id: candidate
        for candidate in batch.candidates.filter(state__in=LIVE).select_related("person")
    }
    applied = ParticularsChange.objects.filter(enrolment__in=live, applied_at__isnull=False).prefetch_related("items")
    for change in applied.order_by("applied_at"):
        for item in change.items.all():
            if item.field in types:
                row = _own_row(live[change.enrolment_id], types[item.field], item.before, item.after)
                yield row | {"field": item.field}


def _own_row(candidate: Candidate, change_type: str, before: str, after: str) -> dict[str, str]:
    return {
        "name": candidate.name, "resident_id": resident_id_of(candidate.person),
        "programme": candidate.programme_name, "grade": f"{candidate.entry_month[:4]}级",
        "duration": chinese_duration(candidate.duration_years), "before": before, "after": after,
        "change_type": change_type, "line": "",
    }  # fmt: skip


def _college_row(entry: CollegeEntry) -> dict[str, str]:
    candidate = entry.candidate
    return {
        "name": candidate.name, "sex": candidate.sex, "resident_id": resident_id_of(candidate.person),
        "college_programme": entry.college_programme, "source_school": entry.source_school, "contact": entry.contact,
        "remark": entry.remark,
    }  # fmt: skip


def _drawn_row(item: DrawItem) -> dict[str, str]:
    candidate: Candidate | None = item.spot_check_item.candidate
    conclusion = DrawOutcome(item.outcome).label if item.outcome != DrawOutcome.PENDING else ""
    if candidate is None:
        return {
            "name": "（已退出本批次）",
            "resident_id": "",
            "programme": "",
            "outcome": conclusion,
            "remark": item.note,
        }
    return {
        "name": candidate.name, "resident_id": resident_id_of(candidate.person), "programme": candidate.programme_name,
        "outcome": conclusion, "remark": item.note,
    }  # fmt: skip


def _conclusion(outcomes: list[str]) -> str:
    if not outcomes:
        return ""
    failed = sum(outcome == DrawOutcome.FAILED for outcome in outcomes)
    passed = sum(outcome == DrawOutcome.PASSED for outcome in outcomes)
    return f"已核验 {passed + failed} 本，通过 {passed} 本，不通过 {failed} 本"
