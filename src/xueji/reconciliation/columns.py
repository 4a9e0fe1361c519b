"""Which column of one list is which of the other: by the headings that the packs' forms know, by a map, by the same words.

A map is TOML: `keys`, `ignore`, `[columns]` heading = heading or field, `[here]` and `[there]` with `sheet`, `header_row`,
`count_as`. What stands in no map and in no form is compared with the column of the same heading.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from xueji.core.errors import BadInput
from xueji.core.packs import ColumnSpec, WorkbookSpec
from xueji.exchange.headings import fold_header
from xueji.policy import get_library

NUMBER = "resident_id"
_KEYS = (NUMBER, "student_number", "certificate_number")  # what tells people apart, best first
_PASSED_OVER = {"序号", "编号", "行号", "no", "no.", "问题"}
# Headings of the national systems and of rosters that no form of a pack has; what they hold is kept by a form's field.
_MORE = {
    "身份证号": NUMBER, "家长(监护人)姓名": "member1_name", "监护人姓名": "member1_name", "家长(监护人)电话": "member1_phone",
    "监护人电话": "member1_phone", "学生本人联系电话": "phone", "修读专业": "programme", "专业名称": "programme", "专业": "programme",
    "入学时间": "entry_month", "毕业时间": "graduation_month", "学习方式": "study_mode", "教学形式": "study_mode", "证书编号": "certificate_number",
    "毕业证书编号": "certificate_number", "校内学号": "school_number", "省级电子注册学籍号": "student_number", "学籍号": "student_number",
    "原身份证号": "former_resident_id", "曾用身份证号": "former_resident_id", "原身份证件号": "former_resident_id",
}  # fmt: skip
_NUMBERS = {"former_resident_id", "member1_resident_id"}
_TABLE_KEYS = {"sheet", "header_row", "count_as"}


@dataclass(frozen=True, slots=True)
class SideMap:
    """What a map says of one list: its sheet, its header row, and under which heading its rows are counted."""

    sheet: str = ""
    header_row: int = 0
    count_as: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A map read: see the module."""

    keys: tuple[str, ...] = ()
    ignore: frozenset[str] = frozenset()
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    here: SideMap = SideMap()
    there_side: SideMap = SideMap()

    def spec_of(self, header: str) -> ColumnSpec | None:
        """Return what a heading stands for; None where the column is passed over."""
        folded = fold_header(header)
        target = self.columns.get(folded, header)
        spec = _spec_of(fold_header(target)) or ColumnSpec(target, fold_header(target), False, "text")
        passed_over = folded in _PASSED_OVER or folded in self.ignore or spec.field in self.ignore
        return None if passed_over else spec


def read_map(path: Path | None) -> ColumnMap:
    """Read a map; BadInput names what in it is not understood."""
    if path is None:
        return ColumnMap()
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"没有这个对照文件，或无法读取：{path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"对照文件 {path} 不是 TOML：{error}") from error
    if unknown := set(raw) - {"keys", "ignore", "columns", "here", "there"}:
        raise BadInput(
            f"对照文件中有不认识的项「{'、'.join(sorted(unknown))}」；可用：keys、ignore、columns、here、there"
        )
    columns = _table(raw, "columns")
    return ColumnMap(
        tuple(_field_of(text) for text in _texts(raw, "keys")),
        frozenset(fold_header(text) for text in _texts(raw, "ignore")),
        MappingProxyType({fold_header(header): str(target) for header, target in columns.items()}),
        _side_map(_table(raw, "here"), "here"),
        _side_map(_table(raw, "there"), "there"),
    )


def _texts(raw: Mapping[str, object], key: str) -> list[str]:
    texts = raw.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadInput(f'对照文件的 {key} 应是文字的列表，如 {key} = ["姓名"]')
    return texts


def _table(raw: Mapping[str, object], key: str) -> Mapping[str, object]:
    table = raw.get(key, {})
    if not isinstance(table, dict):
        raise BadInput(f"对照文件的 [{key}] 应是一节")
    return table


def _side_map(raw: Mapping[str, object], key: str) -> SideMap:
    if unknown := set(raw) - _TABLE_KEYS:
        raise BadInput(
            f"对照文件 [{key}] 中有不认识的项「{'、'.join(sorted(unknown))}」；可用：sheet、header_row、count_as"
        )
    header_row = raw.get("header_row", 0)
    if not isinstance(header_row, int):
        raise BadInput(f"对照文件 [{key}] 的 header_row 应是行号")
    return SideMap(str(raw.get("sheet", "")), header_row, str(raw.get("count_as", "")))


def _field_of(text: str) -> str:
    spec = _spec_of(fold_header(text))
    return spec.field if spec else fold_header(text)


def is_known(header: str, column_map: ColumnMap) -> bool:
    """Whether a heading is one of a form or of the map: by such headings the header row is found."""
    folded = fold_header(header)
    return folded in column_map.columns or folded in _PASSED_OVER or _spec_of(folded) is not None


@lru_cache(maxsize=8192)
def _spec_of(folded: str) -> ColumnSpec | None:
    return _known_columns().get(folded)


@lru_cache(maxsize=1)
def _known_columns() -> Mapping[str, ColumnSpec]:
    """Return the columns of all forms of all packs by heading, alias and field; the form with most columns comes first."""
    forms = [
        form for pack in get_library().packs() for item in pack.items if isinstance(form := item.value, WorkbookSpec)
    ]
    known: dict[str, ColumnSpec] = {}
    for form in sorted(forms, key=lambda form: -len(form.columns)):
        for column in form.columns:
            for word in (column.header, *column.aliases, column.field):
                known.setdefault(fold_header(word), column)
    fields = {column.field: column for column in known.values()}
    for header, name in _MORE.items():
        kind = "identifier" if name in _NUMBERS else "text"
        known[fold_header(header)] = fields.get(name) or ColumnSpec(header, name, False, kind)
    return MappingProxyType(known)


@lru_cache(maxsize=1)
def code_tables() -> Mapping[str, Mapping[str, str]]:
    """Return the code tables that those columns name, as the newest pack has them."""
    tables: dict[str, Mapping[str, str]] = {}
    for pack in get_library().packs():
        for item in pack.items:
            if item.kind == "table" and isinstance(item.value, Mapping):
                tables.setdefault(item.key, item.value)
    return MappingProxyType(tables)


def choose_keys(column_map: ColumnMap, shared: Sequence[str]) -> tuple[str, ...]:
    """Return the fields by which people of both lists are the same; BadInput when the lists share none."""
    if column_map.keys:
        if missing := [key for key in column_map.keys if key not in shared]:
            raise BadInput(
                f"对照文件 keys 中的「{'、'.join(missing)}」不是两份表都有的列；都有的是：{'、'.join(shared)}"
            )
        return column_map.keys
    for key in _KEYS:
        if key in shared:
            return (key,)
    known = "、".join(shared) or "（没有）"
    raise BadInput(
        f"两份表没有共同的证件号、学籍号或证书编号列，无法逐人核对；两份表都有的列：{known}。请用 --map 写明哪列对哪列，或写 keys"
    )
