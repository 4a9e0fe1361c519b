"""A made-up province: one authority that seals for all its schools, each with its graduates ready to be submitted.

Everything follows from the index of the graduate: the same province again has the same names, numbers and faces.
A school is built in one transaction, so a run that is killed goes on with the next school.
"""

from __future__ import annotations

import io
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np
from PIL import Image

from xueji.core.identifiers import check_character

PACK = "fictional/province"
DIVISION, CITY_DIVISION = "990000", "990100"
LEGAL = date(2019, 7, 1)
OPENED, SUBMITTED, APPROVED = (datetime(2019, 7, day, 2, tzinfo=UTC) for day in (1, 2, 8))
PER_SCHOOL = 125
PROGRAMMES = ("护理", "计算机应用", "学前教育", "机电技术应用", "汽车运用与维修")
FACES = 64
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鹏雪梅建国志红春燕"
_MINORITY = ("古丽·阿依木", "买买提·艾力", "扎西·多吉")
_REGIONS = ("610502", "610521", "610522", "610523", "610524", "610525", "610526")

NUMBERING = """
[numbering.graduation]
label = "毕业证书编号"
counter_parts = ["year"]
serial_part = "serial"
sources = { year = "season.year" }
reading = "虚构：一省的证书由一处编号，流水号七位。"

[[numbering.graduation.parts]]
name = "year"
label = "毕业年份"
width = 4

[[numbering.graduation.parts]]
name = "serial"
label = "流水号"
width = 7
"""
HEAD = f"""
id = "{PACK}"
title = "虚构省教育厅"
line = "edu"
territory = "{DIVISION}"
parent = "edu/shaanxi-weinan"
in_force = 2019-01-01
"""


def write_pack(policies: Path, target: Path) -> None:
    """Copy the packs and put the made-up province beside them: a city's notice with a province's width of numbers."""
    if (target / PACK / "numbering.toml").exists():
        return
    shutil.copytree(policies, target, dirs_exist_ok=True)
    (target / PACK).mkdir(parents=True, exist_ok=True)
    (target / PACK / "pack.toml").write_text(HEAD)
    (target / PACK / "numbering.toml").write_text(NUMBERING)


def schools_for(graduates: int) -> int:
    """Return how many schools a province of so many graduates has."""
    return max(1, round(graduates / PER_SCHOOL))


def share_of(school: int, graduates: int) -> range:
    """Return the indices of the graduates of a school; shares differ by one at most."""
    schools = schools_for(graduates)
    return range(school * graduates // schools, (school + 1) * graduates // schools)


def register_authority() -> None:
    """Found the authority with its reviewer, and open the season."""
    from xueji.accounts.models import User
    from xueji.graduation.actions import open_season
    from xueji.institutions.models import Appointment, Authority, Post

    if Authority.objects.filter(division_code=CITY_DIVISION).exists():
        return
    from django.db import transaction

    with transaction.atomic():
        city = Authority.objects.create(
            name="虚构省教育厅", short_name="省厅", level="city", division_code=CITY_DIVISION
        )
        city.path = f"/{city.pk}/"
        city.save(update_fields=["path"])
        reviewer = User.objects.create(username="reviewer", full_name="审核人甲")
        Appointment.objects.create(
            user=reviewer, post=Post.CITY_REVIEWER, authority=city, days=(date(2000, 1, 1), None)
        )
        open_season(authority=city, year=2019, term="autumn", legal_date=LEGAL, by=reviewer, at=OPENED)


def build_school(number: int, graduates: int) -> int:
    """Store one school with its people and its open batch; return how many graduates it has."""
    from django.db import transaction

    from xueji.graduation.actions import open_batch, set_register_lines
    from xueji.graduation.models import Season
    from xueji.institutions.models import Authority, Programme, School

    city, share = Authority.objects.get(division_code=CITY_DIVISION), share_of(number, graduates)
    files = _store_faces(share)
    with transaction.atomic():
        school = School.objects.create(
            name=f"第{number + 1}职业技术学校", code=f"36{number:08d}", authority=city, principal="李建国"
        )
        clerk, _ = (_staff(school, number, post) for post in ("school_clerk", "school_leader"))
        programmes = Programme.objects.bulk_create(
            Programme(school=school, code=f"{place:06d}", name=name, duration_years=Decimal("3.0"))
            for place, name in enumerate(PROGRAMMES)
        )
        season = Season.objects.get(authority=city)
        batch = open_batch(season=season, school=school, by=clerk, at=OPENED, form_filler="赵敏")
        _fill(batch, school, programmes, share, files)
        counts = [len(share[place :: len(PROGRAMMES)]) for place in range(len(PROGRAMMES))]
        lines = [
            {"programme_name": name, "duration_years": Decimal("3.0"), "planned": count + 5, "admitted": count + 1}
            for name, count in zip(PROGRAMMES, counts, strict=True)
            if count
        ]
        set_register_lines(batch=batch, lines=lines, by=clerk, at=OPENED)
    return len(share)


def _staff(school, number: int, post: str):
    from xueji.accounts.models import User
    from xueji.institutions.models import Appointment

    user = User.objects.create(
        username=f"{post}{number}", full_name=f"{'经办人' if 'clerk' in post else '负责人'}{number}"
    )
    Appointment.objects.create(user=user, post=post, school=school, days=(date(2000, 1, 1), None))
    return user


def _fill(batch, school, programmes, share: range, files: dict[int, str]) -> None:
    from xueji.graduation.models import Candidate
    from xueji.ledger.copying import copy_rows
    from xueji.registry.models import Enrolment, Person
    from xueji.sealing.texts import blind_index

    persons, enrolments, candidates = [], [], []
    for ordinal, index in enumerate(share, start=1):
        name, sex, born, number = person_of(index)
        person_id, enrolment_id = UUID(int=1 << 64 | index), UUID(int=2 << 64 | index)
        programme = programmes[(index - share.start) % len(programmes)]
        persons.append(Person(
            id=person_id, name=name, sex=sex, birth_date=born, ethnicity="汉族", political_status="共青团员",
            resident_id=number, resident_id_index=blind_index(number),
        ))  # fmt: skip
        enrolments.append(Enrolment(
            id=enrolment_id, person=persons[-1], school=school, programme=programme, entry_month="2016-09",
            duration_years=programme.duration_years,
        ))  # fmt: skip
        candidates.append(Candidate(
            id=UUID(int=3 << 64 | index), batch=batch, ordinal=ordinal, person_id=person_id, enrolment_id=enrolment_id,
            name=name, sex=sex, birth_date=born, political_status="共青团员", programme_name=programme.name,
            duration_years=programme.duration_years, entry_month="2016-09", graduation_month="2019-07",
            overall_mark="良好", conduct_mark="优秀", internship_mark=str(60 + index % 40), photo_id=files[index],
        ))  # fmt: skip
    for rows in (persons, enrolments, candidates):
        copy_rows(rows)


def person_of(index: int) -> tuple[str, str, date, str]:
    """Return name, sex, birth date and identity number of a graduate: all different, all valid."""
    born, serial = date(2000, 9, 1) + timedelta(days=index % 700), index // 700 % 999 + 1
    first = f"{_REGIONS[index // 699_300 % 7]}{born:%Y%m%d}{serial:03d}"
    mixed = index * 2654435761 % 2**32
    name = _SURNAMES[mixed % len(_SURNAMES)] + _GIVEN[mixed // 31 % len(_GIVEN)]
    name += _GIVEN[mixed // 977 % len(_GIVEN)] if mixed % 5 else ""
    if index % 211 == 0:
        name = _MINORITY[index // 211 % len(_MINORITY)]
    return name, "男" if serial % 2 else "女", born, first + check_character(first)


# -- faces: each graduate's file is its own, as in life; pictures are equal in groups, which no engine here looks for


def _store_faces(share: range) -> dict[int, str]:
    """Keep the photographs of a school and return where each lies."""
    from xueji.documents.storage import store_many

    bodies = []
    for index in share:
        face, note = _face(index % FACES), f"graduate {index}".encode()
        bodies.append(face[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + face[2:])
    return {index: row.address for index, row in zip(share, store_many(bodies, "image/jpeg"), strict=True)}


@lru_cache(maxsize=FACES)
def _face(seed: int) -> bytes:
    random = np.random.default_rng(seed)
    pixels = np.full((200, 150, 3), (67, 142, 219), np.int16) + random.integers(-9, 10, (200, 150, 3))
    pixels[45:125, 45:105] += (150, 40, -70)
    out = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=80)
    return out.getvalue()
