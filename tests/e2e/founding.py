"""An installation nobody has touched, filled on its pages alone: founding, units, accounts, the first sign-ins, a class."""

from __future__ import annotations

import re
from datetime import date, timedelta

from playwright.sync_api import Browser, expect
from tests.e2e.conftest import Stack
from tests.e2e.pages import Person, Visitor
from tests.e2e.town import PASSWORD, season_year

from xueji.demo.provinces import ProvincePlan, ProvinceSchool
from xueji.institutions.models import Post

CODE = re.compile(r"开通码 ([A-Z0-9]{4}(?:-[A-Z0-9]{4}){2})")


def code_of(stack: Stack) -> str:
    """Return the code the terminal shows while nobody has founded the installation."""
    return CODE.search((stack.home / "serve.log").read_text())[1]


def found(browser: Browser, stack: Stack, plan: ProvincePlan, code: str) -> Person:
    """Found a line of authorities with the code; return its administrator, signed in with the password just chosen."""
    _, _, name, short_name = plan.authorities[0]
    username = f"{plan.key}_admin"
    visitor = Visitor(browser, stack.url)
    visitor.open("/setup/")
    fields = {
        "code": code, "name": name, "short_name": short_name, "full_name": "姚立", "username": username,
        "password": PASSWORD, "password_again": PASSWORD,
    }  # fmt: skip
    for field, value in fields.items():
        visitor.page.fill(f"[name={field}]", value)
    visitor.page.locator("[name=pack]").select_option(plan.pack)
    visitor.fits_a_phone()
    visitor.shot(f"{plan.key}-00-setup")
    visitor.clicks("开通")
    expect(visitor.page).to_have_url(re.compile("/accounts/login/"))
    visitor.open("/setup/")
    expect(visitor.page.locator("[name=code]")).to_have_count(0)  # the code is spent
    visitor.leaves()
    return Person(browser, stack.url, username)


def enter_units(administrator: Person, plan: ProvincePlan) -> None:
    """Enter the authorities below the topmost one, the schools and their programmes."""
    names = {code: name for _, code, name, _ in plan.authorities}
    for level, code, name, short_name in plan.authorities[1:]:
        _open_unit(administrator, plan.authorities[0][2])
        administrator.clicks("登记下级主管部门")
        _fill(administrator, name=name, short_name=short_name, division_code=code)
        administrator.page.locator("main [name=level]").select_option(level)
        administrator.clicks("保存")
        administrator.sees(f"已登记{name}")
    for school in plan.schools:
        _open_unit(administrator, names[school.place])
        administrator.clicks("登记学校")
        _enter_school(administrator, school)
    administrator.shot(f"{plan.key}-00-school")


def _open_unit(administrator: Person, name: str) -> None:
    administrator.open("/office/institutions/")
    administrator.page.locator("main table").first.get_by_role("link", name=name, exact=True).click()


def _enter_school(administrator: Person, school: ProvinceSchool) -> None:
    """Enter a school and what it teaches."""
    address, phone = "学府路 1 号（虚构）", "0000-0000000"
    _fill(administrator, name=school.name, code=school.code, principal=school.principal, address=address, phone=phone)
    administrator.clicks("保存")
    administrator.sees(f"已登记{school.name}")
    for code, name in school.programmes:
        administrator.clicks("登记专业")
        _fill(administrator, code=code, name=name, duration_years="3")
        administrator.clicks("保存")
        administrator.sees(f"已登记专业「{name}」")


def _fill(person: Person, **values: str) -> None:
    for name, value in values.items():
        person.page.fill(f"main [name={name}]", value)


def staff_of(administrator: Person, browser: Browser, plan: ProvincePlan) -> dict[str, Person]:
    """Issue an account to everybody of the plan; return each, come in with a password of their own."""
    places = {code: name for _, code, name, _ in plan.authorities}
    people = [(name, full_name, post, places[code]) for name, full_name, post, code in plan.officers]
    for school in plan.schools:
        people.append((f"{school.key}_clerk", f"{school.principal[0]}经办", Post.SCHOOL_CLERK, school.name))
        people.append((f"{school.key}_leader", school.principal, Post.SCHOOL_LEADER, school.name))
    staff = {}
    for name, full_name, post, place in people:
        username = f"{plan.key}_{name}"
        _changes_password(browser, administrator.url, username, _issue(administrator, username, full_name, post, place))
        staff[name] = Person(browser, administrator.url, username)
    return staff


def _issue(administrator: Person, username: str, full_name: str, post: str, place: str) -> str:
    """Issue an account; return its password, shown this once."""
    administrator.open("/office/accounts/new/")
    _fill(administrator, username=username, full_name=full_name)
    administrator.page.locator("main [name=post]").select_option(post)
    administrator.page.locator("main [name=place]").select_option(label=place)
    administrator.clicks("发放")
    administrator.sees("密码只显示这一次")
    password = administrator.page.locator("dd.mono").nth(1).inner_text()
    administrator.clicks("完成")
    expect(administrator.page.locator("h1")).to_have_text(full_name)
    assert password not in administrator.page.content()
    return password


def _changes_password(browser: Browser, url: str, username: str, password: str) -> None:
    """The first sign-in leads to the change of the password and nowhere else."""
    newcomer = Visitor(browser, url)
    newcomer.offers(username, password)
    expect(newcomer.page).to_have_url(re.compile("/accounts/password/"))
    for name, value in (("oldpassword", password), ("password1", PASSWORD), ("password2", PASSWORD)):
        newcomer.page.fill(f"[name={name}]", value)
    newcomer.page.locator("main form:has([name=oldpassword]) button[type=submit]").first.click()
    expect(newcomer.page).to_have_url(re.compile("/desk/"))
    newcomer.leaves()


def open_season(officer: Person) -> None:
    """The authority that seals opens the newest autumn class, by today's policy."""
    today = date.today()
    officer.open("/office/seasons/")
    officer.sees("还没有开设届次")
    _fill(officer, year=str(season_year(today)), legal_date=today.isoformat())
    officer.page.locator("main [name=term]").select_option("autumn")
    officer.clicks("开设")
    officer.sees("已开设")


def arrange_round(officer: Person, place: str) -> None:
    """The authority that seals arranges a round around today."""
    today = date.today()
    officer.open("/office/rounds/")
    _fill(
        officer, place=place, schools_per_half_day="4", opens_on=(today - timedelta(days=1)).isoformat(),
        closes_on=(today + timedelta(days=9)).isoformat(),
    )  # fmt: skip
    officer.clicks("安排")
    officer.sees("已安排")
