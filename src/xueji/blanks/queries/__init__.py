"""Read the book of blanks: where is a sheet, who signed last, what is in whose hands, does it balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.blanks.demand import graduates_of
from xueji.blanks.models import Blank, BlankMovement, BlankRequest, BlankState
from xueji.blanks.queries.balance import balance_of
from xueji.blanks.queries.books import Place, spec_for
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import subject_of
from xueji.core.serials import SerialRange, compress
from xueji.institutions.models import School
from xueji.institutions.queries import authorities_granting, pick, school_scope

__all__ = [
    "available_blanks", "balance_of", "blank_for", "blanks_at", "blanks_of", "blanks_visible_to", "find_blanks", "movements_visible_to",
    "need_of", "request_for", "requests_to_serve", "requests_visible_to", "suggested_range", "trail_of",
]  # fmt: skip

_NAMES = (
    "authority",
    "by",
    "given_by",
    "received_by",
    "from_holder",
    "to_holder",
    "from_school",
    "to_school",
    "request",
)
GONE_BACK = (BlankState.RETURNED, BlankState.VOID)


# -- sheets


def blanks_at(holder: Place) -> QuerySet[Blank]:
    """Return the sheets a place has, or is to have."""
    if isinstance(holder, School):
        return Blank.objects.filter(school=holder).exclude(state__in=GONE_BACK)
    return Blank.objects.filter(Q(school__isnull=True) | Q(state__in=GONE_BACK), holder=holder)


def available_blanks(holder: Place, kind: str | None = None) -> QuerySet[Blank]:
    """Return the sheets in the stock of a place, ready to be loaded or handed out, in the order of their serials."""
    found = Blank.objects.filter(state=BlankState.STOCK)
    found = found.filter(school=holder) if isinstance(holder, School) else found.filter(holder=holder, school=None)
    return (found.filter(kind=kind) if kind else found).order_by("kind", "number")


def blanks_of(holder: Place, kind: str, ranges: Sequence[SerialRange]) -> QuerySet[Blank]:
    """Return the sheets of some ranges that a place has, in the order of their serials."""
    inside = Q(pk__in=[])
    for span in ranges:
        inside |= Q(number__gte=span.first, number__lte=span.last)
    return blanks_at(holder).filter(inside, kind=kind).order_by("number")


def suggested_range(holder: Place, kind: str, count: int) -> tuple[SerialRange, ...]:
    """Return the next sheets of the stock as ranges: the lowest serials first; fewer when there are fewer."""
    return compress(available_blanks(holder, kind).values_list("number", flat=True)[:count])


def blanks_visible_to(user: User) -> QuerySet[Blank]:
    """Return the sheets of the person's own school, or of the authorities and schools below a post that reads the book."""
    scope = school_scope(user, prefix="school__", permission=P.WATCH_BLANKS)
    for place in authorities_granting(user, P.WATCH_BLANKS):
        scope |= Q(holder__path__startswith=place.path)
    return Blank.objects.filter(scope).select_related("holder", "school", "authority")


def blank_for(user: User, blank_id: object) -> Blank:
    """Return a sheet the person may see, else NotFound."""
    return pick(blanks_visible_to(user), blank_id)


def find_blanks(user: User, text: str) -> list[Blank]:
    """Return the visible sheets that bear a serial: one, but where two books print the same."""
    return list(blanks_visible_to(user).filter(serial=text.strip().upper())[:20])


def trail_of(blank: Blank) -> QuerySet[BlankMovement]:
    """Return the movements of a sheet, oldest first: who gave, who received, when, why."""
    return (
        BlankMovement.objects.filter(authority=blank.authority_id, kind=blank.kind, numbers__contains=blank.number)
        .select_related(
            "by", "given_by", "received_by", "from_holder", "to_holder", "from_school", "to_school", "request"
        )
        .order_by("id")
    )


def movements_visible_to(user: User) -> QuerySet[BlankMovement]:
    """Return the movements that came to or left the places whose book the person reads."""
    scope = school_scope(user, prefix="to_school__", permission=P.WATCH_BLANKS)
    scope |= school_scope(user, prefix="from_school__", permission=P.WATCH_BLANKS)
    for place in authorities_granting(user, P.WATCH_BLANKS):
        scope |= Q(to_holder__path__startswith=place.path)
    return BlankMovement.objects.filter(scope).select_related(*_NAMES)


# -- requests


def requests_visible_to(user: User) -> QuerySet[BlankRequest]:
    """Return the requests of the schools over which a post reads the book of blanks."""
    scope = school_scope(user, prefix="school__", permission=P.WATCH_BLANKS)
    return BlankRequest.objects.filter(scope).select_related("case", "school__authority", "authority").order_by("-id")


def request_of_case(case: Case) -> BlankRequest:
    """Return the request a case decides on; NotFound for a case about something else."""
    found: BlankRequest = subject_of(case, BlankRequest.objects.select_related("school__authority", "authority"))
    return found


def request_for(user: User, request_id: object) -> BlankRequest:
    """Return a request the person may see, else NotFound."""
    return pick(requests_visible_to(user), request_id)


def requests_to_serve(user: User) -> QuerySet[BlankRequest]:
    """Return granted requests that have not had all their sheets, oldest first."""
    drawn = (
        Blank.objects.filter(request=OuterRef("pk")).order_by().values("request").annotate(n=Count("pk")).values("n")
    )
    found = requests_visible_to(user).filter(case__state=CaseState.APPROVED)
    found = found.annotate(drawn=Coalesce(Subquery(drawn), 0)).filter(drawn__lt=F("count"))
    return found.order_by("case__closed_at", "id")


@dataclass(frozen=True, slots=True)
class Need:
    """What a season still needs of one kind at one school."""

    graduates: int
    used: int
    at_hand: int  # in stock, loaded, on the way
    granted: int  # granted or under way in other requests, not yet drawn
    spoiled: int  # spoiled and not returned

    @property
    def open(self) -> int:
        """How many more may be asked for without a word."""
        return max(self.graduates - self.used - self.at_hand - self.granted, 0)

    @property
    def explained(self) -> str:
        """The sum as a sentence."""
        return f"本届毕业生 {self.graduates} 人，已使用 {self.used}，在手和在途 {self.at_hand}，其他申领未发 {self.granted}"


def need_of(request: BlankRequest) -> Need:
    """Count what the season of a request needs, without the request itself."""
    kind = spec_for(request.school, request.kind, request.case.legal_date).certificate_kind
    blanks = Blank.objects.filter(school=request.school, kind=request.kind)
    counts = dict(blanks.order_by().values_list("state").annotate(n=Count("pk")))
    season = {"request__year": request.year, "request__term": request.term}
    others = BlankRequest.objects.filter(
        school=request.school, kind=request.kind, year=request.year, term=request.term,
        case__state__in=[CaseState.IN_PROGRESS, CaseState.APPROVED],
    ).exclude(pk=request.pk)  # fmt: skip
    asked = others.aggregate(n=Sum("count"))["n"] or 0
    drawn = blanks.filter(request__in=others).count()
    return Need(
        graduates=graduates_of(request.school, request.year, request.term, kind),
        used=blanks.filter(state=BlankState.USED, **season).count(),
        at_hand=sum(counts.get(state, 0) for state in (BlankState.STOCK, BlankState.LOADED, BlankState.DRAWN)),
        granted=max(asked - drawn, 0),
        spoiled=counts.get(BlankState.SPOILED, 0),
    )
