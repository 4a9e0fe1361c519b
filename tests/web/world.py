"""Two cities, and in each school one of everything that an address can name: what the access matrix walks over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from tests.factories.accounts import ApplicantFactory, UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    BlacklistActFactory,
    DefectFactory,
    PaperPictureFactory,
    RefusedApplicationFactory,
)
from tests.factories.attestations import AttestationFactory, CounterSealFactory
from tests.factories.blanks import BlankRequestFactory, blank_of
from tests.factories.cases import CaseFactory, EvidenceFactory, StepFactory
from tests.factories.certificates import NumberStatementFactory, issued
from tests.factories.correction_requests import CorrectionRequestFactory
from tests.factories.graduation import (
    BatchFactory,
    CandidateFactory,
    NumberApplicationFactory,
    SeasonFactory,
)
from tests.factories.institutions import (
    AuthorityFactory,
    CalendarDayFactory,
    PlannedPrincipalFactory,
    ProgrammeFactory,
    PublishedYearFactory,
    SanctionFactory,
    SchoolFactory,
    StaffedCity,
    SuccessionFactory,
    TeachingSiteFactory,
    appointed,
    staffed_city,
)
from tests.factories.licences import LicencePublicationFactory
from tests.factories.obligations import ObligationFactory
from tests.factories.production import PrinterFactory, class_of
from tests.factories.records import RatePublicationFactory, ReceiptFactory, ReceiptLineFactory, SpotCheckFactory
from tests.factories.registry import (
    AdmissionDayFactory,
    DuplicateAnswerFactory,
    DuplicateFactory,
    EnrolmentFactory,
    GuardianFactory,
    ParticularsChangeFactory,
    PersonFactory,
    RegistrationFactory,
)
from tests.factories.supervision import (
    FindingActFactory,
    RatingActFactory,
    RestrictionBypassFactory,
    StewardPostFactory,
    SystemComparisonFactory,
)
from tests.factories.uploads import RecordUploadFactory, UploadFactory, UploadRowFactory

from xueji.accounts.models import Applicant, CredentialGrant, SignIn, User
from xueji.cases.models import Case, CaseState
from xueji.documents.storage import store_bytes
from xueji.graduation.models import Batch, Season
from xueji.institutions.models import Authority, Level, Post, School
from xueji.jobs.models import Job
from xueji.production.models import HandOut, Parcel, ParcelItem, PrintFile, PrintRun, SealingRound, SealingSession
from xueji.uploads.models import UploadState

AT = datetime(2019, 7, 9, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """People by post, and for each scope the keys that an address takes."""

    people: dict[str, User]
    keys: dict[str, dict[str, Any]]  # scope -> url kwarg -> value
    schools: dict[str, School]
    city: StaffedCity
    applicant: Applicant
    of_another: dict[str, Any]  # what an address of applicants can name, of another person

    def sees(self, post: str, scope: str) -> bool:
        """The oracle, in plain words: a post reaches its own school, county or city, and nothing beside or above."""
        if post in (Post.SCHOOL_CLERK, Post.SCHOOL_LEADER):
            return scope == "own"
        if post == Post.COUNTY_REVIEWER:
            return scope in ("own", "sibling")
        return scope in ("own", "sibling", "other_county")


def moved_to(which: tuple[str, str, str, str, str, date]) -> World:
    """Return the same world in another province: its line and division codes, its pack, its legal date."""
    pack, line, _, city_code, county_code, day = which
    world = build(line=line, city_code=city_code, county_code=county_code)
    Season.objects.update(pack=pack, legal_date=day, year=day.year)
    Case.objects.update(pack=pack, legal_date=day)
    return world


def build(*, line: str = "edu", city_code: str = "610500", county_code: str = "610502") -> World:
    """Own school, sibling in the same county, school of another county, school of another city."""
    with connection.cursor() as cursor:  # somebody does the long work, or the place is not ready
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (now())")
    city = staffed_city(city_code, county_code, line)
    other_county = AuthorityFactory(division_code="110102", level=Level.COUNTY, parent=city.city, line=line)
    far = staffed_city(division_code="110100", county_code="110101", line=line)
    schools = {
        "own": city.county_school,
        "sibling": SchoolFactory(authority=city.county),
        "other_county": SchoolFactory(authority=other_county),
        "other_city": far.county_school,
    }
    season = SeasonFactory(authority=city.city)
    far_season = SeasonFactory(authority=far.city)
    people = {
        Post.SCHOOL_CLERK: city.clerk, Post.SCHOOL_LEADER: city.leader, Post.COUNTY_REVIEWER: city.county_reviewer,
        Post.CITY_REVIEWER: city.city_reviewer, Post.CITY_LEADER: city.city_leader, Post.SEALER: city.sealer,
        Post.SEAL_SUPERVISOR: city.seal_supervisor, Post.AUDITOR: city.auditor, Post.ADMINISTRATOR: city.administrator,
        Post.PRINTER: appointed(Post.PRINTER, city.city),
        **{post: appointed(post, city.city) for post in (Post.BLANK_KEEPER, Post.BLANK_ISSUER, Post.VOID_KEEPER)},
    }  # fmt: skip
    keys = {
        scope: _one_of_everything(school, far_season if scope == "other_city" else season, people)
        for scope, school in schools.items()
    }
    applicant, of_its = _applied()
    for scope in keys:
        keys[scope] |= of_its
    return World({str(post): person for post, person in people.items()}, keys, schools, city, applicant, _applied()[1])


def _applied() -> tuple[Applicant, dict[str, Any]]:
    """Return somebody whose identity is proven, with what an address of applicants can name."""
    applicant = ApplicantFactory(proven=True)
    centre = Authority.objects.filter(division_code="410000").first()
    draft = ApplicationFactory(
        applicant=applicant, centre=centre or AuthorityFactory(level=Level.PROVINCE, division_code="410000"),
        category="职业中专", diploma="lost", entered="1999-09", graduated="2002-07",
    )  # fmt: skip
    sent = PaperPictureFactory(application=draft, file=store_bytes(b"\xff\xd8a paper of nobody\xff\xd9", "image/jpeg"))
    answer = BlacklistActFactory(entry__application__applicant=applicant, file=sent.file)
    return applicant, {
        **_registered(applicant),
        "own_entry_id": answer.entry_id, "own_answer_id": answer.pk,
        "graduate_application_id": draft.pk, "picture_id": sent.pk, "section_key": "school", "paper_key": "id_card",
        "defect_id": DefectFactory(application=draft).pk, "counter_application_id": draft.pk,
    }  # fmt: skip


def _registered(applicant: Applicant) -> dict[str, Any]:
    """Return the registration of the person, with what was asked of it."""
    student = PersonFactory(
        name=applicant.name, number=applicant.document_number, id_document_type=applicant.document_kind
    )
    record = RegistrationFactory(enrolment__person=student).enrolment
    asked = CorrectionRequestFactory(enrolment=record, applicant=applicant)
    return {"own_enrolment_id": record.pk, "own_request_id": asked.pk}


def _one_of_everything(school: School, season: Season, people: dict[Any, User]) -> dict[str, Any]:
    """Return a key for every kind of thing an address of the product can name."""
    enrolment = EnrolmentFactory(school=school)
    picture = store_bytes(b"\xff\xd8a picture of nobody\xff\xd9", "image/jpeg")
    paper = store_bytes(b"%PDF-1.7 nothing", "application/pdf")
    under_way = {
        "state": CaseState.IN_PROGRESS,
        "round": 1,
        "submitted_by": people[Post.SCHOOL_CLERK],
        "submitted_at": AT,
    }
    batch = BatchFactory(
        season=season, school=school, case=CaseFactory(kind="graduation_batch", school=school, **under_way)
    )
    candidate = CandidateFactory(batch=batch, enrolment=enrolment, person=enrolment.person, photo=picture)
    intake = UploadFactory(about=batch, state=UploadState.DISCARDED, error_workbook=paper)
    change = ParticularsChangeFactory(
        enrolment=enrolment, case=CaseFactory(kind="particulars_change", school=school, **under_way)
    )
    answered = FindingActFactory(finding__school=school, finding__state="taken_up", file=paper, file_name="核对表.pdf")
    bypass = RestrictionBypassFactory(restriction__school=school, restriction__rating__year=2023)
    steward = StewardPostFactory(stewardship__school=school, stewardship__rating__year=2022)
    objection = RatingActFactory(rating__school=school, file=paper, file_name="核对表.pdf")
    duplicate = DuplicateFactory(first=enrolment, second=EnrolmentFactory(school=school))
    county = school.authority
    step = StepFactory(case=batch.case, level="county", post=Post.COUNTY_REVIEWER, authority=county)
    StepFactory(case=change.case, level="county", post=Post.COUNTY_REVIEWER, authority=county)
    printer = PrinterFactory(school=school)
    sealing_round, _ = SealingRound.objects.get_or_create(
        **class_of(season),
        is_late=False,
        defaults={"opens_on": date(2019, 7, 8), "closes_on": date(2019, 7, 12), "place": "职成科"},
    )
    session = SealingSession.objects.create(
        issue=batch.issue, round=sealing_round, diplomas_counted=1, register_total=1, sealed_count=1, first_number="1", last_number="1",
        sealed_by=people[Post.SEALER], supervised_by=people[Post.SEAL_SUPERVISOR], sealed_at=AT,
    )  # fmt: skip
    run = PrintRun.objects.create(
        issue=batch.issue, document="diploma_overlay", title="毕业证书", mode="overlay", is_loaded=True, file=paper,
        requested_by=people[Post.SCHOOL_CLERK], requested_at=AT,
    )  # fmt: skip
    part = PrintFile.objects.create(run=run, ordinal=1, file=paper, first_sheet=1, last_sheet=1)
    parcel, entry = _on_its_way(batch, people)
    receipt = ReceiptLineFactory(
        receipt=ReceiptFactory(season=season, authority=None, school=school), school=school
    ).receipt
    attestation = AttestationFactory(
        case=CaseFactory(kind="attestation", school=school, pack="edu/henan", legal_date=AT.date(), **under_way),
        photo=picture,
    )
    answer = BlacklistActFactory(entry__application__office=season.authority, file=picture)
    return {
        "forged_application_id": RefusedApplicationFactory(office=season.authority).pk,
        "blacklist_entry_id": answer.entry_id, "blacklist_act_id": answer.pk, "blacklist_step": "draft",
        "letter_key": "blacklist_notice",
        "attestation_id": attestation.pk,
        "form_key": "attestation", "manual_key": "city", "open_manual_key": "graduates",
        "counterseal_id": CounterSealFactory(attestation=attestation).pk,
        "blank_id": blank_of(school).pk, "school_id": school.pk, "authority_id": school.authority_id,
        "programme_id": ProgrammeFactory(school=school, name="停招专业").pk,
        "blank_request_id": BlankRequestFactory(
            school=school, case=CaseFactory(kind="blank_request", school=school, **under_way)
        ).pk,
        "statement_id": NumberStatementFactory(
            pack="edu/shaanxi-weinan" if season.authority.division_code == "610500" else "edu/henan"
        ).pk,
        "kind": "vocational", "case_kind": "particulars_change", "change": "休学", "season_id": season.pk, "receipt_id": receipt.pk,
        "directory_upload_id": UploadFactory(
            kind="directory", about=school.authority, school=None, authority=school.authority, state="discarded",
            error_workbook=paper,
        ).pk,
        "new_students_upload_id": UploadFactory(
            kind="enrolments", about=AdmissionDayFactory(school=school), state="discarded", error_workbook=paper
        ).pk,
        "typed_student_upload_id": UploadFactory(
            kind="typed_student", about=AdmissionDayFactory(school=school, intake_year=2022), state="discarded",
            error_workbook=paper,
        ).pk,
        "national_upload_id": UploadFactory(
            kind="national_registrations", about=school, school=school, state="discarded", error_workbook=paper
        ).pk,
        "status_changes_upload_id": UploadFactory(
            kind="status_changes", about=school, school=school, state="discarded", error_workbook=paper
        ).pk,
        "particulars_upload_id": UploadFactory(
            kind="particulars_changes", about=school, school=school, state="discarded", error_workbook=paper
        ).pk,
        "transfers_upload_id": UploadFactory(
            kind="transfers", about=school, school=school, state="discarded", error_workbook=paper
        ).pk,
        "attendance_upload_id": UploadFactory(
            kind="attendance", about=school, school=school, state="discarded", error_workbook=paper
        ).pk,
        "comparison_upload_id": UploadFactory(
            kind="system_comparison", about=school, school=school, state="discarded", error_workbook=paper
        ).pk,
        "comparison_by_authority_upload_id": UploadFactory(
            kind="system_comparison_by_authority", about=school, school=school, state="discarded", error_workbook=paper
        ).pk,
        "comparison_id": SystemComparisonFactory(school=school).pk,
        "arrival_kind": "transfer_in",
        "intake": "2021-autumn",
        "records_upload_id": RecordUploadFactory(about=batch, state="discarded", error_workbook=paper).pk,
        "draw_id": SpotCheckFactory(batch=batch).pk,
        "publication_id": RatePublicationFactory(season=season).pk,
        "batch_id": batch.pk, "candidate_id": candidate.pk, "enrolment_id": enrolment.pk, "duplicate_id": duplicate.pk,
        "guardian_id": GuardianFactory(person=enrolment.person).pk,
        "correction_request_id": CorrectionRequestFactory(enrolment=enrolment).pk,
        "answer_id": DuplicateAnswerFactory(duplicate=duplicate, file=paper, file_name="考勤.pdf").pk, "graduates_upload_id": intake.pk, "row_id": UploadRowFactory(upload=intake, photo=picture).pk,
        "step_id": step.pk, "case_id": change.case_id, "evidence_id": EvidenceFactory(case=change.case, file=paper).pk, "material_id": PaperPictureFactory().pk,
        "printer_id": printer.pk, "run_id": run.pk, "duty_id": ObligationFactory(case=batch.case).pk, "round_id": sealing_round.pk,
        "application_id": NumberApplicationFactory(
            season=season, school=school, case=CaseFactory(kind="number_application", school=school, **under_way)
        ).pk,
        "ordinal": part.ordinal, "parcel_id": parcel.pk, "entry_id": entry.pk,
        "session_id": session.pk, "sanction_id": SanctionFactory(school=school).pk,
        "day_id": CalendarDayFactory(authority=season.authority).pk,
        "planned_id": PlannedPrincipalFactory(school=school).pk,
        "site_id": TeachingSiteFactory(school=school).pk,
        "succession_id": SuccessionFactory(school=school).pk,
        "finding_id": answered.finding_id, "act_id": answered.pk, "rating_id": objection.rating_id, "rating_act_id": objection.pk,
        "restriction_id": bypass.restriction_id, "bypass_id": bypass.pk,
        "stewardship_id": steward.stewardship_id, "steward_post_id": steward.pk,
        "licence_publication_id": LicencePublicationFactory().pk,
        "licences_upload_id": UploadFactory(
            kind="licences", about=school.authority, school=None, authority=school.authority, state="discarded",
            error_workbook=paper,
        ).pk,
        "year_id": PublishedYearFactory(authority=season.authority).pk,
        "sign_in_id": SignIn.objects.create(user=UserFactory(), opened_at=AT, last_seen_at=AT).pk,
        "grant_id": CredentialGrant.objects.create(
            user=UserFactory(), kind="password", by=people[Post.ADMINISTRATOR], at=AT
        ).pk,
        "account_id": appointed(Post.SCHOOL_CLERK, school).pk,
        "job_id": Job.objects.create(kind="matrix", title="任务", created_at=AT, started_by=people[Post.SCHOOL_CLERK] if _is_own(school, people) else None).pk,
    }  # fmt: skip


def _on_its_way(batch: Batch, people: dict[Any, User]) -> tuple[Parcel, HandOut]:
    """Return a parcel with the diploma of one graduate, and the record that it was handed out."""
    programme = ProgrammeFactory(school=batch.school, name="护理")
    certificate = issued(programme, people[Post.SCHOOL_CLERK], (9000 + batch.pk % 900,), issue=batch.issue)[0]
    CandidateFactory(
        batch=batch, enrolment=certificate.enrolment, person=certificate.person, certificate=certificate, state="approved",
        ordinal=2,
    )  # fmt: skip
    sender = people[Post.PRINTER]
    parcel = Parcel.objects.create(
        issue=batch.issue, ordinal=1, first_number="1", last_number="1", count=1, sent_by=sender, sent_at=AT
    )
    ParcelItem.objects.create(parcel=parcel, certificate=certificate)
    entry = HandOut.objects.create(
        certificate=certificate, received_by_name="本人", handed_on=AT.date(), handed_by=people[Post.SCHOOL_CLERK],
        recorded_at=AT,
    )  # fmt: skip
    return parcel, entry


def _is_own(school: School, people: dict[Any, User]) -> bool:
    return people[Post.SCHOOL_CLERK].appointments.filter(school=school).exists()
