"""Load the other jurisdictions beside the city: registered, their season open, files to drag in; one school has a register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from django.contrib.auth.hashers import make_password

from xueji.demo.provinces import PROVINCES, Province, graduates_of, register_province, write_files
from xueji.demo.register.neighbour import KEY, load_register
from xueji.policy import get_library

GRADUATES = 36  # a school: two pages of the lists that print eighteen a page
FOLDER = "其他辖区"


def load_neighbours(
    *, year: int, today: date, at: datetime, starts_on: date, legal_date: date, password: str, seed: int, folder: Path,
    say: Callable[[str], None],
) -> list[Province]:  # fmt: skip
    """Found every other jurisdiction and write a workbook and photographs for each of its schools below `folder`."""
    encoded = make_password(password)
    registered = []
    for plan in PROVINCES:
        province = register_province(
            plan, year=year, legal_date=legal_date, at=at, starts_on=starts_on, password=password, encoded=encoded
        )
        view = get_library().pack(plan.pack).on(legal_date)
        for school in plan.schools:
            people = graduates_of(plan, school, year=year, count=GRADUATES)
            write_files(folder / FOLDER, view, people, stem=school.name, seed=seed)
        enrolled = load_register(province, today=today, since=starts_on, at=at) if plan.key == KEY else 0
        register = f"，其中一所学籍在册 {enrolled} 人" if enrolled else ""
        say(f"{province.season.authority.name}：{len(plan.schools)} 所学校，毕业生尚未填报{register}")
        registered.append(province)
    return registered


def describe_neighbours() -> str:
    """Return who works in the other jurisdictions, as lines for the terminal."""
    lines = ["其他辖区（同一密码）："]
    for plan in PROVINCES:
        schools = "、".join(f"{plan.key}_{school.key}_clerk / _leader（{school.name}）" for school in plan.schools)
        officers = "、".join(f"{plan.key}_{name}" for name, *_ in plan.officers)
        lines.append(f"  {plan.authorities[0][3]}：{schools}；{officers}")
    return "\n".join(lines)
