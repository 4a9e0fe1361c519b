"""The parties of a case: who they are, whose people act for them, and what routing knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xueji.accounts.models import User
from xueji.cases.kinds import CaseKind, kind_of
from xueji.cases.models import Case, CaseParty
from xueji.core.packs import Pack
from xueji.core.routing import Office, Party, RoutingFacts
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import ids_of_line, pack_of, pack_over
from xueji.statements import Slot, Statement, keys

PartyOf = School | Authority | User
_PARTIES = Statement(
    lambda: (
        CaseParty.objects.filter(case=Slot("case"))
        .select_related("school__authority", "authority", "applicant")
        .order_by("-is_main", "id")
    )
)
_LINES = Statement(lambda: Authority.objects.filter(pk__any_of=keys("line")).order_by())


def parties_of(case: Case) -> list[CaseParty]:
    """Return the parties of a case, first the one that filed it."""
    return _PARTIES.rows(case=case.pk)


def main_party_of(case: Case) -> CaseParty:
    """Return the party that filed a case; the database holds exactly one."""
    return parties_of(case)[0]


def parties_for(kind: CaseKind, school: School | None, others: Mapping[str, PartyOf]) -> list[CaseParty]:
    """Return the parties of a case to be opened, not yet stored, in the order of its kind; ValueError when one is missing.

    The roles are the kind's: which they are is written in code, who they are comes from whoever opens the case.
    """
    filled = dict(others) if school is None else {kind.parties[0]: school, **others}
    if filled.keys() != set(kind.parties):
        raise ValueError(f"{kind.kind!r} has the parties {', '.join(kind.parties)}, not {', '.join(filled) or 'none'}")
    return [_party(role, filled[role], is_main=role == kind.parties[0]) for role in kind.parties]


def _party(role: str, who: PartyOf, *, is_main: bool) -> CaseParty:
    if isinstance(who, School):
        return CaseParty(role=role, is_main=is_main, school=who)
    if isinstance(who, Authority):
        return CaseParty(role=role, is_main=is_main, authority=who)
    return CaseParty(role=role, is_main=is_main, applicant=who)


def pack_for(parties: Iterable[CaseParty]) -> Pack:
    """Return the pack a new case stands under: the one over its first party that is a school or an authority."""
    for party in parties:
        if party.school is not None:
            return pack_of(party.school)
        if party.authority is not None:
            return pack_over(party.authority)
    raise ValueError("no party of the case stands under a pack")


def routing_facts(case: Case) -> tuple[RoutingFacts, Mapping[int, Authority], Mapping[int, School]]:
    """Return what routing asks of a case, and the authorities and schools that its answer names: two statements."""
    found = parties_of(case)
    nearest = [near for party in found if (near := _nearest(party)) is not None]
    ids = sorted({pk for near in nearest for pk in ids_of_line(near)})
    authorities = {row.pk: row for row in _LINES.rows(line=ids)} if ids else {}
    parties = tuple(Party(party.role, _line(_nearest(party), authorities), party.school_id) for party in found)
    counted = kind_of(case.kind).counts
    schools = {party.school.pk: party.school for party in found if party.school is not None}
    return RoutingFacts(parties, counted(case) if counted else {}), authorities, schools


def _nearest(party: CaseParty) -> Authority | None:
    return party.school.authority if party.school is not None else party.authority


def _line(nearest: Authority | None, authorities: Mapping[int, Authority]) -> tuple[Office, ...]:
    """Return the line of an authority from itself upwards."""
    ids = ids_of_line(nearest)[::-1] if nearest is not None else ()
    return tuple(Office(pk, authorities[pk].level) for pk in ids)
