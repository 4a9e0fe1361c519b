"""The other jurisdictions of the demo: one authority line, schools of every level of authority, everybody who has a part, files to drag in.

Invented schools and people in real places; nothing here knows what a jurisdiction asks: the files are written by the
pack's own workbook form.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from xueji.accounts.actions import issue_account
from xueji.accounts.models import User
from xueji.core.facts import GraduateFacts
from xueji.core.identifiers import check_character
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.demo import faces
from xueji.graduation.actions import open_season
from xueji.graduation.models import Season
from xueji.institutions.actions import add_programme, appoint, register_authority, register_school
from xueji.institutions.models import Authority, School

LONG_NAMES = ("尼格买提·热合曼·阿布都热依木江", "𬱖小雨", "陈䶮", "李㛃", "王𫖮", "赵𠅤")
_SURNAMES, _GIVEN = "林韦覃黄陈许刘张王李郑吴", "雅晴子涵宇轩梓萱浩然思远欣怡俊杰"
_SERIALS_A_DAY = 100  # of an ID number's own serial, men odd and women even


@dataclass(frozen=True, slots=True)
class ProvinceSchool:
    """A school: its key in account names, where it stands, and what its pack wants to know of it."""

    key: str
    name: str
    code: str
    place: str  # division code of the authority that supervises it
    principal: str
    programmes: tuple[tuple[str, str], ...]  # code, name
    level: str = ""
    ordinal: str = ""


@dataclass(frozen=True, slots=True)
class ProvincePlan:
    """A jurisdiction: authorities from the top down, schools, and the details its workbook asks of every graduate."""

    key: str  # first part of the account names
    pack: str
    line: str
    authorities: tuple[tuple[str, str, str, str], ...]  # level, division code, name, short name
    schools: tuple[ProvinceSchool, ...]
    sealing_level: str
    officers: tuple[tuple[str, str, str, str], ...]  # account, full name, post, division code
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # detail -> values in turn
    own_seasons: Mapping[str, str] = field(
        default_factory=dict
    )  # cities that seal for themselves -> account that opens


FUJIAN = ProvincePlan(
    key="fj",
    pack="hrss/fujian",
    line="hrss",
    authorities=(
        ("province", "350000", "福建省人力资源和社会保障厅", "省厅"),
        ("city", "350500", "泉州市人力资源和社会保障局", "泉州市局"),
        ("city", "350100", "福州市人力资源和社会保障局", "福州市局"),
        ("city", "350200", "厦门市人力资源和社会保障局", "厦门市局"),
        ("county", "350503", "泉州市丰泽区人力资源和社会保障局", "丰泽区局"),
    ),
    schools=(
        ProvinceSchool("school", "泉州示范技工学校", "3535990001", "350500", "许建平", (("0101", "数控加工"), ("0302", "电子商务")), "技工学校", "021"),
        ProvinceSchool("direct", "福建示范技师学院", "3535990002", "350000", "郑国强", (("0101", "数控加工"),), "技师学院", "001"),
        ProvinceSchool("fuzhou", "福州示范高级技工学校", "3535990003", "350100", "林志明", (("0302", "电子商务"),), "高级技工学校", "007"),
        ProvinceSchool("xiamen", "厦门示范技工学校", "3535990004", "350200", "苏建南", (("0101", "数控加工"),), "技工学校", "012"),
        ProvinceSchool("district", "丰泽示范技工学校", "3535990005", "350503", "黄丽华", (("0302", "电子商务"),), "技工学校", "022"),
    ),
    sealing_level="province",
    officers=(
        ("city", "庄惠芬", "city_reviewer", "350500"),
        ("province", "李文彬", "province_reviewer", "350000"),
        ("leader", "陈立新", "province_leader", "350000"),
        ("keeper", "黄静仪", "blank_keeper", "350000"),
        ("issuer", "吴国栋", "blank_issuer", "350000"),
        ("voidkeeper", "蔡晓红", "void_keeper", "350000"),
        ("sealer", "林永福", "sealer", "350000"),
        ("supervisor", "郑雅琴", "seal_supervisor", "350000"),
        ("fuzhou", "陈榕生", "city_reviewer", "350100"),  # Fuzhou and Xiamen seal for themselves (一·申报)
        ("fuzhousealer", "林秀英", "sealer", "350100"),
        ("fuzhousupervisor", "王闽生", "seal_supervisor", "350100"),
        ("xiamen", "苏鹭明", "city_reviewer", "350200"),
        ("xiamensealer", "叶海燕", "sealer", "350200"),
        ("xiamensupervisor", "洪志勇", "seal_supervisor", "350200"),
    ),
    details={"graduate_level": ("中级技工班", "高级工班")},
    own_seasons={"350100": "fuzhou", "350200": "xiamen"},
)  # fmt: skip
GUANGXI = ProvincePlan(
    key="gx",
    pack="edu/guangxi",
    line="edu",
    authorities=(
        ("province", "450000", "广西壮族自治区教育厅", "自治区教育厅"),
        ("city", "450100", "南宁市教育局", "南宁市局"),
    ),
    schools=(
        ProvinceSchool("school", "南宁示范中等职业学校", "3645990001", "450100", "韦国华", (("720301", "护理"), ("710201", "计算机应用"))),
        ProvinceSchool("direct", "广西示范职业技术学校", "3645990002", "450000", "覃志高", (("720301", "护理"),)),
    ),
    sealing_level="province",
    officers=(
        ("city", "黄秀兰", "city_reviewer", "450100"),
        ("citysecond", "农春华", "city_reviewer", "450100"),  # who finds and who confirms at a spot check are two
        ("province", "陆永昌", "province_reviewer", "450000"),
        ("leader", "蒙启华", "province_leader", "450000"),
        ("sealer", "莫文静", "sealer", "450000"),
        ("supervisor", "梁启德", "seal_supervisor", "450000"),
    ),
    details={"general_mark": ("合格",), "skills_mark": ("合格",), "admission_category": ("应届初中毕业生", "往届初中毕业生")},
)  # fmt: skip
HENAN = ProvincePlan(
    key="ha",
    pack="edu/henan",
    line="edu",
    authorities=(
        ("province", "410000", "河南省教育厅", "省教育厅"),
        ("city", "410100", "郑州市教育局", "郑州市局"),
    ),
    schools=(
        ProvinceSchool("school", "郑州示范中等职业学校", "3641990001", "410100", "刘建军", (("720301", "护理"), ("700205", "新能源汽车运用与维修"))),
        ProvinceSchool("direct", "河南示范信息工程学校", "3641990002", "410000", "张保国", (("710201", "计算机应用"),)),
    ),
    sealing_level="province",
    officers=(
        ("city", "郑爱民", "city_reviewer", "410100"),
        ("citysecond", "宋玉梅", "city_reviewer", "410100"),  # who proposes and who confirms are two (第五条)
        ("province", "王守信", "province_reviewer", "410000"),
        ("provincesecond", "陈建业", "province_reviewer", "410000"),
        ("leader", "李向东", "province_leader", "410000"),
        ("printer", "赵印刚", "printer", "410000"),
    ),
)  # fmt: skip
PROVINCES = (FUJIAN, GUANGXI, HENAN)


@dataclass(frozen=True, slots=True)
class Province:
    """A jurisdiction as registered: everybody by account name, schools by key, the season of its highest sealing authority."""

    plan: ProvincePlan
    users: Mapping[str, User]
    schools: Mapping[str, School]
    authorities: Mapping[str, Authority]
    season: Season


def register_province(
    plan: ProvincePlan, *, year: int, legal_date: date, at: datetime, starts_on: date, password: str, encoded: str
) -> Province:
    """Enter authorities, schools and people of a jurisdiction and open its autumn class (and those of the cities that seal for themselves); returns all of them.

    Accounts are «fj_school_clerk», «fj_city»: the plan's key, the school's or the office, the part. There must be no
    authority of the same names yet.
    """
    authorities: dict[str, Authority] = {}
    top: Authority | None = None
    for level, code, name, short in plan.authorities:
        authorities[code] = register_authority(
            name=name, short_name=short, level=level, division_code=code, line=plan.line, by=None, at=at,
            parent=authorities.get(f"{code[:4]}00", top),
        )  # fmt: skip
        top = top or authorities[code]
    schools = {school.key: _register_school(school, authorities[school.place], at) for school in plan.schools}
    users: dict[str, User] = {}
    posts = [(f"{plan.key}_{name}", full, post, authorities[code]) for name, full, post, code in plan.officers]
    for school in plan.schools:
        posts.append(
            (f"{plan.key}_{school.key}_clerk", f"{school.principal[0]}经办", "school_clerk", schools[school.key])
        )
        posts.append((f"{plan.key}_{school.key}_leader", school.principal, "school_leader", schools[school.key]))
    for username, full_name, post, place in posts:
        issued = issue_account(
            username=username, full_name=full_name, by=None, at=at, password=password, encoded=encoded
        )
        users[username] = issued.user
        where = {"school": place} if isinstance(place, School) else {"authority": place}
        appoint(user=issued.user, post=post, starts_on=starts_on, by=None, at=at, **where)
    sealing = next(a for a in authorities.values() if a.level == plan.sealing_level)
    season = open_season(
        authority=sealing, year=year, term="autumn", legal_date=legal_date, by=users[f"{plan.key}_province"], at=at
    )
    for code, account in plan.own_seasons.items():
        open_season(
            authority=authorities[code], year=year, term="autumn", legal_date=legal_date,
            by=users[f"{plan.key}_{account}"], at=at,
        )  # fmt: skip
    return Province(plan, users, schools, authorities, season)


def _register_school(province_school: ProvinceSchool, authority: Authority, at: datetime) -> School:
    school = register_school(
        name=province_school.name, code=province_school.code, authority=authority, principal=province_school.principal, level=province_school.level, ordinal=province_school.ordinal,
        address=f"{authority.short_name}示范路 1 号（虚构）", phone="000-00000000", by=None, at=at,
    )  # fmt: skip
    for code, name in province_school.programmes:
        add_programme(school=school, code=code, name=name, duration_years=Decimal(3), by=None, at=at)
    return school


def graduates_of(plan: ProvincePlan, school: ProvinceSchool, *, year: int, count: int) -> list[GraduateFacts]:
    """Return made-up graduates of a school with right numbers; the first six carry names that programs tend to lose."""
    people = []
    base = GraduateFacts(
        id_document_type="居民身份证", political_status="共青团员", ethnicity="汉族", duration_years=Decimal(3),
        study_mode="全日制", entry_month=Month(year - 3, 9), graduation_month=Month(year, 7), overall_mark="良好",
        conduct_mark="优秀", internship_mark="合格",
    )  # fmt: skip
    ordinal = plan.schools.index(school) + 1
    for n in range(count):
        sex = "男" if n % 2 else "女"
        birth = date(year - 18, 1 + n % 12, 1 + n // 12 % 28)
        serial = 2 * (n // (12 * 28)) + (1 if sex == "男" else 2) + 20 * ordinal
        assert serial < 10 * _SERIALS_A_DAY, "an ID number has three digits for its serial"
        head = f"{school.place[:4]}02{birth:%Y%m%d}{serial:03d}"
        name = LONG_NAMES[n] if n < len(LONG_NAMES) else _name(n)
        details = {key: values[n % len(values)] for key, values in plan.details.items()}
        people.append(
            replace(
                base, name=name, sex=sex, birth_date=birth, resident_id=head + check_character(head),
                programme=school.programmes[n % len(school.programmes)][1], details=details,
            )
        )  # fmt: skip
    return people


def _name(n: int) -> str:
    return _SURNAMES[n % len(_SURNAMES)] + _GIVEN[n // 3 % len(_GIVEN)] + _GIVEN[n * 7 % len(_GIVEN)]


def write_files(
    folder: Path, view: PackView, people: Sequence[GraduateFacts], *, stem: str, seed: int
) -> tuple[Path, Path]:
    """Write workbook and photographs of graduates by the pack's own form; return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    workbook, photos = folder / f"{stem}-名册.xlsx", folder / f"{stem}-照片.zip"
    write_roster(workbook, view, people)
    with zipfile.ZipFile(photos, "w") as archive:
        for n, person in enumerate(people):
            archive.writestr(f"{person.resident_id}.jpg", faces.portrait(seed, n, person.sex or "男"))
    return workbook, photos


def write_roster(path: Path, view: PackView, people: Sequence[GraduateFacts]) -> None:
    """Fill the pack's workbook of graduates: its headers in its order, every column a fact is there for."""
    spec = view.workbook("graduates")
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, text = book.add_worksheet(spec.sheet), book.add_format({"num_format": "@"})
        for column, column_spec in enumerate(spec.columns):
            sheet.set_column(column, column, column_spec.width, text)
            sheet.write_string(0, column, column_spec.header, text)
            for row, person in enumerate(people, start=1):
                value = (
                    row
                    if column_spec.field == "sequence"
                    else None
                    if column_spec.field == "number"
                    else person.value(column_spec.field)
                )
                sheet.write_string(row, column, "" if value is None else str(value), text)
