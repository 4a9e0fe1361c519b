"""A graduate goes from the guide to the receipt on the portal's pages, and is told what happens after."""

from __future__ import annotations

import base64
import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from tests.factories.accounts import ApplicantFactory
from tests.factories.applications import FACTS, PAPERS, drafted, picture, province, submitted
from tests.factories.institutions import appointed
from tests.web.applicants import signed_in_applicant

from xueji.applications.actions import sign_commitment, state_facts
from xueji.applications.models import Application
from xueji.applications.review_actions import DefectFound, ask_for_supplement, refuse_on_grounds
from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.core.identifiers import check_character
from xueji.institutions.models import Post

pytestmark = pytest.mark.django_db
NUMBER = "41010219680712345" + check_character("41010219680712345")
ANSWERS = {
    "procedure": "replacement", "pack": "edu/henan", "category": "职业中专", "diploma": "lost", "place": "410100",
    "entered": "1999-09", "graduated": "2002-07", "programme": "计算机应用", "admission_form": "held", "school_status": "operating",
}  # fmt: skip
SECTIONS = {
    "diploma": {"diploma": "lost", "category": "职业中专", "holder_name": "王小明", "is_number_lost": "on"},
    "school": {"school_name": "第一职业中等专业学校", "place_code": "410100", "school_state": "operating"},
    "study": {
        "programme": "计算机应用",
        "study_mode": "全日制",
        "entered": "1999-09",
        "graduated": "2002-07",
        "duration_years": "3",
    },
    "archive": {"admission_form": "held"},
    "delivery": {"delivery": "mail", "mail_address": "王小明 13912345678 某路 1 号"},
}


@pytest.fixture
def centre():
    return province()


@pytest.fixture
def person():
    return ApplicantFactory(proven=True)


def photograph(name: str = "照片.jpg", **more: object) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(**more), "image/jpeg")


@pytest.mark.requirement("S0-01", "S0-16", "S0-17", "S0-20")
def test_from_the_guide_to_the_receipt(centre):
    person = ApplicantFactory()
    client = signed_in_applicant(person)
    guide = client.get("/services/", ANSWERS).text
    link = re.search(r'href="(/my/applications/new/[^"]+)"', guide)
    assert link is not None
    begin = client.get(link[1].replace("&amp;", "&"))
    assert "不用再填一遍" in begin.text
    answers = ANSWERS | {"centre": centre.pk, "place": "999999"}  # what is no answer is left out
    page = client.post("/my/applications/new/", answers)["Location"]
    draft = Application.objects.get()
    assert (draft.category, draft.entered, draft.place_code) == ("职业中专", "1999-09", "")
    for section, sent in SECTIONS.items():
        assert client.post(f"{page}facts/{section}/", sent).status_code == 302, section
    draft.refresh_from_db()
    assert (draft.original_number, draft.duration_years, draft.school_name) == ("*****", 3, "第一职业中等专业学校")
    for paper in PAPERS:
        sent = {"pictures": [photograph(portrait=paper == "portrait_red")]}
        assert client.post(f"{page}papers/{paper}/", sent)["Location"] == f"{page}papers/{paper}/"
    check = client.get(f"{page}check/").text
    assert "还差 1 项" in check
    assert "/my/identity/?next=" in check
    identity = {"name": "王小明", "number": NUMBER, "next": f"{page}check/"}
    came_from = f"http://testserver/my/identity/?next={page}check/"
    refused = client.post("/my/identity/", identity | {"name": "假小明"}, HTTP_REFERER=came_from)
    assert refused.status_code == 409
    assert 'value="假小明"' in refused.text
    assert client.post("/my/identity/", identity)["Location"] == f"{page}check/"
    key = re.search(r'name="key" value="(\w+)"', client.get(f"{page}check/").text)
    assert key is not None
    sent_twice = [client.post(f"{page}check/", {"key": key[1]})["Location"] for _ in range(2)]
    assert sent_twice == [f"{page}receipt/"] * 2
    receipt = client.get(f"{page}receipt/").text
    draft.refresh_from_db()
    assert draft.receipt in receipt
    assert "前面没有别人" in receipt
    assert "<path d=" in receipt
    assert "申请已提交" in client.get("/my/messages/").text
    assert "办理中" in client.get("/my/").text


@pytest.mark.requirement("S0-17", "S0-18")
def test_everything_missing_stands_on_one_page_with_the_way_there(centre, person):
    draft = drafted(person, centre, papers=("id_card",), original_number="", delivery="")
    page = signed_in_applicant(person).get(f"/my/applications/{draft.pk}/check/").text
    assert "提交申请</button>" not in page
    for place in ("facts/diploma/", "facts/delivery/", "papers/portrait_red/", "papers/attestation/"):
        assert f"/my/applications/{draft.pk}/{place}" in page
    assert "依据" in page


def test_what_is_refused_stays_on_the_page(centre, person):
    draft = drafted(person, centre, papers=())
    client = signed_in_applicant(person)
    page = client.post(f"/my/applications/{draft.pk}/facts/study/", SECTIONS["study"] | {"graduated": "1998-07"})
    assert page.status_code == 422
    assert "毕业年月应在入学年月之后" in page.text
    assert 'value="计算机应用"' in page.text
    both = client.post(f"/my/applications/{draft.pk}/facts/diploma/", SECTIONS["diploma"] | {"original_number": "1"})
    assert "不要再勾选" in both.text
    assert Application.objects.get().graduated == FACTS["graduated"]


def test_good_pictures_are_kept_and_bad_ones_named(centre, person):
    draft = drafted(person, centre, papers=())
    client, url = signed_in_applicant(person), f"/my/applications/{draft.pk}/papers/id_card/"
    mixed = [photograph(), SimpleUploadedFile("说明.txt", b"hello"), photograph(size=(320, 400))]
    assert client.post(url, {"pictures": mixed}).status_code == 302
    page = client.get(url).text
    assert "「说明.txt」没有收下" in page
    assert "已保存 1 张" in page
    nothing = client.post(url, {"pictures": [SimpleUploadedFile("说明.txt", b"hello")]})
    assert nothing.status_code == 400
    assert "请先拍照" in client.post(url, {}).text
    sent = draft.materials.get()
    assert client.get(f"/my/pictures/{sent.pk}/")["Content-Type"] == "image/jpeg"
    question = client.post(f"/my/pictures/{sent.pk}/removal/")
    assert "删去以后不能恢复" in question.text
    assert draft.materials.exists()
    client.post(f"/my/pictures/{sent.pk}/removal/", {"confirmed": "1"})
    assert not draft.materials.exists()
    assert client.get(f"/my/applications/{draft.pk}/papers/police_change/").status_code == 404


@pytest.mark.requirement("S0-24", "S0-35")
def test_the_commitment_is_signed_on_the_screen(centre, person):
    papers = ("id_card", "portrait_red", "diploma_or_replacement", "admission_form")
    draft = drafted(person, centre, kind="verification", papers=papers, diploma="held", original_number="豫教 1")
    client, page = signed_in_applicant(person), f"/my/applications/{draft.pk}/"
    assert "承担一切法律和其他责任" in client.get(f"{page}papers/truth_commitment/").text
    for nothing in ("", "data:image/png;base64,***"):
        assert "请在框内手写签名" in client.post(f"{page}commitment/", {"drawing": nothing}).text
    out = BytesIO()
    Image.effect_noise((80, 40), 90).save(out, "PNG")
    drawing = f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
    assert client.post(f"{page}commitment/", {"drawing": drawing})["Location"] == page
    assert "已签署" in client.get(page).text


@pytest.mark.requirement("S0-19")
def test_the_status_says_who_acts_and_what_is_to_be_mended(centre, person):
    sent = submitted(drafted(person, centre))
    client, page = signed_in_applicant(person), f"/my/applications/{sent.pk}/"
    waiting = client.get(page).text
    assert f"正在等{centre.name}审核" in waiting
    assert "撤回申请…" in waiting
    assert client.get(f"{page}facts/school/")["Location"] == page  # nothing of it is changed any more
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    decide_step(
        step=open_step_of(sent.case), verdict="return", reasons="身份证照片反光", by=officer, at=sent.submitted_at
    )
    back = client.get(page).text
    assert "要您补正" in back
    assert "身份证照片反光" in back
    assert "撤回申请…" in back
    assert "要您补正" in client.get("/my/").text


def returned(centre, person, *found: DefectFound) -> Application:
    """An application given back with a letter."""
    sent = submitted(drafted(person, centre), at=timezone.now())
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    ask_for_supplement(step=open_step_of(sent.case), defects=found, by=officer, at=timezone.now())
    sent.refresh_from_db()
    return sent


@pytest.mark.requirement("S0-19")
def test_a_letter_is_answered_item_by_item_where_it_stands_and_sent_back_once(
    centre, person, django_assert_max_num_queries
):
    sent = returned(
        centre, person, DefectFound("id_card", "反光，请重拍"), DefectFound("programme", "毕业证明写的是会计"),
        DefectFound("other", "请说明 1999 年以前的校名"),
    )  # fmt: skip
    client, page, place = signed_in_applicant(person), f"/my/applications/{sent.pk}/", sent.place
    with django_assert_max_num_queries(16):
        letter = client.get(page).text
    for words in ("0 / 3 项已办", "反光，请重拍", "还有 <b>60</b> 天", "还有 3 项没有补正", "原来的排队位置保留"):
        assert words in letter
    assert letter.count("依据：") >= 3
    assert "提交补正</button>" not in letter
    items = {row.aspect: f"{page}supplement/{row.pk}/" for row in sent.defects.all()}
    came_from = {"HTTP_REFERER": f"http://testserver{page}"}
    same = client.post(items["programme"], {"programme": "计算机应用"}, **came_from)
    assert (same.status_code, "与原来填写的一样" in same.text) == (400, True)
    kept = client.post(items["other"], {"words": "   "}, **came_from)
    assert (kept.status_code, "请写明说明" in kept.text) == (400, True)
    assert client.post(items["programme"], {"programme": "会计", "entered": "1980-09"}).status_code == 302
    assert client.post(f"{page}papers/id_card/", {"pictures": [photograph(seed=5)]})["Location"] == page
    early = client.post(f"{page}supplement/", {"letter": "1"}, **came_from)
    assert early.status_code == 422
    assert "第 3 项「其他事项」还没有补正" in early.text
    client.post(items["other"], {"words": "一职中"})
    ready = client.get(page).text
    assert "3 / 3 项已办" in ready
    assert "这次补的第 1 张" in ready
    assert "您的补正：一职中" in ready
    for _ in range(2):
        assert client.post(f"{page}supplement/", {"letter": "1"})["Location"] == page
    sent.refresh_from_db()
    assert (sent.programme, sent.entered, sent.place, sent.case.round) == ("会计", "1999-09", place, 2)
    after = client.get(page).text
    assert "补正材料已经提交" in after
    assert "已经补正 3 项" in after
    assert client.post(f"{page}supplement/", {"letter": "x"}).status_code == 400


def test_a_commitment_that_a_later_fact_undid_is_asked_for_before_the_letter_goes_back(centre, person):
    papers = ("id_card", "portrait_red", "diploma_or_replacement", "admission_form")
    draft = drafted(person, centre, kind="verification", papers=papers, diploma="held", original_number="豫教 1")
    out = BytesIO()
    Image.effect_noise((80, 40), 90).save(out, "PNG")
    sign_commitment(application=draft, drawing=out.getvalue(), by=person.user, at=timezone.now())
    sent = submitted(draft, at=timezone.now())
    found = [DefectFound("truth_commitment", "签名看不清"), DefectFound("programme", "毕业证明写的是会计")]
    ask_for_supplement(
        step=open_step_of(sent.case), defects=found, by=appointed(Post.PROVINCE_REVIEWER, centre), at=timezone.now()
    )
    sent.refresh_from_db()
    client, page = signed_in_applicant(person), f"/my/applications/{sent.pk}/"
    sign_commitment(application=sent, drawing=out.getvalue(), by=person.user, at=timezone.now())
    state_facts(application=sent, facts={"programme": "会计"}, by=person.user, at=timezone.now())
    shown = client.get(page).text
    assert "另要的 1 项没有办" in shown
    assert "提交补正</button>" not in shown
    sign_commitment(application=sent, drawing=out.getvalue(), by=person.user, at=timezone.now())
    assert "提交补正</button>" in client.get(page).text


@pytest.mark.requirement("S0-30")
def test_what_is_stated_anew_asks_for_its_paper_before_the_letter_goes_back(centre, person):
    sent = returned(centre, person, DefectFound("birth_date", "与存档不一致"))
    client, page = signed_in_applicant(person), f"/my/applications/{sent.pk}/"
    client.post(f"{page}supplement/{sent.defects.get().pk}/", {"birth_date": "1984-07-01"})
    archive = client.get(f"{page}facts/archive/").text
    assert re.search(r'<input type="checkbox" name="mismatch"[^>]*value="birth_date"', archive)
    client.post(f"{page}facts/archive/", {"admission_form": "held", "mismatch": ["birth_date"]})
    asks = client.get(page).text
    assert "另要的 1 项没有办" in asks
    paper = re.search(r'href="(/my/applications/[^"]+/papers/school_mismatch_birth/)"', asks)
    assert paper is not None
    assert client.get(paper[1]).status_code == 200
    client.post(paper[1], {"pictures": [photograph(seed=6)]})
    assert "提交补正</button>" in client.get(page).text


@pytest.mark.requirement("S0-33")
def test_a_refusal_shows_its_ground_with_the_clause_and_the_way_to_object(centre, person):
    sent = submitted(drafted(person, centre))
    officer = appointed(Post.PROVINCE_REVIEWER, centre)
    forged = DefectFound("attestation", "公章与备案的不符", ground="forged")
    refuse_on_grounds(step=open_step_of(sent.case), defects=[forged], by=officer, at=sent.submitted_at)
    page = signed_in_applicant(person).get(f"/my/applications/{sent.pk}/").text
    for words in ("申请人伪造材料", "公章与备案的不符", "三（四）3", "行政复议", "重新申请"):
        assert words in page
    assert "撤回申请…" not in page


def test_withdrawn_once_asked(centre, person):
    sent = submitted(drafted(person, centre))
    client, page = signed_in_applicant(person), f"/my/applications/{sent.pk}/"
    assert "排队位置不保留" in client.post(f"{page}withdrawal/").text
    sent.refresh_from_db()
    assert sent.state == "submitted"
    assert client.post(f"{page}withdrawal/", {"confirmed": "1"})["Location"] == "/my/"
    sent.refresh_from_db()
    assert sent.state == "withdrawn"
    assert "您已撤回" in client.get(page).text


def test_pages_ask_no_more_however_much_there_is(centre, person, django_assert_max_num_queries):
    draft = drafted(person, centre)
    sent = submitted(drafted(person, centre, graduated="2001-07", entered="1998-09"))
    client = signed_in_applicant(person)
    most = {
        "/my/": 6, f"/my/applications/{draft.pk}/": 9, f"/my/applications/{draft.pk}/papers/id_card/": 9,
        f"/my/applications/{draft.pk}/check/": 9, f"/my/applications/{sent.pk}/": 14, "/my/messages/": 6, "/my/account/": 6,
    }  # fmt: skip
    client.get("/my/")
    for url, ceiling in most.items():
        with django_assert_max_num_queries(ceiling):
            assert client.get(url).status_code == 200
