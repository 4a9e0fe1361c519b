"""The search box: everything one may see is found from every page, nothing else is, and no number is left lying about."""

from __future__ import annotations

import io
import logging

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.factories.blanks import blank_of
from tests.factories.graduation import AT, BatchFactory, filled, setting
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.production import approved_batch
from tests.factories.registry import EnrolmentFactory, PersonFactory, RegistrationFactory, resident_id

from xueji.cases.actions import decide_step
from xueji.certificates.models import Certificate
from xueji.certificates.queries import certificates_sought
from xueji.core.sought import read_sought
from xueji.graduation.actions import submit_batch
from xueji.institutions.actions_search import MOST as MOST_SEARCHES
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.logs import JsonLines
from xueji.registry.queries.students import students_sought
from xueji.web.finding import kinds
from xueji.web.finding.kinds import register_finding

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-40")]


@pytest.fixture
def city():
    return staffed_city()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def student(school, serial: int, **person):
    record = EnrolmentFactory(
        programme=ProgrammeFactory(school=school), person=PersonFactory(number=resident_id(serial), **person),
        entry_month="2023-09",
    )  # fmt: skip
    RegistrationFactory(enrolment=record)
    return record


def found(client: Client, words: str) -> str:
    sent = client.post("/search/", {"sought": words})
    assert sent.status_code == 302, sent.content.decode()
    return main_of(client.get(sent["Location"]).content.decode())


def main_of(page: str) -> str:
    return page.partition("<main")[2]


def test_the_box_stands_on_every_page_of_who_works_here(city) -> None:
    for user in (city.clerk, city.county_reviewer, city.administrator):
        client = signed_in(user)
        for path in ("/desk/", "/search/", "/accounts/second-factor/"):
            assert 'name="sought"' in client.get(path).content.decode(), (user, path)


def test_a_student_is_found_however_the_words_are_typed(city) -> None:
    wanted, other = student(city.county_school, 1, name="王小明"), student(city.county_school, 2, name="李晓红")
    number = wanted.person.resident_id
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in number)
    clerk = signed_in(city.clerk)
    for words in (
        "王小",
        "王小明",
        " 王　小明 ",
        number,
        number.lower(),
        f" {number[:6]} {number[6:]}",
        full_width,
        number[-4:],
    ):
        text = found(clerk, words)
        assert "王小明" in text, words
        assert other.person.name not in text
    rare = student(city.county_school, 3, name="𬱖𪚥")
    assert f"/students/{rare.pk}/" in found(clerk, "𬱖𪚥")


def test_nothing_of_another_city_is_found_or_counted(city) -> None:
    elsewhere = staffed_city("110100", "110101")
    theirs = student(elsewhere.county_school, 1, name="王小明")
    approved = approved_batch(elsewhere, count=1)
    number = Certificate.objects.get(issue=approved.issue).number.number
    blank = blank_of(elsewhere.county_school)
    for user in (city.clerk, city.county_reviewer, city.city_reviewer, city.administrator):
        client = signed_in(user)
        for words in ("王小明", theirs.person.resident_id, theirs.person.resident_id[-4:], number, blank.serial,
                      elsewhere.county_school.code, elsewhere.county_school.name, str(approved.season.year)):  # fmt: skip
            text = found(client, words)
            assert "没有找到" in text, (user, words)
            assert "项</span>" not in text


def test_the_tail_finds_nobody_for_a_post_that_does_not_see_it(city) -> None:
    wanted = student(city.county_school, 1, name="王小明")
    number = wanted.person.resident_id
    officer = signed_in(city.county_reviewer)
    text = found(officer, number[-4:])
    assert "不能按后四位查学生" in text
    assert "王小明" not in text
    by_number = found(officer, number)
    assert wanted.person.birth_date.isoformat() in by_number
    assert number[-4:] not in by_number.replace(str(wanted.pk), "")


def test_a_clerk_sees_the_tail_and_no_birth_date(city) -> None:
    wanted = student(city.county_school, 1, name="王小明")
    text = found(signed_in(city.clerk), "王小明")
    assert f"尾号 {wanted.person.resident_id[-4:]}" in text
    assert wanted.person.birth_date.isoformat() not in text


@pytest.mark.parametrize("words", ["%%", "__", "王%", "%小明", "\\\\", "*?", "' OR ''='", "<b>王</b>"])
def test_signs_that_mean_something_elsewhere_are_letters_here(city, words: str) -> None:
    student(city.county_school, 1, name="王小明")
    text = found(signed_in(city.clerk), words)
    assert "没有找到" in text
    assert "<b>王</b>" not in text


def test_too_little_and_too_much_is_said_and_nothing_typed_is_lost(city) -> None:
    clerk = signed_in(city.clerk)
    for words, refusal in (
        ("", "请输入要查找的"),
        ("王", "请至少输入 2 个字"),
        ("王" * 10_000, "100"),
        ("王\x00小", ""),
    ):
        for place in ("/desk/", "/search/"):
            answer = clerk.post("/search/", {"sought": words, "came_from": place})
            assert 400 <= answer.status_code < 500
            page = answer.content.decode()
            assert refusal in page
            assert page.count('name="sought"') == 1
            if words and "\x00" not in words:
                assert f'value="{words}"' in page
    assert not Event.objects.filter(tag=EventTag.RECORDS_SEARCHED).exists()


def test_number_serial_school_and_batch_are_found_by_who_may_see_them(city) -> None:
    batch = approved_batch(city, count=2)
    certificate = Certificate.objects.filter(issue=batch.issue).select_related("number").first()
    clerk, officer = signed_in(city.clerk), signed_in(city.city_reviewer)
    for client in (clerk, officer):
        text = found(client, certificate.number.number)
        assert certificate.holder_name in text
        assert f"/students/{certificate.enrolment_id}/" in text
        assert certificate.number.number in found(client, certificate.holder_name)
    title = f"{batch.season.label} {batch.school.name[:4]}"
    assert f"/school/batches/{batch.pk}/" in found(clerk, title)
    assert str(batch) in found(officer, title)
    assert "没有找到" in found(officer, f"{batch.season.year + 1}届{batch.school.name[:4]}")
    assert f"school={batch.school_id}" in found(officer, batch.school.code)
    assert f"/office/institutions/schools/{batch.school_id}/" in found(
        signed_in(city.administrator), batch.school.name[1:4]
    )
    blank = blank_of(city.county_school)
    assert f"/school/blanks/sheets/{blank.pk}/" in found(clerk, blank.serial.lower())


def test_an_officer_is_led_to_the_newest_step_of_an_office() -> None:
    here = filled(setting())
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    school_alone = found(signed_in(here.city.county_reviewer), here.batch.school.name)
    assert str(here.batch) in school_alone
    assert "/office/steps/" not in school_alone  # the school's own step is decided on the school's own page
    decide_step(step=here.batch.case.steps.get(ordinal=1), verdict="approve", by=here.city.leader, at=AT)
    step = here.batch.case.steps.get(ordinal=2)
    assert f"/office/steps/{step.pk}/" in found(signed_in(here.city.county_reviewer), here.batch.school.name)


def test_a_batch_that_is_not_submitted_is_the_schools_own_affair(city) -> None:
    draft = BatchFactory(school=city.county_school)
    assert f"/school/batches/{draft.pk}/" in found(signed_in(city.clerk), draft.school.name)
    assert "批次" not in found(signed_in(city.county_reviewer), draft.school.name).partition("<form")[0]
    assert str(draft) not in found(signed_in(city.county_reviewer), draft.school.name)


def test_more_than_twenty_lead_to_the_list_narrowed_alike(city) -> None:
    for serial in range(1, 23):
        student(city.county_school, serial, name=f"王小{'一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑'[serial - 1]}")
    text = found(signed_in(city.clerk), "王小")
    assert "前 20 项" in text
    assert text.count("data-row") == 20
    link = text.partition("/students/?q=")[2].partition('"')[0]
    assert signed_in(city.clerk).get(f"/students/?q={link}").content.decode().count("data-row") == 22


def test_a_number_is_in_no_address_no_log_no_event_and_no_session(city) -> None:
    wanted = student(city.county_school, 1, name="王小明")
    number, text = wanted.person.resident_id, io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    client = signed_in(city.clerk)
    try:
        sent = client.post("/search/", {"sought": number})
        page = client.get(sent["Location"])
        clerk_again = client.get(sent["Location"]).content.decode()
    finally:
        logging.getLogger().removeHandler(handler)
    assert number not in sent["Location"] + text.getvalue() + page.content.decode()
    assert "王小明" in clerk_again  # «reload» and «back» ask for nothing
    assert page["Cache-Control"] == "private, no-store"
    event = Event.objects.get(tag=EventTag.RECORDS_SEARCHED)  # a reload is no further search
    assert event.after["kind"] == "number"
    assert event.actor_id == city.clerk.pk
    assert number not in str(event.__dict__)
    assert number not in str(dict(client.session))
    found(client, number[-4:])
    tail = Event.objects.filter(tag=EventTag.RECORDS_SEARCHED).latest("id")
    assert tail.after == {"kind": "tail"}  # a fingerprint of four digits would be no secret
    assert "这次查找已经不在了" in client.get("/search/?of=unknown").content.decode()
    assert number not in signed_in(city.leader).get(sent["Location"]).content.decode()


def test_searching_is_held_to_a_measure(city) -> None:
    clerk = signed_in(city.clerk)
    for _ in range(MOST_SEARCHES):
        assert clerk.post("/search/", {"sought": "王小"}).status_code == 302
    refused = clerk.post("/search/", {"sought": "王小", "came_from": "/desk/"})
    assert refused.status_code == 409
    assert "请过几分钟再查" in refused.content.decode()
    assert signed_in(city.leader).post("/search/", {"sought": "王小"}).status_code == 302


def test_the_answer_asks_as_much_however_much_is_found(city) -> None:
    client, counts = signed_in(city.clerk), []
    for serials in (range(1, 2), range(2, 25)):
        for serial in serials:
            student(city.county_school, serial, name=f"王小{serial}")
        place = client.post("/search/", {"sought": "王小"})["Location"]
        client.get(place)
        with CaptureQueriesContext(connection) as asked:
            client.get(place)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


def test_statements_go_along_indexes(city) -> None:
    for serial in range(1, 200):
        EnrolmentFactory(
            programme=ProgrammeFactory(school=city.county_school), person=PersonFactory(number=resident_id(serial))
        )
    number, printed = resident_id(7), Certificate.objects.get(issue=approved_batch(city, count=1).issue).number.number
    officer, clerk = city.city_reviewer, city.clerk
    asked = [
        (students_sought(officer, "王小", "birth_date"), "registry_person"),
        (students_sought(officer, number, "birth_date"), "registry_person"),
        (students_sought(clerk, number[-4:], "tail"), "registry_enrolment"),
        (certificates_sought(officer, read_sought(printed)), "certificates_certificate"),
        (certificates_sought(officer, read_sought("王小明")), "certificates_certificate"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("analyze")
        cursor.execute("set local enable_seqscan = off")
        for rows, table in asked:
            plan = rows[:21].explain()
            assert f"Seq Scan on {table}" not in plan, plan
            assert "Index" in plan


def test_two_files_do_not_find_the_same_kind(city) -> None:
    with pytest.raises(ValueError, match="found by two files"):
        register_finding(kinds.kinds_for(kinds.Seeker(city.clerk))[0])
