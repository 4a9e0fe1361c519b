"""A school over the years: what it was called on a day, what became of it, who keeps its files, whose files it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.models import Amendment, Authority, Custody, School, Succession
from xueji.institutions.queries import authorities_visible_to, pick, posts_of, schools_visible_to
from xueji.institutions.queries.custody import custody_in_force

Place = School | Authority


def school_name_on(school: School, day: date, known_at: datetime | None = None) -> str:
    """Return what a school was called on a day: its forms and reprints of that day say so, whatever it is called since.

    With `known_at`, as the register had it then: a renaming entered afterwards for an earlier day changes no reprint.
    """
    return school_names_on({school.pk: school.name}, day, known_at)[school.pk]


def school_called_on(school_id: int, day: date, known_at: datetime | None = None) -> str:
    """Return what a school was called on a day, by its key alone: a record names the school it was at."""
    name = School.objects.values_list("name", flat=True).get(pk=school_id)
    return school_names_on({school_id: name}, day, known_at)[school_id]


def school_names_on(names: Mapping[int, str], day: date, known_at: datetime | None = None) -> dict[int, str]:
    """Return what schools were called on a day, from what they are called now: one statement for all."""
    later = Q(effective_on__gt=day) if known_at is None else Q(effective_on__gt=day) | Q(amended_at__gt=known_at)
    rows = Amendment.objects.filter(later, school__in=list(names), field="name")
    first: dict[int, str] = {}
    for school_id, before in rows.order_by("effective_on", "id").values_list("school_id", "before"):
        first.setdefault(school_id, before)
    return {school_id: first.get(school_id, name) for school_id, name in names.items()}


def standing_successions() -> QuerySet[Succession]:
    """Return what became of schools, without what was withdrawn."""
    return Succession.objects.filter(withdrawn_at=None)


def chain_of(school: School, on: date) -> list[Succession]:
    """Return the steps from a school to those that stand in its place on a day, in their order; none while it exists itself."""
    steps: list[Succession] = []
    asked, waiting = set[int](), {school.pk}
    while waiting:
        asked |= waiting
        ended = standing_successions().filter(
            school__in=waiting, ends=True, effective_on__lte=on, successor__isnull=False
        )
        found = list(ended.select_related("school", "successor__authority"))
        steps += found
        waiting = {step.successor_id for step in found if step.successor_id is not None} - asked
    return steps


def successors_of(school: School, on: date) -> list[School]:
    """Return the schools that stand in a school's place on a day, along the whole chain; itself while nothing ended it.

    A school that closed with no successor is the end of its chain: nobody stands in its place.
    """
    steps = chain_of(school, on)
    gone = {step.school_id for step in steps}
    last = {step.successor for step in steps if step.successor is not None and step.successor_id not in gone}
    return sorted(last, key=lambda found: found.pk) if steps else [school]


def successor_of(school: School, on: date) -> School | None:
    """Return the one school that stands in a school's place on a day; None where a split left several of them."""
    found = successors_of(school, on)
    return found[0] if len(found) == 1 else None


def custodian_of(school: School, on: date) -> Place | None:
    """Return who keeps a school's files on a day; None where it keeps them itself."""
    custody = custody_in_force(on).filter(school=school).select_related(
        "custodian_school__authority", "custodian_authority"
    ).first()  # fmt: skip
    return (custody.custodian_school or custody.custodian_authority) if custody else None


def serves_files_of(place: Place, on: date) -> QuerySet[School]:
    """Return the schools whose files a school or an authority keeps on a day."""
    kept = custody_in_force(on)
    kept = kept.filter(custodian_school=place) if isinstance(place, School) else kept.filter(custodian_authority=place)
    return School.objects.filter(pk__in=kept.values("school")).select_related("authority").order_by("code")


@dataclass(frozen=True, slots=True)
class Kept:
    """A school whose files somebody keeps: since when and by which document, and what it was called when it ended."""

    school: School
    custody: Custody
    keeper: Place


def kept_by_offices_of(user: User, on: date) -> list[Kept]:
    """Return the schools whose files the places keep where a person holds a post, the newest first."""
    at_schools = [post.school_id for post in posts_of(user) if post.school_id is not None]
    at_authorities = [post.authority_id for post in posts_of(user) if post.authority_id is not None]
    rows = custody_in_force(on).filter(Q(custodian_school__in=at_schools) | Q(custodian_authority__in=at_authorities))
    rows = rows.select_related("school__authority", "custodian_school", "custodian_authority").order_by(
        "-from_on", "-id"
    )
    return [
        Kept(row.school, row, keeper) for row in rows if (keeper := row.custodian_school or row.custodian_authority)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a school's history: from which day, what happened, by which document, who entered it."""

    on: date
    what: str
    document_number: str
    by: str
    entry: Succession | Custody | Amendment
    is_withdrawn: bool = False
    note: str = ""
    can_be_withdrawn: bool = False


def timeline_of(school: School, labels: Mapping[str, str]) -> list[Moment]:
    """Return everything that became of a school, newest first: what it was called, where it came from and went, who keeps its files."""
    moments = [_of_succession(row, school) for row in _about(school)]
    moments += [
        Moment(
            row.from_on, f"学籍档案由{row.custodian_school or row.custodian_authority}保管", row.document_number,
            row.entered_by.full_name, row, bool(row.succession and row.succession.withdrawn_at),
        )
        for row in school.custodies.select_related("custodian_school", "custodian_authority", "entered_by", "succession")
    ]  # fmt: skip
    moments += [
        Moment(
            row.effective_on, f"{labels.get(row.field, row.field)}由「{row.before or '空'}」变更为「{row.after or '空'}」",
            row.document_number, row.amended_by.full_name, row,
        )
        for row in school.amendments.exclude(field="closed_on").select_related("amended_by")
    ]  # fmt: skip
    return sorted(moments, key=lambda moment: (moment.on, moment.entry.pk), reverse=True)


def _about(school: School) -> QuerySet[Succession]:
    about = Succession.objects.filter(Q(school=school) | Q(successor=school))
    return about.select_related("school", "successor", "entered_by", "withdrawn_by")


def _of_succession(row: Succession, school: School) -> Moment:
    came = row.school_id != school.pk
    other = row.school if came else row.successor
    words = {
        "founded": "设立", "closed": "终止办学",
        "merged": f"{other}并入本校" if came else f"并入{other}",
        "split": f"由{other}分立而来" if came else f"分立出{other}" + ("，本校终止" if row.ends else "，本校存续"),
    }  # fmt: skip
    note = f"移交 {row.handed_over} 份" if row.handed_over else ""
    if row.withdrawn_at:
        note = f"已撤销（{row.withdrawn_document}）"
    return Moment(
        row.effective_on, words[row.kind], row.document_number, row.entered_by.full_name, row, bool(row.withdrawn_at),
        note, not row.withdrawn_at and not came and row.kind != Succession.Kind.CLOSED,
    )  # fmt: skip


def merger_of(school: School) -> Succession | None:
    """Return the merger by which a school ended; None where it did not, or ended otherwise."""
    return standing_successions().filter(school=school, kind=Succession.Kind.MERGED).select_related("successor").first()


def succession_for(user: User, school: School, succession_id: object) -> Succession:
    """Return what became of a school the person may know of, else NotFound."""
    assert schools_visible_to(user).filter(pk=school.pk).exists()
    found: Succession = pick(school.successions.select_related("school__authority", "successor"), succession_id)
    return found


def school_named(user: User, text: str) -> School | None:
    """Return the school of an administrator's area with a name or a code; None where there is none."""
    inside = schools_visible_to(user, permission=Permission.MANAGE_INSTITUTIONS)
    return inside.filter(Q(name=text) | Q(code=text)).first()


def school_of_any_name(centre: Authority, name: str) -> School | None:
    """Return the one school below an authority that is called so, or was once; None where none or several were."""
    below = School.objects.filter(authority__path__startswith=centre.path)
    if today := below.filter(name=name).first():
        return today
    once = Amendment.objects.filter(field="name", before=name, school__in=below).values("school")
    schools = list(School.objects.filter(pk__in=once)[:2])
    return schools[0] if len(schools) == 1 else None


def place_named(user: User, text: str) -> Place | None:
    """Return the school or authority of an administrator's area that a text names; None where there is none."""
    return school_named(user, text) or authorities_visible_to(user).filter(Q(name=text) | Q(short_name=text)).first()


def former_names(schools: Iterable[School]) -> dict[int, list[str]]:
    """Return the names and codes that schools had before those of today: by which old papers are found."""
    found: dict[int, list[str]] = {school.pk: [] for school in schools}
    rows = Amendment.objects.filter(school__in=list(found), field__in=["name", "code"]).order_by("effective_on", "id")
    for school_id, before in rows.values_list("school_id", "before"):
        if school_id is not None and before not in found[school_id]:
            found[school_id].append(before)
    return found
