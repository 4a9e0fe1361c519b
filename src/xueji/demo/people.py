"""Made-up graduates, the same from the same seed: names as they are spread in the country, numbers that are valid.

Nobody here exists. A number that a living person holds can still come out by chance, as in any test data of its kind.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate

from xueji.core.facts import GraduateFacts
from xueji.core.identifiers import check_character
from xueji.demo.city import COUNTIES, ClassYear, ProgrammePlan, SchoolPlan

RARE_NAMES = ("𬱖", "䶮", "㛃", "𫖮")  # in 通用规范汉字表: every install prints them
NEEDS_EXTRA_FONT = "𠅤"  # U+20164: printed only where an optional font is installed
UNPRINTABLE = "\U00030000"  # extension G: no font that the system knows has it

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏锺汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文党屈寇惠拓"
)
_DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "令狐", "呼延")
_MALE = "浩宇轩博文杰鑫涛鹏飞俊龙凯强磊超斌刚勇军伟明亮辉波帆阳洋晨航旭东峰毅恒泽瑞祥嘉豪天一佳乐子涵子轩家栋梁国庆建平志远思源振华"
_FEMALE = (
    "婷雪雨欣怡悦佳慧敏静雅丽娜娟莉芳芬玲洁梦瑶诗琪紫萱思彤可馨若曦语嫣晓燕海霞春艳秀英美玲文静甜甜蕊倩丹妮露瑾璇玥彤颖"
)
_MIDDLE = "子梓宇雨思佳嘉文雅晓小欣一俊志家建国海永春玉金明天若诗梦紫可语"
_DOTTED = (
    ("尼格买提", "热合曼·阿布都热依木江", "维吾尔族", "男"),
    ("阿依古丽", "买买提", "维吾尔族", "女"),
    ("艾力江", "吐尔逊", "维吾尔族", "男"),
    ("古丽娜尔", "阿不都拉", "维吾尔族", "女"),
    ("叶尔兰", "哈孜别克", "哈萨克族", "男"),
    ("阿依努尔", "木拉提", "哈萨克族", "女"),
    ("洛桑", "次仁扎西", "藏族", "男"),
    ("阿尔斯兰", "巴特尔", "蒙古族", "男"),
)
_ETHNICITIES = (
    ("汉族", 9620),
    ("回族", 230),
    ("满族", 40),
    ("蒙古族", 35),
    ("藏族", 25),
    ("土家族", 20),
    ("苗族", 15),
    ("壮族", 15),
)
_POLITICS = (("共青团员", 62), ("群众", 37), ("中共预备党员", 1))
_ELSEWHERE = ("610102", "610103", "610113", "610302", "610404", "610602", "610702", "610822", "410102", "140802", "620502", "511302")  # fmt: skip
_WORDS = (("优秀", 22), ("良好", 46), ("合格", 32))
_EARLIEST_SEQUENCE, _LATEST_SEQUENCE = 1, 999


class PeopleMaker:
    """Makes graduates one after another; no two share a number, however many schools are made."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._taken: set[str] = set()

    def graduates_of(self, plan: SchoolPlan, year: ClassYear, size: int | None = None) -> list[GraduateFacts]:
        """Return the graduates of a school in one class: a pair of the same name among them, when there are enough."""
        chance = random.Random(f"{self._seed}:{year.year}:{plan.number}")
        count = plan.size if size is None else size
        people = [self._graduate(plan, year, index * len(plan.programmes) // count, chance) for index in range(count)]
        if count >= 40:
            people[31] = replace(people[31], name=people[7].name)  # two people with one name: told apart by number
        if plan.number <= len(RARE_NAMES) and count > 20:
            people[20] = replace(people[20], name=people[20].name[0] + RARE_NAMES[plan.number - 1])
        return people

    def _graduate(self, plan: SchoolPlan, year: ClassYear, which: int, chance: random.Random) -> GraduateFacts:
        programme = plan.programmes[which]
        sex = "女" if chance.random() < programme.women else "男"
        name, ethnicity, sex = draw_name(sex, chance)
        born = _birth_date(year, chance)
        return GraduateFacts(
            resident_id=self._number(_division(plan, chance), born, sex, chance),
            name=name,
            sex=sex,
            birth_date=born,
            ethnicity=ethnicity,
            political_status=_weighted(_POLITICS, chance),
            programme=programme.name,
            duration_years=programme.duration_years,
            study_mode="全日制",
            entry_month=year.entry_month(programme.duration_years),
            graduation_month=year.graduation_month,
            **_marks(programme, chance),
        )

    def _number(self, division: str, born: date, sex: str, chance: random.Random) -> str:
        while True:
            sequence = chance.randint(_EARLIEST_SEQUENCE, _LATEST_SEQUENCE)
            if sequence % 2 != (sex == "男"):
                continue
            first = f"{division}{born:%Y%m%d}{sequence:03d}"
            number = first + check_character(first)
            if number not in self._taken:
                self._taken.add(number)
                return number


def wrong_check_digit(number: str) -> str:
    """Return the number with a check character that is surely not its own."""
    return number[:17] + ("5" if number[17] != "5" else "6")


def _division(plan: SchoolPlan, chance: random.Random) -> str:
    roll = chance.random()
    if roll < 0.72 and plan.county:
        return plan.county
    return chance.choice(COUNTIES)[0] if roll < 0.95 else chance.choice(_ELSEWHERE)


def _birth_date(year: ClassYear, chance: random.Random) -> date:
    """Return a birthday: most came in at fifteen, some a year or more later."""
    late = chance.choices((0, 1, 2, 4), (80, 15, 4, 1))[0]
    return date(year.year - 19 - late, 9, 1) + timedelta(days=chance.randrange(365))


_SURNAME_WEIGHTS = list(accumulate(60 / (rank + 6) for rank in range(len(_SURNAMES))))


def draw_name(sex: str, chance: random.Random) -> tuple[str, str, str]:
    """Return name, ethnicity and sex (a name of two parts brings its own)."""
    if chance.random() < 0.004:
        first, second, ethnicity, name_sex = chance.choice(_DOTTED)
        return f"{first}·{second}", ethnicity, name_sex
    if chance.random() < 0.006:
        surname = chance.choice(_DOUBLE_SURNAMES)
    else:
        surname = chance.choices(_SURNAMES, cum_weights=_SURNAME_WEIGHTS)[0]
    last = chance.choice(_MALE if sex == "男" else _FEMALE)
    given = last if chance.random() < 0.14 else chance.choice(_MIDDLE) + last
    return surname + given, _weighted(_ETHNICITIES, chance), sex


def _marks(programme: ProgrammePlan, chance: random.Random) -> dict[str, str]:
    """Return passing marks: some programmes keep numbers, others words."""
    if int(programme.code) % 2:
        overall = str(min(99, max(60, round(chance.gauss(78, 8)))))
        internship = str(min(99, max(60, round(chance.gauss(83, 7)))))
    else:
        overall, internship = _weighted(_WORDS, chance), _weighted(_WORDS, chance)
    return {"overall_mark": overall, "conduct_mark": _weighted(_WORDS, chance), "internship_mark": internship}


def _weighted(choices: Sequence[tuple[str, int]], chance: random.Random) -> str:
    return chance.choices([text for text, _ in choices], [weight for _, weight in choices])[0]
