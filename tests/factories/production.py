"""Approved batches with their certificates, ready to be printed and sealed; printers, rounds, sealings as rows."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from django.db import transaction
from PIL import Image
from tests.factories.accounts import UserFactory
from tests.factories.certificates import content_for, view_of
from tests.factories.institutions import ProgrammeFactory, SchoolFactory, StaffedCity, staffed_city

from xueji.cases.models import Case, CaseParty, CaseState
from xueji.certificates.actions import issue_certificates, open_issue, prepare_certificates, release_numbers
from xueji.documents.storage import store_bytes
from xueji.graduation.models import Batch, Candidate, CandidateState, RegisterLine, Season
from xueji.institutions.queries import pack_of
from xueji.production.models import (
    ArchiveCopy,
    Calibration,
    Printer,
    PrintRun,
    SealingAppointment,
    SealingRefusal,
    SealingRound,
    SealingSession,
)

APPROVED_AT = datetime(2019, 7, 5, 1, tzinfo=UTC)
SEALING_DAY = datetime(2019, 7, 9, 1, tzinfo=UTC)  # Tuesday of the week of the notice
NAMES = ("张学生", "阿依古丽·买买提", "王小明", "李䶮", "赵红")


def photo(colour: tuple[int, int, int] = (67, 142, 219)) -> bytes:
    """Return a JPEG of 150 × 200 pixels."""
    out = io.BytesIO()
    Image.new("RGB", (150, 200), colour).save(out, "JPEG", quality=90)
    return out.getvalue()


def season_of(
    staff: StaffedCity, *, year: int = 2019, term: str = "autumn", pack: str = "edu/shaanxi-weinan",
    day: date = date(2019, 7, 1), authority=None,
) -> Season:  # fmt: skip
    """Return the season of a city."""
    season, _ = Season.objects.get_or_create(
        authority=authority or staff.city,
        year=year,
        term=term,
        defaults={
            "pack": pack,
            "legal_date": day,
            "opened_by": staff.city_reviewer,
            "opened_at": APPROVED_AT,
        },
    )
    return season


def class_of(season: Season | SealingRound) -> dict[str, object]:
    """Return what a round of sealing knows of a season."""
    return {name: getattr(season, name) for name in ("authority", "year", "term", "legal_date")}


def approved_batch(
    staff: StaffedCity | None = None,
    *,
    count: int = 3,
    is_late: bool = False,
    first_serial: int = 1,
    school=None,
    term=None,
    season=None,
    details=None,
) -> Batch:
    """Return a batch as it stands after the city's approval: numbers released, certificates issued, lines stated."""
    staff = staff or staffed_city()
    school = school or staff.county_school
    season = season or season_of(staff, term=term or ("spring" if is_late else "autumn"))
    programme = school.programmes.filter(name="护理").first() or ProgrammeFactory(school=school, name="护理")
    with transaction.atomic():  # a case has its party when its transaction ends
        case = Case.objects.create(
            kind="graduation_batch", title=f"{school.name} {season.label}", school=school, pack=pack_of(school).id,
            pack_hash=view_of().pack.hash, legal_date=season.legal_date, state=CaseState.APPROVED, round=1,
            opened_by=staff.clerk, opened_at=APPROVED_AT, submitted_by=staff.clerk, submitted_at=APPROVED_AT,
            closed_at=APPROVED_AT,
        )  # fmt: skip
        CaseParty.objects.create(case=case, role="school", is_main=True, school=school)
    picture = store_bytes(photo(), "image/jpeg")
    contents = [
        content_for(programme, first_serial + i, name=NAMES[i % len(NAMES)], details=details or {})
        for i in range(count)
    ]
    contents = [_with_photo(c, picture.pk, school.name) for c in contents]
    by = staff.city_reviewer
    block = release_numbers(
        view=view_of(), kind="graduation", parts={"year": 2019}, count=count, school=school, purpose="测试", by=by,
        at=APPROVED_AT,
    )  # fmt: skip
    issue = open_issue(
        case=case, kind="graduation", authority=season.authority, year=season.year, term=season.term, is_late=is_late
    )
    certificates = issue_certificates(
        issue=issue,
        prepared=prepare_certificates(contents, view_of()),
        block=block,
        issue_date=date(2019, 7, 5),
        by=by,
        at=APPROVED_AT,
    )
    batch = Batch.objects.create(
        season=season, school=school, is_late=is_late, case=case, issue=issue, form_filler="填表人"
    )
    for i, certificate in enumerate(certificates, start=1):
        Candidate.objects.create(
            batch=batch, ordinal=i, person=certificate.person, enrolment=certificate.enrolment, name=certificate.holder_name,
            sex=certificate.holder_sex, birth_date=certificate.holder_birth_date, political_status="共青团员",
            programme_name=certificate.programme_name, duration_years=certificate.duration_years, entry_month=certificate.entry_month,
            graduation_month=certificate.graduation_month, overall_mark="良好", conduct_mark="优秀", internship_mark="合格", details=details or {},
            photo=picture, state=CandidateState.APPROVED, certificate=certificate,
        )  # fmt: skip
    RegisterLine.objects.create(
        batch=batch, programme_name="护理", duration_years=Decimal("3.0"), education_level="中专", planned=count + 5,
        admitted=count + 2,
    )  # fmt: skip
    return batch


def _with_photo(content, sha256: str, school_name: str):
    from dataclasses import replace

    return replace(content, photo_sha256=sha256, school_name=school_name)


def with_completion(batch: Batch, staff: StaffedCity, *, serial: int = 51, name: str = "刘子思") -> Candidate:
    """Add somebody who completed the course without graduating (结业) to an approved batch, with the certificate."""
    programme = batch.school.programmes.filter(name="护理").first() or ProgrammeFactory(
        school=batch.school, name="护理"
    )
    content = replace(content_for(programme, serial, name=name), kind="completion")
    block = release_numbers(
        view=view_of(), kind="graduation", parts={"year": 2019}, count=1, school=batch.school, purpose="结业",
        by=staff.city_reviewer, at=APPROVED_AT,
    )  # fmt: skip
    certificate = issue_certificates(
        issue=batch.issue, prepared=prepare_certificates([content], view_of()), block=block, issue_date=date(2019, 7, 5),
        by=staff.city_reviewer, at=APPROVED_AT,
    )[0]  # fmt: skip
    return Candidate.objects.create(
        batch=batch, ordinal=batch.candidates.count() + 1, person=certificate.person, enrolment=certificate.enrolment, name=name,
        sex=certificate.holder_sex, birth_date=certificate.holder_birth_date, political_status="群众", outcome="completion",
        programme_name=certificate.programme_name, duration_years=certificate.duration_years, entry_month=certificate.entry_month,
        graduation_month=certificate.graduation_month, overall_mark="不合格", conduct_mark="合格", internship_mark="合格",
        state=CandidateState.APPROVED, certificate=certificate,
    )  # fmt: skip


class PrinterFactory(factory.django.DjangoModelFactory):
    """A printer not yet calibrated."""

    class Meta:
        model = Printer

    school = factory.SubFactory(SchoolFactory)
    name = factory.Sequence(lambda n: f"打印机{n}")


class CalibrationFactory(factory.django.DjangoModelFactory):
    """A printer that draws a little too far right."""

    class Meta:
        model = Calibration

    printer = factory.SubFactory(PrinterFactory)
    dx_mm = Decimal("-1.20")
    dy_mm = Decimal("0.40")
    measured_by = factory.SubFactory(UserFactory)
    measured_at = APPROVED_AT


def round_of(batch: Batch, *, places: int = 2) -> SealingRound:
    """Return the round of a batch's season on the days of the notice."""
    opens = date(2019, 6, 20) if batch.is_late else date(2019, 7, 8)
    return SealingRound.objects.get_or_create(
        **class_of(batch.season),
        is_late=batch.is_late,
        defaults={"opens_on": opens, "closes_on": date(2019, 7, 12), "place": "职成科", "schools_per_half_day": places},
    )[0]


class PrintRunFactory(factory.django.DjangoModelFactory):
    """A register asked for, not rendered."""

    class Meta:
        model = PrintRun

    issue = factory.LazyFunction(lambda: approved_batch(count=1).issue)
    document = "register"
    title = "验印登记册"
    requested_by = factory.SubFactory(UserFactory)
    requested_at = APPROVED_AT


class SealingRoundFactory(factory.django.DjangoModelFactory):
    """The week of the notice, for a season of its own."""

    class Meta:
        model = SealingRound

    authority = factory.LazyFunction(lambda: staffed_city().city)
    year = 2019
    term = "autumn"
    legal_date = date(2019, 7, 1)
    opens_on = date(2019, 7, 8)
    closes_on = date(2019, 7, 12)
    place = "职成科"


class SealingAppointmentFactory(factory.django.DjangoModelFactory):
    """Monday morning, first place."""

    class Meta:
        model = SealingAppointment

    issue = factory.LazyFunction(lambda: approved_batch(count=1).issue)
    round = factory.LazyAttribute(lambda o: round_of(o.issue.batch))
    day = date(2019, 7, 8)
    half = SealingAppointment.Half.MORNING
    place_in_half = 1
    booked_by = factory.SubFactory(UserFactory)
    booked_at = APPROVED_AT


class SealingSessionFactory(factory.django.DjangoModelFactory):
    """A sealing on record: one diploma brought, none sealed (its certificate is left as it was)."""

    class Meta:
        model = SealingSession

    issue = factory.LazyFunction(lambda: approved_batch(count=1).issue)
    round = factory.LazyAttribute(lambda o: round_of(o.issue.batch))
    diplomas_counted = 1
    register_total = 1
    refused_count = 1
    sealed_count = 0
    first_number = "20190600001"
    last_number = "20190600001"
    sealed_by = factory.SubFactory(UserFactory)
    supervised_by = factory.SubFactory(UserFactory)
    sealed_at = SEALING_DAY


class SealingRefusalFactory(factory.django.DjangoModelFactory):
    """The diploma of that sealing, refused."""

    class Meta:
        model = SealingRefusal

    session = factory.SubFactory(SealingSessionFactory)
    certificate = factory.LazyAttribute(lambda o: o.session.issue.certificates.get())
    reason = "照片与本人不符"


class ArchiveCopyFactory(factory.django.DjangoModelFactory):
    """The city's copy of the register."""

    class Meta:
        model = ArchiveCopy

    session = factory.SubFactory(SealingSessionFactory)
    issue = factory.LazyAttribute(lambda o: o.session.issue)
    keeper = ArchiveCopy.Keeper.CITY
    document = "register"
    title = "验印登记册"
    shelf_mark = "2019-验-01"
    received_by = factory.SubFactory(UserFactory)
    received_at = SEALING_DAY
