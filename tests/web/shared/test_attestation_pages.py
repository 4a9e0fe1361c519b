"""Attestations on their pages: from the number on the card to the printed letter, the health authority's seal by link and at a desk."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.apps.attestations.test_attesting import COMMISSION, NURSE, henan, issued
from tests.documents.documents_data import jpeg, page_texts, portrait
from tests.factories.attestations import resident_id
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, appointed
from tests.factories.registry import EnrolmentFactory, PersonFactory

from xueji.accounts.models import User
from xueji.attestations.models import Attestation, AttestationStanding
from xueji.attestations.queries import standing_of
from xueji.institutions.models import Level, Post
from xueji.ledger.models import Event

__all__ = ["henan"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-11", "S0-12", "S0-13", "S0-14")]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def key(henan) -> str:
    return f"school-{henan.county_school.pk}-{henan.county_school.pk}"


def typed(henan, **more: object) -> dict[str, object]:
    return {
        "school": key(henan), "resident_id": resident_id(), "name": "王小明", "sex": "男", "birth_month": "1968-03",
        "native_province": "河南", "native_place": "郑州", "study_from": "1984-09", "study_until": "1987-07",
        "programme": "会计", "plan_category": "普通中专", "duration_years": "3", "study_form": "全日制",
        "original_number": "*****", "contact_name": "李老师", "contact_phone": "0371-60000000",
    } | more  # fmt: skip


def decide(user: User, case, verdict: str = "approve", **more: object):
    case.refresh_from_db()
    step = case.steps.get(state="current")
    values = {"verdict": verdict, "version": case.version, "confirmed": "1"} | more
    return signed_in(user).post(reverse("school:decision", args=[step.pk]), values)


def main_of(answer) -> str:
    return answer.text[answer.text.index("<main") :]


def test_a_graduate_of_the_register_is_filled_in_by_the_number_on_the_card(henan) -> None:
    programme = ProgrammeFactory(school=henan.county_school, name="幼儿保育")
    person = PersonFactory(number=resident_id(), name="王晓明")
    EnrolmentFactory(programme=programme, person=person, entry_month="1984-09")
    clerk = signed_in(henan.clerk)
    answer = clerk.post(
        reverse("new_attestation"), typed(henan, act="find", name="", programme="", native_place="洛阳")
    )
    assert answer.status_code == 200
    for words in ('value="王晓明"', 'value="幼儿保育"', 'value="洛阳"'):
        assert words in answer.text
    other = clerk.post(reverse("new_attestation"), typed(henan, act="find", resident_id=resident_id(453)))
    assert other.status_code == 422
    assert "按存档材料填写" in other.text
    assert 'value="会计"' in other.text
    assert not Attestation.objects.exists()


def test_from_the_archive_to_the_letter_that_is_printed(henan) -> None:
    clerk, photo = signed_in(henan.clerk), SimpleUploadedFile("一寸.jpg", jpeg(portrait()), "image/jpeg")
    wrong = clerk.post(reverse("new_attestation"), typed(henan, sex="女", study_until="2030-07"))
    assert wrong.status_code == 422
    assert "身份证号码所示性别" in wrong.text
    assert 'value="李老师"' in wrong.text
    made = clerk.post(reverse("new_attestation"), typed(henan, photo=photo))
    attestation = Attestation.objects.get()
    page = reverse("school:case", args=[attestation.case_id])
    assert (made.status_code, made["Location"]) == (302, page)
    corrected = clerk.post(
        reverse("attestation_correction", args=[attestation.pk]), typed(henan, school=henan.county_school.pk, resident_id="", native_place="洛阳")
    )  # fmt: skip
    assert corrected.status_code == 302
    assert clerk.get(reverse("attestation_paper", args=[attestation.pk])).status_code == 409
    clerk.post(reverse("school:case_submission", args=[attestation.case_id]))
    leader = signed_in(henan.leader)
    step = attestation.case.steps.get()
    text = main_of(leader.get(reverse("school:decision", args=[step.pk])))
    assert [word for word in ("王小明", "（省）河南 洛阳（市/县）", "尾号", "*****") if word not in text] == []
    assert resident_id() not in text
    whole = leader.post(reverse("attestation_number", args=[attestation.pk]), {"reason": "与身份证核对"})
    assert resident_id() in whole.text
    assert leader.get(reverse("attestation_photo", args=[attestation.pk])).status_code == 200
    assert decide(henan.leader, attestation.case).status_code == 302
    printed = clerk.get(reverse("attestation_paper", args=[attestation.pk]))
    (letter,) = page_texts(b"".join(printed.streaming_content))
    attestation.refresh_from_db()
    for words in (attestation.number.number, resident_id(), "1968年3月生", "洛阳", henan.county_school.name, "*****"):
        assert words in letter
    assert "备注" not in letter
    assert Event.objects.filter(tag="attestation:fetched").count() == 2
    assert attestation.number.number in main_of(clerk.get(reverse("attestations")))


def test_the_list_asks_no_more_for_many_than_for_one(henan) -> None:
    clerk, counts = signed_in(henan.clerk), []
    issued(henan, NURSE)
    clerk.get(reverse("attestations"))
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            text = main_of(clerk.get(reverse("attestations")))
        counts.append(len(asked))
        issued(henan, NURSE)
    assert counts[0] == counts[1] <= 22
    assert "待加盖公章" in text


def test_a_link_is_shown_once_and_answered_without_signing_in(henan) -> None:
    attestation = issued(henan, NURSE, at=timezone.now())
    clerk = signed_in(henan.clerk)
    asked = clerk.post(reverse("ask_counterseal", args=[attestation.pk]), {"office": COMMISSION})
    found = re.search(r'value="(http[^"]+)"', asked.text)
    assert found
    parts = urlsplit(found[1])
    address = f"{parts.path}?{parts.query}"
    assert parts.query not in clerk.get(reverse("school:case", args=[attestation.case_id])).text
    stranger = Client()
    text = stranger.get(address).text
    assert NURSE.name in text
    assert NURSE.resident_id not in text
    wrong = stranger.post(address, {"answer": "refused", "reason": "", "answerer": "赵某", "phone": "0371-1"})
    assert wrong.status_code == 422
    assert "须写明理由" in wrong.text
    assert standing_of(attestation) == AttestationStanding.AWAITING
    assert "已加盖公章" in stranger.post(address, {"answer": "sealed", "answerer": "赵某", "phone": "0371-1"}).text
    assert standing_of(attestation) == AttestationStanding.VALID
    assert [stranger.get(address).status_code, stranger.get(reverse("counterseal_link")).status_code] == [404, 404]


def test_an_office_with_a_desk_answers_on_its_page(henan) -> None:
    desk = AuthorityFactory(name=COMMISSION, division_code="410000", level=Level.PROVINCE, line="health")
    officer = signed_in(appointed(Post.PROVINCE_REVIEWER, desk))
    attestation = issued(henan, NURSE, at=timezone.now())
    clerk = signed_in(henan.clerk)
    clerk.post(reverse("ask_counterseal", args=[attestation.pk]), {"office": COMMISSION})
    row = attestation.counterseals.get()
    clerk.post(reverse("counterseal_withdrawal", args=[row.pk]))
    clerk.post(reverse("ask_counterseal", args=[attestation.pk]), {"office": COMMISSION})
    row = attestation.counterseals.first()
    assert NURSE.name in main_of(officer.get(reverse("counterseals")))
    assert reverse("counterseals") in officer.get(reverse("desk")).text
    assert reverse("counterseals") not in signed_in(henan.city_reviewer).get(reverse("desk")).text
    assert officer.post(reverse("counterseal", args=[row.pk]), {"answer": "sealed"}).status_code == 302
    assert standing_of(attestation) == AttestationStanding.VALID


def test_an_office_finds_a_number_and_the_leader_voids_it(henan) -> None:
    attestation = issued(henan)
    number = attestation.number.number
    office, leader = signed_in(henan.city_reviewer), signed_in(henan.leader)
    check = reverse("attestation_check")
    assert "没有在系统内开具过" in office.get(check, {"number": "2026410007509999"}).text
    text = main_of(office.get(check, {"number": number}))
    assert "有效" in text
    assert "1968-03" in text
    voiding = reverse("attestation_voiding", args=[attestation.pk])
    assert signed_in(henan.county_reviewer).post(voiding, {"reason": "误"}).status_code == 403
    assert leader.post(voiding, {"reason": "姓名有误"}).status_code == 302
    text = main_of(office.get(check, {"number": number}))
    assert "姓名有误" in text
    page = main_of(leader.get(reverse("school:case", args=[attestation.case_id])))
    assert reverse("attestation_paper", args=[attestation.pk]) not in page
