"""People and their student-status records, with valid ID numbers, sealed as the product seals them."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import ProgrammeFactory, SchoolFactory

from xueji.core.identifiers import check_character
from xueji.registry.actions import Move, record_status_changes
from xueji.registry.models import (
    AdmissionDay,
    Arrival,
    AttendanceNote,
    Duplicate,
    DuplicateAnswer,
    DuplicateFiling,
    DuplicateReminder,
    Enrolment,
    EnrolmentStatus,
    FilingEntry,
    FilingRequest,
    Guardian,
    HandOverItem,
    IdentityDocument,
    MovedRecord,
    ParticularsChange,
    ParticularsChangeItem,
    Person,
    PersonName,
    Registration,
    Reveal,
    StatusApplicant,
    StatusApplication,
    StatusChange,
    StudentNumber,
    TwoPersons,
)
from xueji.sealing.texts import blind_index


def resident_id(serial: int, region: str = "610502") -> str:
    """Return a valid number, a different one for every serial; even ones are women's."""
    born = birth_date(serial)
    first = f"{region}{born:%Y%m%d}{serial % 900 + 100:03d}"
    return first + check_character(first)


def birth_date(serial: int) -> date:
    """Return the birth date in the number of a serial."""
    return date(2000, 9, 1) + timedelta(days=serial // 900)


class PersonFactory(factory.django.DjangoModelFactory):
    """A person with a valid number; pass `number=` for a certain one."""

    class Meta:
        model = Person

    class Params:
        serial = factory.Sequence(lambda n: n)
        number = factory.LazyAttribute(lambda o: resident_id(o.serial, "610521"))

    id = factory.LazyFunction(uuid.uuid4)
    name = factory.Sequence(lambda n: f"学生{n}")
    sex = factory.LazyAttribute(lambda o: "男" if int(o.number[16]) % 2 else "女")
    birth_date = factory.LazyAttribute(lambda o: date(int(o.number[6:10]), int(o.number[10:12]), int(o.number[12:14])))
    political_status = "共青团员"
    ethnicity = "汉族"
    resident_id = factory.SelfAttribute("number")
    resident_id_index = factory.LazyAttribute(lambda o: blind_index(o.number))


class EnrolmentFactory(factory.django.DjangoModelFactory):
    """A person studying since September 2016."""

    class Meta:
        model = Enrolment

    person = factory.SubFactory(PersonFactory)
    programme = factory.SubFactory(ProgrammeFactory)
    school = factory.SelfAttribute("programme.school")
    entry_month = "2016-09"
    duration_years = Decimal("3.0")


class ParticularsChangeFactory(factory.django.DjangoModelFactory):
    """A correction of a record, not yet submitted."""

    class Meta:
        model = ParticularsChange

    enrolment = factory.SubFactory(EnrolmentFactory)
    case = factory.SubFactory(
        CaseFactory, kind="particulars_change", school=factory.SelfAttribute("..enrolment.school")
    )
    document_number = factory.Sequence(lambda n: f"校字〔2019〕{n}号")
    reason = "录入错误"


class ParticularsChangeItemFactory(factory.django.DjangoModelFactory):
    """One field of a correction."""

    class Meta:
        model = ParticularsChangeItem

    change = factory.SubFactory(ParticularsChangeFactory)
    field = "name"
    before = "王小名"
    after = "王小明"


class RevealFactory(factory.django.DjangoModelFactory):
    """A look at a full number."""

    class Meta:
        model = Reveal

    person = factory.SubFactory(PersonFactory)
    by = factory.SubFactory(UserFactory)
    at = datetime(2019, 7, 1, 1, tzinfo=UTC)
    reason = "核对原件"


class RegistrationFactory(factory.django.DjangoModelFactory):
    """What the register keeps of an enrolment of autumn 2023, not yet filed."""

    class Meta:
        model = Registration

    enrolment = factory.SubFactory(EnrolmentFactory, entry_month="2023-09")
    intake_year = 2023
    intake_term = "autumn"
    entered_on = date(2023, 9, 1)
    registered_on = date(2023, 9, 20)
    registered_by = factory.SubFactory(UserFactory)
    origin = "junior_high_graduate"
    grade = 2023
    class_name = "1班"
    expected_graduation = "2026-07"
    form = "{}"


class AdmissionDayFactory(factory.django.DjangoModelFactory):
    """The first of September 2021 of the autumn intake."""

    class Meta:
        model = AdmissionDay

    school = factory.SubFactory(SchoolFactory)
    intake_year = 2021
    intake_term = "autumn"
    entered_on = date(2021, 9, 1)
    opened_by = factory.SubFactory(UserFactory)
    opened_at = datetime(2021, 9, 10, 1, tzinfo=UTC)


class AttendanceNoteFactory(factory.django.DjangoModelFactory):
    """Somebody who was there at a check."""

    class Meta:
        model = AttendanceNote

    enrolment = factory.LazyFunction(lambda: RegistrationFactory().enrolment)
    checked_on = date(2024, 3, 4)
    entered_by = factory.SubFactory(UserFactory)
    entered_at = datetime(2024, 3, 4, 4, tzinfo=UTC)


class StatusApplicationFactory(factory.django.DjangoModelFactory):
    """A change that is applied for, not yet submitted."""

    class Meta:
        model = StatusApplication

    case = factory.SubFactory(CaseFactory, kind="status_change")
    change = "休学"
    statement = "因病"
    effective_on = date(2024, 3, 1)


class StatusApplicantFactory(factory.django.DjangoModelFactory):
    """A student of an application."""

    class Meta:
        model = StatusApplicant

    application = factory.SubFactory(StatusApplicationFactory)
    enrolment = factory.SubFactory(EnrolmentFactory)


class StudentNumberFactory(factory.django.DjangoModelFactory):
    """The number of a student, given where none was."""

    class Meta:
        model = StudentNumber

    person = factory.SubFactory(PersonFactory)
    number = factory.LazyAttribute(lambda o: f"G{o.person.resident_id}")
    number_index = factory.LazyAttribute(lambda o: blind_index(o.number))
    is_carried_on = False
    given_on = date(2023, 9, 20)


class IdentityDocumentFactory(factory.django.DjangoModelFactory):
    """The identity card of a person."""

    class Meta:
        model = IdentityDocument

    person = factory.SubFactory(PersonFactory)
    kind = "居民身份证"
    number = factory.LazyAttribute(lambda o: o.person.resident_id)
    number_index = factory.LazyAttribute(lambda o: blind_index(o.number))
    since = date(2023, 9, 1)


class PersonNameFactory(factory.django.DjangoModelFactory):
    """A name somebody had."""

    class Meta:
        model = PersonName

    person = factory.SubFactory(PersonFactory)
    name = "王明"
    kind = "former"
    until = date(2022, 1, 1)


class GuardianFactory(factory.django.DjangoModelFactory):
    """A mother."""

    class Meta:
        model = Guardian

    person = factory.SubFactory(PersonFactory)
    ordinal = 1
    name = "李梅"
    relation = "母亲"
    phone = "13800000000"
    document_number = ""


class StatusChangeFactory(factory.django.DjangoModelFactory):
    """A pupil who repeats a year: the status stays."""

    class Meta:
        model = StatusChange

    enrolment = factory.SubFactory(EnrolmentFactory)
    ordinal = 1
    kind = "留级"
    from_status = "studying"
    to_status = "studying"
    effective_on = date(2024, 3, 1)
    recorded_at = datetime(2024, 3, 8, 1, tzinfo=UTC)
    by = factory.SubFactory(UserFactory)


class HandOverItemFactory(factory.django.DjangoModelFactory):
    """What goes along with a student, not handed over yet."""

    class Meta:
        model = HandOverItem

    applicant = factory.SubFactory(StatusApplicantFactory)
    what = "marks"


class FilingRequestFactory(factory.django.DjangoModelFactory):
    """The filing of an intake, not submitted yet."""

    class Meta:
        model = FilingRequest

    case = factory.SubFactory(CaseFactory, kind="filing")
    intake_year = 2023
    intake_term = "autumn"


class FilingEntryFactory(factory.django.DjangoModelFactory):
    """A student of a filing."""

    class Meta:
        model = FilingEntry

    request = factory.SubFactory(FilingRequestFactory)
    enrolment = factory.SubFactory(EnrolmentFactory)


class DuplicateFactory(factory.django.DjangoModelFactory):
    """Two records that are definitely of one student."""

    class Meta:
        model = Duplicate

    first = factory.SubFactory(EnrolmentFactory)
    second = factory.SubFactory(EnrolmentFactory)
    certainty = "definite"
    ground = "mistyped"
    found_by = factory.SubFactory(UserFactory)
    found_at = datetime(2024, 3, 4, 1, tzinfo=UTC)


class DuplicateAnswerFactory(factory.django.DjangoModelFactory):
    """A school that lets go of its record."""

    class Meta:
        model = DuplicateAnswer

    duplicate = factory.SubFactory(DuplicateFactory)
    school = factory.SelfAttribute("duplicate.second.school")
    answer = "not_mine"
    statement = "没有来校报到"
    by = factory.SubFactory(UserFactory)
    at = datetime(2024, 3, 5, 1, tzinfo=UTC)


class DuplicateReminderFactory(factory.django.DjangoModelFactory):
    """One school reminded the other."""

    class Meta:
        model = DuplicateReminder

    duplicate = factory.SubFactory(DuplicateFactory)
    from_school = factory.SelfAttribute("duplicate.second.school")
    to_school = factory.SelfAttribute("duplicate.first.school")
    by = factory.SubFactory(UserFactory)
    at = datetime(2024, 3, 12, 1, tzinfo=UTC)


class DuplicateFilingFactory(factory.django.DjangoModelFactory):
    """What the school of the later record asks for, not submitted yet."""

    class Meta:
        model = DuplicateFiling

    duplicate = factory.SubFactory(DuplicateFactory)
    record = factory.SelfAttribute("duplicate.second")
    case = factory.SubFactory(CaseFactory, kind="duplicate", school=factory.SelfAttribute("..record.school"))
    asked = "mine"
    statement = "每天在校上课"


class MovedRecordFactory(factory.django.DjangoModelFactory):
    """A record a decision put under another person."""

    class Meta:
        model = MovedRecord

    filing = factory.SubFactory(DuplicateFilingFactory)
    enrolment = factory.SubFactory(EnrolmentFactory)
    from_person = factory.SubFactory(PersonFactory)
    to_person = factory.SelfAttribute("enrolment.person")
    moved_at = datetime(2024, 3, 18, 1, tzinfo=UTC)


class TwoPersonsFactory(factory.django.DjangoModelFactory):
    """Two who were decided to be two, the lesser key first."""

    class Meta:
        model = TwoPersons

    first = factory.SubFactory(PersonFactory, id=uuid.UUID(int=1))
    second = factory.SubFactory(PersonFactory)
    duplicate = factory.SubFactory(DuplicateFactory)
    decided_by = factory.SubFactory(UserFactory)
    decided_at = datetime(2024, 3, 18, 1, tzinfo=UTC)


class ArrivalFactory(factory.django.DjangoModelFactory):
    """Somebody of a senior high school who is to come over, not submitted yet."""

    class Meta:
        model = Arrival

    case = factory.SubFactory(CaseFactory, kind="transfer_in")
    source = "senior_high"
    former_school = "某某中学"
    programme = factory.LazyAttribute(lambda made: ProgrammeFactory(school=made.case.school))
    grade = 2023
    entered_on = date(2024, 8, 19)
    remaining_years = Decimal(2)
    form = '{"name": "王明", "sex": "男", "entry_month": "2024-08"}'


def ended(enrolment: Enrolment, status: EnrolmentStatus = EnrolmentStatus.WITHDRAWN) -> Enrolment:
    """End a record by the change that ends it, and return it as it is then."""
    at = datetime(2019, 6, 1, 1, tzinfo=UTC)
    record_status_changes(
        kind=status.label, moves=[Move(enrolment, status)], effective_on=at.date(), by=UserFactory(), at=at
    )
    enrolment.refresh_from_db()
    return enrolment
