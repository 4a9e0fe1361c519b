"""Authorities, schools and programmes of the demo, entered through the actions of an installation's set-up."""

from __future__ import annotations

from datetime import datetime

from xueji.demo.city import CITY, COUNTIES, PROVINCE, SchoolPlan, school_plans
from xueji.institutions.actions import add_programme, register_authority, register_school
from xueji.institutions.models import Authority, Level, School


def register_authorities(*, at: datetime) -> Authority:
    """Enter province, city and counties; return the city's."""
    code, name, short = PROVINCE
    province = register_authority(
        name=name, short_name=short, level=Level.PROVINCE, division_code=code, parent=None, by=None, at=at
    )
    code, name, short = CITY
    city = register_authority(
        name=name, short_name=short, level=Level.CITY, division_code=code, parent=province, by=None, at=at
    )
    for code, name in COUNTIES:
        register_authority(
            name=f"{name}教育局", short_name=name, level=Level.COUNTY, division_code=code, parent=city, by=None, at=at
        )
    return city


def register_schools(*, at: datetime) -> dict[int, School]:
    """Enter the schools with their programmes; return them by their number in the plan."""
    authorities = {authority.division_code: authority for authority in Authority.objects.all()}
    return {plan.number: _register(plan, authorities[plan.division], at) for plan in school_plans()}


def _register(plan: SchoolPlan, authority: Authority, at: datetime) -> School:
    school = register_school(
        name=plan.name,
        code=plan.code,
        authority=authority,
        is_public=plan.is_public,
        principal=plan.principal,
        address=f"渭南市示范路{plan.number}号（虚构）",
        phone=f"0913-0000{plan.number:03d}",
        by=None,
        at=at,
    )
    for programme in plan.programmes:
        add_programme(
            school=school, code=programme.code, name=programme.name, duration_years=programme.duration_years, by=None, at=at
        )  # fmt: skip
    return school
