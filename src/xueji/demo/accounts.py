"""Who works in the demo city: one named person a post, all with one password, for evaluation alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import make_password

from xueji.accounts.actions import issue_account
from xueji.accounts.models import User
from xueji.demo.city import CITY, COUNTIES, school_plans
from xueji.institutions.actions import appoint
from xueji.institutions.models import Authority, Post, School

PASSWORD = "xueji-demo-2019"  # noqa: S105  # printed on the terminal: the city is made up and listens on this machine
_CLERKS = ["王芳", "李静", "张敏", "刘洋", "陈莉", "杨丹", "赵磊", "黄娟", "周倩", "吴涛", "徐艳", "孙鹏", "胡萍", "朱琳", "高峰", "林茜", "何军", "郭蕊", "马超", "罗兰", "梁静", "宋雪", "郑凯", "谢芸", "韩梅", "唐勇", "冯娜", "于洁", "董浩", "萧红"]  # fmt: skip
_COUNTY_REVIEWERS = [
    "贾建国",
    "魏小红",
    "薛志军",
    "叶春梅",
    "阎立民",
    "余海燕",
    "潘国庆",
    "杜秀英",
    "戴文斌",
    "夏玉兰",
    "田永明",
]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo: user name, person, post, and the place by its code (school code or division code)."""

    username: str
    full_name: str
    post: Post
    place: str
    place_name: str


def accounts_table() -> tuple[DemoAccount, ...]:
    """Return every account of the demo, those of the guided path first."""
    plans = school_plans()
    city = [
        DemoAccount(username, full_name, post, CITY[0], CITY[1])
        for username, full_name, post in (
            ("city01", "李亚平", Post.CITY_REVIEWER),
            ("city02", "任海波", Post.CITY_REVIEWER),
            ("cityleader01", "姜维新", Post.CITY_LEADER),
            ("sealer01", "范长江", Post.SEALER),
            ("supervisor01", "方慧", Post.SEAL_SUPERVISOR),
            ("auditor01", "石正清", Post.AUDITOR),
            ("admin01", "姚立", Post.ADMINISTRATOR),
        )
    ]
    counties = [
        DemoAccount(f"county{index:02d}", full_name, Post.COUNTY_REVIEWER, code, f"{name}教育局")
        for index, ((code, name), full_name) in enumerate(zip(COUNTIES, _COUNTY_REVIEWERS, strict=True), start=1)
    ]
    clerks = [
        DemoAccount(f"school{plan.number:02d}", full_name, Post.SCHOOL_CLERK, plan.code, plan.name)
        for plan, full_name in zip(plans, _CLERKS, strict=True)
    ]
    leaders = [
        DemoAccount(f"leader{plan.number:02d}", plan.principal, Post.SCHOOL_LEADER, plan.code, plan.name)
        for plan in plans
    ]
    return (clerks[0], leaders[0], counties[0], *city, *clerks[1:], *leaders[1:], *counties[1:])


def issue_accounts(*, at: datetime, starts_on: date) -> dict[str, User]:
    """Issue every account and appoint its person; return the users by user name."""
    schools = {school.code: school for school in School.objects.all()}
    authorities = {authority.division_code: authority for authority in Authority.objects.all()}
    users: dict[str, User] = {}
    encoded = make_password(PASSWORD)
    for account in accounts_table():
        issued = issue_account(
            username=account.username, full_name=account.full_name, by=None, at=at, password=PASSWORD, encoded=encoded
        )
        users[account.username] = issued.user
        school = schools.get(account.place)
        authority = None if school else authorities[account.place]
        appoint(
            user=issued.user, post=account.post, school=school, authority=authority, starts_on=starts_on, by=None, at=at
        )
    return users


def describe_accounts() -> str:
    """Return the accounts of the guided path as a table for the terminal, the others as a range."""
    table = accounts_table()
    lines = [f"账号（密码都是 {PASSWORD}）："]
    lines += [f"  {a.username:<13} {a.full_name}　{a.place_name}{a.post.label}" for a in table[:10]]
    lines.append("  school02–school30 各校经办人，leader02–leader30 各校负责人，county02–county11 各县审核人")
    return "\n".join(lines)
