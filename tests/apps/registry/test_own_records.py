"""Who sees a registration as their own, and what becomes of what they ask (S2 第二十条)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.factories.accounts import ApplicantFactory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import IdentityDocumentFactory, PersonFactory, PersonNameFactory, RegistrationFactory
from tests.factories.registry import resident_id as number_of

from xueji.core.errors import NotFound
from xueji.registry.actions.filing import correct_record
from xueji.registry.models import IdentityDocument
from xueji.registry.queries.documents import other_documents
from xueji.registry.queries.own_records import own_record_for, own_records
from xueji.sealing.texts import blind_index

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-40")]
AT = datetime(2025, 9, 10, 2, tzinfo=UTC)
TODAY = date(2025, 9, 10)


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def registered(henan, person):
    programme = ProgrammeFactory(school=henan.county_school)
    return RegistrationFactory(enrolment__person=person, enrolment__programme=programme).enrolment


def proven(name: str, number: str):
    return ApplicantFactory(proven=True, name=name, document_number=number)


def facts_of(number: str) -> dict[str, str]:
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    return {"resident_id": number, "birth_date": born, "sex": "男" if int(number[16]) % 2 else "女"}


def test_whoever_holds_a_number_mistyped_into_the_file_of_another_never_sees_it(henan) -> None:
    mistyped, right = number_of(5), number_of(7)
    child = PersonFactory(name="王小明", number=mistyped)
    IdentityDocumentFactory(person=child)
    record = registered(henan, child)
    holder, student = proven("赵强", mistyped), proven("王小明", right)
    namesake = ApplicantFactory(proven=True, name="王小明", document_number=number_of(9))
    assert own_records(holder) == own_records(namesake) == []
    with pytest.raises(NotFound):
        own_record_for(holder, record.pk, TODAY)

    case = CaseFactory(kind="certificate_correction", school=henan.county_school, state="approved", closed_at=AT)
    correct_record(enrolment=record, wanted=facts_of(right), case=case, by=henan.clerk, at=AT)
    rows = IdentityDocument.objects.filter(person=child).order_by("pk")
    assert [(row.number, row.since, row.until) for row in rows] == [
        (mistyped, date(2023, 9, 1), date(2023, 9, 1)),
        (right, TODAY, None),
    ]
    assert not other_documents(
        [blind_index(mistyped)]
    ).exists()  # nor is the holder taken for the child when registered
    same_name = proven_again(holder, "王小明")
    assert own_records(holder) == own_records(same_name) == []
    assert [viewed.record.pk for viewed in own_records(student)] == [record.pk]


def proven_again(applicant, name: str):
    """Return the account as if its holder had the same name."""
    applicant.name = name
    return applicant


def test_an_earlier_document_and_a_former_name_lead_to_the_own_record(henan) -> None:
    child = PersonFactory(name="王小明", number=number_of(5))
    record = registered(henan, child)
    IdentityDocumentFactory(person=child, number=number_of(7), since=date(2020, 9, 1), until=date(2023, 9, 1))
    PersonNameFactory(person=child, name="王明")
    for applicant in (proven("王小明", number_of(7)), proven("王明", number_of(5))):
        assert own_record_for(applicant, record.pk, TODAY).record == record
