"""The public pages: the form, the code's landing, one page for every «no»."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from tests.factories.certificates import view_of
from tests.factories.institutions import staffed_city
from tests.factories.lookup import solved
from tests.factories.production import approved_batch

from xueji.lookup import limits
from xueji.production.form_data import certificates_of, diploma_records

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return certificates_of(approved_batch(staffed_city(), count=1).issue).first()


def ask(number, name, **extra):
    return Client().post(reverse("public:check"), {"number": number, "name": name}, **extra)


def test_the_home_page_asks_for_number_and_name():
    page = Client().get(reverse("public:home"))
    assert page.status_code == 200
    assert 'name="number"' in page.text
    assert 'name="name"' in page.text
    assert "身份证号" in page.text  # it says that there is no look-up by identity number


def test_a_certificate_is_found_and_only_the_least_is_shown(certificate):
    page = ask(certificate.number.number, certificate.holder_name)
    assert page.status_code == 200
    assert certificate.school_name in page.text
    assert "「验印」还没有完成" in page.text
    assert certificate.holder_id[-4:] not in page.text
    assert str(certificate.holder_birth_date) not in page.text
    assert not re.search(r"[1-9]\d{5}(19|20)\d{9}[\dX]", page.text)
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize(
    ("kind", "standing", "words", "unsaid"),
    [
        ("completion", "valid", ["结业证书有效", "不是毕业证书", "结业年月"], ["毕业证书有效", "毕业年月"]),
        ("graduation", "withheld", ["毕业证书暂不发放"], ["有效</p>", "「加盖钢印」已经完成"]),
        ("graduation", "unsealed", ["已编号，尚未生效", "「加盖钢印」还没有完成"], ["有效</p>", "验印"]),
        ("graduation", "valid", ["毕业证书有效", "「加盖钢印」已经完成"], ["结业", "验印"]),
    ],
)
def test_the_answer_says_what_paper_it_is_and_how_it_stands(kind, standing, words, unsaid):
    from django.template.loader import render_to_string

    from xueji.lookup.answers import MaskedCertificate

    certificate = MaskedCertificate("1", "刘子思", kind, "某校", "护理", "2026-07", standing, "加盖钢印")
    page = render_to_string("public/found.html", {"certificate": certificate})
    shown = page[page.index("<section") : page.index("</section>")]
    assert [word for word in words if word not in shown] == []
    assert [word for word in unsaid if word in shown] == []


def test_every_no_is_the_same_bytes(certificate):
    nos = [
        ask(certificate.number.number, "李四"), ask("20190699999", certificate.holder_name), ask("", ""),
        ask("<b>", "<script>"), ask(certificate.number.number, ""),
    ]  # fmt: skip
    assert {page.status_code for page in nos} == {200}
    assert len({page.content for page in nos}) == 1


def test_the_code_of_a_diploma_fills_in_the_number_and_asks_for_the_name(certificate):
    text = diploma_text(certificate)
    assert text.startswith(f"{settings.SITE_URL}/v/?n=")
    page = Client().get("/v/", {"n": certificate.number.number})
    assert f'value="{certificate.number.number}"' in page.text
    assert certificate.holder_name not in page.text
    assert certificate.school_name not in page.text
    assert Client().get("/v/", {"n": '"><script>alert(1)</script>'}).text.count("<script>alert") == 0


def diploma_text(certificate) -> str:
    from tests.factories.production import photo

    from xueji.documents.storage import store_bytes

    assert certificate.photo_id == store_bytes(photo(), "image/jpeg").pk
    return diploma_records([certificate], view_of().document("diploma"))[0].qr_text


def test_too_many_questions_take_a_task_and_forwarded_headers_do_not_help(certificate):
    for n in range(limits.PER_ADDRESS):
        assert ask(f"2019069{n:04d}", "某人", REMOTE_ADDR="192.0.2.1").status_code == 200
    limited = ask(
        certificate.number.number, certificate.holder_name, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="198.51.100.9"
    )
    assert limited.status_code == 429
    assert certificate.school_name not in limited.text
    assert "no-store" in limited["Cache-Control"]
    assert "15</b> 秒" in limited.text  # where no script runs
    form = limited.text[limited.text.index("data-task") :]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    sent = {name: value for name, value in fields if name != "csrfmiddlewaretoken"}
    assert {"number", "name", "token", "solution"} <= set(sent)
    again = Client().post(reverse("public:check"), sent, REMOTE_ADDR="192.0.2.1")
    assert again.status_code == 429
    sent |= solved(limited.context["task"])
    found = Client().post(reverse("public:check"), sent, REMOTE_ADDR="192.0.2.1")
    assert found.status_code == 200
    assert certificate.school_name in found.text


def test_the_page_of_a_task_is_as_safe_as_the_form(certificate):
    for n in range(limits.PER_ADDRESS):
        ask(f"2019069{n:04d}", "某人")
    page = ask('"><script>alert(1)</script>', "<b>x" * 200)
    assert page.status_code == 429
    assert "<script>alert" not in page.text
    assert "<b>x" not in page.text


def test_the_address_of_the_check_leads_to_its_form_and_looks_nothing_up(certificate):
    typed = {"number": certificate.number.number, "name": certificate.holder_name}
    for sent in ({}, {"number": "", "name": ""}, typed):
        page = Client().get(reverse("public:check"), sent)
        assert (page.status_code, page["Location"]) == (302, reverse("public:home"))
        assert "no-store" in page["Cache-Control"]


def test_the_check_looks_up_posts_only_and_needs_its_token():
    assert {Client().generic(method, reverse("public:check")).status_code for method in ("PUT", "DELETE")} == {405}
    assert (
        Client(enforce_csrf_checks=True).post(reverse("public:check"), {"number": "1", "name": "x"}).status_code == 403
    )


def test_the_guide_explains_the_answers():
    page = Client().get(reverse("public:guide"))
    assert f">{settings.SITE_URL.partition('//')[2]}</b>" in page.text, "as printed on the papers, not as asked for"
    assert "照片" in page.text
