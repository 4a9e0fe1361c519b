"""The register in the states in which its pages show a form: who is to be filed, who moves, who is under age, what is proposed."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone
from tests.apps.attestations.test_attesting import COMMISSION, NURSE, drafted, issued, staffed
from tests.apps.registry.disputing import card, claimed, filed, found, mistyped, record_at, say
from tests.apps.registry.transferring import NOON, Henan, build, step_of
from tests.factories.accounts import ApplicantFactory, UserFactory
from tests.factories.attestations import CounterSealFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed
from tests.factories.registry import GuardianFactory, PersonFactory, RegistrationFactory, resident_id
from tests.factories.supervision import (
    FindingActFactory,
    ListedFindingFactory,
    RatingActFactory,
    RatingFactory,
    RestrictionBypassFactory,
    RestrictionFactory,
    StewardPostFactory,
    StewardshipFactory,
)
from tests.factories.uploads import UploadFactory, UploadRowFactory

from xueji.attestations.actions import ask_counterseal
from xueji.attestations.queries import handle_index
from xueji.cases.actions import decide_step, submit_case
from xueji.core.attendance import Attendance
from xueji.institutions.models import Level, Post
from xueji.registry.actions import open_status_application, record_attendance, remind_school, request_correction
from xueji.supervision.comparison_rows import ComparedLists
from xueji.supervision.models import ListedFinding

SCENE_LINK = "a-link-of-the-scene"


def _people(land: Henan) -> None:
    """Both schools and their authority have somebody at work."""
    for name in ("east", "west"):
        land.who(Post.SCHOOL_CLERK, name)
        land.who(Post.SCHOOL_LEADER, name)
    land.who(Post.ADMINISTRATOR, "province")
    for which in (0, 1):
        land.who(Post.COUNTY_REVIEWER, "east county", which)


def registered() -> None:
    """Students of this intake who wait for their filing, one of them under age; one who is away; a transfer, and one proposed change."""
    land = build()
    _people(land)
    today = timezone.localdate()
    (moved,) = land.students()
    land.carried_out(land.submitted([moved]))
    (absent,) = land.students()
    record_attendance(
        school=land.school("east"), checked_on=today, by=land.who(Post.SCHOOL_CLERK, "east"), at=timezone.now(),
        attendances={absent.pk: Attendance(absent_since=today - timedelta(days=120))},
    )  # fmt: skip
    (suspended,) = land.students()
    clerk, leader = land.who(Post.SCHOOL_CLERK, "east"), land.who(Post.SCHOOL_LEADER, "east")
    application = open_status_application(
        school=land.school("east"), change="休学", enrolments=[suspended], statement="因病", by=clerk, at=NOON,
        wanted={suspended.pk: {"until": "2025-03-01"}}, effective_on=date(2024, 3, 4),
    )  # fmt: skip
    land.attach(application.case)
    case = submit_case(case=application.case, by=clerk, at=NOON)
    decide_step(step=step_of(case), verdict="approve", by=leader, at=NOON)
    decide_step(step=step_of(case), verdict="approve", by=land.who(Post.COUNTY_REVIEWER, "east county"), at=NOON)
    RegistrationFactory(
        enrolment__programme=land.nursing("east"), enrolment__person__birth_date=today.replace(year=today.year - 16, day=1),
        intake_year=today.year, entered_on=today,
    )  # fmt: skip


def disputed() -> None:
    """A claim the other school is silent about, one it was reminded of, and one that was decided."""
    land = build()
    _people(land)
    _, _, silent = claimed(land)
    say(land, silent, "east", "mine")
    _, _, reminded = mistyped(land, serial=21)
    say(land, reminded, "west", "mine")
    east = land.school("east")
    remind_school(
        duplicate=reminded, to_school=east, by=land.who(Post.SCHOOL_CLERK, "west"), at=NOON + timedelta(days=9)
    )
    records = [
        record_at(land, place, PersonFactory(number=card(serial), name="李雷"))
        for place, serial in (("west", 11), ("east", 13))
    ]
    decided = found(land, *records)
    land.carried_out(filed(land, decided).case)


def attested() -> None:
    """A draft; one that wants the seal of a health authority, one that was asked for it at a desk, one by a link."""
    henan = staffed()
    desk = AuthorityFactory(name=COMMISSION, division_code="410000", level=Level.PROVINCE, line="health")
    appointed(Post.PROVINCE_REVIEWER, desk)
    drafted(henan)
    by_desk, by_link = (issued(henan, NURSE) for _ in range(2))
    issued(henan, NURSE)
    ask_counterseal(attestation=by_desk, office=COMMISSION, by=henan.clerk, at=timezone.now())
    CounterSealFactory(
        attestation=by_link, authority=None, handle_index=handle_index(SCENE_LINK),
        expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip


def asked_of() -> None:
    """A student and a mother with accounts; one request the school has not answered, by the student; a minor with a guardian."""
    land = build()
    _people(land)
    (record,) = land.students()
    born = date(timezone.localdate().year - 16, 1, 1)
    minor = RegistrationFactory(enrolment__programme=record.programme, enrolment__person__birth_date=born).enrolment
    GuardianFactory(person=minor.person)
    person = record.person
    GuardianFactory(person=person, document_number=resident_id(41, "610521"), document_kind=person.id_document_type)
    student = ApplicantFactory(
        proven=True, name=person.name, document_kind=person.id_document_type, document_number=str(person.resident_id)
    )
    request_correction(
        applicant=student, enrolment=record, field="name", wanted="王晓明", statement="见户口簿", by=student.user,
        at=timezone.now(),
    )  # fmt: skip


def supervised() -> None:
    """A finding nobody took up, one that was, one for which somebody proposed what to decide."""
    land = build()
    _people(land)
    school = land.school("east")
    (away,) = land.students()
    ListedFindingFactory(school=school, item="FM4", subject=f"enrolment:{away.pk}", enrolment=away)
    ListedFindingFactory(school=school, state="taken_up", subject="heard")
    proposed = ListedFindingFactory(school=school, state="taken_up", proposed_by=land.who(Post.CITY_REVIEWER, "city"))
    land.who(Post.CITY_REVIEWER, "city", 1)
    for row in (proposed, ListedFinding.objects.get(subject="heard")):
        FindingActFactory(finding=row)
    FindingActFactory(finding=proposed, kind="proposed", verdict="confirmed", by=proposed.proposed_by)
    for kind in ("system_comparison", "system_comparison_by_authority"):
        for state in ("ready", "reading"):
            sender = land.school("west" if state == "reading" else "east")
            upload = UploadFactory(kind=kind, about=sender, school=sender, state=state, uploaded_at=timezone.now())
            if state == "ready":
                figures = ComparedLists(1, 40, {"same": 39, "missing_here": 1})
                UploadRowFactory(upload=upload, row_number=0, payload=figures.to_text())


def rated() -> None:
    """A draft its school may object to, one to be proposed about, one proposed, one decided, one published; a restriction, and one to be let by."""
    land = build()
    _people(land)
    today = timezone.localdate()
    first, second = (land.who(post, "province") for post in (Post.PROVINCE_REVIEWER, Post.PROVINCE_LEADER))
    east, west = land.school("east"), land.school("west")
    by_two = {"rating": "A", "proposed_by": first, "decided_by": second, "decided_at": NOON}
    RatingFactory(school=east, year=today.year, objections_until=today + timedelta(days=3))
    decided = RatingFactory(school=west, year=today.year, state="decided", **by_two)
    RatingActFactory(rating=decided, kind="proposed", letter="A", by=first)
    RatingFactory(school=east, year=2023)
    proposed = RatingFactory(school=west, year=2023, state="proposed", rating="B", proposed_by=first)
    RatingActFactory(rating=proposed, kind="proposed", letter="B", by=first)
    RatingFactory(school=east, year=2022, state="published", published_at=NOON, **by_two)
    worst = RatingFactory(
        school=west,
        year=today.year - 1,
        state="published",
        published_at=NOON,
        hits=["FM3"],
        **(by_two | {"rating": "D"}),
    )
    placed = {"school": west, "rating": worst, "from_on": today, "until_on": today + timedelta(days=9)}
    RestrictionFactory(**placed)
    RestrictionBypassFactory(restriction=RestrictionFactory(**placed), proposed_by=first)


def stewarded() -> None:
    """Somebody is to act for a school rated D, is to be put on record, acts, and is to act no longer."""
    land = build()
    _people(land)
    province = land.who(Post.PROVINCE_LEADER, "province").appointments.get().authority
    decided = {"decided_by": UserFactory(), "decided_at": NOON}
    recorded = decided | {"recorded_by": UserFactory(), "recorded_at": NOON, "record_number": "豫教备〔2025〕1号"}
    for values in (
        {}, {"state": "decided", **decided}, {"state": "recorded", **recorded},
        {"state": "recorded", **recorded, "lifting_by": UserFactory(), "lifting_reason": "已经整改"},
    ):  # fmt: skip
        school = SchoolFactory(authority=land.school("west").authority)
        row = StewardshipFactory(school=school, authority=province, steward_authority=province, **values)
        StewardPostFactory(stewardship=row)


SCENES = (registered, disputed, attested, asked_of, supervised, rated, stewarded)
