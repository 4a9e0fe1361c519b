"""Between print runs and the book of blanks: whose stock the sheets come from, and what the book is told of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.blanks.actions.printing import load_blanks, spoil_blanks, unload_blanks, use_blanks
from xueji.blanks.models import Blank
from xueji.blanks.queries import suggested_range
from xueji.certificates.models import Issue
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.packs import BlankSpec, PackView
from xueji.core.serials import compress, expand, format_ranges, parse_serials
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import authorities_granting
from xueji.production.catalogue import prints_centrally
from xueji.production.models import PrintSheet

Place = School | Authority


def stock_of(issue: Issue, view: PackView, by: User) -> Place:
    """Return whose blanks an issue is printed on: the school's own, or those of the authority that prints for it."""
    if not prints_centrally(issue, view):
        return issue.school
    for place in authorities_granting(by, Permission.PRINT_CENTRALLY):
        if issue.school.authority.path.startswith(place.path):
            return place
    raise NotPermitted("证书由主管部门统一打印，您的岗位不办理此事")


def wanted(spec: BlankSpec, text: str, waiting: int) -> list[int]:
    """Read the serials in the tray; they are at most as many as the certificates that wait."""
    numbers = sorted(expand(parse_serials(text, spec)))
    if len(numbers) > waiting:
        raise BadInput(
            f"装入空白证书 {len(numbers)} 本，待打印的证书只有 {waiting} 本：请减少 {len(numbers) - waiting} 本"
        )
    return numbers


def suggested(place: Place, spec: BlankSpec, count: int) -> str:
    """Return the next serials of the stock as a field shows them; empty when there are none."""
    return format_ranges(suggested_range(place, spec.key, count), spec)


def take(place: Place, spec: BlankSpec, numbers: Sequence[int], *, by: User, at: datetime) -> list[Blank]:
    """Load these sheets; return them in the order of their serials."""
    return load_blanks(holder=place, kind=spec.key, serials=numbers, by=by, at=at)


def record_good(sheets: Iterable[PrintSheet], *, by: User, at: datetime) -> None:
    """Tell the book which certificate each sheet bears now."""
    for (place, kind), group in _by_place(sheets).items():
        bears = {sheet.blank.number: sheet.certificate_id for sheet in group if sheet.blank}
        use_blanks(holder=place, kind=kind, certificates=bears, by=by, at=at)


def record_spoiled(sheets: Iterable[PrintSheet], reason: str, *, by: User, at: datetime) -> None:
    """Tell the book which sheets are spoiled: they go back, never into the bin (S3-04)."""
    for (place, kind), group in _by_place(sheets).items():
        spoil_blanks(holder=place, kind=kind, serials=_numbers(group), reason=reason, by=by, at=at)


def record_unused(sheets: Iterable[PrintSheet], *, by: User, at: datetime) -> None:
    """Tell the book which sheets came out of the printer as they went in."""
    for (place, kind), group in _by_place(sheets).items():
        unload_blanks(holder=place, kind=kind, serials=_numbers(group), by=by, at=at)


def sheets_with_serials(sheets: Sequence[PrintSheet], text: str, spec: BlankSpec) -> list[PrintSheet]:
    """Return the sheets that lie on the serials of a field (typed or scanned); Conflict names those that do not."""
    numbers = expand(parse_serials(text, spec))
    sheet_by_serial = {sheet.blank.number: sheet for sheet in sheets if sheet.blank}
    if strangers := [number for number in numbers if number not in sheet_by_serial]:
        raise Conflict(f"不在这次打印的待确认证书中：{format_ranges(compress(strangers), spec)}")
    return [sheet_by_serial[number] for number in numbers]


def _numbers(sheets: Iterable[PrintSheet]) -> list[int]:
    return [sheet.blank.number for sheet in sheets if sheet.blank]


def _by_place(sheets: Iterable[PrintSheet]) -> dict[tuple[Place, str], list[PrintSheet]]:
    groups: dict[tuple[Place, str], list[PrintSheet]] = {}
    for sheet in sheets:
        if sheet.blank:
            groups.setdefault((sheet.blank.place, sheet.blank.kind), []).append(sheet)
    return groups
