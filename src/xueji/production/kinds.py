"""Kinds of issue: what printing, sealing and hand-out ask of whoever releases the certificates.

An app above registers its kind when it is ready, as it does its kinds of case; nothing here knows which there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from xueji.accounts.models import User
from xueji.certificates.models import Certificate, Issue
from xueji.core.facts import RegisterFacts
from xueji.core.findings import Finding
from xueji.core.packs import DocumentSpec, PackView
from xueji.documents.records import ListGroup

Row = Mapping[str, str]


def _no_fields(_issue: Issue) -> Row:
    return {}


def _no_rows(_issue: Issue, _spec: DocumentSpec) -> Mapping[UUID, Row]:
    return {}


def _nothing_withheld(_certificates: Sequence[Certificate], _view: PackView) -> Mapping[UUID, list[Finding]]:
    return {}


def _none_unfit(_issue: Issue) -> Collection[UUID]:
    return ()


def _nothing(_issue: Issue, _by: User, _at: datetime) -> None:
    return None


def _offers_all(_issue: Issue, _source: str) -> bool:
    return True


def _none_expected(_issue: Issue) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class PaperKind:
    """One kind of issue. `kind` is that of its issues, and the key of its stages in the packs.

    `forms` are the words under which packs set out its forms (`of = "…"`). What a kind does not say is answered from
    the certificates alone: a register counted from them, lists of what they print, nothing withheld.
    """

    kind: str
    forms: frozenset[str]
    expected: Callable[[Issue], int] = _none_expected  # how many blanks are needed, before numbers are given
    register: Callable[[Issue], RegisterFacts] | None = None
    fields: Callable[[Issue], Row] = (
        _no_fields  # what may stand at the head or foot of a list, besides the certificates'
    )
    rows: Callable[[Issue, DocumentSpec], Mapping[UUID, Row]] = (
        _no_rows  # what lists print of whom, besides the certificate
    )
    offers: Callable[[Issue, str], bool] = (
        _offers_all  # whether there is anything to print yet in a list of this source
    )
    lists: Mapping[str, Callable[[Issue], Iterable[ListGroup]]] = field(default_factory=lambda: MappingProxyType({}))
    withheld: Callable[[Sequence[Certificate], PackView], Mapping[UUID, list[Finding]]] = (
        _nothing_withheld  # at the hand-out
    )
    unfit: Callable[[Issue], Collection[UUID]] = (
        _none_unfit  # certificates whose holder's electronic file bars the seal
    )
    prints_centrally: bool = False  # by the authority above, whatever the pack says of diplomas
    reprints_need_case: bool = True  # where the pack asks for a case before a spoiled sheet is printed again
    on_sealed: Callable[[Issue, User, datetime], None] = _nothing  # in the transaction of the sealing


_kinds: dict[str, PaperKind] = {}


def register(kind: PaperKind) -> PaperKind:
    """Make a kind known; a second kind under the same key is a bug."""
    if _kinds.setdefault(kind.kind, kind) != kind:
        raise ValueError(f"kind of issue {kind.kind!r} is registered twice")
    return kind


def kind_of(issue: Issue) -> PaperKind:
    """Return the kind of an issue; one that nobody registered is a bug."""
    if issue.kind not in _kinds:
        raise ValueError(f"kind of issue {issue.kind!r} is not registered; known: {', '.join(_kinds) or 'none'}")
    return _kinds[issue.kind]
