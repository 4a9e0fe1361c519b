"""A graduating batch: its list, register, sample of photographs, and what the last approval gives out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.certificates.queries import ExpectedRange
from xueji.core.issue_dates import issue_date_span
from xueji.core.rules import check_register
from xueji.core.rules.registers import register_totals
from xueji.graduation.expected import expected_release
from xueji.graduation.facts import register_of
from xueji.graduation.models import Batch, CandidateState
from xueji.graduation.queries import (
    batch_of_case,
    batch_totals,
    compare_with_last_year,
    doubts_of,
    live_by_case,
    names_in_state,
    photo_sample,
)
from xueji.graduation.queries.dating import waits_for_numbers
from xueji.graduation.queries.second_round import SecondRound, second_round_of
from xueji.graduation.queries.taking_back import approves_without_marked, cases_with_marked
from xueji.graduation.season_authority import BATCH_KIND
from xueji.ledger.queries import timeline_of
from xueji.web import charts
from xueji.web.asking import named
from xueji.web.casepages import CasePage, Context, Look, panel, register_page
from xueji.web.history import history_of_batch
from xueji.web.issue_dates import issue_date_form, keep_issue_date
from xueji.web.menu import Line

SAMPLE = 24  # photographs looked at
_SHOWN_OF_OFFICE = 60  # events
_PROGRAMMES = 12  # bars of the chart


def totals_of(case: Case) -> list[dict[str, Any]]:
    """Return the list of a batch counted by programme: several panels show it."""
    return batch_totals(batch_of_case(case))


@panel("marked", "panels/marked.html")
def marked(look: Look) -> Context:
    """Graduates marked for return: whether the rest may be approved without them is the pack's word."""
    goes_on = approves_without_marked(look.once(batch_of_case))
    return {"marked": sum(row["marked"] for row in look.once(totals_of)), "goes_on": goes_on}


def second_round(case: Case) -> SecondRound | None:
    """Return what changed in a batch since it was last returned."""
    return second_round_of(batch_of_case(case))


@panel("revised", "panels/revised.html")
def revised(look: Look) -> Context:
    """What changed since the list was returned, and what the school says to each mark; nothing in a first round."""
    return {"second": look.once(second_round)}


@panel("register", "panels/register.html")
def register(look: Look) -> Context:
    """The register as the school states it, counted against the list."""
    facts = register_of(look.once(batch_of_case))
    findings = check_register(facts, look.law)
    return {"lines": facts.lines, "total": register_totals(facts), "findings": findings}


@panel("totals", "panels/totals.html")
def totals(look: Look) -> Context:
    """The list counted by programme."""
    return {"batch": look.once(batch_of_case), "totals": look.once(totals_of)}


@panel("doubts", "panels/doubts.html")
def doubts(look: Look) -> Context:
    """What was doubtful about the list when the school confirmed it."""
    return {"doubts": doubts_of(look.once(batch_of_case))}


@panel("last_year", "panels/last_year.html")
def last_year(look: Look) -> Context:
    """Graduates by programme beside those of the same term a year before."""
    rows = compare_with_last_year(look.once(batch_of_case), look.once(totals_of))[:_PROGRAMMES]
    if not rows:
        return {"chart": None}
    labels = [row["programme_name"][:8] for row in rows]
    before = charts.Series("上届", [row["last_year"] for row in rows])
    now = charts.Series("本届", [row["count"] for row in rows])
    return {"chart": charts.grouped("与上一届同季毕业人数比较", labels, [before, now])}


@panel("photos", "panels/photos.html")
def photos(look: Look) -> Context:
    """Photographs drawn at random, the same whenever the page is opened."""
    return {"sample": photo_sample(look.once(batch_of_case), SAMPLE)}


def _history(look: Look) -> list[Any]:
    """The school reads the history of its batch; an office that of the case: what was tried before is the school's own."""
    if look.is_of_office:
        return list(timeline_of(look.case)[::-1][:_SHOWN_OF_OFFICE])
    return history_of_batch(look.once(batch_of_case))


def _concerned(case: Case, is_last: bool) -> list[tuple[str, str]]:  # noqa: FBT001  # the signature of the registry
    """Return who is concerned, and when it is the last step, what will be given out."""
    batch = batch_of_case(case)
    lines = [("毕业生", f"{batch.candidates.filter(state=CandidateState.LISTED).count()} 人")]
    marked = "标注退回，转入补办批次、退回学校" if is_last and approves_without_marked(batch) else "标注退回"
    for state, label in ((CandidateState.MARKED, marked), (CandidateState.REFUSED, "审核不通过")):
        if names := names_in_state(batch, state):
            lines.append((label, f"{len(names)} 人：{named(names)}"))
    return [*lines, *_released(batch)] if is_last else lines


def _released(batch: Batch) -> list[tuple[str, str]]:
    lines = []
    for expected in expected_release(batch):
        ranges = "\n".join(_words_of(part) for part in expected.ranges)
        words = f"{expected.count} 个，预计\n{ranges}" if expected.ranges else "没有编号可发"
        lines.append((f"{expected.label}证书编号", words))
    today = timezone.localdate()
    if len(set(issue_date_span(batch.law, today))) > 1 or waits_for_numbers(batch):
        return lines  # the date is asked for on the same page, or with the numbers
    return [*lines, ("发证日期", f"{today:%Y-%m-%d}（今天）")]


def _words_of(part: ExpectedRange) -> str:
    if not part.first:
        return f"{part.count} 个，按规定的次序排列，不连号"
    return f"{part.first} 至 {part.last}（{part.count} 个）" if part.count > 1 else part.first


def _hindered(cases: Iterable[int]) -> Mapping[int, str]:
    return dict.fromkeys(cases_with_marked(cases), "有标注退回的毕业生，本次不办")


register_page(
    CasePage(
        kinds=(BATCH_KIND,),
        panels=("marked", "revised"),
        usual=("totals", "doubts", "last_year", "photos"),
        takes_evidence=False,
        url_name="school:batch",
        key_of=lambda case: batch_of_case(case).pk,
        menu=(Line("毕业办理", "毕业批次", "layers", "school:batches", "school", P.VIEW_BATCHES, place=10),),
        tones={"listed": "info", "marked": "bad", "numbered": "ok"},
        words={"numbered": "已编号"},
        history=_history,
        brings="办结：发放证书编号和发证日期，不能撤销",
        concerned=_concerned,
        asks=issue_date_form,
        keeps=keep_issue_date,
        hindered=_hindered,
        heads=live_by_case,
    )
)
