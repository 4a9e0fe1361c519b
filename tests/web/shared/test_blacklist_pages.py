"""The blacklist on its pages: proposed, answered on a phone, decided, published, printed, noted at the next application."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import BlacklistActFactory, BlacklistEntryFactory, picture, province
from tests.factories.applying import submitted
from tests.factories.institutions import appointed
from tests.web.applicants import signed_in_applicant

from xueji.applications.models import BlacklistEntry
from xueji.applications.review_actions import DefectFound, refuse_on_grounds
from xueji.cases.queries import open_step_of
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return province()


@pytest.fixture
def officers(centre):
    return [appointed(Post.PROVINCE_REVIEWER, centre) for _ in range(2)]


@pytest.fixture
def refused(centre, officers):
    sent = submitted(ApplicantFactory(proven=True), centre)
    found = [DefectFound("attestation", "学校公章是伪造的", ground="forged")]
    refuse_on_grounds(step=open_step_of(sent.case), defects=found, by=officers[0], at=timezone.now())
    sent.refresh_from_db()
    return sent


def of(officer) -> Client:
    client = Client()
    client.force_login(officer, backend="xueji.accounts.backends.Accounts")
    return client


def at_the_counter() -> dict[str, object]:
    signed = SimpleUploadedFile("signed.jpg", picture(seed=4), "image/jpeg")
    return {"statement": "到窗口补充", "picture": signed}


def step(entry, name: str) -> str:
    return reverse("authority:blacklist_step", args=[entry.pk, name])


def grown_old(entry: BlacklistEntry) -> BlacklistEntry:
    """Return an entry about the same application as if it had been proposed three weeks ago."""
    return BlacklistEntryFactory(
        application=entry, proposed_at=timezone.now() - timedelta(days=21), answer_until=timezone.localdate() - timedelta(days=6)
    )  # fmt: skip


@pytest.mark.requirement("S0-34")
def test_the_officer_proposes_from_the_refused_case_and_the_person_answers_on_the_phone(refused, officers) -> None:
    office, phone = of(officers[0]), signed_in_applicant(refused.applicant)
    case_page = office.get(reverse("authority:step", args=[refused.case.steps.get().pk])).content.decode()
    address = reverse("authority:new_blacklist_entry", args=[refused.pk])
    assert address in case_page
    wrong = office.post(address, {"evidence": ["attestation"], "reasons": "校方否认", "school_name": "某学校"})
    assert wrong.status_code == 400
    assert "校方否认" in wrong.content.decode()
    assert "纪检监察机构" in wrong.content.decode()
    made = office.post(address, {"evidence": ["attestation"], "reasons": "校方书面否认开具"})
    entry = BlacklistEntry.objects.get()
    assert made["Location"] == reverse("authority:blacklist_entry", args=[entry.pk])
    page = phone.get(reverse("applicant:home")).content.decode()
    address_of_person = reverse("applicant:own_entry", args=[entry.pk])
    assert address_of_person in page
    assert "以前可以陈述申辩" in page
    sent = {"statement": "公章是学校盖的", "picture": SimpleUploadedFile("a.jpg", picture(seed=3), "image/jpeg")}
    assert phone.post(address_of_person, sent).status_code == 302
    shown = phone.get(address_of_person).content.decode()
    assert "校方书面否认开具" in shown
    answer = reverse("applicant:own_answer", args=[entry.pk, entry.acts.get(kind="answered").pk])
    assert answer in shown
    assert phone.get(answer)["Content-Type"] == "image/jpeg"
    assert signed_in_applicant(ApplicantFactory(proven=True)).get(address_of_person).status_code == 404
    empty = phone.post(address_of_person, {"statement": ""})
    assert empty.status_code == 422
    looked = office.get(reverse("authority:blacklist_picture", args=[entry.pk, entry.acts.get(kind="answered").pk]))
    assert looked.status_code == 200
    page = office.get(reverse("authority:blacklist_entry", args=[entry.pk])).content.decode()
    assert "公章是学校盖的" in page
    assert step(entry, "draft") not in page  # the days are not over
    counter = reverse("authority:blacklist_answer", args=[entry.pk])
    assert (
        counter not in page
    )  # drawn for nobody who would be refused: the proposer, the leader who serves at no counter
    page_of_entry = reverse("authority:blacklist_entry", args=[entry.pk])
    assert counter in of(officers[1]).get(page_of_entry).content.decode()
    leader = appointed(Post.PROVINCE_LEADER, refused.office)
    assert counter not in of(leader).get(page_of_entry).content.decode()
    assert "窗口录入" not in shown
    unsigned = of(officers[1]).post(counter, {"statement": "到窗口补充"})
    assert unsigned.status_code == 422
    assert "到窗口补充" in unsigned.content.decode()
    assert of(officers[1]).post(counter, at_the_counter()).status_code == 302
    assert f"由{refused.office.name}窗口录入" in phone.get(address_of_person).content.decode()
    assert office.post(counter, at_the_counter()).status_code == 403


@pytest.mark.requirement("S0-34")
def test_two_people_decide_the_public_page_shows_the_surname_and_letters_are_printed(centre, refused, officers) -> None:
    first, second = (of(officer) for officer in officers)
    entry = grown_old(refused)
    public = Client()
    assert "没有公示" in public.get(reverse("public:blacklist")).content.decode()
    assert first.post(step(entry, "draft"), {"would_list": "yes", "statement": "查实"}).status_code == 302
    seen = {"seen": entry.acts.latest("pk").pk, "agrees": "yes", "statement": "同意"}
    alone = first.post(step(entry, "decision"), seen)
    assert alone.status_code == 403
    assert "同意" in alone.content.decode()
    assert second.post(step(entry, "decision"), seen).status_code == 302
    page = public.get(reverse("public:blacklist")).content.decode()
    name = refused.applicant.name
    assert name not in page
    assert name[0] + "*" * (len(name) - 1) in page
    assert "三（四）3" in page
    assert refused.applicant.document_number not in page
    for key in ("blacklist_notice", "blacklist_authorities"):
        letter = first.get(reverse("authority:blacklist_letter", args=[entry.pk, key]))
        assert letter["Content-Type"] == "application/pdf"
    assert first.get(reverse("authority:blacklist_letter", args=[entry.pk, "blacklist_employer"])).status_code == 404
    assert Event.objects.filter(tag=EventTag.BLACKLIST_LETTER_FETCHED).count() == 2
    assert "已列入黑名单" in signed_in_applicant(refused.applicant).get(
        reverse("applicant:own_entry", args=[entry.pk])
    ).content.decode()  # fmt: skip
    again = submitted(refused.applicant, centre, graduated="2001-07")
    for page_of_step in ("authority:step", "authority:application_review"):
        shown = first.get(reverse(page_of_step, args=[open_step_of(again.case).pk])).content.decode()
        assert "不因此不予办理" in shown
    assert first.post(step(entry, "removal"), {"statement": "法院判决撤销"}).status_code == 302
    seen = {"seen": entry.acts.latest("pk").pk, "agrees": "yes", "statement": "同意移出"}
    assert second.post(step(entry, "removal-decision"), seen).status_code == 302
    assert "没有公示" in public.get(reverse("public:blacklist")).content.decode()
    assert first.post(step(entry, "nothing"), {}).status_code == 404


@pytest.mark.requirement("S0-34")
def test_the_notice_to_somebody_without_a_phone_is_served_before_anything_is_drafted(refused, officers) -> None:
    refused.applicant.phone = ""
    refused.applicant.save(update_fields=["phone", "digest"])
    entry, office = grown_old(refused), of(officers[0])
    BlacklistActFactory(entry=entry, kind="proposed", file=None)
    address = reverse("authority:blacklist_entry", args=[entry.pk])
    page = office.get(address).content.decode()
    assert step(entry, "service") in page
    assert step(entry, "draft") not in page
    assert office.post(step(entry, "draft"), {"would_list": "yes", "statement": "查实"}).status_code == 409
    day = timezone.localdate() - timedelta(days=16)
    assert office.post(step(entry, "service"), {"served_on": day, "statement": "邮寄，本人签收"}).status_code == 302
    page = office.get(address).content.decode()
    assert step(entry, "service") not in page
    assert "邮寄，本人签收" in page
    assert office.post(step(entry, "draft"), {"would_list": "yes", "statement": "查实"}).status_code == 302


def test_the_list_of_an_office_is_searched_by_name_and_counts_nobody_elses(refused, officers) -> None:
    entry = grown_old(refused)
    BlacklistEntryFactory()
    office = of(officers[0])
    page = office.get(reverse("authority:blacklist"), {"q": refused.receipt}).content.decode()
    assert page.count(f"/office/blacklist/{entry.pk}/") == 1
    assert "没有找到" in office.get(reverse("authority:blacklist"), {"q": "没有这个人"}).content.decode()
