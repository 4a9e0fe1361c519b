"""All graduates as rules read them, for the owner's command that asks what a change of the law would do (`xueji impact`)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from xueji.core.packs import Pack
from xueji.graduation.facts import LIVE, facts_of_candidate, to_text
from xueji.graduation.models import Batch, Candidate

_AT_ONCE = 2000


def graduates_as_facts(pack: Pack) -> Iterator[tuple[dict[str, object], dict[str, str]]]:
    """Yield the facts of everybody on a list under a pack or one that rests on it, and who it is: person, school, number.

    ID numbers are opened in memory, one after the other, and go no further than the rules.
    """
    laws: dict[int, bool] = {}
    rows = Candidate.objects.filter(state__in=LIVE).select_related(
        "person", "certificate__number", "batch__season", "batch__case", "batch__school"
    )
    for candidate in rows.order_by("batch_id", "ordinal").iterator(chunk_size=_AT_ONCE):
        batch = candidate.batch
        if batch.pk not in laws:
            laws[batch.pk] = pack.id in {parent.id for parent in batch.law.pack.lineage()}
        if laws[batch.pk]:
            yield _facts(candidate, batch), _who(candidate, batch)


def _facts(candidate: Candidate, batch: Batch) -> dict[str, object]:
    facts = {
        name: value for name, value in json.loads(to_text(facts_of_candidate(candidate))).items() if value is not None
    }
    return {
        **facts,
        "season_year": batch.season.year,
        "season_term": batch.season.term,
        "on": batch.case.legal_date.isoformat(),
    }


def _who(candidate: Candidate, batch: Batch) -> dict[str, str]:
    place = f"{batch.school.name}{batch.season.label}第 {candidate.ordinal} 人"
    who = {"student": f"{candidate.name}（{place}）", "school": batch.school.name}
    if candidate.certificate is not None:
        who["diploma"] = candidate.certificate.number.number
    return who
