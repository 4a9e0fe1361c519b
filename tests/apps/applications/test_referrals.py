"""An office without power over an application hands it to the one that has: date and place stay, its own sight of it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import province
from tests.factories.applying import AT, submitted
from tests.factories.institutions import appointed

from xueji.applications.draft_queries import draft_shown
from xueji.applications.models import Application, Referral
from xueji.applications.queries import letter_of, material_of_case
from xueji.applications.referral_actions import refer_application
from xueji.applications.referral_queries import READ, done_at_offices
from xueji.applications.review_actions import DefectFound, ask_for_supplement
from xueji.applications.supplement_actions import answer_defect, resubmit_application
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotFound, NotPermitted, StaleVersion
from xueji.institutions.models import Authority, Post
from xueji.messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-07")]
_BACKEND = "xueji.accounts.backends.Accounts"
WHY = "毕业证书上盖的是郑州市教育局的印"


@pytest.fixture
def centre() -> Authority:
    return province()


@pytest.fixture
def sent(centre) -> Application:
    """An application that by the table is the province's."""
    return submitted(ApplicantFactory(proven=True), centre)


@pytest.fixture
def officer(centre):
    return appointed(Post.PROVINCE_REVIEWER, centre)


def read(application: Application, **on_paper: str) -> dict[str, str]:
    """Return what the papers show: what is stated, but for this."""
    return {name: getattr(application, name) for name in READ} | on_paper


def by_seal(application: Application, officer, **more):
    """Hand an application to the city whose seal is on the diploma."""
    return refer_application(
        step=open_step_of(application.case), on_paper=read(application, sealed_by="city"), reasons=WHY, by=officer, at=AT, **more
    )  # fmt: skip


def test_the_applicant_keeps_date_and_place_and_the_new_office_goes_on(sent, officer, client) -> None:
    person, old, picture = sent.applicant.user, sent.case, sent.materials.first()
    ask_for_supplement(step=open_step_of(old), defects=[DefectFound("other", "请说明校名")], by=officer, at=AT)
    sent.refresh_from_db()
    answer_defect(defect=letter_of(sent)[0].defect, words="一职中", by=person, at=AT)
    resubmit_application(application=sent, letter=1, by=person, at=AT)
    moved = by_seal(sent, officer)
    city = Authority.objects.get(division_code="410100")
    assert (moved.office, moved.place, moved.receipt, moved.submitted_at) == (
        city, sent.place, sent.receipt, sent.submitted_at,
    )  # fmt: skip
    old.refresh_from_db()
    assert (old.state, moved.case.follows, moved.case.round) == ("referred", old, 3)  # a new letter is another one
    assert moved.case.submitted_by == person
    assert city.name in Message.objects.get(template="application_referred").text
    # the new office sees the whole, and asks, in a letter of its own
    theirs = appointed(Post.CITY_REVIEWER, city)
    assert material_of_case(theirs, moved.case_id, picture.pk) == picture
    ask_for_supplement(
        step=open_step_of(moved.case), defects=[DefectFound("id_card", "反光")], by=theirs, at=AT + timedelta(hours=1)
    )
    assert [item.defect.aspect for item in letter_of(moved)] == ["id_card"]
    # the old one keeps the record of it, and none of its papers
    below = appointed(Post.CITY_REVIEWER, Authority.objects.get(pk=city.pk))
    for user, case in ((officer, old.pk), (below, old.pk)):
        with pytest.raises(NotFound):
            material_of_case(user, case, picture.pk)
    assert draft_shown(moved).office.phones == ("0371-86613255",)  # of the new one, whatever was stated
    (done,) = done_at_offices(officer, sent.receipt)
    client.force_login(officer, backend=_BACKEND)
    page = client.get(reverse("authority:step", args=[done.step]))
    assert (WHY in page.text, "已转办" in page.text, "一职中" in page.text, sent.programme in page.text) == (
        True, True, False, False,
    )  # fmt: skip


def test_only_who_decides_the_step_refers_it_and_only_once(sent, officer, centre) -> None:
    step, version = open_step_of(sent.case), sent.case.version
    city = Authority.objects.get(division_code="410100")
    given = {"step": step, "on_paper": read(sent, sealed_by="city"), "at": AT}
    for stranger, error in ((appointed(Post.CITY_REVIEWER, city), NotFound), (appointed(Post.PROVINCE_LEADER, centre), NotPermitted)):  # fmt: skip
        with pytest.raises(error):
            refer_application(reasons=WHY, by=stranger, **given)
    with pytest.raises(BadInput, match="写明理由"):
        refer_application(reasons=" ", by=officer, **given)
    with pytest.raises(BadInput, match="仍由"):
        refer_application(reasons=WHY, by=officer, **given | {"on_paper": read(sent)})
    with pytest.raises(Conflict, match="没有在本系统开通"):
        refer_application(
            reasons=WHY, by=officer, **given | {"on_paper": read(sent, sealed_by="city", place_code="410200")}
        )
    with pytest.raises(BadInput, match="接办的机构"):
        decide_step(step=step, verdict="refer", reasons=WHY, by=officer, at=AT)
    with pytest.raises(StaleVersion):
        refer_application(reasons=WHY, by=officer, expected_version=version - 1, **given)
    refer_application(reasons=WHY, by=officer, expected_version=version, **given)
    with pytest.raises(AlreadyDecided):
        refer_application(reasons=WHY, by=officer, expected_version=version, **given)
    assert Referral.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():  # nobody moves one without a referral
        Application.objects.filter(pk=sent.pk).update(office=centre)


def test_sent_back_once_it_is_decided_where_it_came_from(sent, officer, centre) -> None:
    moved = by_seal(sent, officer)
    theirs = appointed(Post.CITY_REVIEWER, moved.office)
    again = refer_application(
        step=open_step_of(moved.case),
        on_paper=read(moved, sealed_by="province"),
        reasons="是省教委的印",
        by=theirs,
        at=AT,
    )
    assert (again.office, again.place) == (centre, sent.place)
    with pytest.raises(Conflict, match="又转了回来"):
        by_seal(again, officer)


def test_the_page_says_whom_the_law_names_before_anything_is_done(sent, officer, client) -> None:
    client.force_login(officer, backend=_BACKEND)
    url = reverse("authority:application_referral", args=[open_step_of(sent.case).pk])
    typed = read(sent, sealed_by="city") | {"reasons": WHY, "version": sent.case.version}
    same = client.post(url, typed | {"sealed_by": "province"})
    assert (same.status_code, "仍由" in same.text, WHY in same.text) == (400, True, True)
    asked = client.post(url, typed)
    assert ("郑州" in asked.text or Authority.objects.get(division_code="410100").name in asked.text, "266号 二（一）" in asked.text, "市、县教育行政部门" in asked.text) == (True, True, True)  # fmt: skip
    assert not Referral.objects.exists()
    done = client.post(url, typed | {"confirmed": "1"}, follow=True)
    assert "已转给" in done.text
    assert client.post(url, typed | {"confirmed": "1"}).status_code == 302  # pressed twice: there it says why
    listed = client.get(reverse("authority:applications_done"))
    assert (sent.receipt in listed.text, "已转办" in listed.text) == (True, True)
