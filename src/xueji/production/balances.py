"""The balance sheet of a school on paper: both books, every number and every blank under the state it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from xueji.blanks.queries.balance import balance_of, serials_by_state
from xueji.blanks.queries.books import blank_book_of, blank_specs
from xueji.certificates.models import CertificateNumber, Issue, NumberState
from xueji.core.errors import NotFound
from xueji.documents.layout import printed_date
from xueji.documents.records import ListData, ListGroup
from xueji.documents.render import render_list
from xueji.institutions.models import School
from xueji.production.catalogue import source_of
from xueji.production.form_data import pack_view_at
from xueji.production.issuebooks import books_of
from xueji.production.lists import Listing, runs_of

Row = dict[str, str]


def balance_sheet(school: School, issues: Iterable[Issue], *, at: datetime) -> Listing:
    """Return both books of a school in the pack's own form, over these issues; NotFound where it has no such form."""
    view = pack_view_at(school, at)
    spec = next(
        (document for key in view.keys("document") if source_of(document := view.document(key)) == "balance"), None
    )
    if spec is None:
        raise NotFound("政策包没有平衡表的格式")
    day = timezone.localdate(at)
    groups = [_numbers(list(issues)), *_blanks(school)]
    fields = {"place": school.name, "scope": "全部届次", "as_of": printed_date(day)}
    rendered = render_list(spec, ListData(fields, tuple(groups)), issued_on=day)
    return Listing(rendered.pdf, rendered.pages, rendered)


def _numbers(issues: Sequence[Issue]) -> ListGroup:
    """Return the first book: the numbers of each issue by state, run by run."""
    found: dict[tuple[int, str], list[str]] = {}
    numbers = CertificateNumber.objects.filter(block__issue_block__issue__in=issues).order_by("number")
    for issue_id, state, number in numbers.values_list("block__issue_block__issue", "state", "number"):
        found.setdefault((issue_id, state), []).append(number)
    books = books_of(issues)
    rows: list[Row] = []
    for book in books:
        label = book.issue.season_label or book.issue.title
        everything = sorted(number for (issue, _), some in found.items() if issue == book.issue.pk for number in some)
        rows += _lines(f"{label}　发放", everything)
        for state in NumberState:
            rows += _lines(f"{label}　{state.label}", found.get((book.issue.pk, state.value), []))
    problems = [problem for book in books for problem in book.problems]
    return _group("证书编号", rows, problems, balanced=all(book.is_balanced for book in books))


def _lines(item: str, numbers: Sequence[str]) -> Iterator[Row]:
    if numbers:
        yield from _runs(item, len(numbers), runs_of(numbers))


def _runs(item: str, count: int, runs: Sequence[str]) -> Iterator[Row]:
    """Return a line with the count, and one more for each further run."""
    yield {"item": item, "count": str(count), "ranges": runs[0], "remark": ""}
    for run in runs[1:]:
        yield {"item": "", "count": "", "ranges": run, "remark": ""}


def _blanks(school: School) -> Iterator[ListGroup]:
    """Return the second book, a form for each kind of blank the school has had."""
    specs = blank_specs(school)
    for row in balance_of(authority=blank_book_of(school), schools=[school.pk], holders=[]) if specs else ():
        ranges = serials_by_state(school, row.key.kind, specs[row.key.kind])
        rows: list[Row] = [{"item": "收入", "count": str(row.received), "ranges": "", "remark": ""}]
        for label, count in row.cells():
            if count:
                rows += _runs(label, count, ranges.get(label, "").split("、"))
        problems = [f"{serials}：{why}" for serials, why in row.problems]
        yield _group(row.title, rows, problems, balanced=row.is_balanced and not problems)


def _group(book: str, rows: Sequence[Mapping[str, str]], problems: Sequence[str], *, balanced: bool) -> ListGroup:
    problem_rows = [{"item": "不平", "count": "", "ranges": problem, "remark": ""} for problem in problems]
    return ListGroup({"book": book, "verdict": "平衡" if balanced else "不平"}, (*rows, *problem_rows))
