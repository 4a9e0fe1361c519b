"""From the approval to the holder: an approved application is printed at its place, and its applicant hears each step."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from tests.factories.accounts import ApplicantFactory
from tests.factories.applying import AT, submitted
from tests.factories.certificates import issued, void
from tests.factories.institutions import ProgrammeFactory, SchoolFactory, appointed
from tests.factories.replacements import Press, press
from tests.web.applicants import signed_in_applicant

from xueji.accounts.models import Applicant, User
from xueji.applications.models import Application
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.certificates.actions import seal_certificates
from xueji.certificates.models import Certificate
from xueji.core.errors import RuleViolation
from xueji.core.identifiers import parse_resident_id
from xueji.institutions.models import Level, Post
from xueji.lookup.answers import minimum_of
from xueji.messaging.models import Message
from xueji.replacements.actions import hand_over, note_returned, send_by_mail
from xueji.replacements.models import Delivery, Replacement
from xueji.replacements.queries import progress_of

pytestmark = pytest.mark.django_db
SCHOOL = "郑州市第一职业中等专业学校"


@pytest.fixture
def office() -> Press:
    ready = press()
    ready.stock(1, 9)
    return ready


@pytest.fixture
def person() -> Applicant:
    return ApplicantFactory(proven=True)


def officer_of(application: Application) -> User:
    """Return somebody who reviews for the office an application lies with."""
    is_city = application.office.level == Level.CITY
    return appointed(Post.CITY_REVIEWER if is_city else Post.PROVINCE_REVIEWER, application.office)


def approve(application: Application) -> Replacement:
    """Approve an application where it lies, and return what is to be printed."""
    decide_step(step=open_step_of(application.case), verdict="approve", by=officer_of(application), at=AT)
    return Replacement.objects.get(case=application.case)


def sex_of(person: Applicant) -> str:
    """Return the sex that a document tells."""
    return str(parse_resident_id(person.document_number).sex)


def heard(person: Applicant) -> list[str]:
    """Return what an applicant was written since the approval."""
    written = Message.objects.filter(recipient=person.user, template__startswith="replacement_")
    return sorted(written.values_list("template", flat=True))


@pytest.mark.requirement("S0-20", "S0-21", "S0-22")
def test_an_approved_application_is_printed_at_its_place_and_mailed_and_comes_back(office, person) -> None:
    SchoolFactory(authority=office.city, name=SCHOOL)
    sent = submitted(person, office.province, delivery="mail", mail_address="某市某路 1 号")
    queued = approve(sent)
    assert (queued.place, queued.submitted_at, queued.authority) == (sent.place, sent.submitted_at, office.province)
    assert (queued.name, queued.sex, queued.delivery_way, queued.recipient) == (
        "王小明",
        sex_of(person),
        "mail",
        "王小明",
    )
    assert (queued.address, queued.phone, queued.original_number) == ("某市某路 1 号", person.phone, "*****")
    assert progress_of(sent).ahead == 0
    office.sealed(office.printed("豫X0000001"))
    send_by_mail(delivery=queued.deliveries.get(), carrier="邮政", tracking_number="EA1", by=office.printer, at=AT)
    assert progress_of(sent).tracking_number == "EA1"
    note_returned(delivery=queued.deliveries.get(), reason="查无此人", by=office.printer, at=AT)
    assert heard(person) == [f"replacement_{what}" for what in ("came_back", "mailed", "printed", "sealed")]
    counter = Delivery.objects.get(replacement=queued, way="pick_up")
    words = Message.objects.get(template="replacement_came_back").text
    assert str(counter.code) in words
    assert office.province.name in words
    hand_over(delivery=counter, code=progress_of(sent).code, document="居民身份证", by=office.printer, at=AT)
    assert (progress_of(sent).state, progress_of(sent).code) == ("delivered", "")


@pytest.mark.requirement("S0-21")
def test_the_diploma_of_the_system_is_told_as_replaced_and_a_second_takes_the_place_of_the_first(office) -> None:
    (diploma,) = issued(ProgrammeFactory(), office.printer, (31,))
    seal_certificates(certificates=Certificate.objects.filter(pk=diploma.pk), by=office.sealer, at=AT)
    holder = diploma.person
    person = ApplicantFactory(
        proven=True, name=holder.name, document_number=str(holder.resident_id), document_index=holder.resident_id_index
    )
    SchoolFactory(authority=office.city, name=diploma.school_name)
    stated = {
        "school_name": diploma.school_name, "graduated": diploma.graduation_month, "entered": "2016-09", "diploma": "damaged",
    }  # fmt: skip
    first = approve(submitted(person, office.province, **stated, original_number=diploma.number.number))
    assert (first.original, first.loss) == (diploma, "damaged")
    office.sealed(office.printed("豫X0000001"))
    first.refresh_from_db()
    diploma.refresh_from_db()
    assert minimum_of(diploma).replaced_by == first.certificate.number.number
    again = approve(submitted(person, office.province, **stated, original_number="*****"))
    assert (again.original, again.follows) == (diploma, first)
    office.sealed(office.printed("豫X0000002"))
    again.refresh_from_db()
    first.certificate.refresh_from_db()
    assert first.certificate.state == "void"
    assert minimum_of(diploma).replaced_by == again.certificate.number.number
    code = again.deliveries.get().code
    shown = signed_in_applicant(person).get(reverse("applicant:application", args=[again.case.application.pk])).text
    assert all(word in shown for word in (again.certificate.number.number, "已盖章", code))
    stranger = signed_in_applicant(ApplicantFactory(proven=True))
    assert stranger.get(reverse("applicant:application", args=[again.case.application.pk])).status_code == 404


@pytest.mark.requirement("S0-19")
def test_the_number_of_a_void_diploma_or_of_somebody_elses_is_not_approved(office, person) -> None:
    mine, other = issued(ProgrammeFactory(), office.printer, (33, 34))
    seal_certificates(certificates=Certificate.objects.filter(pk__in=[mine.pk, other.pk]), by=office.sealer, at=AT)
    holder = ApplicantFactory(
        proven=True, name=mine.person.name, document_number=str(mine.person.resident_id),
        document_index=mine.person.resident_id_index,
    )  # fmt: skip
    SchoolFactory(authority=office.city, name=mine.school_name)
    stated = {"school_name": mine.school_name, "graduated": mine.graduation_month, "entered": "2016-09"}
    taken = submitted(holder, office.province, **stated, original_number=other.number.number)
    with pytest.raises(RuleViolation, match="登记在另一人名下"):
        approve(taken)
    void(mine, office.printer)
    dead = submitted(holder, office.province, **{**stated, "graduated": "2018-06"}, original_number=mine.number.number)
    with pytest.raises(RuleViolation, match="作废，不能据以办理"):
        approve(dead)
    assert not Replacement.objects.exists()


@pytest.mark.requirement("S0-19")
def test_what_cannot_be_printed_is_not_approved_and_says_what_to_do(office, person) -> None:
    sent = submitted(person, office.province, duration_years=Decimal(2))
    with pytest.raises(RuleViolation, match="先登记该校"):
        decide_step(step=open_step_of(sent.case), verdict="approve", by=officer_of(sent), at=AT)
    sent.refresh_from_db()
    assert (sent.state, Replacement.objects.count(), progress_of(sent)) == ("submitted", 0, None)
