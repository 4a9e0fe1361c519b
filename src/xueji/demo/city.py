"""The stage: authorities with their real names and codes, made-up schools, and who studies what in them.

Only 渭南工业学校 is named by the notice itself; the other schools, their staff and every student are invented.
Programme codes have the shape of the 2021 catalogue; they serve the demo alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from xueji.core.months import Month

PACK = "edu/shaanxi-weinan"
PROVINCE = ("610000", "陕西省教育厅", "省教育厅")
CITY = ("610500", "渭南市教育局", "市教育局")
COUNTIES: tuple[tuple[str, str], ...] = (  # GB/T 2260
    ("610502", "临渭区"),
    ("610503", "华州区"),
    ("610522", "潼关县"),
    ("610523", "大荔县"),
    ("610524", "合阳县"),
    ("610525", "澄城县"),
    ("610526", "蒲城县"),
    ("610527", "白水县"),
    ("610528", "富平县"),
    ("610581", "韩城市"),
    ("610582", "华阴市"),
)


class Stage(StrEnum):
    """How far the batch of a school has come when the demo opens."""

    EMPTY = "empty"  # opened, nothing uploaded: the newcomer's own
    FINDINGS = "findings"  # uploaded, with errors to correct
    DRAFT = "draft"  # confirmed, not yet submitted
    LEADER = "leader"
    COUNTY = "county"
    RETURNED = "returned"
    CITY = "city"
    DEFERRED = "deferred"
    NUMBERED = "numbered"
    PRINTED = "printed"
    BOOKED = "booked"
    SEALED = "sealed"
    OVERDUE = "overdue"  # sealed, and a duty afterwards missed
    DONE = "done"  # sealed, duties done


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """A programme as taught: code, name as printed, base duration, and the share of women in it."""

    code: str
    name: str
    duration_years: Decimal
    women: float


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """A school of the demo. `county` is None for the one directly under the city; `size` its current class."""

    number: int
    name: str
    county: str | None
    is_public: bool
    principal: str
    size: int
    stage: Stage
    programmes: tuple[ProgrammePlan, ...]

    @property
    def code(self) -> str:
        """School identification code: class 36, province 61, six digits that no register holds."""
        return f"3661{990000 + self.number:06d}"

    @property
    def division(self) -> str:
        """The division code of the place where the school stands."""
        return self.county or CITY[0]


@dataclass(frozen=True, slots=True)
class ClassYear:
    """An autumn class: when it entered and leaves."""

    year: int

    @property
    def graduation_month(self) -> Month:
        """Return the month of graduation."""
        return Month(self.year, 7)

    def entry_month(self, duration_years: Decimal) -> Month:
        """Return the September in which those who study so long came in."""
        return Month(self.year - int(duration_years), 9)


def current_class(today: date) -> ClassYear:
    """Return the newest autumn class: this year's from June on, last year's before."""
    return ClassYear(today.year if today.month >= 6 else today.year - 1)


_PROGRAMMES = {
    name: ProgrammePlan(code, name, Decimal(years), women)
    for code, name, years, women in (
        ("720201", "护理", 3, 0.92),
        ("720301", "药剂", 3, 0.7),
        ("770101", "幼儿保育", 3, 0.95),
        ("660301", "机电技术应用", 3, 0.08),
        ("660103", "数控技术应用", 3, 0.05),
        ("660105", "焊接技术应用", 2, 0.03),
        ("700206", "汽车运用与维修", 3, 0.06),
        ("710201", "计算机应用", 3, 0.42),
        ("710103", "电子技术应用", 3, 0.25),
        ("730301", "会计事务", 3, 0.8),
        ("730701", "电子商务", 3, 0.6),
        ("740101", "旅游服务与管理", 3, 0.75),
        ("740201", "中餐烹饪", 2, 0.2),
        ("640301", "建筑工程施工", 3, 0.12),
        ("610101", "作物生产技术", 3, 0.3),
        ("610301", "畜禽生产技术", 3, 0.25),
        ("700101", "铁道运输服务", 3, 0.55),
        ("750119", "艺术设计与制作", 3, 0.65),
    )
}

# name, county, public, principal, graduates of the current class, stage, programmes
_SCHOOLS: tuple[tuple[str, str | None, bool, str, int, Stage, str], ...] = (
    ("临渭区秦源职业技术学校", "610502", True, "赵明远", 96, Stage.EMPTY, "护理 计算机应用 汽车运用与维修"),
    ("临渭区渭河职业中等专业学校", "610502", True, "王建川", 150, Stage.FINDINGS, "机电技术应用 电子商务 会计事务"),
    ("临渭区育才职业学校", "610502", False, "李秀兰", 120, Stage.DRAFT, "幼儿保育 护理"),
    ("华州区少华职业中等专业学校", "610503", True, "张文博", 260, Stage.LEADER, "数控技术应用 机电技术应用 旅游服务与管理"),
    ("渭南工业学校", None, True, "刘振华", 812, Stage.CITY, "机电技术应用 数控技术应用 焊接技术应用 电子技术应用 计算机应用"),
    ("华州区郑桓职业学校", "610503", False, "陈思远", 142, Stage.RETURNED, "护理 药剂"),
    ("潼关县关山职业中等专业学校", "610522", True, "杨立新", 168, Stage.COUNTY, "旅游服务与管理 电子商务"),
    ("大荔县洛水职业中等专业学校", "610523", True, "周永强", 520, Stage.COUNTY, "作物生产技术 畜禽生产技术 护理 计算机应用"),
    ("大荔县同州职业学校", "610523", False, "吴晓燕", 236, Stage.CITY, "幼儿保育 艺术设计与制作"),
    ("合阳县洽川职业中等专业学校", "610524", True, "徐志勇", 388, Stage.CITY, "旅游服务与管理 计算机应用 建筑工程施工"),
    ("合阳县黄河职业学校", "610524", False, "孙海涛", 94, Stage.DEFERRED, "铁道运输服务 电子商务"),
    ("澄城县古徵职业中等专业学校", "610525", True, "马国栋", 342, Stage.NUMBERED, "机电技术应用 护理 会计事务"),
    ("澄城县尧头职业学校", "610525", False, "朱慧敏", 108, Stage.PRINTED, "艺术设计与制作 中餐烹饪"),
    ("蒲城县重泉职业中等专业学校", "610526", True, "胡长安", 668, Stage.SEALED, "护理 机电技术应用 汽车运用与维修 计算机应用"),
    ("蒲城县桥陵职业学校", "610526", False, "郭雅琴", 188, Stage.BOOKED, "幼儿保育 护理"),
    ("蒲城县尧山职业技术学校", "610526", False, "何宗泽", 132, Stage.OVERDUE, "铁道运输服务 旅游服务与管理"),
    ("白水县仓颉职业中等专业学校", "610527", True, "高士杰", 298, Stage.SEALED, "作物生产技术 计算机应用 艺术设计与制作"),
    ("白水县林皋职业学校", "610527", False, "林淑芬", 76, Stage.NUMBERED, "中餐烹饪 电子商务"),
    ("富平县频阳职业中等专业学校", "610528", True, "罗建平", 702, Stage.CITY, "护理 数控技术应用 建筑工程施工 会计事务"),
    ("富平县石川职业学校", "610528", False, "梁晓东", 214, Stage.PRINTED, "汽车运用与维修 机电技术应用"),
    ("富平县荆山职业技术学校", "610528", False, "宋佳宁", 126, Stage.DONE, "幼儿保育 药剂"),
    ("韩城市龙门职业中等专业学校", "610581", True, "郑宏伟", 478, Stage.BOOKED, "焊接技术应用 机电技术应用 电子技术应用 护理"),
    ("韩城市少梁职业学校", "610581", False, "谢婉清", 152, Stage.SEALED, "旅游服务与管理 中餐烹饪"),
    ("韩城市司马职业技术学校", "610581", True, "韩复礼", 246, Stage.COUNTY, "计算机应用 会计事务 电子商务"),
    ("华阴市西岳职业中等专业学校", "610582", True, "唐玉成", 330, Stage.DONE, "旅游服务与管理 护理 计算机应用"),
    ("华阴市太华职业学校", "610582", False, "冯雪梅", 88, Stage.LEADER, "中餐烹饪 艺术设计与制作"),
    ("临渭区沋河职业技术学校", "610502", False, "于长河", 202, Stage.SEALED, "汽车运用与维修 电子商务 计算机应用"),
    ("临渭区华夏艺术职业学校", "610502", False, "董文娟", 84, Stage.COUNTY, "艺术设计与制作"),
    ("大荔县沙苑职业技术学校", "610523", True, "萧景行", 264, Stage.NUMBERED, "畜禽生产技术 汽车运用与维修"),
    ("华阴市渭滨护理学校", "610582", False, "程月华", 316, Stage.CITY, "护理 药剂"),
)  # fmt: skip


def school_plans() -> tuple[SchoolPlan, ...]:
    """Return the thirty schools; number 1 is the one that a newcomer tries out."""
    return tuple(
        SchoolPlan(
            number,
            name,
            county,
            is_public,
            principal,
            size,
            stage,
            tuple(_PROGRAMMES[key] for key in programmes.split()),
        )
        for number, (name, county, is_public, principal, size, stage, programmes) in enumerate(_SCHOOLS, start=1)
    )
