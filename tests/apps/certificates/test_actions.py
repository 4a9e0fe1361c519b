"""Prepare, issue, seal, void: what is refused, what the ledger keeps, what can never be changed."""

from __future__ import annotations

import uuid
from copy import copy
from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.factories.accounts import UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.certificates import AT, IssueFactory, content_for, issued, view_of, void
from tests.factories.institutions import ProgrammeFactory, appointed, staffed_city

from xueji.cases.models import CaseState
from xueji.certificates.actions import (
    PreparedCertificates,
    issue_certificates,
    prepare_certificates,
    release_numbers,
    seal_certificates,
    void_by_case,
)
from xueji.certificates.models import Certificate
from xueji.certificates.queries import (
    certificates_visible_to,
    holder_id_of,
    is_as_issued,
    numbers_by_state,
    successors_of,
)
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.sealing.texts import SealBroken

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def programme(city):
    return ProgrammeFactory(school=city.county_school)


def _block(programme, count, by):
    return release_numbers(
        view=view_of(), kind="graduation", parts={"year": 2019}, count=count, school=programme.school, purpose="测试",
        by=by, at=AT,
    )  # fmt: skip


@pytest.mark.requirement("S1-02")
def test_prepare_names_every_person_that_a_rule_refuses(programme) -> None:
    contents = [
        content_for(programme, 1),
        content_for(programme, 2, overall_mark="不及格", name="李甲"),
        content_for(programme, 3, name="李\ue000乙"),
    ]
    with pytest.raises(RuleViolation) as refused:
        prepare_certificates(contents, view_of())
    rules = {f.rule: f for f in refused.value.findings}
    assert rules["graduate.marks_passed"].message.startswith("李甲：")
    assert rules["graduate.marks_passed"].cites[0].clause == "一"
    assert "graduate.name_acceptable" in rules
    assert "graduate.characters_printable" in rules


def test_prepare_looks_at_school_and_principal_too(programme) -> None:
    content = replace(content_for(programme, 1), principal="王\U000e0041")
    with pytest.raises(RuleViolation, match="校名或校长姓名"):
        prepare_certificates([content], view_of())


def test_nobody_but_prepare_makes_what_issue_accepts(programme) -> None:
    with pytest.raises(ValueError, match="only prepare_certificates"):
        PreparedCertificates((content_for(programme, 1),), view_of(), b"")
    with pytest.raises(TypeError):
        issue_certificates(
            issue=IssueFactory(),
            prepared=[content_for(programme, 2)],
            block=None,
            issue_date=date(2019, 7, 5),
            by=UserFactory(),
            at=AT,
        )


def test_what_was_prepared_binds_its_contents_and_its_law(programme) -> None:
    """Refilled with somebody who failed, or with another law, it is nothing; nor is one whose field was forced."""
    good = content_for(programme, 1)
    failed = replace(good, facts=replace(good.facts, overall_mark="不合格"))
    prepared = prepare_certificates([good], view_of())
    with pytest.raises(ValueError, match="only prepare_certificates"):
        replace(prepared, contents=(failed,))
    with pytest.raises(ValueError, match="only prepare_certificates"):
        replace(prepared, view=view_of(day=date(2018, 7, 1)))
    object.__setattr__(prepared, "contents", (failed,))
    with pytest.raises(ValueError, match="only prepare_certificates"):
        issue_certificates(
            issue=IssueFactory(), prepared=prepared, numbers=[], issue_date=date(2019, 7, 5), by=UserFactory(), at=AT
        )
    assert not Certificate.objects.exists()


def test_what_was_prepared_is_issued_once_and_a_copy_never(programme) -> None:
    prepared = prepare_certificates([content_for(programme, 1)], view_of())
    by = UserFactory()
    block, issue = _block(programme, 2, by), IssueFactory(school=programme.school)
    with pytest.raises(ValueError, match="issued once"):
        issue_certificates(issue=issue, prepared=copy(prepared), block=block, issue_date=date(2019, 7, 5), by=by, at=AT)
    issue_certificates(issue=issue, prepared=prepared, block=block, issue_date=date(2019, 7, 5), by=by, at=AT)
    with pytest.raises(ValueError, match="issued once"):
        issue_certificates(issue=issue, prepared=prepared, block=block, issue_date=date(2019, 7, 5), by=by, at=AT)
    assert Certificate.objects.count() == 1


@pytest.mark.requirement("S1-08")
def test_issued_certificates_carry_number_date_pack_and_hash(programme) -> None:
    certificates = issued(programme, UserFactory())
    assert [c.number.number for c in certificates] == ["20190600001", "20190600002", "20190600003"]
    stored = Certificate.objects.select_related("number").get(pk=certificates[0].pk)
    assert stored.issue_date == date(2019, 7, 5)
    assert stored.pack == "edu/shaanxi-weinan"
    assert stored.pack_hash == view_of().pack.hash
    assert is_as_issued(stored)
    assert numbers_by_state(stored.number.block) == {"free": 0, "reserved": 0, "issued": 3, "returned": 0, "void": 0}
    assert Event.objects.filter(tag="certificate:issued").count() == 3


def test_id_number_is_stored_sealed_and_bound_to_its_certificate(programme) -> None:
    first, second = issued(programme, UserFactory(), (1, 2))
    number = holder_id_of(first)
    assert len(number) == 18
    assert number not in str(Event.objects.values_list("after", flat=True))
    stolen = Certificate.objects.filter(pk=first.pk).values_list("holder_id", flat=True).get()
    Certificate.objects.filter(pk=second.pk).update(holder_id=stolen)
    with pytest.raises(SealBroken):
        holder_id_of(Certificate.objects.get(pk=second.pk))


def test_issue_without_enough_numbers_writes_nothing(programme) -> None:
    by = UserFactory()
    prepared = prepare_certificates([content_for(programme, n) for n in (1, 2)], view_of())
    with pytest.raises(Conflict, match="只有 1 个可用，需要 2 个"):
        issue_certificates(
            issue=IssueFactory(),
            prepared=prepared,
            block=_block(programme, 1, by),
            issue_date=date(2019, 7, 5),
            by=by,
            at=AT,
        )
    assert not Certificate.objects.exists()


def test_second_certificate_for_the_same_study_is_refused_by_the_database(programme) -> None:
    by, content = UserFactory(), content_for(programme, 1)
    again = replace(content, certificate_id=uuid.uuid4())
    for contents in (content, again):
        prepared = prepare_certificates([contents], view_of())
        block = _block(programme, 1, by)
        issue = {
            "issue": IssueFactory(),
            "prepared": prepared,
            "block": block,
            "issue_date": date(2019, 7, 5),
            "by": by,
            "at": AT,
        }
        if contents is content:
            issue_certificates(**issue)
        else:
            with pytest.raises(IntegrityError, match="one_live_certificate_per_enrolment"), transaction.atomic():
                issue_certificates(**issue)


def test_issuing_takes_as_many_queries_for_sixty_as_for_three(programme) -> None:
    by, counts = UserFactory(), []
    _block(programme, 1, by)  # a new counter asks after its marks once
    for serials in (range(3), range(100, 160)):
        prepared = prepare_certificates([content_for(programme, n) for n in serials], view_of())
        issue = IssueFactory(school=programme.school)
        with CaptureQueriesContext(connection) as queries:
            block = _block(programme, len(serials), by)
            issue_certificates(issue=issue, prepared=prepared, block=block, issue_date=date(2019, 7, 5), by=by, at=AT)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 21


@pytest.mark.requirement("S4-08")
@pytest.mark.parametrize("change", [{"holder_name": "别人"}, {"issue_date": date(2019, 7, 6)}, {"kind": "x"}])
def test_issued_content_cannot_be_changed(programme, change) -> None:
    certificate = issued(programme, UserFactory(), (1,))[0]
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**change)


def test_certificate_is_never_deleted_and_a_void_one_never_lives_again(city, programme) -> None:
    certificate = issued(programme, UserFactory(), (1,))[0]
    void(certificate, city.city_reviewer)
    rows = Certificate.objects.filter(pk=certificate.pk)
    with pytest.raises(DatabaseError, match="forward only"), transaction.atomic():
        rows.update(state="sealed", sealed_at=AT, voided_at=None, void_reason="")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM certificates_certificate")


@pytest.mark.requirement("S1-08")
def test_sealing_makes_certificates_valid_once(programme) -> None:
    by = UserFactory()
    certificates = issued(programme, by)
    chosen = Certificate.objects.filter(pk__in=[c.pk for c in certificates])
    assert seal_certificates(certificates=chosen, by=by, at=AT) == 3
    assert set(chosen.values_list("state", "sealed_at")) == {("sealed", AT)}
    assert Event.objects.filter(tag="certificate:sealed").count() == 3
    with pytest.raises(Conflict, match="不能再次验印"):
        seal_certificates(certificates=chosen, by=by, at=AT)
    assert Event.objects.filter(tag="certificate:sealed").count() == 3


def test_voided_certificate_keeps_its_number_and_gets_a_successor(city, programme) -> None:
    content = content_for(programme, 1)
    by = city.city_reviewer
    issue = {"issue": IssueFactory(school=programme.school), "issue_date": date(2019, 7, 5), "by": by, "at": AT}
    first = issue_certificates(
        prepared=prepare_certificates([content], view_of()), block=_block(programme, 1, by), **issue
    )[0]
    anew = replace(content, certificate_id=uuid.uuid4(), predecessor_id=first.pk)
    prepared, block = prepare_certificates([anew], view_of()), _block(programme, 1, by)
    with pytest.raises(Conflict, match="尚未作废"):
        issue_certificates(prepared=prepared, block=block, **issue)
    void(first, by, "姓名印错")
    second = issue_certificates(prepared=prepare_certificates([anew], view_of()), block=block, **issue)[0]
    first = Certificate.objects.select_related("number").get(pk=first.pk)
    assert (first.state, first.number.state, first.void_reason) == ("void", "void", "姓名印错")
    assert [c.pk for c in successors_of(first)] == [second.pk]
    assert second.number.number == "20190600002"
    assert Event.objects.filter(tag="certificate:voided", note="姓名印错").exists()


def test_successor_of_another_person_is_refused(city, programme) -> None:
    other = issued(programme, city.city_reviewer, (1,))[0]
    void(other, city.city_reviewer)
    content = replace(content_for(programme, 5), predecessor_id=other.pk)
    with pytest.raises(Conflict, match="不是同一人"):
        issue_certificates(
            issue=IssueFactory(), prepared=prepare_certificates([content], view_of()), block=_block(programme, 1, city.city_reviewer),
            issue_date=date(2019, 7, 5), by=city.city_reviewer, at=AT,
        )  # fmt: skip


def test_voiding_needs_reason_an_approved_case_of_the_school_and_a_living_certificate(city, programme) -> None:
    certificate = issued(programme, UserFactory(), (1,))[0]
    with pytest.raises(BadInput, match="原因"):
        void(certificate, city.city_reviewer, " ")
    undecided = CaseFactory(school=certificate.school, state=CaseState.IN_PROGRESS)
    elsewhere = CaseFactory(school=city.city_school, state=CaseState.APPROVED, closed_at=AT)
    for case in (undecided, elsewhere):
        with pytest.raises(Conflict, match="没有通过"):
            void_by_case(certificate=certificate, case=case, reason="错", by=city.city_reviewer, at=AT)
    void(certificate, city.city_reviewer)
    with pytest.raises(Conflict, match="作废"):
        void(certificate, city.city_reviewer)


def test_certificates_are_seen_by_their_own_line_only(city, programme) -> None:
    certificate = issued(programme, UserFactory(), (1,))[0]
    stranger = appointed(Post.CITY_REVIEWER, staffed_city(division_code="610400", county_code="610401").city)
    for person in (city.clerk, city.county_reviewer, city.city_reviewer):
        assert certificates_visible_to(person).get() == certificate
    for person in (stranger, city.city_clerk, city.administrator, city.auditor):
        assert not certificates_visible_to(person).exists()
