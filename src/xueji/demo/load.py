"""Load the synthetic city, the same every time from a seed, through the actions that people use.

All of it is one transaction: a load that was cut short leaves nothing, and the next one begins anew.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.certificates.models import Term
from xueji.core.errors import ServiceError
from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.demo import special_cases, stages, story
from xueji.demo.accounts import PASSWORD, accounts_table, describe_accounts, issue_accounts
from xueji.demo.ahead import Ahead
from xueji.demo.city import CITY, ClassYear, SchoolPlan, Stage, current_class, school_plans
from xueji.demo.faults import seeded_faults
from xueji.demo.neighbours import describe_neighbours, load_neighbours
from xueji.demo.people import PeopleMaker
from xueji.demo.registering import register_authorities, register_schools
from xueji.demo.stages import Scene
from xueji.demo.story import Cast, Times, list_name
from xueji.graduation.actions import open_season
from xueji.graduation.models import Season
from xueji.institutions.models import Authority, Level, School
from xueji.production.actions import open_round
from xueji.production.models import SealingRound
from xueji.uploads.actions import confirm_upload

__all__ = ["accounts_table", "demo_folder", "describe_city", "load_city"]

Say = Callable[[str], None]
_PLACE = "市教育局职业教育与成人教育科（演示）"
_NUMBERED_FIRST = (Stage.DONE, Stage.OVERDUE, Stage.SEALED, Stage.BOOKED, Stage.PRINTED, Stage.NUMBERED)
_BY_HAND = (Stage.EMPTY, Stage.FINDINGS, Stage.DRAFT)
_COMPARED = (Stage.CITY, Stage.COUNTY)  # whose reviewers look at last year's figures
_LARGEST_COMPARED = 400  # the biggest would take longer than their figures are worth
_TRY_WRONG, _TRY_RIGHT = "试一试-1-有错", "试一试-2-无误"
_LATE_SCHOOL, _LATE_SIZE = 16, 9
_SMALLEST, _SMALLEST_BY_HAND = 26, 50  # a faulty workbook has room for every fault
_GUIDE = """把下面的文件拖进「上传数据」页：
  试一试-1-有错：查出全部问题，照着改
  试一试-2-无误：同一班学生，可以确认入库
用户 school01（临渭区秦源职业技术学校）。其余文件是另两所学校已经上传的名册和照片。
"""


@dataclass(slots=True)
class _City:
    """What the loading keeps at hand."""

    seed: int
    today: date
    year: ClassYear
    shrink: int
    people: PeopleMaker
    users: Mapping[str, User]
    schools: Mapping[int, School]
    authority: Authority
    ahead: Ahead
    say: Say

    def cast(self, plan: SchoolPlan) -> Cast:
        """Return who acts for a school."""
        return Cast(plan, self.schools[plan.number], self.users)

    def graduates_of(self, plan: SchoolPlan, year: ClassYear | None = None, percent: int = 100) -> list[GraduateFacts]:
        """Return the graduates of a school in a class (the current one), as many as the city is big."""
        smallest = _SMALLEST_BY_HAND if plan.stage in _BY_HAND else _SMALLEST
        size = max(smallest, plan.size * percent // 100 // self.shrink)
        return self.people.graduates_of(plan, year or self.year, size if (percent, self.shrink) != (100, 1) else None)

    def scene(self, plan: SchoolPlan, season: Season, sealing_round: SealingRound, times: Times) -> Scene:
        """Return what telling a school's story needs."""
        return Scene(self.cast(plan), season, sealing_round, times, self.ahead)

    def season(self, year: int, term: str, times: Times, days_ago: int) -> Season:
        """Open a class."""
        month = 7 if term == Term.AUTUMN else 6
        return open_season(
            authority=self.authority,
            year=year,
            term=term,
            legal_date=date(year, month, 20 if month == 6 else 8),
            by=self.users["city01"],
            at=times.at(days_ago, 8, 30),
        )


def demo_folder() -> Path:
    """Return the folder of workbooks and photo archives."""
    return Path(settings.MEDIA_ROOT).parent / "demo"


def city_is_there() -> bool:
    """Whether the city has been loaded before."""
    return Authority.objects.filter(level=Level.CITY, division_code=CITY[0]).exists()


def load_city(*, seed: int = 2019, progress: Say = print, today: date | None = None, shrink: int = 1) -> bool:
    """Load the city and say how it goes; return False, and change nothing, when it is there already.

    `shrink` divides the schools' sizes, for those who need every state but not every graduate.
    """
    if settings.PRODUCTION:
        raise ServiceError("正式环境不能载入演示数据：演示账号的密码是公开的")
    if city_is_there():
        progress("演示城市已经载入，直接使用。")
        return False
    started = time.monotonic()

    def say(text: str) -> None:
        progress(f"[{time.monotonic() - started:5.1f} 秒] {text}")

    with transaction.atomic():
        _load(seed, today or timezone.localdate(), shrink, say)
    say("演示城市已就绪。")
    return True


def describe_city() -> str:
    """Return what a newcomer needs: accounts, where the files lie, and the faults that were put into them."""
    faults = "\n".join(f"  {label}：{times} 处" for label, times in seeded_faults().items())
    files = demo_folder()
    return (
        f"{describe_accounts()}\n{describe_neighbours()}\n名册和照片：{files}\n每份「有错」名册里放入的错误：\n{faults}"
    )


def _load(seed: int, today: date, shrink: int, say: Say) -> None:
    year = current_class(today)
    times = Times(today)
    beginning = date(year.year - 1, 1, 5)
    at = Times(beginning).at(0)
    say("建立主管部门、学校和专业")
    authority = register_authorities(at=at)
    schools = register_schools(at=at)
    say("开设账号")
    users = issue_accounts(at=at, starts_on=beginning)
    with Ahead(seed) as ahead:
        city = _City(seed, today, year, shrink, PeopleMaker(seed), users, schools, authority, ahead, say)
        _load_last_year(city)
        _load_late(city)
        _load_current(city, times)
    load_neighbours(
        year=year.year, today=today, at=at, starts_on=beginning, legal_date=date(year.year, 6, 20), password=PASSWORD, seed=seed,
        folder=demo_folder(), say=say,
    )  # fmt: skip


def _load_last_year(city: _City) -> None:
    """Tell last year's class of the schools under review now, in July: what their reviewers compare with."""
    year = ClassYear(city.year.year - 1)
    times = Times(date(year.year, 7, 10))
    season = city.season(year.year, Term.AUTUMN, times, 40)
    sealing_round = open_round(**_class(season), place=_PLACE, by=city.users["city01"], at=times.at(30))
    plans = [plan for plan in school_plans() if plan.stage in _COMPARED and plan.size <= _LARGEST_COMPARED]
    for plan in plans:
        people = city.graduates_of(plan, year, 88 + plan.number * 7 % 23)
        city.ahead.order_list(plan, people, year, list_name(plan, season))
    for plan in plans:
        stages.bring_to_end(city.scene(plan, season, sealing_round, times))
    _refresh_statistics()
    city.say(f"{season.label}：{len(plans)} 所学校已办结")


def _load_late(city: _City) -> None:
    """Tell the stragglers of the spring class, sealed late with their own forms (S1-13)."""
    passed = city.today > date(city.year.year, 7, 12)
    year = ClassYear(city.year.year if passed else city.year.year - 1)
    times = Times(date(year.year, 7, 10))
    season = city.season(year.year, Term.SPRING, times, 30)
    sealing_round = open_round(**_class(season), place=_PLACE, is_late=True, by=city.users["city01"], at=times.at(20))
    plan = next(plan for plan in school_plans() if plan.number == _LATE_SCHOOL)
    named_apart = replace(plan, number=plan.number + 100)  # other people than the school's autumn class
    people = [
        replace(graduate, entry_month=Month(year.year - 3, 3), graduation_month=Month(year.year, 1))
        for graduate in city.people.graduates_of(named_apart, year, _LATE_SIZE)
    ]
    city.ahead.order_list(plan, people, year, list_name(plan, season))
    stages.bring_to_end(city.scene(plan, season, sealing_round, times), is_late=True)
    city.say(f"{season.label}补验印：{len(people)} 人")


def _load_current(city: _City, times: Times) -> None:
    """Tell this year's class: the numbered ones first, in the order of their approval, then those under way."""
    season = city.season(city.year.year, Term.AUTUMN, times, stages.OPENED_DAYS_AGO)
    opens, closes = stages.round_days(city.today)
    sealing_round = open_round(
        **_class(season),
        place=_PLACE,
        opens_on=opens,
        closes_on=closes,
        by=city.users["city01"],
        at=times.at(stages.OPENED_DAYS_AGO, 9),
    )
    order = {stage: place for place, stage in enumerate(_NUMBERED_FIRST)}
    plans = [plan for plan in school_plans() if plan.stage not in _BY_HAND]
    plans.sort(key=lambda plan: order.get(plan.stage, len(order)))
    people = {plan.number: city.graduates_of(plan) for plan in plans}
    for plan in plans:
        city.ahead.order_list(plan, people[plan.number], city.year, list_name(plan, season))
    waiting = [plan for plan in plans if plan.stage is Stage.CITY][-1]
    _order_by_hand(city, people[waiting.number][3])
    for plan in plans:
        stages.bring_to_stage(city.scene(plan, season, sealing_round, times))
        city.say(f"{plan.name}：{len(people[plan.number])} 人")
    _load_by_hand(city, season, times)


def _order_by_hand(city: _City, elsewhere: GraduateFacts) -> None:
    """Have the files written that a newcomer drags in; somebody from another school comes with the faults."""
    folder = demo_folder()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "先读我.txt").write_text(_GUIDE, encoding="utf-8")
    empty, wrong, draft = _by_hand()
    order, people = partial(city.ahead.order_for_hand, folder, year=city.year), city.graduates_of(empty)
    order(empty, people, stem=_TRY_WRONG, elsewhere=elsewhere)
    order(empty, people, stem=_TRY_RIGHT)
    order(wrong, city.graduates_of(wrong), stem=f"{wrong.name}-有错", elsewhere=elsewhere)
    order(draft, city.graduates_of(draft), stem=draft.name)


def _by_hand() -> list[SchoolPlan]:
    by_stage = {plan.stage: plan for plan in school_plans()}
    return [by_stage[stage] for stage in _BY_HAND]


def _load_by_hand(city: _City, season: Season, times: Times) -> None:
    """Upload the files of two schools, one with errors, one confirmed; those of the third lie there to be dragged in."""
    empty, wrong, draft = _by_hand()
    for stem in (_TRY_WRONG, _TRY_RIGHT):
        city.ahead.take(stem)
    story.begin(city.cast(empty), season, times.at(3))

    cast = city.cast(wrong)
    files = city.ahead.take(f"{wrong.name}-有错")
    story.upload(cast, story.begin(cast, season, times.at(4)), files, times.at(1, 15))

    cast, files = city.cast(draft), city.ahead.take(draft.name)
    batch = story.begin(cast, season, times.at(6))
    confirm_upload(upload=story.upload(cast, batch, files, times.at(3, 10)), by=cast.clerk, at=times.at(3, 11))
    story.fill_register(cast, batch, times.at(2, 9))
    special_cases.correct_name(cast, batch, times.at(2, 10))
    city.say("三所学校正在填报：一所尚未上传，一所有错，一所已入库")


def _refresh_statistics() -> None:
    """Let the planner see what this transaction has written: nobody else analyses it before it is committed."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _class(season: Season) -> dict[str, Any]:
    return {name: getattr(season, name) for name in ("authority", "year", "term", "legal_date")}
