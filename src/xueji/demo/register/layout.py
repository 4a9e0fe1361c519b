"""The province that is laid out: its authorities by name and code, and made-up schools spread over them.

Authorities and codes are real, schools and people are not. Everything follows from how many students there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PROVINCE = ("410000", "河南省教育厅", "省教育厅")
CITIES: tuple[tuple[str, str], ...] = (  # 17 省辖市
    ("410100", "郑州市"), ("410200", "开封市"), ("410300", "洛阳市"), ("410400", "平顶山市"), ("410500", "安阳市"),
    ("410600", "鹤壁市"), ("410700", "新乡市"), ("410800", "焦作市"), ("410900", "濮阳市"), ("411000", "许昌市"),
    ("411100", "漯河市"), ("411200", "三门峡市"), ("411300", "南阳市"), ("411400", "商丘市"), ("411500", "信阳市"),
    ("411600", "周口市"), ("411700", "驻马店市"),
)  # fmt: skip
DIRECT: tuple[tuple[str, str], ...] = (  # 济源和 10 个省直管县（市），与省辖市同级
    ("419001", "济源市"), ("410181", "巩义市"), ("410225", "兰考县"), ("410482", "汝州市"), ("410526", "滑县"),
    ("410783", "长垣市"), ("411381", "邓州市"), ("411481", "永城市"), ("411525", "固始县"), ("411628", "鹿邑县"),
    ("411729", "新蔡县"),
)  # fmt: skip
PROGRAMMES: tuple[tuple[str, str], ...] = (
    ("720201", "护理"), ("770101", "幼儿保育"), ("660301", "机电技术应用"), ("710201", "计算机应用"),
    ("700206", "汽车运用与维修"), ("730701", "电子商务"), ("740201", "中餐烹饪"), ("660103", "数控技术应用"),
    ("730301", "会计事务"), ("750101", "艺术设计与制作"),
)  # fmt: skip
SCHOOLS, PROGRAMMES_EACH = 325, 4
WHOLE = 700_000  # students of the whole province; a smaller one has fewer schools, and the authorities these need
_LEAST_SCHOOLS, _STUDENTS_A_SCHOOL = 6, 100
# Who supervises one school after the other: the province, a city by itself, a 省辖市, a county.
_TURNS = "pdckckckckdckckckckdckckckc"
_NAMES = ("工业", "卫生", "电子信息", "幼儿师范", "商贸", "汽车", "农业", "艺术", "旅游", "建筑")
_NO_COUNTY = {"市辖区", "市区", "郊区"}  # groups of the table
_SURNAMES, _GIVEN = "刘张王李赵陈杨郭马胡", ("建军", "保国", "志远", "玉梅", "爱民", "秀英", "国强", "海燕", "文斌")


@dataclass(frozen=True, slots=True)
class AuthorityPlan:
    """An authority as it is entered; `above` is the code of the one above it, empty for the province."""

    code: str
    name: str
    short_name: str
    level: str
    above: str


@dataclass(frozen=True, slots=True)
class SchoolShare:
    """A school: its number from 1 on, where it stands, who supervises it, what it teaches, how many students it has now."""

    number: int
    place: str  # code of the authority
    name: str
    principal: str
    programmes: tuple[tuple[str, str], ...]
    students: int
    first: int  # index of its first student in every intake

    @property
    def code(self) -> str:
        """School identification code: class 36, the province, six digits that no register holds."""
        return f"36{PROVINCE[0][:2]}{980000 + self.number:06d}"


@dataclass(frozen=True, slots=True)
class Layout:
    """All of it: authorities from the top down, schools, the counties students come from."""

    offices: tuple[AuthorityPlan, ...]
    schools: tuple[SchoolShare, ...]
    homes: tuple[str, ...]  # division codes
    students: int


def lay_out(students: int, divisions: Mapping[str, str]) -> Layout:
    """Return the province of so many students; `divisions` are the codes and names of the country's divisions in force."""
    counties = _counties(divisions)
    count = SCHOOLS if students >= SCHOOLS * _STUDENTS_A_SCHOOL else max(_LEAST_SCHOOLS, students // _STUDENTS_A_SCHOOL)
    places = _places(count, counties)
    offices = _offices(counties, set(places) if count < SCHOOLS else None)
    names = {office.code: office.short_name for office in offices}
    schools, first = [], 0
    for number, (place, share) in enumerate(zip(places, _shares(students, count), strict=True), start=1):
        programmes = tuple(PROGRAMMES[(number + turn * 3) % len(PROGRAMMES)] for turn in range(PROGRAMMES_EACH))
        where = "河南" if place == PROVINCE[0] else names[place]
        name = f"{where}第{number}{_NAMES[number % len(_NAMES)]}中等职业学校"
        principal = _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number % len(_GIVEN)]
        schools.append(SchoolShare(number, place, name, principal, programmes, share, first))
        first += 2 * share
    return Layout(tuple(offices), tuple(schools), tuple(code for code, _ in counties), students)


def _counties(divisions: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the counties of the 省辖市 that are not directly under the province, by code."""
    cities, direct = {code[:4] for code, _ in CITIES}, {code for code, _ in DIRECT}
    city_names = {name for _, name in CITIES}
    return [
        (code, name)
        for code, name in sorted(divisions.items())
        if code[:4] in cities and name not in (city_names | _NO_COUNTY) and code not in direct
    ]


def _places(count: int, counties: Sequence[tuple[str, str]]) -> list[str]:
    """Return the code of who supervises each school."""
    given = {
        "p": [PROVINCE[0]],
        "d": [c for c, _ in DIRECT],
        "c": [c for c, _ in CITIES],
        "k": [c for c, _ in counties],
    }
    stride = {"p": 1, "d": 1, "c": 1, "k": 11}  # neighbours in the list lie in different cities
    used = dict.fromkeys(given, 0)
    places = []
    for number in range(count):
        kind = _TURNS[number % len(_TURNS)]
        places.append(given[kind][used[kind] * stride[kind] % len(given[kind])])
        used[kind] += 1
    return places


def _offices(counties: Sequence[tuple[str, str]], needed: set[str] | None) -> list[AuthorityPlan]:
    """Return the authorities, only those that are needed and those above them where that is said."""
    city_of = {code[:4]: (code, name) for code, name in CITIES}
    offices = [AuthorityPlan(*PROVINCE, "province", "")]
    offices += [AuthorityPlan(code, f"{name}教育局", name, "city", PROVINCE[0]) for code, name in (*CITIES, *DIRECT)]
    for code, name in counties:
        city, city_name = city_of[code[:4]]
        offices.append(AuthorityPlan(code, f"{city_name}{name}教育局", f"{city_name}{name}", "county", city))
    if needed is None:
        return offices
    above = {office.above for office in offices if office.code in needed}
    return [office for office in offices if not office.above or office.code in needed | above]


def _shares(students: int, count: int) -> list[int]:
    """Return how many students each school has: a few large ones, many small ones; together exactly as many as asked."""
    weights = [1 / (rank * SCHOOLS / count + 25) ** 0.6 for rank in range(count)]
    shares = [int(students * weight / sum(weights)) for weight in weights]
    shares[0] += students - sum(shares)
    return shares
