"""Who sees a registration as their own, and what becomes of what they ask (S2 第二十条)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.factories.accounts import ApplicantFactory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import (
    GuardianFactory,
    IdentityDocumentFactory,
    PersonFactory,
    PersonNameFactory,
    RegistrationFactory,
    ended,
)
from tests.factories.registry import resident_id as number_of

from xueji.core.errors import Conflict, NotFound, NotPermitted, RuleViolation
from xueji.messaging.models import Message
from xueji.registry.actions import (
    bar_guardian,
    readmit_guardian,
    refuse_correction,
    request_correction,
    take_up_correction,
)
from xueji.registry.actions.filing import correct_record
from xueji.registry.models import IdentityDocument
from xueji.registry.queries.documents import other_documents
from xueji.registry.queries.own_records import own_record_for, own_records, records_of_ward
from xueji.sealing.texts import blind_index

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-40")]
AT = datetime(2025, 9, 10, 2, tzinfo=UTC)
TODAY = date(2025, 9, 10)


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def registered(henan, person, status: str = "studying"):
    programme = ProgrammeFactory(school=henan.county_school)
    rows = RegistrationFactory(enrolment__person=person, enrolment__programme=programme, enrolment__status=status)
    return rows.enrolment


def proven(name: str, number: str):
    return ApplicantFactory(proven=True, name=name, document_number=number)


def facts_of(number: str) -> dict[str, str]:
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    return {"resident_id": number, "birth_date": born, "sex": "男" if int(number[16]) % 2 else "女"}


@pytest.mark.parametrize("name", ["赵强", "王小明"])
def test_whoever_holds_a_number_mistyped_into_the_file_of_another_does_not_see_it(henan, name) -> None:
    mistyped, right = number_of(5), number_of(7)
    child = PersonFactory(name="王小明", number=mistyped)
    IdentityDocumentFactory(person=child)
    record = registered(henan, child)
    holder, student, namesake = proven(name, mistyped), proven("王小明", right), proven("王小明", number_of(9))
    assert own_records(namesake) == []
    assert bool(own_records(holder)) == (name == child.name)  # until it is put right nobody can tell these two apart

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
    assert own_records(holder) == []
    with pytest.raises(NotFound):
        own_record_for(holder, record.pk, TODAY)
    assert [viewed.record.pk for viewed in own_records(student)] == [record.pk]


def test_an_earlier_document_and_a_former_name_lead_to_the_own_record(henan) -> None:
    child = PersonFactory(name="王小明", number=number_of(5))
    record = registered(henan, child)
    IdentityDocumentFactory(person=child, number=number_of(7), since=date(2020, 9, 1), until=date(2023, 9, 1))
    PersonNameFactory(person=child, name="王明")
    for applicant in (proven("王小明", number_of(7)), proven("王明", number_of(5))):
        assert own_record_for(applicant, record.pk, TODAY).record == record


def test_an_account_altered_behind_the_product_shows_no_file(henan) -> None:
    child = PersonFactory(name="王小明", number=number_of(5))
    record = registered(henan, child)
    applicant = proven("王小明", number_of(7))
    applicant.document_index = blind_index(number_of(5))  # what no digest covers
    assert own_records(applicant) == []
    altered = proven("赵强", number_of(5))
    altered.name = "王小明"
    for asks in (own_records, lambda who: own_record_for(who, record.pk, TODAY)):
        with pytest.raises(Conflict, match="与系统写入时不一致"):
            asks(altered)
    with pytest.raises(Conflict, match="与系统写入时不一致"):
        records_of_ward(altered, "王小明", number_of(5), TODAY)


def test_the_school_a_child_has_left_still_bars_a_guardian_and_a_mere_claim_bars_nobody(henan) -> None:
    child = PersonFactory(name="王小明", number=number_of(5))
    left = registered(henan, child)
    ended(left)
    mother = GuardianFactory(person=child)
    given = {"guardian": mother, "because": "人身安全保护令", "at": AT}
    other = staffed_city("410200", "410202")
    with pytest.raises(NotPermitted):
        bar_guardian(enrolment=left, by=other.clerk, **given)
    assert bar_guardian(enrolment=left, by=henan.clerk, **given).barred_because == "人身安全保护令"

    claimed, studying = (registered(other, child, status=status) for status in ("claimed", "studying"))
    for record, by in ((left, henan.clerk), (claimed, other.clerk)):
        with pytest.raises(Conflict, match="由在籍的学校"):
            readmit_guardian(enrolment=record, by=by, **given)
    assert readmit_guardian(enrolment=studying, by=other.clerk, **given).barred_because == ""


def asked(record, field: str, wanted: str):
    applicant = proven(record.person.name, str(record.person.resident_id))
    return request_correction(
        applicant=applicant,
        enrolment=record,
        field=field,
        wanted=wanted,
        statement="见户口簿",
        by=applicant.user,
        at=AT,
    )


def test_a_number_is_taken_up_with_the_birth_date_and_sex_it_says(henan) -> None:
    record = registered(henan, PersonFactory(name="王小明", number="410102201005031232"))
    right = facts_of("41010220100504122X")
    request = asked(record, "resident_id", right["resident_id"])
    taken = take_up_correction(request=request, document_number="校学〔2025〕3号", by=henan.clerk, at=AT)
    assert {item.field: item.after for item in taken.change.items.all()} == right


@pytest.mark.parametrize(
    ("field", "wanted"), [("birth_date", "2010-05-04"), ("sex", "女"), ("resident_id", "410102201005041220")]
)
def test_what_could_only_end_dead_is_not_taken_up_and_waits_on(henan, field, wanted) -> None:
    record = registered(henan, PersonFactory(name="王小明", number="410102201005031232"))
    request = asked(record, field, wanted)
    with pytest.raises(RuleViolation) as refused:
        take_up_correction(request=request, document_number="校学〔2025〕3号", by=henan.clerk, at=AT)
    assert all("请求仍待处理" in finding.remedy for finding in refused.value.findings)
    request.refresh_from_db()
    assert (request.state, request.change) == ("open", None)
    assert not Message.objects.exists()


def test_a_number_typed_into_an_answer_is_not_kept(henan) -> None:
    request = asked(registered(henan, PersonFactory(name="王小明")), "name", "王晓明")
    number = number_of(7)
    refused = refuse_correction(request=request, answer=f"户口簿上是{number}，与学籍一致", by=henan.clerk, at=AT)
    assert number not in refused.answer
    assert "与学籍一致" in refused.answer
