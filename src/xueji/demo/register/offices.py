"""Authorities, schools, people with posts and admission licences of the province, entered through the actions of a set-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from xueji.accounts.actions import issue_account
from xueji.accounts.models import User
from xueji.core.intakes import Intake
from xueji.demo.accounts import PASSWORD
from xueji.demo.register.layout import AuthorityPlan, Layout, SchoolShare
from xueji.institutions.actions import appoint, register_authority
from xueji.institutions.actions_many import add_programmes, register_schools
from xueji.institutions.actions_sites import file_site, register_site
from xueji.institutions.models import Authority, Post, Programme, School, TeachingSite
from xueji.licences.actions import publish_licences
from xueji.licences.columns import LicenceLine

YEARS = Decimal("3.0")
CAMPUS = "本部"
_POSTS = {"province": Post.PROVINCE_REVIEWER, "city": Post.CITY_REVIEWER, "county": Post.COUNTY_REVIEWER}
_SURNAMES, _GIVEN = "赵钱孙周吴郑冯褚卫蒋沈韩朱秦许何吕施孔曹严华金魏", "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Founding:
    """When the province was set up, from when people hold their posts, under which password they sign in."""

    at: datetime
    starts_on: date
    encoded: str


def enter_province(province: Layout, intakes: Sequence[Intake], at: datetime, say: Callable[[str], None]) -> None:
    """Enter everything that stands before the first student, all of it or nothing."""
    founding = Founding(at, timezone.localdate(at), make_password(PASSWORD))
    with transaction.atomic():
        say(f"登记 {len(province.offices)} 个主管部门和经办人")
        admin = _offices(province.offices, founding)
        say(f"登记 {len(province.schools)} 所学校、专业、校区和经办人")
        _schools(province.schools, admin, founding)
        reviewer = User.objects.get(username="province1")
        top = Authority.objects.get(division_code=province.offices[0].code)
        lines = [line for intake in intakes for plan in province.schools for line in _licences(plan, intake)]
        publish_licences(authority=top, lines=lines, by=reviewer, at=at)
        say(f"公布 {len(lines)} 条招生资质")


def _offices(offices: Iterable[AuthorityPlan], founding: Founding) -> User:
    """Enter the authorities with two reviewers each (双岗), an administrator and an auditor; return the administrator."""
    authorities: dict[str, Authority] = {}
    for number, office in enumerate(offices):
        place = authorities[office.code] = register_authority(
            name=office.name, short_name=office.short_name, level=office.level, division_code=office.code,
            parent=authorities.get(office.above), by=None, at=founding.at,
        )  # fmt: skip
        for hand, username in enumerate(reviewers_of(office.level, office.code)):
            _person(username, number * 2 + hand, _POSTS[office.level], founding, authority=place)
    top = next(iter(authorities.values()))
    _person("auditor", 0, Post.AUDITOR, founding, authority=top)
    return _person("admin", 1, Post.ADMINISTRATOR, founding, authority=top)


def reviewers_of(level: str, code: str) -> tuple[str, str]:
    """Return the accounts of the two reviewers of an authority."""
    return ("province1", "province2") if level == "province" else (f"c{code}.1", f"c{code}.2")


def _schools(plans: Sequence[SchoolShare], admin: User, founding: Founding) -> None:
    places = {authority.division_code: authority for authority in Authority.objects.all()}
    schools = [
        School(
            name=plan.name, code=plan.code, authority=places[plan.place], principal=plan.principal,
            address=f"{places[plan.place].short_name}示范路 {plan.number} 号（虚构）",
        )
        for plan in plans
    ]  # fmt: skip
    register_schools(schools=schools, by=admin, at=founding.at)
    add_programmes(
        programmes=[
            Programme(school=school, code=code, name=name, duration_years=YEARS)
            for plan, school in zip(plans, schools, strict=True) for code, name in plan.programmes
        ],
        by=admin, at=founding.at,
    )  # fmt: skip
    for plan, school in zip(plans, schools, strict=True):
        _person(f"clerk{plan.number:03d}", plan.number, Post.SCHOOL_CLERK, founding, school=school)
        _person(f"leader{plan.number:03d}", plan.number, Post.SCHOOL_LEADER, founding, school=school)
        site = register_site(
            school=school, kind=TeachingSite.Kind.CAMPUS, name=CAMPUS, address=school.address,
            from_on=founding.starts_on, by=admin, at=founding.at,
        )  # fmt: skip
        file_site(
            site=site, filed_on=founding.starts_on, filing_number=f"豫教备〔{founding.starts_on.year}〕{plan.number}号",
            by=admin, at=founding.at,
        )  # fmt: skip


def _person(
    username: str,
    number: int,
    post: Post,
    founding: Founding,
    *,
    authority: Authority | None = None,
    school: School | None = None,
) -> User:
    full_name = _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number // 24 % 10] + _GIVEN[number // 240 % 10]
    user = issue_account(
        username=username, full_name=full_name, by=None, at=founding.at, password=PASSWORD, encoded=founding.encoded
    ).user
    appoint(
        user=user, post=post, authority=authority, school=school, starts_on=founding.starts_on, by=None, at=founding.at
    )
    return user


def _licences(plan: SchoolShare, intake: Intake) -> list[LicenceLine]:
    quota = plan.students // len(plan.programmes) + 50
    return [LicenceLine(intake, plan.code, plan.name, name, YEARS, "", quota) for _, name in plan.programmes]
