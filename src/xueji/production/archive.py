"""Which papers of an issue are lodged for good, and with whom (S1-15, S2-37, S3-20, S4-05)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xueji.certificates.models import Issue
from xueji.core.packs import DocumentSpec, PackView
from xueji.institutions.queries import authority_at
from xueji.production.catalogue import LATE, Printable, document_title, printables_of
from xueji.production.models import ArchiveCopy, PrintRun
from xueji.statements import Slot, Statement

_LODGED = Statement(
    lambda: ArchiveCopy.objects.filter(issue=Slot("issue")).order_by().values_list("keeper", "document")
)
_LEVELS = ["city", "county", "school"]  # where the pack does not say


@dataclass(frozen=True, slots=True)
class CopyDue:
    """A paper that is lodged with a keeper."""

    keeper: str
    document: str
    title: str

    @property
    def keeper_label(self) -> str:
        """The keeper in Chinese."""
        return str(ArchiveCopy.Keeper(self.keeper).label)


def keepers_of(issue: Issue, view: PackView) -> list[str]:
    """Return who keeps papers of an issue: the pack's levels, as far as the school's own line has them."""
    levels = cast("list[str]", view.value_or("archive_levels", _LEVELS))
    return [level for level in levels if level == "school" or authority_at(issue.school, level) is not None]


def archived_forms(issue: Issue, view: PackView) -> dict[str, DocumentSpec]:
    """Return the lists that are lodged, by key: those made in several copies; where there are none, every list."""
    lists: list[Printable] = [
        printable
        for printable in printables_of(view, issue)
        if not printable.is_diploma and printable.format == PrintRun.Format.PDF
    ]
    several = [printable for printable in lists if printable.spec.copies > 1 or "copy_sets" in printable.spec.settings]
    return {printable.document.removeprefix(LATE): printable.spec for printable in several or lists}


def copies_expected(issue: Issue) -> list[CopyDue]:
    """Return every paper with every keeper, lodged or not."""
    view = issue.law
    forms = archived_forms(issue, view)
    return [
        CopyDue(keeper, document, document_title(spec))
        for keeper in keepers_of(issue, view)
        for document, spec in forms.items()
    ]


def copies_due(issue: Issue) -> list[CopyDue]:
    """Return the papers not yet lodged."""
    lodged = set(_LODGED.rows(issue=issue.pk))
    return [copy for copy in copies_expected(issue) if (copy.keeper, copy.document) not in lodged]
