"""Which licence a school has; what was published, what a school and an office see of it, how two versions differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.enrolment_facts import Licence, Licences
from xueji.core.intakes import Intake
from xueji.institutions.models import Authority, School, UsedSchoolCode
from xueji.institutions.queries import authorities_visible_to, ids_of_line, pick, posts_of, schools_visible_to
from xueji.licences.models import LicencePublication, PublishedLicence

Wanted = tuple[int, str, Intake]  # school, name of the programme, intake


def in_force(on: date, publications: QuerySet[LicencePublication] | None = None) -> QuerySet[LicencePublication]:
    """Return the publications that hold on a day: of each province, year and season the newest published by then."""
    published = (publications or LicencePublication.objects.all()).filter(published_at__date__lte=on)
    later = LicencePublication.objects.filter(
        authority=OuterRef("authority"), year=OuterRef("year"), season=OuterRef("season"),
        version__gt=OuterRef("version"), published_at__date__lte=on,
    )  # fmt: skip
    return published.filter(~Exists(later))


def licences_for(wanted: Iterable[Wanted], on: date) -> dict[Wanted, tuple[PublishedLicence, ...]]:
    """Return the licences that hold on a day for many students at once: in two statements, however many there are."""
    asked = dict.fromkeys(wanted)
    school_of = dict(
        UsedSchoolCode.objects.filter(school__in={key[0] for key in asked}).values_list("code", "school_id")
    )
    rows = PublishedLicence.objects.filter(
        publication__in=in_force(on), school_code__in=list(school_of), programme_name__in={key[1] for key in asked},
        publication__year__in={key[2].year for key in asked},
    ).select_related("publication")  # fmt: skip
    found: dict[Wanted, list[PublishedLicence]] = {key: [] for key in asked}
    for row in rows:
        key = (school_of[row.school_code], row.programme_name, row.publication.intake)
        if key in found:
            found[key].append(row)
    return {key: tuple(lines) for key, lines in found.items()}


def licence_for(
    school: School, programme: str, intake: Intake, on: date, *, duration_years: Decimal | None = None, campus: str = ""
) -> PublishedLicence | None:
    """Return the licence of a school to admit to a programme in an intake, as published by a day; None without one.

    Where a programme is licensed in several durations or at several campuses, the one asked for, else the largest.
    """
    wanted = (school.pk, programme, intake)
    lines = [
        line for line in licences_for([wanted], on)[wanted]
        if (duration_years is None or line.duration_years == duration_years) and (not campus or line.campus == campus)
    ]  # fmt: skip
    return max(lines, key=lambda line: line.quota, default=None)


def licences_of_filing(school: School, on: date) -> Licences | None:
    """Return the licences a file of new students is compared with; None where the province has published none by then.

    Other schools' programmes are in it: a programme nobody is licensed for is told apart from one this school is not.
    """
    publications = in_force(on).filter(authority__in=ids_of_line(school.authority))
    codes = set(school.used_codes.values_list("code", flat=True))
    rows = PublishedLicence.objects.filter(publication__in=publications).order_by()
    lines = rows.values_list("school_code", "programme_name", "publication__year", "publication__season")
    every = frozenset(
        Licence(school.code if code in codes else code, programme, Intake(year, season))
        for code, programme, year, season in lines
    )
    return Licences(every, school.code) if every else None


def places_publishing(user: User) -> list[Authority]:
    """Return the provinces whose licences a person publishes, by a post held there."""
    posts = [post.authority for post in posts_of(user) if post.authority is not None]
    return [place for place in posts if may_publish(user, place)]


def may_publish(user: User, authority: Authority) -> bool:
    """Whether a person publishes licences here: at a province, in a post of its own that publishes."""
    from xueji.institutions.queries import holds_at

    return authority.level == "province" and holds_at(user, Permission.PUBLISH_LICENCES, authority.pk)


def publications_visible_to(user: User) -> QuerySet[LicencePublication]:
    """Return what was published for the places in whose line a person holds a post, with how much is in it."""
    lines = {pk for post in posts_of(user) for pk in _line(post.authority, post.school)}
    found = LicencePublication.objects.filter(authority__in=lines).select_related("authority", "published_by")
    counted = found.annotate(
        schools_n=Count("licences__school_code", distinct=True), lines_n=Count("licences"),
        quota_n=Sum("licences__quota"),
    )  # fmt: skip
    return counted.order_by("-year", "season", "-version", "pk")


def _line(authority: Authority | None, school: School | None) -> list[int]:
    nearest = authority or (school.authority if school else None)
    return ids_of_line(nearest) if nearest else []


def publication_for(user: User, publication_id: object) -> LicencePublication:
    """Return a publication a person may know of, else NotFound."""
    found: LicencePublication = pick(publications_visible_to(user), publication_id)
    return found


def licences_visible_to(user: User, publication: LicencePublication) -> QuerySet[PublishedLicence]:
    """Return the lines of a publication about the schools within a person's reach; at the province, all of them."""
    lines = publication.licences.all()
    if any(post.authority_id == publication.authority_id for post in posts_of(user)):
        return lines
    schools = schools_visible_to(user).order_by().values("pk")
    return lines.filter(school_code__in=UsedSchoolCode.objects.filter(school__in=schools).values("code"))


@dataclass(frozen=True, slots=True)
class Difference:
    """How a line differs from the version before: added, gone, or with another quota."""

    word: str  # added | gone | changed
    line: PublishedLicence
    before: int | None
    after: int | None


def version_before(publication: LicencePublication) -> LicencePublication | None:
    """Return the version that a publication replaced."""
    same = Q(authority=publication.authority_id, year=publication.year, season=publication.season)
    return LicencePublication.objects.filter(same, version__lt=publication.version).order_by("-version").first()


def differences(user: User, publication: LicencePublication) -> list[Difference] | None:
    """Return what changed against the version before, as far as a person sees either; None for a first version."""
    before = version_before(publication)
    if before is None:
        return None
    old, new = _by_key(licences_visible_to(user, before)), _by_key(licences_visible_to(user, publication))
    found = [Difference("gone", line, line.quota, None) for key, line in old.items() if key not in new]
    for key, line in new.items():
        if key not in old:
            found.append(Difference("added", line, None, line.quota))
        elif old[key].quota != line.quota:
            found.append(Difference("changed", line, old[key].quota, line.quota))
    return sorted(found, key=lambda difference: (difference.line.school_code, difference.line.programme_name))


_Key = tuple[str, str, Decimal, str]


def _by_key(lines: Iterable[PublishedLicence]) -> Mapping[_Key, PublishedLicence]:
    return {(line.school_code, line.programme_name, line.duration_years, line.campus): line for line in lines}


def authority_publishing(user: User, authority_id: object) -> Authority:
    """Return an authority a person knows of, as the subject of what is published there; else NotFound."""
    found: Authority = pick(authorities_visible_to(user), authority_id)
    return found
