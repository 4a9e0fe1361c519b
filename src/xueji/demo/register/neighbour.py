"""A register for one school of a jurisdiction beside the city: its licences, two intakes and what is under way in them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from xueji.demo.provinces import Province
from xueji.demo.register.actions import Staff
from xueji.demo.register.intakes import SchoolAtWork
from xueji.demo.register.layout import SchoolShare
from xueji.demo.register.load import intakes_of
from xueji.demo.register.schools import fill_school, plan_of
from xueji.licences.actions import publish_licences
from xueji.licences.columns import LicenceLine

KEY, SCHOOL = "ha", "school"  # whose notices found a register, and which of its schools shows it
_STUDENTS, _QUOTA, _YEARS = 160, 200, Decimal("3.0")
_NUMBER = 4  # by it a filing waits for its first hand and a suspension for the office's second


def load_register(province: Province, *, today: date, since: date, at: datetime) -> int:
    """Fill the register of the school; return how many students are enrolled. `since`: nobody had a post before."""
    intakes = tuple(intake for intake in intakes_of(today) if intake.year >= since.year)
    plan = next(school for school in province.plan.schools if school.key == SCHOOL)
    users, school = province.users, province.schools[SCHOOL]
    share = SchoolShare(_NUMBER, plan.place, plan.name, plan.principal, plan.programmes, _STUDENTS * len(intakes), 0)
    lines = [
        LicenceLine(intake, plan.code, plan.name, name, _YEARS, "", _QUOTA)
        for intake in intakes for _, name in plan.programmes
    ]  # fmt: skip
    publish_licences(authority=province.season.authority, lines=lines, by=users[f"{KEY}_province"], at=at)
    staff = Staff(
        users[f"{KEY}_{SCHOOL}_clerk"], users[f"{KEY}_{SCHOOL}_leader"], (users[f"{KEY}_city"], users[f"{KEY}_citysecond"])
    )  # fmt: skip
    at_work = SchoolAtWork(share, school, staff, {programme.name: programme for programme in school.programmes.all()})
    fill_school(at_work, plan_of(share.students), [(intake, _STUDENTS) for intake in intakes])
    return share.students
