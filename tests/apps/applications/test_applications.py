"""A graduate applies: facts and pictures kept as they come, everything missing named at once, submitted once, in order."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image
from tests.factories.accounts import ApplicantFactory, UserFactory
from tests.factories.applications import PaperPictureFactory, drafted, picture, province, submitted
from tests.factories.institutions import appointed

from xueji.applications.actions import (
    MAX_DRAFTS,
    MAX_PAGES,
    add_material,
    open_application,
    remove_material,
    sign_commitment,
    state_facts,
    withdraw_application,
)
from xueji.applications.models import Application
from xueji.applications.queries import application_for, applications_of, centres, letter_of, material_for, standing_of
from xueji.applications.submission_actions import submit_application
from xueji.applications.supplement_actions import answer_defect, resubmit_application
from xueji.cases.actions import decide_step
from xueji.cases.models import Case
from xueji.cases.queries import open_step_of
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.documents.storage import read_stored
from xueji.institutions.models import Authority, Post
from xueji.ledger.models import Event
from xueji.messaging.models import Message

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def centre():
    return province()


@pytest.fixture
def person():
    return ApplicantFactory(proven=True)


@pytest.mark.requirement("S0-08", "S0-16", "S0-17", "S0-20")
def test_submitted_once_it_has_a_place_and_lies_with_the_office_of_the_law(person, centre):
    draft = drafted(person, centre)
    key = secrets.token_hex(16)
    first = submitted(draft, key=key)
    assert submitted(draft, key=key).receipt == first.receipt
    with pytest.raises(Conflict, match="不能再提交"):
        submitted(draft)
    case = Case.objects.get(application=first)
    assert (first.office, case.kind, case.state) == (centre, "replacement", "in_progress")
    assert open_step_of(case).authority == centre
    assert Message.objects.filter(template="application_received", recipient=person.user).count() == 1
    other = ApplicantFactory(proven=True, document_number="410102197007123456", name="李丽")
    later = submitted(drafted(other, centre, graduated="2003-07", entered="2000-09"))
    assert later.office == Authority.objects.get(division_code="410100")
    assert later.place > first.place
    assert standing_of(later).ahead == 0  # nobody waits before it at its own office
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Application.objects.filter(pk=first.pk).update(place=10**9)


@pytest.mark.requirement("S0-17", "S0-18")
def test_everything_missing_is_named_at_once_with_its_clause(centre):
    stranger = ApplicantFactory()
    draft = open_application(applicant=stranger, kind="replacement", centre=centre, by=stranger.user, at=AT)
    draft = state_facts(
        application=draft,
        facts={"category": "普通中专", "diploma": "lost", "entered": "2010-09"},
        by=stranger.user,
        at=AT,
    )
    with pytest.raises(RuleViolation) as refused:
        submitted(draft)
    fields = {finding.field for finding in refused.value.findings}
    assert {"identity_proven", "school_name", "delivery", "id_card", "portrait_red", "attestation"} <= fields
    assert "admission_form" not in fields  # entered from 2008 to spring 2015: not asked for
    assert all(finding.cites for finding in refused.value.findings)
    assert not Application.objects.exclude(place=None).exists()


@pytest.mark.requirement("S0-25")
def test_verification_of_a_lost_diploma_leads_to_the_replacement_first(person, centre):
    draft = drafted(person, centre, kind="verification")
    with pytest.raises(RuleViolation, match="学历证明书"):
        submitted(draft)


@pytest.mark.requirement("S0-24", "S0-35")
def test_the_commitment_is_signed_on_the_screen_and_falls_with_the_facts(person, centre):
    papers = ("id_card", "portrait_red", "diploma_or_replacement", "admission_form")
    draft = drafted(person, centre, kind="verification", papers=papers, diploma="held", original_number="豫教 1")
    with pytest.raises(RuleViolation, match="承诺书"):
        submitted(draft)
    with pytest.raises(BadInput, match="签名"):
        sign_commitment(application=draft, drawing=b"", by=person.user, at=AT)
    out = BytesIO()
    Image.effect_noise((80, 40), 90).save(out, "PNG")
    sign_commitment(application=draft, drawing=out.getvalue(), by=person.user, at=AT)
    state_facts(application=draft, facts={"programme": "会计"}, by=person.user, at=AT)
    with pytest.raises(RuleViolation, match="承诺书"):
        submitted(draft)
    sign_commitment(application=draft, drawing=out.getvalue(), by=person.user, at=AT)
    assert submitted(draft).signature is not None


@pytest.mark.requirement("S0-03")
def test_a_second_open_application_for_one_diploma_is_refused(person, centre):
    first = submitted(drafted(person, centre))
    second = drafted(person, centre, original_number="豫教职专证字 20020001")
    with pytest.raises(Conflict, match="已经有一份申请"):
        submitted(second)
    withdraw_application(application=first, by=person.user, at=AT)
    assert submitted(second).place > first.place


@pytest.mark.requirement("S0-19")
def test_withdrawn_until_somebody_decided(person, centre):
    sent = submitted(drafted(person, centre))
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    step = open_step_of(sent.case)
    decide_step(step=step, verdict="return", reasons="身份证照片反光，请重拍", by=officer, at=AT)
    sent.refresh_from_db()
    assert standing_of(sent).reasons == "身份证照片反光，请重拍"
    (item,) = letter_of(sent)
    answer_defect(defect=item.defect, words="已重拍", by=person.user, at=AT)
    resubmit_application(application=sent, letter=1, by=person.user, at=AT)
    sent.refresh_from_db()
    with pytest.raises(Conflict, match="已经有人审核"):
        withdraw_application(application=sent, by=person.user, at=AT)
    decide_step(step=open_step_of(sent.case), verdict="approve", by=officer, at=AT)
    place = sent.place
    sent.refresh_from_db()
    assert (sent.state, sent.place) == ("approved", place)
    templates = set(Message.objects.filter(recipient=person.user).values_list("template", flat=True))
    assert templates == {"application_received", "application_returned", "application_approved"}


def test_refused_is_told_and_frees_the_diploma(person, centre):
    sent = submitted(drafted(person, centre))
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    decide_step(step=open_step_of(sent.case), verdict="refuse", reasons="材料不全", by=officer, at=AT)
    sent.refresh_from_db()
    assert (sent.state, standing_of(sent).step) == ("refused", 3)
    assert Message.objects.filter(template="application_refused").exists()


def test_a_draft_is_withdrawn_with_its_pictures(person, centre):
    draft = drafted(person, centre)
    file = draft.materials.first().file
    assert withdraw_application(application=draft, by=person.user, at=AT).state == "withdrawn"
    file.refresh_from_db()
    assert file.erased_at == AT
    with pytest.raises(Conflict):
        state_facts(application=draft, facts={"programme": "会计"}, by=person.user, at=AT)


@pytest.mark.requirement("S0-17")
def test_pictures_are_turned_shrunk_and_bare_and_strange_files_refused_in_words(person, centre):
    draft = drafted(person, centre, papers=())
    image = Image.open(BytesIO(picture(size=(4000, 3000))))
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where it was taken"
    image.save(out, "JPEG", exif=exif)
    kept = add_material(application=draft, paper="id_card", data=out.getvalue(), by=person.user, at=AT)
    data = read_stored(kept.file_id)
    assert b"where it was taken" not in data
    assert (kept.width, kept.height) == (1800, 2400)
    assert kept.remarks == []
    for data, words in (
        (b"%PDF-1.4 nothing", "PDF"), (b"\0\0\0\x18ftypheic", "HEIC"), (picture()[:5000], "损坏"),
        (picture(size=(320, 320)), "看不清"), (b"", "空文件"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            add_material(application=draft, paper="id_card", data=data, by=person.user, at=AT)
    blurred = BytesIO()
    Image.open(BytesIO(picture())).resize((40, 54)).resize((1200, 1600)).save(blurred, "JPEG")
    poor = add_material(application=draft, paper="id_card", data=blurred.getvalue(), by=person.user, at=AT)
    assert "模糊" in poor.remarks[0]
    remove_material(material=poor, by=person.user, at=AT)
    good = add_material(application=draft, paper="portrait_red", data=picture(portrait=True), by=person.user, at=AT)
    assert good.remarks == []
    for _ in range(MAX_PAGES - 1):
        add_material(application=draft, paper="id_card", data=picture(), by=person.user, at=AT)
    with pytest.raises(Conflict, match="最多"):
        add_material(application=draft, paper="id_card", data=picture(), by=person.user, at=AT)


def test_nobody_reads_or_changes_anothers(person, centre):
    draft = drafted(person, centre, papers=("id_card",))
    other = ApplicantFactory()
    assert list(applications_of(other)) == []
    with pytest.raises(NotFound):
        application_for(other, draft.pk)
    with pytest.raises(NotFound):
        material_for(other, draft.materials.get().pk)
    assert material_for(person, draft.materials.get().pk).paper == "id_card"
    assert application_for(person, draft.pk) == draft
    for by in (other.user, UserFactory()):
        with pytest.raises(NotPermitted):
            state_facts(application=draft, facts={"programme": "会计"}, by=by, at=AT)
        with pytest.raises(NotPermitted):
            submit_application(application=draft, key="0" * 32, by=by, at=AT)


def test_drafts_are_few_and_values_known(person, centre):
    drafts = [
        open_application(applicant=person, kind="replacement", centre=centre, by=person.user, at=AT)
        for _ in range(MAX_DRAFTS)
    ]
    with pytest.raises(Conflict, match=str(MAX_DRAFTS)):
        open_application(applicant=person, kind="replacement", centre=centre, by=person.user, at=AT)
    with pytest.raises(BadInput, match="学校现状"):
        state_facts(application=drafts[0], facts={"school_state": "flown"}, by=person.user, at=AT)
    with pytest.raises(ValueError, match="place"):
        state_facts(application=drafts[0], facts={"place": 1}, by=person.user, at=AT)
    assert centres(AT.date()) == [centre]
    elsewhere, stranger = province("610000"), ApplicantFactory()
    with pytest.raises(Conflict, match="没有开通"):
        open_application(applicant=stranger, kind="replacement", centre=elsewhere, by=stranger.user, at=AT)


def test_the_picture_of_a_submitted_application_stays(person, centre):
    sent = submitted(drafted(person, centre))
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        sent.materials.all().delete()
    assert PaperPictureFactory().application.state == "draft"


@pytest.mark.requirement("S0-19", "S0-39")
def test_the_office_reads_what_is_stated_and_every_picture_on_record(person, centre, client):
    sent = submitted(drafted(person, centre))
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    client.force_login(officer, backend="xueji.accounts.backends.Accounts")
    page = client.get(reverse("authority:step", args=[open_step_of(sent.case).pk]))
    assert all(word in page.text for word in ("王小明", "计算机应用", "毕业证明原件", "*****", str(sent.place)))
    picture_of = reverse("authority:material", args=[sent.case_id, sent.materials.first().pk])
    assert client.get(picture_of)["Content-Type"] == "image/jpeg"
    assert Event.objects.filter(tag="material:viewed", actor_id=officer.pk).count() == 1
    stranger = appointed(Post.CITY_REVIEWER, province("610000"))
    client.force_login(stranger, backend="xueji.accounts.backends.Accounts")
    assert client.get(picture_of).status_code == 404
