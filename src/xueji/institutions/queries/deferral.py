"""What a measure keeps from a school while it is in force (暂缓验印 and whatever a pack calls its own): asked here alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from xueji.accounts.permissions import Permission
from xueji.core.errors import RuleViolation
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.obligations import WITHHELD
from xueji.core.packs import PackView
from xueji.institutions.models import Appointment, Authority, Sanction, School
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import ids_of_line
from xueji.sealing.rows import is_as_written
from xueji.statements import Slot, Statement

_MEASURES = Statement(lambda: Sanction.objects.filter(school=Slot("school")))


def deferral_of(school: School, *withheld: str) -> Sanction | None:
    """Return a measure in force that keeps any of these from a school (named by none: anything), or None (S1-17).

    One that was changed without the product, by whoever may write to the table, is in force still and withholds all.
    """
    wanted = set(withheld or WITHHELD)
    for measure in _MEASURES.rows(school=school.pk):
        if (measure.lifted_at is None and wanted & set(measure.withholds)) or not is_as_written(measure):
            return measure
    return None


def imposing_authority(sanction: Sanction) -> Authority:
    """Return the authority that imposed a measure: that of the post by which the person could, the day it was imposed.

    Where no such post is on record any more, the one at the head of the school's line: what is not known binds, not frees.
    """
    line = sanction.school.authority
    on_line = Appointment.objects.filter(
        user=sanction.imposed_by_id,
        days__contains=timezone.localdate(sanction.imposed_at),
        authority__in=ids_of_line(line),
    ).select_related("authority")
    may = [post for post in on_line if Permission.IMPOSE_SANCTIONS in PERMISSIONS_OF[post.post] and is_as_written(post)]
    places = sorted((post.authority for post in may if post.authority), key=lambda place: len(place.path))
    return places[0] if places else Authority.objects.get(pk=ids_of_line(line)[0])


def deferral_findings(view: PackView, school: School, withheld: str) -> list[Finding]:
    """Return the measure that keeps a school's numbers or seals back; the one refusal for both (S1-17)."""
    measure = deferral_of(school, withheld)
    if measure is None:
        return []
    since = f"{timezone.localdate(measure.imposed_at):%Y-%m-%d}"
    cites = (Citation.read(text) for text in measure.cites)
    return [
        Finding(
            "sealing.not_deferred",
            Severity.ERROR,
            f"{school.name}自 {since} 起{measure.label}：{measure.reason}",
            remedy=f"解除{measure.label}后再办理",
            cites=tuple(cite for cite in cites if cite.source in view.sources),
        )
    ]


def refuse_while_deferred(school: School, view: PackView) -> None:
    """Raise RuleViolation while a measure keeps the seal from the school (S1-17)."""
    if findings := deferral_findings(view, school, "sealing"):
        raise RuleViolation(findings)


def measures_on(schools: Iterable[int]) -> list[Sanction]:
    """Return the measures in force on a person's own schools, the newest first: whoever is concerned is told."""
    standing = Sanction.objects.filter(school__in=list(schools), lifted_at=None)
    return list(standing.select_related("school").order_by("-imposed_at"))
