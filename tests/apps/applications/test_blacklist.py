"""Who forged papers: proposed, told, heard, decided by two, published until a day, noted at the next application, taken off by two."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import (
    ApplicationFactory,
    BlacklistActFactory,
    BlacklistEntryFactory,
    picture,
    province,
)
from tests.factories.applying import AT, submitted
from tests.factories.institutions import appointed

from xueji.applications.blacklist_actions import (
    MOST_ANSWERS,
    Forgery,
    answer_listing,
    draft_listing,
    expiry_after,
    propose_listing,
    propose_removal,
    record_service,
    settle_listing,
    settle_removal,
)
from xueji.applications.blacklist_paper_queries import filled_letter, letter_spec, letters_of_entry
from xueji.applications.blacklist_queries import (
    entry_for,
    last_day_to_answer,
    latest_act,
    own_entry_for,
    standing_against,
)
from xueji.applications.models import Application, BlacklistEntry, Defect
from xueji.applications.review_actions import DefectFound, refuse_on_grounds
from xueji.cases.queries import open_step_of
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.models import Post
from xueji.lookup.blacklist_queries import published_entries, shown_entries, shown_entry
from xueji.messaging.models import Message

pytestmark = pytest.mark.django_db
FORGED = DefectFound("attestation", "学校公章是伪造的", ground="forged")
FORGERY = Forgery(["attestation"], "毕业证明上的学校公章与学校备案的不符，学校书面否认开具")
OVER = AT + timedelta(days=16)
SIGNED = picture(seed=7)  # the statement the person signed at the counter
LISTED_ON = timezone.localdate(OVER)


@pytest.fixture
def centre():
    return province()


@pytest.fixture
def officers(centre):
    return [appointed(Post.PROVINCE_REVIEWER, centre) for _ in range(4)]


@pytest.fixture
def refused(centre, officers) -> Application:
    return refused_of(ApplicantFactory(proven=True), centre, officers[0])


def refused_of(person, centre, officer, **facts) -> Application:
    sent = submitted(person, centre, **facts)
    refuse_on_grounds(step=open_step_of(sent.case), defects=[FORGED], by=officer, at=AT)
    sent.refresh_from_db()
    return sent


def proposed(refused, officer, forgery: Forgery = FORGERY) -> BlacklistEntry:
    return propose_listing(application=refused, forgery=forgery, by=officer, at=AT)


def listed(refused, officers, forgery: Forgery = FORGERY) -> BlacklistEntry:
    entry = proposed(refused, officers[0], forgery)
    draft_listing(entry=entry, would_list=True, statement="查实", by=officers[2], at=OVER)
    settle_listing(entry=entry, seen=latest_act(entry), agrees=True, statement="同意", by=officers[1], at=OVER)
    entry.refresh_from_db()
    return entry


@pytest.mark.requirement("S0-33", "S0-34")
def test_the_person_is_told_what_was_forged_and_until_when_to_answer(refused, officers) -> None:
    entry = proposed(refused, officers[0])
    assert entry.answer_until == timezone.localdate(AT) + timedelta(days=15)
    assert entry.evidence == ["毕业证明原件：学校公章是伪造的"]
    assert entry.cites == ["henan-2019-266 三（四）3"]
    assert "拟将您列入黑名单" in Message.objects.get(template="application_blacklisting").text
    assert own_entry_for(refused.applicant, entry.pk) == entry
    with pytest.raises(NotFound):
        own_entry_for(ApplicantFactory(proven=True), entry.pk)
    with pytest.raises(Conflict, match="已经提出过"):
        proposed(refused, officers[1])


@pytest.mark.requirement("S0-34")
def test_nobody_is_proposed_without_forged_papers(centre, officers, refused) -> None:
    sent = submitted(ApplicantFactory(proven=True), centre, graduated="2001-07")
    refuse_on_grounds(
        step=open_step_of(sent.case), defects=[DefectFound("attestation", "没有补充材料", ground="incomplete")], by=officers[0],
        at=AT,
    )  # fmt: skip
    with pytest.raises(NotFound):
        proposed(sent, officers[0])
    with pytest.raises(DatabaseError, match="not refused as forged"), transaction.atomic():
        BlacklistEntryFactory(application=sent, authority=sent.office)
    with pytest.raises(DatabaseError), transaction.atomic():
        BlacklistEntryFactory(application=ApplicationFactory(), authority=centre)
    for forgery, words in (
        (Forgery(["id_card"], "x"), "勾选"), (Forgery(["attestation"], " "), "写明伪造的情况"),
        (Forgery(["attestation"], "x", school_name="某校"), "纪检监察"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            proposed(refused, officers[0], forgery)
    stranger = appointed(Post.CITY_REVIEWER, centre.children.get())
    with pytest.raises(NotFound):
        proposed(refused, stranger)


@pytest.mark.requirement("S0-34")
def test_the_person_answers_within_the_days_with_pictures_and_nothing_is_drafted_before(refused, officers) -> None:
    entry, person = proposed(refused, officers[0]), refused.applicant.user
    last = AT + timedelta(days=15)
    first = answer_listing(entry=entry, statement="公章是学校盖的", by=person, at=AT, picture=picture(seed=5))
    assert answer_listing(entry=entry, statement="公章是学校盖的", by=person, at=AT, picture=picture(seed=5)) == first
    answer_listing(entry=entry, statement="学校可以作证", by=person, at=last)
    assert [act.file is not None for act in entry.acts.filter(kind="answered")] == [True, False]
    with pytest.raises(BadInput, match="说明"):
        answer_listing(entry=entry, statement=" ", by=person, at=AT)
    with pytest.raises(NotPermitted):
        answer_listing(entry=entry, statement="x", by=ApplicantFactory(proven=True).user, at=AT)
    with pytest.raises(Conflict, match="以后才能拟定"):
        draft_listing(entry=entry, would_list=True, statement="查实", by=officers[1], at=last)
    with pytest.raises(Conflict, match="为止"):
        answer_listing(entry=entry, statement="迟了", by=person, at=last + timedelta(days=1))
    draft_listing(entry=entry, would_list=True, statement="查实", by=officers[1], at=last + timedelta(days=1))


@pytest.mark.requirement("S0-34")
def test_whoever_proposed_drafted_or_took_the_answer_at_the_counter_does_not_decide(refused, officers) -> None:
    entry = proposed(refused, officers[0])
    with pytest.raises(NotPermitted, match="其他人员"):
        answer_listing(entry=entry, statement="本人到窗口说没有伪造", by=officers[0], at=AT, picture=SIGNED)
    answer_listing(entry=entry, statement="本人到窗口说没有伪造", by=officers[2], at=AT, picture=SIGNED)
    draft_listing(entry=entry, would_list=False, statement="查明是学校盖的", by=officers[1], at=OVER)
    seen = latest_act(entry)
    for officer in officers[:3]:
        with pytest.raises(NotPermitted):
            settle_listing(entry=entry, seen=seen, agrees=True, statement="同意", by=officer, at=OVER)
    with pytest.raises(Conflict, match="变动"):
        settle_listing(entry=entry, seen=seen - 1, agrees=False, statement="x", by=officers[0], at=OVER)
    settle_listing(entry=entry, seen=seen, agrees=False, statement="再查", by=officers[0], at=OVER)
    for officer, words in ((officers[0], "由您提出"), (officers[2], "由您在窗口录入")):
        with pytest.raises(NotPermitted, match=words):
            draft_listing(entry=entry, would_list=False, statement="仍是学校盖的", by=officer, at=OVER)
    draft_listing(entry=entry, would_list=False, statement="仍是学校盖的", by=officers[1], at=OVER)
    with pytest.raises(NotPermitted):  # by nobody who drafted, in the database as well
        settle_listing(entry=entry, seen=latest_act(entry), agrees=True, statement="同意", by=officers[1], at=OVER)
    settle_listing(entry=entry, seen=latest_act(entry), agrees=True, statement="同意", by=officers[3], at=OVER)
    entry.refresh_from_db()
    assert (entry.state, entry.measures, entry.expires_on) == ("dropped", [], None)
    assert not published_entries(date(2026, 3, 19)).exists()
    assert Message.objects.filter(template="application_not_blacklisted").exists()


@pytest.mark.requirement("S0-34")
def test_the_counter_enters_a_signed_statement_the_person_is_told_and_loses_no_answer(refused, officers) -> None:
    entry, person = proposed(refused, officers[0]), refused.applicant.user
    with pytest.raises(BadInput, match="签字"):
        answer_listing(entry=entry, statement="承认伪造", by=officers[1], at=AT)
    assert not Message.objects.filter(template="application_answer_taken").exists()
    for ordinal in range(MOST_ANSWERS):
        answer_listing(entry=entry, statement=f"窗口第{ordinal}次", by=officers[1], at=AT, picture=SIGNED)
    with pytest.raises(Conflict, match="最多"):
        answer_listing(entry=entry, statement="窗口再一次", by=officers[2], at=AT, picture=SIGNED)
    notices = Message.objects.filter(template="application_answer_taken", recipient=person)
    assert notices.count() == MOST_ANSWERS
    assert "不是您提出的" in notices[0].text
    for ordinal in range(MOST_ANSWERS):
        answer_listing(entry=entry, statement=f"本人第{ordinal}次", by=person, at=AT)
    assert notices.count() == MOST_ANSWERS
    with pytest.raises(Conflict, match="最多"):
        answer_listing(entry=entry, statement="本人再一次", by=person, at=AT)


@pytest.mark.requirement("S0-34")
@pytest.mark.parametrize("is_without_phone", [True, False])
def test_the_days_run_from_the_service_where_no_message_arrived(refused, officers, is_without_phone) -> None:
    if is_without_phone:
        refused.applicant.phone = ""
        refused.applicant.save(update_fields=["phone", "digest"])
    entry = proposed(refused, officers[0])
    Message.objects.filter(template="application_blacklisting").update(
        state="undelivered", next_try_at=None, trouble="停机"
    )
    with pytest.raises(Conflict, match="记录送达日"):
        draft_listing(entry=entry, would_list=True, statement="查实", by=officers[1], at=OVER + timedelta(days=90))
    served_at = OVER + timedelta(days=4)
    for day in (AT - timedelta(days=1), served_at + timedelta(days=1)):
        with pytest.raises(BadInput, match="送达日"):
            record_service(entry=entry, served_on=timezone.localdate(day), statement="x", by=officers[1], at=served_at)
    served_on = timezone.localdate(served_at)
    record_service(entry=entry, served_on=served_on, statement="当面送达，本人签收", by=officers[1], at=served_at)
    with pytest.raises(Conflict, match="已经记录过"):
        record_service(entry=entry, served_on=served_on, statement="再送", by=officers[1], at=served_at)
    last = served_at + timedelta(days=15)
    assert last_day_to_answer(entry) == timezone.localdate(last)
    answer_listing(entry=entry, statement="没有伪造", by=refused.applicant.user, at=last)
    with pytest.raises(Conflict, match="以后才能拟定"):
        draft_listing(entry=entry, would_list=True, statement="查实", by=officers[1], at=last)
    draft_listing(entry=entry, would_list=True, statement="查实", by=officers[1], at=last + timedelta(days=1))


@pytest.mark.requirement("S0-34")
def test_no_service_is_recorded_of_a_message_that_was_sent(refused, officers) -> None:
    entry = proposed(refused, officers[0])
    assert last_day_to_answer(entry) == entry.answer_until
    with pytest.raises(Conflict, match="不用另记"):
        record_service(entry=entry, served_on=timezone.localdate(AT), statement="x", by=officers[1], at=AT)


@pytest.mark.requirement("S0-34")
def test_a_second_account_of_who_proposed_or_took_the_answer_is_the_same_person(refused, officers) -> None:
    proposer, first, taker, second = officers
    for officer, phone in (
        (proposer, "13900000071"),
        (first, "13900000071"),
        (taker, "13900000072"),
        (second, "13900000072"),
    ):
        officer.phone = phone
        officer.save()
    entry = proposed(refused, proposer)
    with pytest.raises(NotPermitted, match="同一部电话"):
        answer_listing(entry=entry, statement="没有伪造", by=first, at=AT, picture=SIGNED)
    answer_listing(entry=entry, statement="没有伪造", by=taker, at=AT, picture=SIGNED)
    for officer in (first, second):
        with pytest.raises(NotPermitted, match="同一部电话"):
            draft_listing(entry=entry, would_list=True, statement="查实", by=officer, at=OVER)
    others = [appointed(Post.PROVINCE_REVIEWER, refused.office) for _ in range(2)]
    draft_listing(entry=entry, would_list=True, statement="查实", by=others[0], at=OVER)
    for officer in (first, second):
        with pytest.raises(NotPermitted, match="同一部电话"):
            settle_listing(entry=entry, seen=latest_act(entry), agrees=True, statement="同意", by=officer, at=OVER)
    settle_listing(entry=entry, seen=latest_act(entry), agrees=True, statement="同意", by=others[1], at=OVER)


@pytest.mark.requirement("S0-34")
def test_the_database_lets_nobody_decide_alone(refused, officers) -> None:
    entry = proposed(refused, officers[0])
    draft_listing(entry=entry, would_list=True, statement="查实", by=officers[1], at=OVER)
    entry.refresh_from_db()
    entry.state, entry.decided_at, entry.measures, entry.expires_on = "listed", OVER, ["blacklist"], date(2029, 1, 1)
    for officer in officers[:2]:
        entry.decided_by = officer
        with pytest.raises(IntegrityError, match="blacklist_decided_by_another"), transaction.atomic():
            entry.save()
    entry.drafted_on, entry.decided_by = entry.answer_until, officers[2]
    with pytest.raises(IntegrityError, match="blacklist_drafted_after"), transaction.atomic():
        entry.save()


@pytest.mark.requirement("S0-34")
@pytest.mark.parametrize(
    ("more", "letters", "measures"),
    [
        ({"employer": "某某有限公司"}, ["blacklist_employer"], ["blacklist", "publication", "notice_employer"]),
        (
            {"school_name": "某某学校", "discipline_organ": "某市教育局纪检监察组"}, ["blacklist_authorities", "blacklist_discipline"],
            ["blacklist", "publication", "dishonest_list", "notice_discipline"],
        ),
    ],
)  # fmt: skip
def test_who_is_listed_is_published_masked_and_the_letters_of_the_law_go_out(
    refused, officers, more, letters, measures
) -> None:
    entry = proposed(refused, officers[0], Forgery(FORGERY.evidence, FORGERY.reasons, **more))
    assert [spec.key for spec in letters_of_entry(entry, LISTED_ON)] == ["blacklist_notice"]
    draft_listing(entry=entry, would_list=True, statement="查实", by=officers[2], at=OVER)
    settle_listing(entry=entry, seen=latest_act(entry), agrees=True, statement="同意", by=officers[1], at=OVER)
    entry.refresh_from_db()
    assert (entry.measures, entry.expires_on) == (measures, expiry_after(timezone.localdate(OVER), 3))
    assert [spec.key for spec in letters_of_entry(entry, LISTED_ON)] == ["blacklist_notice", *letters]
    assert [spec.key for spec in letters_of_entry(entry, entry.expires_on)] == ["blacklist_notice", *letters]
    over = entry.expires_on + timedelta(days=1)
    assert [spec.key for spec in letters_of_entry(entry, over)] == [
        "blacklist_notice"
    ]  # nobody is written to after the term
    with pytest.raises(NotFound):
        letter_spec(entry, letters[0], over)
    number = refused.applicant.document_number
    shown = [str(filled_letter(entry, key)) for key in letters]
    assert [number in text for text in shown] == [key == "blacklist_authorities" for key in letters]
    (row,) = published_entries(entry.expires_on)
    line = shown_entry(row)
    assert line.name == refused.applicant.name[0] + "*" * (len(refused.applicant.name) - 1)
    assert number not in str(line)
    assert (line.office, line.cites[0].clause) == (refused.office.name, "三（四）3")
    assert not published_entries(entry.expires_on + timedelta(days=1)).exists()  # off by itself


@pytest.mark.requirement("S0-34")
def test_a_hit_is_a_note_to_the_officer_and_the_same_name_is_none(centre, refused, officers) -> None:
    entry = listed(refused, officers)
    again = submitted(refused.applicant, centre, graduated="2001-07")
    namesake = submitted(ApplicantFactory(proven=True, name=refused.applicant.name), centre, graduated="2000-07")
    assert again.state == namesake.state == "submitted"
    on = timezone.localdate(OVER)
    assert standing_against(again, on) == [entry]
    assert standing_against(namesake, on) == []
    assert standing_against(refused, on) == []  # of itself
    assert standing_against(again, entry.expires_on + timedelta(days=1)) == []


@pytest.mark.requirement("S0-34")
@pytest.mark.forges
def test_an_entry_that_somebody_wrote_into_the_table_is_neither_published_nor_noted_nor_in_a_letter(
    centre, refused, officers
) -> None:
    entry, again = listed(refused, officers), submitted(refused.applicant, centre, graduated="2001-07")
    assert len(shown_entries(published_entries(LISTED_ON))) == 1
    assert standing_against(again, LISTED_ON) == [entry]
    BlacklistEntry.objects.filter(pk=entry.pk).update(expires_on=date(2099, 1, 1))  # past the product: the digest stays
    entry.refresh_from_db()
    assert published_entries(LISTED_ON).exists()
    assert shown_entries(published_entries(LISTED_ON)) == []
    assert standing_against(again, LISTED_ON) == []
    with pytest.raises(Conflict, match="不一致"):
        filled_letter(entry, "blacklist_notice")


@pytest.mark.requirement("S0-34")
@pytest.mark.forges
def test_nobody_is_proposed_on_a_refusal_that_somebody_wrote_into_the_table(refused, officers) -> None:
    Application.objects.filter(pk=refused.pk).update(place_code="419999")
    with pytest.raises(Conflict, match="不一致"):
        proposed(refused, officers[0])
    assert not BlacklistEntry.objects.exists()


@pytest.mark.requirement("S0-34")
def test_two_people_take_somebody_off_before_the_day(centre, refused, officers) -> None:
    entry = listed(refused, officers)
    with pytest.raises(BadInput, match="说明"):
        propose_removal(entry=entry, statement="", by=officers[1], at=OVER)
    propose_removal(entry=entry, statement="法院判决撤销", by=officers[1], at=OVER)
    entry.refresh_from_db()
    assert entry.is_in_force(timezone.localdate(OVER))  # until another agrees
    seen = latest_act(entry)
    with pytest.raises(NotPermitted):
        settle_removal(entry=entry, seen=seen, agrees=True, statement="同意", by=officers[1], at=OVER)
    settle_removal(entry=entry, seen=seen, agrees=False, statement="判决未生效", by=officers[0], at=OVER)
    propose_removal(entry=entry, statement="判决已生效", by=officers[1], at=OVER)
    settle_removal(entry=entry, seen=latest_act(entry), agrees=True, statement="同意", by=officers[0], at=OVER)
    entry.refresh_from_db()
    assert entry.state == "removed"
    assert not published_entries(timezone.localdate(OVER)).exists()
    assert [spec.key for spec in letters_of_entry(entry, LISTED_ON)] == ["blacklist_notice"]
    assert Message.objects.filter(template="application_off_blacklist").exists()
    with pytest.raises(Conflict, match="已移出"):
        propose_removal(entry=entry, statement="再来", by=officers[1], at=OVER)


def test_an_act_is_never_changed_and_an_entry_keeps_what_was_told(refused, officers) -> None:
    entry = proposed(refused, officers[0])
    act = BlacklistActFactory(entry=entry)
    act.statement = "别的"
    with pytest.raises(DatabaseError), transaction.atomic():
        act.save()
    entry.reasons = "别的"
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save()
    with pytest.raises(NotFound):
        entry_for(appointed(Post.CITY_REVIEWER, refused.centre.children.get()), entry.pk)
    assert Defect.objects.filter(ground="forged", application=refused).exists()


def test_a_listing_ends_on_the_same_day_years_later() -> None:
    assert expiry_after(date(2026, 3, 19), 3) == date(2029, 3, 19)
    assert expiry_after(date(2028, 2, 29), 3) == date(2031, 2, 28)
