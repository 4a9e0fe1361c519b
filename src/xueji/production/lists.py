"""The lists of an issue as files: register and roster in their own forms, every other by the pack's list form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Min
from django.utils import timezone

from xueji.certificates.models import Certificate, Issue
from xueji.certificates.queries import holder_id_of, require_as_issued
from xueji.core.errors import BadInput, NotFound
from xueji.core.months import Month
from xueji.core.packs import DocumentSpec
from xueji.documents.layout import capital_number, chinese_duration, printed_date, printed_month
from xueji.documents.records import ListData, ListGroup, RenderedDocument
from xueji.documents.render import render_list, render_register, render_roster, write_list_workbook
from xueji.production.catalogue import source_of
from xueji.production.form_data import (
    certificates_of,
    in_paper_order,
    issue_day,
    issued_school_name,
    register_data,
    roster_data,
)
from xueji.production.kinds import kind_of
from xueji.production.models import Parcel
from xueji.production.rosters import write_roster

Rows = list[Certificate]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as a file: its bytes, its pages, and whose row each record of the renderer is."""

    data: bytes
    pages: int
    rendered: RenderedDocument | None = None
    records: Sequence[tuple[str, str]] = ()


_FEW_RUNS = 3  # so many runs of numbers are always listed one by one
_LISTED = ("political_status", "outcome", "overall_mark", "conduct_mark", "internship_mark", "remark")
_NUMBER = re.compile(r"(.*?)(\d*)")  # whatever stands before the last digits, and these

SOURCES = ("register", "roster", "certificates", "graduates", "groups", "totals")


def make_list(issue: Issue, spec: DocumentSpec, *, workbook: bool) -> Listing:
    """Return a list of an issue as PDF, or as the workbook with the same columns."""
    source = source_of(spec)
    if source == "register":
        return _register(issue, spec)
    if source == "roster" and "columns" in spec.settings and spec.template == "roster.typ":
        return _roster(issue, spec, workbook=workbook)
    data = list_data(issue, spec)
    if workbook:
        return Listing(write_list_workbook(spec, data, issued_on=issue_day(issue)), 1)
    rendered = render_list(spec, data, issued_on=issue_day(issue))
    rows = [row for group in data.groups for row in group.rows]
    return Listing(rendered.pdf, rendered.pages, rendered, [(r.get("number", ""), r.get("name", "")) for r in rows])


def dispatch_note(parcel: Parcel) -> Listing:
    """Return the note that goes with a parcel, by programme and mode, in the pack's own form; NotFound without one."""
    issue = parcel.issue
    view = issue.law
    spec = next(
        (document for key in view.keys("document") if source_of(document := view.document(key)) == "dispatch"), None
    )
    if spec is None:
        raise NotFound("政策包没有证书交接单的格式")
    lines: dict[tuple[str, str], Rows] = {}
    for certificate in certificates_of(issue).filter(parcel_items__parcel=parcel):
        lines.setdefault((certificate.programme_name, certificate.study_mode), []).append(certificate)
    rows = tuple(_lines_of(rows for _, rows in sorted(lines.items())))
    fields = issue_fields(issue) | {
        "sender": issue.authority.name, "sent_by": parcel.sent_by.full_name, "waybill": parcel.carrier,
        "dispatched_on": printed_date(timezone.localdate(parcel.sent_at)), "total": str(parcel.count),
        "total_words": capital_number(parcel.count), "received_by": parcel.received_by.full_name if parcel.received_by else "",
    }  # fmt: skip
    rendered = render_list(spec, ListData(fields, (ListGroup({}, rows),)), issued_on=timezone.localdate(parcel.sent_at))
    return Listing(rendered.pdf, rendered.pages, rendered)


def list_data(issue: Issue, spec: DocumentSpec) -> ListData:
    """Return what fills a list form of an issue, by the source the form names; BadInput names the sources there are."""
    source, lists = source_of(spec), kind_of(issue).lists
    if source in lists:
        return ListData(issue_fields(issue), tuple(lists[source](issue)))
    if source not in _SOURCES:
        raise BadInput(f"「{spec.title}」的内容「{source}」没有办法取得；可用：{'、'.join([*_SOURCES, *lists])}")
    return ListData(issue_fields(issue), tuple(_SOURCES[source](issue, spec)))


def issue_fields(issue: Issue) -> dict[str, str]:
    """Return what may stand at the head or the foot of any list of an issue; what is written by hand stays empty."""
    school, year = issue.school, str(issue.year or "")
    return {
        "school_name": issued_school_name(issue), "school_code": school.code, "authority_name": school.authority.name,
        "sealing_authority": issue.authority.name, "direct_level": school.authority.level, "year": year,
        "season_year": year, "term": issue.get_term_display(), "season": issue.season_label,
        "form_filler": "", "filled_by": "", "clerk": "", "phone": school.phone,
        "school_level": school.level, "graduation_month": _months(issue),
    } | _totals(issue) | dict(kind_of(issue).fields(issue))  # fmt: skip


def _totals(issue: Issue) -> dict[str, str]:
    found = certificates_of(issue).filter(kind="graduation").order_by().aggregate(
        count=Count("pk"), first=Min("number__number"), last=Max("number__number")
    )  # fmt: skip
    count = str(found["count"])
    return {
        "graduates": count, "total": count, "first_number": found["first"] or "", "last_number": found["last"] or "",
    }  # fmt: skip


def _months(issue: Issue) -> str:
    """Return the month of graduation in words; empty where an issue has more than one: it is written in by hand."""
    months = set(certificates_of(issue).order_by().values_list("graduation_month", flat=True))
    return printed_month(Month.parse(months.pop())) if len(months) == 1 else ""


def certificate_row(certificate: Certificate, listed: Mapping[str, str], *, with_identity: bool) -> dict[str, str]:
    """Return a graduate as lists print them: the certificate's own snapshot, and what its kind has of the list as approved."""
    row = {key: value for key, value in listed.items() if key.startswith("details.")}
    row |= {f"details.{key}": str(value) for key, value in certificate.details.items()}
    row |= {key.removeprefix("details."): value for key, value in row.items()}
    return row | {
        "number": certificate.number.number, "name": certificate.holder_name, "sex": certificate.holder_sex,
        "resident_id": holder_id_of(certificate) if with_identity else "",
        "birth_date": printed_date(certificate.holder_birth_date),
        "programme": certificate.programme_name, "specialisation": certificate.specialisation,
        "programme_with_specialisation": f"{certificate.programme_name}（{certificate.specialisation}）" if certificate.specialisation
        else certificate.programme_name,
        "duration_years": chinese_duration(certificate.duration_years), "duration": chinese_duration(certificate.duration_years),
        "study_mode": certificate.study_mode, "entry_month": printed_month(Month.parse(certificate.entry_month)),
        "graduation_month": printed_month(Month.parse(certificate.graduation_month)), "issue_date": printed_date(certificate.issue_date),
        "school_name": certificate.school_name,
    } | _as_listed(listed)  # fmt: skip


def _as_listed(listed: Mapping[str, str]) -> dict[str, str]:
    """Return what stands on the list and not on the certificate; marks under either name a form has for them."""
    row = {key: listed.get(key, "") for key in _LISTED}
    row |= {f"{key}_result": row[f"{key}_mark"] for key in ("overall", "conduct", "internship")}
    return row | {key: value for key, value in listed.items() if not key.startswith("details.")}


def _all(issue: Issue, spec: DocumentSpec) -> Iterable[ListGroup]:
    """One form with every graduate in the order of the numbers."""
    yield ListGroup(
        {}, tuple(_rows(kind_of(issue).rows(issue, spec), in_paper_order(certificates_of(issue), issue.law), spec))
    )


def _by_group(issue: Issue, spec: DocumentSpec) -> Iterable[ListGroup]:
    """A form for each programme × category × mode × duration × entry, with its graduates (S4-11)."""
    for fields, rows in _groups(issue, spec):
        yield ListGroup(fields, tuple(rows))


def _totals_of_groups(issue: Issue, spec: DocumentSpec) -> Iterable[ListGroup]:
    """One form with a line for each programme × entry × duration × mode: head-count, first and last number (S4-12)."""
    if "columns" not in spec.settings:
        yield ListGroup()
        return
    lines: dict[tuple[str, ...], Rows] = {}
    for certificate in certificates_of(issue).filter(kind="graduation"):
        row = (
            certificate.programme_name,
            certificate.entry_month,
            str(certificate.duration_years),
            certificate.study_mode,
        )
        lines.setdefault(row, []).append(certificate)
    total = str(sum(map(len, lines.values())))
    yield ListGroup({"graduates": total}, tuple(_lines_of(rows for _, rows in sorted(lines.items()))))


def _groups(issue: Issue, spec: DocumentSpec) -> list[tuple[dict[str, str], list[Mapping[str, str]]]]:
    listed = kind_of(issue).rows(issue, spec)
    found: dict[object, Rows] = {}
    for certificate in in_paper_order(certificates_of(issue).filter(kind="graduation"), issue.law):
        found.setdefault(_group_of(certificate, listed.get(certificate.pk, {})), []).append(certificate)
    return [
        (_group_fields(rows, listed.get(rows[0].pk, {})), list(_rows(listed, rows, spec)))
        for _, rows in sorted(found.items(), key=_by_key)
    ]


def _group_of(certificate: Certificate, listed: Mapping[str, str]) -> tuple[object, ...]:
    category = listed.get("details.admission_category") or certificate.details.get("admission_category", "")
    return (
        certificate.kind,
        certificate.programme_name,
        certificate.entry_month,
        certificate.duration_years,
        certificate.study_mode,
        category,
    )


def _by_key(pair: tuple[object, Rows]) -> str:
    return str(pair[0])


def _group_fields(rows: Rows, listed: Mapping[str, str]) -> dict[str, str]:
    first = certificate_row(rows[0], listed, with_identity=False)
    details = {key: first[key] for key in first if key.startswith("details.")}
    shared = ("programme", "study_mode", "duration", "duration_years", "entry_month", "graduation_month")
    ranges = number_ranges(rows)
    return details | {key: first[key] for key in shared} | {
        "admission_category": first.get("admission_category", ""), "count": str(len(rows)),
        "number_first": ranges[0][0], "number_last": ranges[-1][1],
    }  # fmt: skip


def _lines_of(groups: Iterable[Rows]) -> Iterator[dict[str, str]]:
    """Return a line for each group, and below it one more for each further run of its numbers: a line holds one run.

    Numbers that lie scattered, as permuted ones do, would fill pages: the line says so and the list has them.
    """
    for serial, rows in enumerate(groups, start=1):
        fields = _group_fields(rows, {}) | {"serial": str(serial)}
        runs = _ranges_in_words(number_ranges(rows), len(rows))
        yield fields | {"numbers": runs[0]}
        for run in runs[1:]:
            yield dict.fromkeys(fields, "") | {"numbers": run}


def number_ranges(rows: Rows) -> list[tuple[str, str]]:
    """Return the runs of numbers of some certificates without a gap: what 附件3 prints as 起止号.

    What counts is the number as printed: the serials of a permuted counter follow one another, its numbers do not.
    """
    runs: list[list[Certificate]] = []
    for row in sorted(rows, key=lambda c: (c.number.block_id, c.number.number)):
        last = runs[-1][-1].number if runs else None
        if last and last.block_id == row.number.block_id and _follows(last.number, row.number.number):
            runs[-1].append(row)
        else:
            runs.append([row])
    return [(run[0].number.number, run[-1].number.number) for run in runs]


def runs_of(numbers: Sequence[str]) -> list[str]:
    """Return numbers in their order as the runs a form prints; many that lie scattered are only counted."""
    runs: list[list[str]] = []
    for number in numbers:
        if runs and _follows(runs[-1][-1], number):
            runs[-1].append(number)
        else:
            runs.append([number])
    return _ranges_in_words([(run[0], run[-1]) for run in runs], len(numbers))


def _ranges_in_words(runs: Sequence[tuple[str, str]], count: int) -> list[str]:
    if len(runs) > max(_FEW_RUNS, count // 4):
        return [f"共 {count} 个，不相连，逐个见名单"]
    return [a if a == b else f"{a}—{b}" for a, b in runs]


def _follows(number: str, following: str) -> bool:
    """Tell whether two printed numbers differ by one in their last digits and in nothing else."""
    match, other = _NUMBER.fullmatch(number), _NUMBER.fullmatch(following)
    assert match is not None
    assert other is not None
    (head, digits), (other_head, other_digits) = match.groups(), other.groups()
    return head == other_head and len(digits) == len(other_digits) and int(digits) + 1 == int(other_digits)


def _rows(
    listed: Mapping[UUID, Mapping[str, str]], certificates: Iterable[Certificate], spec: DocumentSpec
) -> Iterable[Mapping[str, str]]:
    with_identity = "resident_id" in str(spec.settings)
    certificates = list(certificates)
    require_as_issued(certificates)
    empty = dict.fromkeys(_detail_keys(spec), "")  # what a graduate's list never stated stays empty on paper
    return [
        empty | certificate_row(certificate, listed.get(certificate.pk, {}), with_identity=with_identity)
        for certificate in certificates
    ]


def _detail_keys(spec: DocumentSpec) -> list[str]:
    columns = spec.settings.get("columns", ())
    keys = (
        [str(column["key"]) for column in columns if isinstance(column, Mapping)]
        if isinstance(columns, list | tuple)
        else []
    )
    return [key for key in keys if key.startswith("details.")]


_SOURCES: dict[str, Callable[[Issue, DocumentSpec], Iterable[ListGroup]]] = {
    "certificates": _all,
    "graduates": _all,
    "roster": _all,
    "groups": _by_group,
    "totals": _totals_of_groups,
}


def _register(issue: Issue, spec: DocumentSpec) -> Listing:
    data = register_data(issue)
    rendered = render_register(spec, data, issued_on=issue_day(issue))
    return Listing(rendered.pdf, rendered.pages, rendered, [("", row.programme) for row in data.rows])


def _roster(issue: Issue, spec: DocumentSpec, *, workbook: bool) -> Listing:
    data = roster_data(issue, spec)
    if workbook:
        return Listing(write_roster(spec, data, issued_on=issue_day(issue)), 1)
    rendered = render_roster(spec, data, issued_on=issue_day(issue))
    return Listing(rendered.pdf, rendered.pages, rendered, [(row.number, row.name) for row in data.rows])
