"""A duplicate that is to be decided (S2 第八条): both records side by side, what both schools say, what the decision does."""

from __future__ import annotations

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import Case
from xueji.institutions.queries import sight_of
from xueji.registry.models import Duplicate, DuplicateFiling
from xueji.registry.queries.duplicates import (
    KIND,
    answers_of,
    asked_outcome,
    filing_of,
    filings_of,
    moved_by,
    persons_then,
    reminders_of,
)
from xueji.web.casepages import CaseListing, CasePage, Context, Look, panel, register_page
from xueji.web.duplicates import overlap_of, rows_of, stretches_of, time_bar
from xueji.web.menu import Line


@panel("duplicate", "panels/duplicate.html")
def duplicate(look: Look) -> Context:
    """Show what is asked for, what it would do, both records with what differs, and the answers with their evidence."""
    filing = look.once(filing_of)
    found = filing.duplicate
    stretches = stretches_of(found)
    return {
        "filing": filing,
        "duplicate": found,
        "effect": effect_of(filing),
        "rows": rows_of(found, sight_of(look.user), persons_then(moved_by(filings_of(found)))),
        "stretches": stretches,
        "bar": time_bar(stretches),
        "overlap": overlap_of(stretches),
        "answers": answers_of(found),
        "reminders": reminders_of(found),
    }


def effect_of(filing: DuplicateFiling) -> str:
    """Return in a sentence what an approval brings about, and what a refusal does not."""
    if filing.undoes_id is not None:
        return "同意：原来的认定逐项撤销，两条学籍恢复原状，重新查清。"
    outcome = asked_outcome(filing)
    if outcome.ends is None:
        return "同意：认定为两名学生，两条学籍都保留，以后不再提示重复。"
    merged = "，归到同一人名下" if outcome.merges else ""
    stands, ends = outcome.stands.school.name, outcome.ends.school.name
    return f"同意：保留{stands}的学籍，{ends}的学籍注销{merged}，仍可查看，可以撤销；不同意：两条学籍都不变动。"


def _subjects(case: Case) -> list[Duplicate]:
    return [filing_of(case).duplicate]


def _concerned(case: Case, is_last: bool) -> list[tuple[str, str]]:  # noqa: FBT001  # the signature of `CasePage`
    filing = filing_of(case)
    found = [
        ("学生", filing.record.person.name),
        ("申请", f"{filing.record.school.name}：{filing.get_asked_display()}"),
    ]
    return [*found, ("办结", effect_of(filing))] if is_last else found


register_page(
    CasePage(
        kinds=(KIND,),
        panels=("duplicate",),
        listing=CaseListing("学籍查重", "在查重页面答复以后提交。", "学籍查重", "duplicates"),
        menu=(
            Line("学籍", "学籍查重", "copy", "duplicates", "school", P.VIEW_REGISTER, 30, f"workflow:{KIND}"),
            Line("学籍", "学籍查重", "copy", "duplicates", "authority", P.VIEW_REGISTER, 30, f"workflow:{KIND}"),
        ),
        tones={"definite": "bad", "possible": "warn", "open": "warn", "one_stands": "ok", "two_persons": "ok"},
        words={},
        subjects=_subjects,
        brings="办结：按申请认定，撤销须另行申请",
        concerned=_concerned,
    )
)
