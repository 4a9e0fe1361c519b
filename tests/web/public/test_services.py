"""The page on which a graduate learns what to bring and where to: the law's own answer, and nothing kept of the asker."""

from __future__ import annotations

import html
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from tests.documents.documents_data import page_texts

pytestmark = pytest.mark.django_db
URL = reverse("public:services")
LOST = {"procedure": "replacement", "category": "职业高中", "diploma": "lost", "entered": "2005-09", "place": "410100"}


@pytest.fixture
def noon(monkeypatch) -> None:
    """A Tuesday in winter, ten o'clock, on which offices work."""
    at = datetime(2022, 3, 1, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


def asked_for(facts: dict[str, str]) -> list[str]:
    """Return the papers the page lists."""
    return [shown.paper.spec.key for shown in Client().get(URL, facts).context["papers"]]


def test_the_page_asks_first_and_answers_then(noon) -> None:
    asked = Client().get(URL)
    assert (asked.status_code, "要准备的材料" in asked.text, "说说您的情况" in asked.text) == (200, False, True)
    answered = Client().get(URL, LOST)
    assert answered.status_code == 200
    for words in ("郑州市", "0371-86613255", "现在受理咨询", "河南政务服务网", "毕业证明原件", "录取审批表复印件"):
        assert words in answered.text
    assert 'value="2005-09"' in answered.text  # the form keeps what was put into it


@pytest.mark.requirement("S0-18", "S0-12")
def test_the_list_follows_what_one_has(noon) -> None:
    assert "admission_form" in asked_for(LOST)
    assert "admission_form" not in asked_for(LOST | {"entered": "2010-09"})
    health = LOST | {"category": "普通中专", "graduated": "2008-07", "duration_years": "3", "programme": "护理"}
    assert "health_counterseal" in asked_for(health)
    assert "health_counterseal" in asked_for(health | {"programme": "药剂", "health_major": "on"})
    both = Client().get(URL, LOST | {"category": "普通中专", "admission_form": "lost"}).text
    assert "查不到的，改用" in both


@pytest.mark.requirement("S0-05", "S0-25")
def test_a_refusal_says_its_clause_and_what_to_do(noon) -> None:
    refused = Client().get(URL, LOST | {"category": "技工学校"})
    assert ("无法出具学历证明书" in refused.text, "二（一）" in refused.text, "要准备的材料" in refused.text) == (
        True,
        True,
        False,
    )
    assert "人力资源和社会保障局" in refused.text
    first = Client().get(URL, LOST | {"procedure": "verification"}).text
    assert "先办理学历证明书" in first
    assert "个人材料真实性承诺书" in first


def further_of(page) -> list[str]:
    """Return the questions a page asks besides."""
    return [bound.name for bound, _ in page.context["further"]]


def test_what_everybody_is_asked_and_did_not_say_is_asked_again() -> None:
    for lacking in ("entered", "place"):
        answer = Client().get(URL, {name: value for name, value in LOST.items() if name != lacking})
        assert (answer.status_code, "id_" + lacking in answer.text) == (422, True)
    assert Client().get(URL, LOST | {"entered": "2005"}).status_code == 422


@pytest.mark.requirement("S0-07", "S0-18")
def test_a_further_question_is_asked_only_where_its_answer_changes_something(noon) -> None:
    asked = Client().get(URL).text
    assert len(re.findall(r"<(?:select|input)[^>]* id=\"id_", asked)) == 5 + ("id_pack" in asked)
    assert further_of(Client().get(URL, LOST)) == ["admission_form", "school_status", "mismatch"]
    exempt = Client().get(URL, LOST | {"entered": "2010-09"})
    assert "admission_form" not in further_of(exempt)
    assert "录取审批表" in exempt.text.split('id="spared"')[1].split("</details>")[0]  # and it says so
    differs = Client().get(URL, LOST | {"mismatch": "name"})
    assert "identity_changed" in further_of(differs)
    assert "经核查与申请人为同一人" in differs.text  # the sentence of the law
    vocational = LOST | {"category": "职业中专", "entered": "1999-09"}
    needed = Client().get(URL, vocational)
    assert (further_of(needed)[:2], "answer" in needed.context, needed.status_code) == (["graduated", "sealed_by"], False, 200)  # fmt: skip
    assert 'name="entered" value="1999-09"' in needed.text  # carried on
    by_table = Client().get(URL, vocational | {"graduated": "2002-07"})
    assert "0371-57107919" in by_table.text
    assert "0371-86613255" in Client().get(URL, vocational | {"graduated": "2002-07", "sealed_by": "city"}).text
    assert "sealed_by" in further_of(by_table)
    assert "sealed_by" not in further_of(Client().get(URL, LOST))


@pytest.mark.requirement("S0-10")
@pytest.mark.parametrize(
    ("at", "place", "words"),
    [
        ((2022, 3, 1, 7, 30), "410100", "今天上午 9:00 开门"),
        ((2022, 3, 1, 12, 0), "410100", "现在受理咨询，到 12:00"),
        ((2022, 3, 1, 12, 1), "410100", "今天下午 14:30 开门"),
        ((2022, 3, 1, 17, 1), "410100", "明天（周三）上午 9:00 开门"),
        ((2022, 3, 1, 9, 0), "410526", "今天下午 15:00 开门"),  # afternoons only
        ((2022, 10, 3, 10, 0), "410100", "10月10日（周一）上午 9:00 开门"),  # a make-up Saturday is none of its days
        ((2022, 9, 30, 18, 0), "410600", "10月14日（周五）上午 8:00 开门"),  # Fridays only, over the holidays
    ],
)
def test_the_page_says_when_to_come(monkeypatch, at, place, words) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(*at, tzinfo=ZoneInfo("Asia/Shanghai")))
    shown = Client().get(URL, LOST | {"place": place}).context["hours"]
    assert shown == words


def test_before_the_notice_there_is_no_such_page(monkeypatch) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2019, 4, 1))
    assert Client().get(URL).status_code == 404


def test_nothing_is_asked_of_the_database(noon, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        Client().get(URL, LOST)


@pytest.mark.requirement("S0-13", "S0-35", "S0-36")
def test_forms_are_printed_blank_and_filled_with_what_was_answered(noon) -> None:
    page = Client().get(URL, LOST | {"programme": "会计"})
    links = re.findall(r'href="(/services/forms/[^"]+)"', page.text)
    assert {link.partition("?")[0].split("/")[3] for link in links} == {
        "attestation", "truth_commitment", "admission_form_lost_proof",
    }  # fmt: skip
    (filled,) = (html.unescape(link) for link in links if "attestation/" in link and "procedure" in link)
    (text,) = page_texts(b"".join(Client().get(filled).streaming_content))
    assert "会计专业学习" in text.replace("\n", "")
    assert "2005年9月-" in text.replace("\n", "")
    blank = Client().get("/services/forms/truth_commitment/")
    assert blank["Content-Type"] == "application/pdf"
    (text,) = page_texts(b"".join(blank.streaming_content))
    assert "承诺人（签字）" in text
    listed = Client().get("/services/forms/truth_commitment/", LOST | {"procedure": "verification", "diploma": "held"})
    (text,) = page_texts(b"".join(listed.streaming_content))
    text = "".join(text.split())
    assert "1.身份证原件的电子照片2.近期" in text
    assert "3.毕业证原件或学历证明书；录取审批表复印件" in text
    assert "附件3" not in text  # it does not name itself
    assert Client().get("/services/forms/diploma/").status_code == 404


@pytest.mark.requirement("S0-02", "S0-37")
def test_the_page_says_on_which_law_it_rests_and_which_letter_yields(noon) -> None:
    page = html.unescape(Client().get(URL).text)
    law = page[page.index('id="law"') :]
    of_replacement, of_verification = law[law.index("出具学历证明书") :].split("<b>学历认证</b>", 1)
    basis = "根据教育部《中等职业学校学籍管理办法》规定，毕业证书遗失可以由省级教育行政部门或其委托的机构出具学历证明书"
    assert basis in of_replacement
    assert "所需证明材料由省级教育行政部门规定" in of_replacement
    assert basis not in of_verification
    assert "（教职成函〔2018〕30号）与教办职成〔2019〕266号不一致的，以教办职成〔2019〕266号为准" in law
