"""From nothing: the code on the terminal, one founding, an administrator who enters the rest."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict
from xueji.institutions import setup_code
from xueji.institutions.actions_setup import Administrator, set_up_installation
from xueji.institutions.divisions import level_of
from xueji.institutions.models import Authority, Level, Post
from xueji.institutions.queries import posts_of
from xueji.institutions.queries.area import is_set_up, packs_to_set_up
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PASSWORD = "lantern-quarry-58-otter"
FORM = {
    "pack": "edu/shaanxi-weinan", "name": "甲市教育局", "short_name": "甲市局", "full_name": "管理员",
    "username": "keeper", "phone": "", "password": PASSWORD, "password_again": PASSWORD,
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def test_the_code_is_one_for_two_starts_and_lies_closed(home: Path) -> None:
    code = setup_code.issue_code(home)
    assert setup_code.issue_code(home) == code
    assert len(code) == len("ABCD-EFGH-JKLM")
    assert stat.S_IMODE((home / "setup.code").stat().st_mode) == 0o600
    assert [p.name for p in home.iterdir()] == ["setup.code"]
    assert setup_code.fits(home, code.lower().replace("-", " "))
    assert not setup_code.fits(home, "")
    assert not setup_code.fits(home, code[:-1])
    setup_code.spend(home)
    assert not setup_code.fits(home, code)
    assert setup_code.issue_code(home) != code


def test_every_page_leads_to_the_founding_until_it_is_done_and_never_again(home: Path, client: Client) -> None:
    code = setup_code.issue_code(home)
    for path in ("/", "/accounts/login/", "/desk/", "/office/queue/"):
        assert client.get(path)["Location"] == "/setup/"
    assert client.get("/healthz").status_code == 200
    assert "开通码" in client.get("/setup/").content.decode()
    answer = client.post("/setup/", {**FORM, "code": code})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert client.get("/").status_code == 200
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", {**FORM, "username": "second", "code": code}).status_code == 404
    administrator = User.objects.get()
    assert [p.post for p in posts_of(administrator)] == [Post.ADMINISTRATOR]
    signed_in = client.post("/accounts/login/", {"login": "keeper", "password": PASSWORD})
    assert signed_in.status_code == 302
    assert client.get("/office/institutions/").status_code == 200
    assert {"authority:registered", "account:issued", "appointment:made", "installation:opened"} <= set(
        Event.objects.values_list("tag", flat=True)
    )


def test_a_wrong_code_founds_nothing_and_forgets_nothing_but_passwords(home: Path, client: Client) -> None:
    setup_code.issue_code(home)
    answer = client.post("/setup/", {**FORM, "code": "AAAA-AAAA-AAAA"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "开通码不对" in page
    assert "甲市教育局" in page
    assert PASSWORD not in page
    assert not is_set_up()
    assert not Authority.objects.exists()
    assert setup_code.is_open(home)


def test_a_weak_password_and_two_that_differ_are_said_in_chinese(home: Path, client: Client) -> None:
    code = setup_code.issue_code(home)
    for wrong, message in (
        ({"password_again": PASSWORD + "x"}, "不一致"),
        ({"password": "12345", "password_again": "12345"}, "密码"),
    ):
        answer = client.post("/setup/", {**FORM, "code": code, **wrong})
        assert answer.status_code == 422
        assert message in answer.content.decode()
    assert not is_set_up()


def test_the_authority_founded_is_that_of_the_whole_territory_of_the_pack() -> None:
    person = Administrator("keeper", "管理员", "", PASSWORD)
    city = set_up_installation(
        pack_id="edu/shaanxi-weinan", name="甲市教育局", short_name="甲", administrator=person, by=None, at=AT
    )
    assert (city.level, city.division_code, city.line) == (Level.CITY, "610500", "edu")
    other = Administrator("keeper2", "管理员二", "", PASSWORD)
    province = set_up_installation(
        pack_id="hrss/fujian", name="乙省人社厅", short_name="乙", administrator=other, by=None, at=AT
    )
    assert (province.level, province.line) == (Level.PROVINCE, "hrss")
    with pytest.raises(Conflict):
        set_up_installation(
            pack_id="hrss/fujian", name="丙省人社厅", short_name="丙",
            administrator=Administrator("keeper3", "管理员三", "", PASSWORD), by=None, at=AT,
        )  # fmt: skip
    assert not User.objects.filter(username="keeper3").exists()
    with pytest.raises(BadInput, match="没有政策包"):
        set_up_installation(pack_id="edu/atlantis", name="丁", short_name="丁", administrator=other, by=None, at=AT)


def test_the_level_is_told_by_the_code() -> None:
    assert [level_of(code) for code in ("450000", "610500", "610502")] == [Level.PROVINCE, Level.CITY, Level.COUNTY]


def test_invented_packs_are_offered_for_evaluation_alone() -> None:
    real, all_of_them = ({pack.id for pack in packs_to_set_up(fictional=fictional)} for fictional in (False, True))
    assert "edu/guangxi" in real
    assert "edu/national" not in all_of_them
    assert all_of_them - real == {"fictional/freedonia", "fictional/ruritania"}
