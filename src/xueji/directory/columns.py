"""The four sheets of the workbook. No pack's law: they ask for what the pages of institutions and accounts ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from xueji.core.columns import column
from xueji.core.packs import WorkbookSpec

TITLE = "单位和人员登记表"
AUTHORITIES, SCHOOLS, PROGRAMMES, PEOPLE = "authorities", "schools", "programmes", "people"


_column = partial(column, required=True)

FORMS: Mapping[str, WorkbookSpec] = MappingProxyType(
    {
        AUTHORITIES: WorkbookSpec(
            AUTHORITIES, TITLE, "主管部门", 300,
            (
                _column("主管部门全称", "name", aliases=("全称",), width=28, help="与公章一致", example="某某区教育局"),
                _column("简称", "short_name", width=16, example="某某区"),
                _column("层级", "level", width=10, help="市级或县级", example="县级"),
                _column("行政区划代码", "division_code", kind="number", width=14, help="6 位数字", example="610502"),
                _column("上级主管部门", "parent", required=False, width=28, help="不填的，归本次上传所在的主管部门"),
            ),
        ),
        SCHOOLS: WorkbookSpec(
            SCHOOLS, TITLE, "学校", 1000,
            (
                _column("学校名称", "name", width=32, help="与学校印章一致，印在毕业证书上"),
                _column("学校标识码", "code", kind="number", width=14, help="4 至 10 位数字或字母"),
                _column("主管部门", "authority", width=28, help="已登记的，或本工作簿「主管部门」表中列出的全称"),
                _column("举办性质", "is_public", width=10, help="公办或民办", example="公办"),
                _column("校长", "principal", width=12, help="印在毕业证书上"),
                _column("办学层次", "level", required=False, width=14, help="规定区分办学层次的地区才填写"),
                _column("学校顺序号", "ordinal", required=False, kind="number", width=12, help="编号规则用到的才填写"),
                _column("地址", "address", required=False, width=32),
                _column("电话", "phone", required=False, kind="number", width=16),
            ),
        ),
        PROGRAMMES: WorkbookSpec(
            PROGRAMMES, TITLE, "专业", 6000,
            (
                _column("学校", "school", aliases=("所属学校",), width=32, help="学校名称或学校标识码"),
                _column("专业名称", "name", width=24, help="按专业目录的全称，印在毕业证书上"),
                _column("专业代码", "code", kind="number", width=12, help="2 至 6 位数字或字母"),
                _column("学制", "duration_years", kind="decimal", width=8, help="年数，1 至 6", example="3"),
                _column("学历层次", "education_level", required=False, width=16, help="不填的，为中等职业教育"),
            ),
        ),
        PEOPLE: WorkbookSpec(
            PEOPLE, TITLE, "人员", 3000,
            (
                _column("姓名", "name", width=12, help="一人一号，不得共用"),
                _column("用户名", "username", width=18, help="3 至 30 位小写字母、数字、点、下划线或短横，以字母开头"),
                _column("单位", "place", width=32, help="主管部门全称或行政区划代码，学校名称或学校标识码"),
                _column("岗位", "post", width=18, help="兼任的，一个岗位一行", example="学校经办人"),
                _column("联系电话", "phone", required=False, kind="number", width=16),
            ),
        ),
    }
)  # fmt: skip
ORDER = tuple(FORMS)  # what later sheets name stands on earlier ones


@dataclass(frozen=True, slots=True, eq=False)
class DirectoryEntry:
    """A row of one sheet: which, where, and what it says, every value as text; compared by identity."""

    form: str
    row_number: int
    values: Mapping[str, str]

    @property
    def sheet(self) -> str:
        """Name of its sheet."""
        return FORMS[self.form].sheet

    @property
    def label(self) -> str:
        """What the row is about, for lists."""
        return self.values.get("name", "")

    def text(self, field: str) -> str:
        """Return a value, empty where the row does not give it."""
        return self.values.get(field, "")


_SUMMARY = {AUTHORITIES: ("parent",), SCHOOLS: ("authority",), PROGRAMMES: ("school",), PEOPLE: ("place", "post")}


def summary_of(entry: DirectoryEntry) -> str:
    """Say where a row belongs: an authority below its superior, a person at a place in a post."""
    return " · ".join(text for field in _SUMMARY[entry.form] if (text := entry.text(field)))
