"""Rounds, appointments, the sealing and its papers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from tests.factories.institutions import SanctionFactory, SchoolFactory, appointed, staffed_city
from tests.factories.production import SEALING_DAY, approved_batch, class_of, round_of, season_of

from xueji.certificates.actions import void_by_case
from xueji.certificates.models import CertificateState
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.graduation.facts import register_of
from xueji.graduation.models import RegisterLine
from xueji.institutions.calendar_actions import declare_calendar_day, remove_calendar_day
from xueji.institutions.models import Post
from xueji.institutions.queries.deferral import deferral_findings
from xueji.ledger.models import Event
from xueji.obligations.actions import fulfil_obligation
from xueji.obligations.models import Obligation
from xueji.production.actions import (
    CopyReceived,
    book_appointment,
    cancel_appointment,
    lodge_archive_copies,
    open_round,
    seal_issue,
)
from xueji.production.archive import copies_due
from xueji.production.form_data import certificates_of
from xueji.production.models import SealingAppointment, SealingSession
from xueji.production.queries import half_days_of, rounds_visible_to, sealing_balance

pytestmark = pytest.mark.django_db
BEFORE = datetime(2019, 7, 5, 2, tzinfo=UTC)
MONDAY = date(2019, 7, 8)


def seal(batch, staff, **changes):
    values = {
        "issue": batch.issue, "round": round_of(batch), "diplomas_counted": certificates_of(batch.issue).count(), "refused": {},
        "sealed_by": staff.sealer, "supervised_by": staff.seal_supervisor, "at": SEALING_DAY,
    }  # fmt: skip
    return seal_issue(**{**values, **changes})


def clauses(refused) -> set[str]:
    return {cite.clause for finding in refused.value.findings for cite in finding.cites}


@pytest.mark.requirement("S1-12")
def test_the_days_of_a_round_are_those_of_the_notice():
    staff = staffed_city()
    opened = open_round(**class_of(season_of(staff)), place="市教育局职成科", by=staff.city_reviewer, at=BEFORE)
    assert (opened.opens_on, opened.closes_on) == (date(2019, 7, 8), date(2019, 7, 12))
    late = open_round(
        **class_of(season_of(staff, term="spring")), place="职成科", is_late=True, by=staff.city_reviewer, at=BEFORE
    )
    assert late.closes_on == date(2019, 7, 12)
    with pytest.raises(Conflict):
        open_round(**class_of(season_of(staff)), place="职成科", by=staff.city_reviewer, at=BEFORE)
    assert rounds_visible_to(staff.clerk).count() == 2


def test_a_season_without_a_window_needs_days_by_hand():
    staff = staffed_city()
    season = season_of(staff, year=2035)
    with pytest.raises(BadInput, match="没有"):
        open_round(**class_of(season), place="职成科", by=staff.city_reviewer, at=BEFORE)
    opened = open_round(
        **class_of(season),
        place="职成科",
        opens_on=date(2035, 7, 9),
        closes_on=date(2035, 7, 13),
        by=staff.city_reviewer,
        at=BEFORE,
    )
    assert opened.opens_on == date(2035, 7, 9)


def test_days_carried_over_from_an_earlier_notice_give_way_to_those_of_the_year():
    staff = staffed_city()
    days = {"opens_on": date(2026, 6, 29), "closes_on": date(2026, 7, 3)}
    carried = open_round(**class_of(season_of(staff, year=2025)), place="职成科", by=staff.city_reviewer, at=BEFORE)
    assert carried.opens_on == date(2025, 7, 8)
    given = open_round(
        **class_of(season_of(staff, year=2026)), place="职成科", **days, by=staff.city_reviewer, at=BEFORE
    )
    assert given.opens_on == days["opens_on"]
    fixed = open_round(**class_of(season_of(staff)), place="职成科", **days, by=staff.city_reviewer, at=BEFORE)
    assert fixed.opens_on == date(2019, 7, 8)  # the notice of 2019 itself


def test_a_full_half_day_is_a_conflict_and_cancelling_frees_a_place():
    staff = staffed_city()
    schools = [staff.county_school, staff.city_school, SchoolFactory(authority=staff.county)]
    batches = [approved_batch(staff, count=1, first_serial=n * 10 + 1, school=s) for n, s in enumerate(schools)]
    clerks = [staff.clerk, staff.city_clerk, appointed(Post.SCHOOL_CLERK, schools[2])]
    sealing_round = round_of(batches[0], places=2)
    booked = [
        book_appointment(issue=b.issue, round=sealing_round, day=MONDAY, half="am", by=clerk, at=BEFORE)
        for b, clerk in zip(batches[:2], clerks, strict=False)
    ]
    with pytest.raises(Conflict, match="已约满"):
        book_appointment(issue=batches[2].issue, round=sealing_round, day=MONDAY, half="am", by=clerks[2], at=BEFORE)
    with pytest.raises(Conflict, match="已预约"):
        book_appointment(issue=batches[0].issue, round=sealing_round, day=MONDAY, half="pm", by=staff.clerk, at=BEFORE)
    with pytest.raises(IntegrityError), transaction.atomic():
        SealingAppointment.objects.create(
            round=sealing_round,
            issue=batches[2].issue,
            day=MONDAY,
            half="am",
            place_in_half=1,
            booked_by=staff.clerk,
            booked_at=BEFORE,
        )
    cancel_appointment(appointment=booked[0], by=staff.clerk, at=BEFORE)
    taken = book_appointment(
        issue=batches[2].issue, round=sealing_round, day=MONDAY, half="am", by=clerks[2], at=BEFORE
    )
    assert taken.place_in_half == 1
    assert Event.objects.filter(tag="sealing_appointment:booked").count() == 3


@pytest.mark.requirement("S1-12")
def test_no_appointment_outside_the_window_or_under_deferral():
    staff = staffed_city()
    batch = approved_batch(staff, count=1)
    sealing_round = round_of(batch)
    with pytest.raises(RuleViolation) as refused:
        book_appointment(
            issue=batch.issue, round=sealing_round, day=date(2019, 7, 15), half="am", by=staff.clerk, at=BEFORE
        )
    assert "三" in clauses(refused)
    SanctionFactory(school=batch.school)
    with pytest.raises(RuleViolation) as deferred:
        book_appointment(issue=batch.issue, round=sealing_round, day=MONDAY, half="am", by=staff.clerk, at=BEFORE)
    assert "四（五）" in clauses(deferred)


@pytest.mark.requirement("S1-16")
def test_a_holiday_moves_what_the_school_owes_and_taken_back_moves_it_back():
    staff = staffed_city()
    batch, other = (
        approved_batch(staff),
        approved_batch(staff, school=SchoolFactory(authority=staff.county), first_serial=9),
    )
    for open_batch in (batch, other):
        seal(open_batch, staff)
    far = staffed_city(division_code="110100", county_code="110101")
    done = batch.case.obligations.first()
    fulfil_obligation(obligation=done, by=staff.clerk, at=SEALING_DAY)
    due = {duty.pk: duty.due_on for duty in Obligation.objects.all()}
    day = {"day": date(2019, 7, 10), "kind": "holiday", "note": "市政府通知", "at": SEALING_DAY}
    assert declare_calendar_day(authority=far.city, by=far.city_reviewer, **day).moved == 0
    change = declare_calendar_day(authority=staff.city, by=staff.city_reviewer, **day)
    assert change.moved == 5  # of six; what is done stays as it was
    moved = {duty.pk: (duty.due_on - due[duty.pk]).days for duty in Obligation.objects.all()}
    assert moved == {pk: 0 if pk == done.pk else 1 for pk in due}
    assert Event.objects.filter(tag="obligation_deadline:recounted", school_id=batch.school_id).count() == 2
    assert remove_calendar_day(declared=change.entry, by=staff.city_reviewer, at=SEALING_DAY).moved == 5
    assert {duty.pk: duty.due_on for duty in Obligation.objects.all()} == due


@pytest.mark.requirement("S1-11")
@pytest.mark.requirement("S1-16")
@pytest.mark.requirement("S1-21")
def test_sealing_makes_certificates_valid_and_opens_the_duties():
    staff = staffed_city()
    batch = approved_batch(staff, count=3)
    refused = certificates_of(batch.issue).last()
    session = seal(batch, staff, refused={refused.pk: "照片与本人不符"})
    assert (session.diplomas_counted, session.sealed_count, session.refused_count) == (3, 2, 1)
    states = sorted(certificates_of(batch.issue).values_list("state", flat=True))
    assert states == [CertificateState.ISSUED, CertificateState.SEALED, CertificateState.SEALED]
    assert {d.due_on for d in Obligation.objects.filter(case=batch.case)} == {date(2019, 7, 23)}
    assert Event.objects.filter(tag="sealing:done", subject_id=str(session.pk)).exists()
    assert Event.objects.get(tag="sealing:refused").after == {str(refused.pk): "照片与本人不符"}
    with pytest.raises(Conflict, match="已经验印"):
        seal(batch, staff)


@pytest.mark.requirement("S1-12")
def test_sealing_outside_the_window_is_refused_with_the_clause():
    staff = staffed_city()
    batch = approved_batch(staff)
    with pytest.raises(RuleViolation) as refused:
        seal(batch, staff, at=datetime(2019, 7, 15, 1, tzinfo=UTC))
    assert clauses(refused) == {"三"}
    assert "2019-07-12" in refused.value.message


@pytest.mark.requirement("S1-13")
@pytest.mark.parametrize(
    ("at", "is_sealed"),
    [
        pytest.param(datetime(2019, 7, 12, 15, 59, tzinfo=UTC), True, id="最后一天"),
        pytest.param(datetime(2019, 7, 12, 16, 0, tzinfo=UTC), False, id="次日零时"),
    ],
)
def test_late_batches_after_the_last_day_are_not_handled(at, is_sealed):
    staff = staffed_city()
    batch = approved_batch(staff, is_late=True)
    if is_sealed:
        assert seal(batch, staff, at=at).sealed_count == 3
        return
    with pytest.raises(RuleViolation, match="逾期不予办理") as refused:
        seal(batch, staff, at=at)
    assert clauses(refused) == {"四（一）"}
    assert not SealingSession.objects.exists()


@pytest.mark.requirement("S1-21")
@pytest.mark.parametrize("counted", [2, 4])
def test_a_count_that_does_not_balance_seals_nothing(counted):
    staff = staffed_city()
    batch = approved_batch(staff, count=3)
    with pytest.raises(RuleViolation, match="清点证书"):
        seal(batch, staff, diplomas_counted=counted)
    assert set(certificates_of(batch.issue).values_list("state", flat=True)) == {CertificateState.ISSUED}


@pytest.mark.requirement("S1-21")
def test_a_register_whose_counts_do_not_descend_is_refused():
    staff = staffed_city()
    batch = approved_batch(staff, count=3)
    RegisterLine.objects.filter(batch=batch).update(admitted=2)
    assert any(f.is_error for f in sealing_balance(batch.issue).findings)
    with pytest.raises(RuleViolation) as refused:
        seal(batch, staff)
    assert "register.counts_descend" in {f.rule for f in refused.value.findings}


@pytest.mark.requirement("S1-20")
def test_two_persons_of_the_right_posts_stand_at_the_press():
    staff = staffed_city()
    batch = approved_batch(staff)
    with pytest.raises(RuleViolation, match="两个人"):
        seal(batch, staff, supervised_by=staff.sealer)
    with pytest.raises(NotPermitted, match="验印人"):
        seal(batch, staff, sealed_by=staff.city_reviewer)
    with pytest.raises(NotPermitted, match="监印人"):
        seal(batch, staff, supervised_by=staff.clerk)
    elsewhere = staffed_city("610300", "610302")
    with pytest.raises(NotPermitted):
        seal(batch, staff, sealed_by=elsewhere.sealer)
    assert seal(batch, staff, supervised_by=appointed(Post.SEAL_SUPERVISOR, staff.city)).sealed_count == 3


@pytest.mark.requirement("S1-17")
def test_a_deferral_stops_the_seal():
    staff = staffed_city()
    batch = approved_batch(staff)
    SanctionFactory(school=batch.school, reason="信息核对不准")
    with pytest.raises(RuleViolation, match="暂缓验印") as refused:
        seal(batch, staff)
    assert clauses(refused) == {"四（五）"}
    view = batch.law
    assert list(refused.value.findings) == deferral_findings(
        view, batch.school, "numbers"
    )  # the words that hold back numbers too
    assert deferral_findings(view, staff.city_school, "numbers") == []


@pytest.mark.requirement("S1-21")
def test_the_register_counts_the_list_and_after_the_release_the_certificates_that_stand():
    staff = staffed_city()
    batch = approved_batch(staff, count=3)
    assert [(line.graduated, line.sealed) for line in register_of(batch).lines] == [(3, 3)]
    void_by_case(
        certificate=certificates_of(batch.issue).first(),
        case=batch.case,
        reason="错",
        by=staff.city_leader,
        at=SEALING_DAY,
    )
    assert [(line.graduated, line.sealed) for line in register_of(batch).lines] == [(3, 2)]
    assert register_of(batch).roster_count == 2


def test_a_refusal_needs_a_reason_and_a_certificate_of_the_batch():
    staff = staffed_city()
    batch = approved_batch(staff, count=2)
    other = approved_batch(staff, count=1, first_serial=50, school=staff.city_school)
    with pytest.raises(BadInput, match="原因"):
        seal(batch, staff, refused={certificates_of(batch.issue).first().pk: " "})
    with pytest.raises(BadInput, match="不属于"):
        seal(batch, staff, refused={certificates_of(other.issue).first().pk: "破损"})


@pytest.mark.requirement("S1-15")
def test_papers_are_lodged_with_city_county_and_school():
    staff = staffed_city()
    session = seal(approved_batch(staff), staff)
    assert len(copies_due(session.issue)) == 6
    lodge_archive_copies(
        issue=session.issue,
        copies=[CopyReceived(keeper, paper, "2019-验-01") for keeper in ("city", "county", "school") for paper in ("register", "roster")],
        by=staff.sealer, at=SEALING_DAY,
    )  # fmt: skip
    assert copies_due(session.issue) == []
    with pytest.raises(Conflict):
        lodge_archive_copies(
            issue=session.issue, copies=[CopyReceived("city", "register", "x")], by=staff.sealer, at=SEALING_DAY
        )


@pytest.mark.requirement("S1-15")
def test_a_school_under_the_city_has_no_county_copy():
    staff = staffed_city()
    batch = approved_batch(staff, school=staff.city_school)
    assert {copy.keeper for copy in copies_due(seal(batch, staff).issue)} == {"city", "school"}


def test_the_calendar_shows_every_half_day(django_assert_max_num_queries):
    staff = staffed_city()
    batch = approved_batch(staff, count=1)
    sealing_round = round_of(batch)
    book_appointment(issue=batch.issue, round=sealing_round, day=MONDAY, half="am", by=staff.clerk, at=BEFORE)
    from xueji.institutions.calendars import working_calendar

    calendar = working_calendar(batch.law, batch.season.authority)
    with django_assert_max_num_queries(1):
        halves = half_days_of(sealing_round, calendar)
    assert len(halves) == 10
    assert (halves[0].places_left, halves[1].places_left) == (1, 2)


def test_only_those_in_charge_arrange_book_and_cancel():
    staff, elsewhere = staffed_city(), staffed_city("610300", "610302")
    batch = approved_batch(staff, count=1)
    with pytest.raises(NotPermitted):
        open_round(**class_of(batch.season), place="职成科", by=elsewhere.city_reviewer, at=BEFORE)
    sealing_round = round_of(batch)
    with pytest.raises(NotPermitted):
        book_appointment(issue=batch.issue, round=sealing_round, day=MONDAY, half="am", by=staff.city_clerk, at=BEFORE)
    booked = book_appointment(issue=batch.issue, round=sealing_round, day=MONDAY, half="am", by=staff.clerk, at=BEFORE)
    with pytest.raises(NotPermitted):
        cancel_appointment(appointment=booked, by=elsewhere.city_reviewer, at=BEFORE)
    cancel_appointment(appointment=booked, by=staff.city_reviewer, at=BEFORE)
    assert not SealingAppointment.objects.exists()
