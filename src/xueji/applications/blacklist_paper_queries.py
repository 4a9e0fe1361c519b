"""The letters of the blacklist: the notice to the person, and to whom the law sends word once somebody is listed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from django.utils import timezone

from xueji.applications.blacklist_queries import law_of_entry
from xueji.applications.models import BlacklistEntry
from xueji.core.errors import NotFound
from xueji.core.packs import DocumentSpec
from xueji.documents.render import LetterData, printed_date
from xueji.sealing.rows import require_unaltered

NOTICE = "blacklist_notice"
# measure of the law -> the letter of the pack; the list itself and its publication need none
LETTERS: Mapping[str, str] = MappingProxyType({
    "notice_employer": "blacklist_employer", "dishonest_list": "blacklist_authorities", "notice_discipline": "blacklist_discipline",
})  # fmt: skip
_TAIL = 4


def letters_of_entry(entry: BlacklistEntry, on: date) -> list[DocumentSpec]:
    """Return the letters of an entry on a day: the notice, and while it stands on the list those its measures ask for."""
    view, measures = law_of_entry(entry), entry.measures if entry.is_in_force(on) else []
    keys = [NOTICE, *(LETTERS[measure] for measure in measures if measure in LETTERS)]
    return [view.document(key) for key in keys]


def letter_spec(entry: BlacklistEntry, key: str, on: date) -> DocumentSpec:
    """Return a letter an entry asks for on a day; NotFound for any other."""
    spec = next((spec for spec in letters_of_entry(entry, on) if spec.key == key), None)
    if spec is None:
        raise NotFound("这一项没有这份文书")
    return spec


def filled_letter(entry: BlacklistEntry, key: str) -> LetterData:
    """Return what fills a letter; only the one that has somebody listed elsewhere bears the whole number.

    Conflict for an entry that is not as the product wrote it: nobody is written to about a forgery of ours.
    """
    require_unaltered(entry, f"{entry}的黑名单记录")
    application = entry.application
    number, decided = application.applicant.document_number, entry.decided_at
    day = entry.proposed_at if key == NOTICE or decided is None else decided
    facts = {
        "name": application.applicant.name, "service": application.get_kind_display(), "receipt": application.receipt or "",
        "reasons": entry.reasons.rstrip("。"), "evidence": "；".join(entry.evidence), "until": printed_date(entry.answer_until),
        "employer": entry.employer, "school_name": entry.school_name, "discipline_organ": entry.discipline_organ,
        "decided": printed_date(timezone.localdate(decided)) if decided else "",
        "expires": printed_date(entry.expires_on) if entry.expires_on else "",
        "resident_id": number if key == LETTERS["dishonest_list"] else "", "id_tail": number[-_TAIL:],
    }  # fmt: skip
    return LetterData(facts, entry.authority.name, timezone.localdate(day))
