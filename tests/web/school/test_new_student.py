"""One new student typed on a page: every finding beside its field, nothing lost, registered by the second person alone (S2-09)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.exchange.test_enrolments import number
from tests.factories.institutions import ProgrammeFactory, appointed, staffed_city

from xueji.core.errors import NotPermitted
from xueji.institutions.models import Post
from xueji.jobs.testing import run_pending_jobs
from xueji.registry.models import Enrolment, Guardian
from xueji.uploads.actions import confirm_upload
from xueji.uploads.models import Upload, UploadState

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-09", "S2-10")]
NOW = datetime(2025, 9, 10, 2, tzinfo=UTC)
STUDENT = {
    "year": "2025", "term": "autumn", "entered_on": "2025-09-01", "name": "王小明", "sex": "男",
    "id_document_type": "居民身份证", "resident_id": number("20100503", 1), "ethnicity": "汉族",
    "political_status": "共青团员", "health": "健康或良好", "nationality": "中国", "overseas": "非港澳台侨",
    "entry_month": "2025-09", "programme": "护理", "duration": "三年制", "study_mode": "全日制",
    "entry_mode": "统一招生考试/普通入学", "admission_mode": "统一招生", "graduate_freshness": "应届",
    "enrolment_target": "应届初中毕业生", "boarding": "住校", "cooperation_type": "非联合办学", "staged_training": "非分段培养",
    "household_type": "农业户口", "household_division": "410102", "class_name": "护理1班", "member1_name": "王大",
    "member1_relation": "父亲", "member1_is_guardian": "是", "member1_phone": "13800000000",
}  # fmt: skip


@pytest.fixture
def henan(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    made = staffed_city("410100", "410102")
    ProgrammeFactory(school=made.county_school, name="护理", duration_years=Decimal("3.0"))
    return made


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def typed(client: Client, school, **changes: str):
    given = STUDENT | {"school": str(school.pk)} | changes
    return client.post(reverse("school:new_student"), {name: value for name, value in given.items() if value})


def test_everything_wrong_is_said_at_once_beside_its_field_and_stays_as_it_was_typed(henan) -> None:
    clerk = client_of(henan.clerk)
    page = typed(
        clerk, henan.county_school, name="", sex="女", household_division="999999", cooperation_type="跨省联合办学",
        member1_name="", member1_phone="", resident_id=number("20120503", 1), duration="",
    )  # fmt: skip
    assert page.status_code == 422
    refused = set(page.context["form"].errors)
    assert refused == {
        "name", "sex", "cooperation_form", "cooperation_school", "member1_name", "duration",
    }  # fmt: skip
    assert "户口所在地行政区划码「999999」不在代码表中" in page.text  # a warning: it refuses nothing
    assert 'value="999999"' in page.text
    assert 'data-asked-by="cooperation_type"' in page.text
    assert not Upload.objects.exists()


def test_one_types_another_confirms_and_only_then_the_student_is_registered(henan) -> None:
    clerk, leader = client_of(henan.clerk), client_of(henan.leader)
    # what does not apply is not kept, whatever was sent
    sent = typed(clerk, henan.county_school, cooperation_school="3641000751", member2_phone="13900000000")
    upload = Upload.objects.get()
    assert sent.url == reverse("uploads:typed_student", args=[upload.pk])
    run_pending_jobs()
    upload.refresh_from_db()
    assert (upload.state, upload.error_count) == (UploadState.READY, 0)
    assert not Enrolment.objects.exists()
    waiting = clerk.get(sent.url)
    assert "待另一人确认" in waiting.text
    assert "13800000000" in waiting.text
    assert "3641000751" not in waiting.text
    assert number("20100503", 1) not in waiting.text
    confirmation = reverse("uploads:typed_student_confirmation", args=[upload.pk])
    assert clerk.post(confirmation).status_code == 403
    with pytest.raises(NotPermitted, match="另一人确认"):
        confirm_upload(upload=upload, by=henan.clerk, at=NOW)
    assert not Enrolment.objects.exists()
    assert reverse("uploads:typed_student", args=[upload.pk]) in leader.get(reverse("school:admissions")).text
    assert leader.post(confirmation).status_code == 302
    record = Enrolment.objects.get()
    assert (record.registration.class_name, record.person.name) == ("护理1班", "王小明")
    assert Guardian.objects.get(person=record.person).phone == "13800000000"
    again = typed(clerk, henan.county_school)
    assert "该生已在本校登记学籍" in str(again.context["form"].errors["resident_id"])


def test_students_typed_one_after_the_other_wait_beside_each_other_and_the_sender_may_give_one_up(henan) -> None:
    clerk = client_of(henan.clerk)
    for place in (1, 2):
        typed(
            clerk,
            henan.county_school,
            resident_id=number("20100503", 2 * place + 1),
            member1_phone=f"1380000000{place}",
        )
    run_pending_jobs()
    first, second = Upload.objects.order_by("pk")
    assert (first.state, second.state) == (UploadState.READY, UploadState.READY)
    assert clerk.post(reverse("uploads:typed_student_discard", args=[first.pk])).status_code == 302
    colleague = client_of(appointed(Post.SCHOOL_CLERK, henan.county_school))
    assert colleague.post(reverse("uploads:typed_student_confirmation", args=[second.pk])).status_code == 302
    assert Enrolment.objects.count() == 1


def test_the_page_and_the_list_of_waiting_ask_no_more_for_more(henan) -> None:
    clerk, counts = client_of(henan.clerk), []
    for first in (1, 3):
        for place in (first, first + 2):
            typed(clerk, henan.county_school, resident_id=number("20100503", 2 * place + 1))
        run_pending_jobs()
        counts.append([])
        for name in ("new_student", "admissions"):
            with CaptureQueriesContext(connection) as asked:
                assert clerk.get(reverse(f"school:{name}")).status_code == 200
            counts[-1].append(len(asked))
    assert counts[0] == counts[1]
    assert all(count <= most for count, most in zip(counts[1], (12, 20), strict=True)), counts
