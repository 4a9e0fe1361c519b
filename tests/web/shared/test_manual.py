"""The manual inside the product: every post has its own, every declared section is there, every page leads to one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import get_resolver
from tests.architecture.source import ROOT
from tests.factories.accounts import ApplicantFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed
from tests.web.applicants import signed_in_applicant
from tests.web.test_matrix import ALL

from xueji.attestations.queries import HEALTH
from xueji.institutions.models import Post
from xueji.institutions.queries import granted_by, posts_of
from xueji.web import manual_pages
from xueji.web.manual import MANUALS, SECTIONS_OF, help_address, manuals_of
from xueji.web.manual_pages import page_of_manual
from xueji.web.menu import every_line

OF_SCHOOLS = (Post.SCHOOL_CLERK, Post.SCHOOL_LEADER)
WITHOUT_SECTION = {"desk", "school:jobs", "area_jobs", "jobs"}  # a list that explains itself


def _signed_in(post: Post, **authority: Any) -> Client:
    place = SchoolFactory() if post in OF_SCHOOLS else AuthorityFactory(**authority)
    client = Client()
    client.force_login(appointed(post, place), backend="xueji.accounts.backends.Accounts")
    return client


def test_every_file_of_the_manual_is_a_page_and_the_other_way_round() -> None:
    files = {path.name for path in (ROOT / "docs" / "manual").glob("*.md")}
    assert {manual.file for manual in MANUALS} == files
    assert {post for manual in MANUALS for post in manual.posts} == set(Post)
    for manual in MANUALS:
        page = page_of_manual(manual.key, is_open=manual.is_open)
        assert page.title, manual.file
        assert "<script" not in page.text


def test_every_declared_section_is_a_heading_of_its_file_and_every_name_an_address() -> None:
    names = {address.name for address in ALL}
    assert set(SECTIONS_OF) - names == set()
    keys = {manual.key: manual for manual in MANUALS}
    for name, sections in SECTIONS_OF.items():
        for section in sections:
            key, heading = section.split("#", 1)
            text = page_of_manual(key, is_open=keys[key].is_open).text
            assert f'id="{heading}"' in text, f"{name}: {section} is not there"


def test_lines_of_a_paragraph_follow_each_other_without_a_gap() -> None:
    assert "照它做。" not in page_of_manual("city", is_open=False).text
    assert (
        "批次页面顶部总有一张「下一步」卡片，不知道做什么时，照它做。</p>"
        in page_of_manual("school-clerk", is_open=False).text
    )
    assert "按期报备。登录后先看" in page_of_manual("school-clerk", is_open=False).text


def test_a_section_that_is_not_there_is_found_missing() -> None:
    assert 'id="没有这一节"' not in page_of_manual("city", is_open=False).text


@pytest.mark.parametrize("post", list(Post), ids=lambda post: post.value)
def test_the_help_of_a_page_lies_in_a_manual_of_the_reader(post: Post) -> None:
    readable = [manual for manual in MANUALS if post in manual.posts and manual.line != HEALTH]
    may, audience = granted_by(frozenset({post})), "school" if post in OF_SCHOOLS else "authority"
    for line in every_line():
        if line.audience == audience and line.permission in may:
            key = help_address((line.url_name,), readable).split("/")[2]
            assert key in {manual.key for manual in readable}, line.url_name
    assert help_address(("no such page",), readable) == help_address((), readable)


def test_who_holds_two_posts_has_both_manuals_and_who_holds_none_the_list() -> None:
    assert help_address((), []) == "/manual/"
    assert help_address(("authority:sealing",), [m for m in MANUALS if m.key in {"city", "sealing"}]).endswith("#当天")


@pytest.mark.django_db
def test_the_head_of_a_page_leads_to_its_section() -> None:
    client = _signed_in(Post.CITY_REVIEWER)
    assert 'href="/manual/city/#审核"' in unquote(client.get("/office/queue/").text)
    assert 'href="/manual/city/"' in client.get("/desk/").text
    assert 'href="/manual/open/public/"' in Client().get("/").text
    assert 'href="/manual/open/graduates/' in signed_in_applicant(ApplicantFactory()).get("/my/").text
    assert 'href="/manual/open/graduates/#先查清要带什么"' in Client().get("/services/").text


@pytest.mark.django_db
def test_own_manuals_stand_first_and_the_others_can_be_read() -> None:
    client = _signed_in(Post.SEALER)
    page = client.get("/manual/").text
    assert page.index("验印人与监印人") < page.index("其他岗位和公众") < page.index("学校经办人")
    other = client.get("/manual/school-clerk/")
    assert other.status_code == 200
    assert '<h2 id="五、预约验印">' in other.text
    assert client.get("/manual/no-such/").status_code == 404
    assert client.get("/manual/graduates/").status_code == 404  # lies under /manual/open/
    assert Client().get("/manual/open/school-clerk/").status_code == 404
    assert Client().get("/manual/city/").status_code == 302


@pytest.mark.django_db
def test_the_health_authority_has_its_own_and_not_that_of_a_province() -> None:
    person = appointed(Post.PROVINCE_REVIEWER, AuthorityFactory(line=HEALTH))
    assert [manual.key for manual in manuals_of(posts_of(person))] == ["health"]


@pytest.mark.django_db
@pytest.mark.parametrize("post", [Post.ADMINISTRATOR, Post.AUDITOR, Post.CITY_LEADER, Post.PROVINCE_LEADER])
def test_those_beside_the_desk_of_the_health_authority_have_one_and_others_do_not(post: Post) -> None:
    person = appointed(post, AuthorityFactory(line=HEALTH))
    assert [manual.key for manual in manuals_of(posts_of(person))] == ["health-office"]
    elsewhere = appointed(post, AuthorityFactory())
    assert "health-office" not in [manual.key for manual in manuals_of(posts_of(elsewhere))]


def test_links_between_the_files_lead_to_pages() -> None:
    for manual in MANUALS:
        for address in re.findall(r'href="([^"#]+)', page_of_manual(manual.key, is_open=manual.is_open).text):
            assert address.startswith("/manual/"), (manual.file, address)
            get_resolver().resolve(address)


def test_an_installation_without_a_clone_reads_what_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "share" / "xueji" / "manual"
    installed.mkdir(parents=True)
    monkeypatch.setattr(manual_pages, "__file__", str(tmp_path / "lib" / "xueji" / "web" / "manual_pages.py"))
    monkeypatch.setattr(manual_pages.sys, "prefix", str(tmp_path))
    assert manual_pages.find_directory() == installed
