"""Made-up new students: the columns of the national form, each person following from the index in the intake."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.identifiers import check_character
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.demo.people import draw_name
from xueji.demo.register.layout import Layout, SchoolShare

_DAYS, _CLASS_SIZE = 365, 48
_SAME = {
    "id_document_type": "居民身份证", "study_mode": "全日制", "duration": "三年制", "political_status": "共青团员",
    "enrolment_target": "应届初中毕业生", "entry_mode": "统一招生考试/普通入学", "boarding": "住校", "nationality": "中国",
    "overseas": "非港澳台侨", "household_type": "农业户口", "health": "健康或良好", "graduate_freshness": "应届",
    "admission_mode": "统一招生", "cooperation_type": "非联合办学", "staged_training": "非分段培养", "teaching_site": "本部",
    "member1_is_guardian": "是", "member1_relation": "父亲", "member2_relation": "母亲",
}  # fmt: skip


def new_students(province: Layout, plan: SchoolShare, intake: Intake, count: int) -> Iterator[EnrolmentFacts]:
    """Yield so many students of an intake of a school, class by class; no two of the province share a number."""
    chance = random.Random(f"{plan.number} {intake.year}")
    each = -(-count // len(plan.programmes))
    for place in range(count):
        index = plan.first + place
        name, ethnicity, sex = draw_name("男" if chance.random() < 0.55 else "女", chance)
        born, home, number = _number(province.homes, index, intake.year, sex)
        programme, ordinal = plan.programmes[place // each][1], place % each // _CLASS_SIZE + 1
        yield EnrolmentFacts(
            {
                **_SAME, "name": name, "sex": sex, "birth_date": born, "resident_id": number, "ethnicity": ethnicity,
                "entry_month": Month(intake.year, 9), "programme": programme, "household_division": home,
                "class_name": f"{programme}{ordinal}班",
                "member1_name": name[0] + chance.choice("建国志明海军卫东"),
                "member1_phone": f"138{chance.randrange(10**8):08d}",
                "member2_name": f"李{chance.choice('秀英玉兰桂芝春梅')}", "member2_phone": f"137{chance.randrange(10**8):08d}",
                "member2_is_guardian": "是" if chance.random() < 0.3 else "否",
            }
        )  # fmt: skip


def _number(homes: tuple[str, ...], index: int, year: int, sex: str) -> tuple[date, str, str]:
    """Return birth date, home and number: of one home and day serials go on, odd for men and even for women."""
    turn, place = divmod(index, len(homes))
    born = date(year - 16, 9, 1) + timedelta(days=(turn + place * 37) % _DAYS)
    serial = turn // _DAYS * 2 + (1 if sex == "男" else 2)
    first = f"{homes[place]}{born:%Y%m%d}{serial:03d}"
    return born, homes[place], first + check_character(first)
