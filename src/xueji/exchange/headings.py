"""The header of a table: wherever it stands, in one row or in two, with whatever people write around its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from xueji.core.packs import ColumnSpec
from xueji.core.texts import drop_unseen, fold_lookalikes
from xueji.exchange.cells import Cell, SheetReading

HEADER_DEPTH = 100  # rows that are looked through; instructions stand above many lists
_FURTHER = 2  # rows looked at below one that has every required column: the lower half of a header of two
_LONGEST = 60
_DECORATION = re.compile(r"[\s*＊★※:：]|[（(](?:必填|选填|必录|文本|文本格式)[)）]")
_BRACKETS = re.compile(r"[(\[【〔《<]([^()\[\]【】〔〕《》<>]*)[)\]】〕》>]")
_NUMBERED = re.compile(r"^(?:[(\[]?[0-9]{1,2}[)\].、]?|[a-z][.、)])(?=[^\x00-\x7f])")
_WHOSE = re.compile(r"^(?:学生|毕业生|考生|本人)")
_LATIN = re.compile(r"^[\x21-\x7e]+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[\x21-\x7e]+位?$")
# In brackets they make it another thing: somebody else's, or not the name but its code.
_ANOTHER = re.compile(
    r"拼音|曾用|代码|编码|编号|农历|阴历|英文|预计|原|旧|拟|方向|补考|[父母]|监护|家长|配偶|联系|教师|班主任|初中|高中|升入|家庭|成员"
)
_SOMEBODY_ELSE = re.compile(r"(?:父|母|监护|家长|配偶|联系人|家庭|成员|初中|高中|班主任)[^:：]{0,6}$")


@dataclass(frozen=True, slots=True)
class Header:
    """A possible header of a sheet: field → offset in the row, the texts by offset, and which fields stand twice."""

    row_number: int
    matched: dict[str, int]
    texts: dict[int, str]
    doubled: tuple[tuple[int, str, str], ...]


@dataclass
class _Row:
    """A row on trial: its texts, those above it and whether they are a header, and what matched so far."""

    words: dict[int, str]
    above: Mapping[int, str]
    is_below_header: bool
    names: Mapping[str, ColumnSpec]
    matched: dict[str, int] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    doubled: list[tuple[int, str, str]] = field(default_factory=list)


@lru_cache(maxsize=8192)  # asked of every cell, to know a header that comes again; most columns repeat a few words
def fold_header(text: str) -> str:
    """Return a header without what people add to it: blanks, line breaks, stars, «（必填）», full-width letters."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", drop_unseen(fold_lookalikes(text)))).casefold()


@lru_cache(maxsize=2048)
def bare_headers(text: str) -> tuple[str, ...]:
    """Return what a folded header may be without brackets, a number before it, «学生», and Latin letters around it."""
    found: list[str] = []
    if len(text) > _LONGEST or text.isascii() or any(_ANOTHER.search(note) for note in _BRACKETS.findall(text)):
        return ()
    for pattern in (_BRACKETS, _NUMBERED, _LATIN, _WHOSE):
        shorter = pattern.sub("", text)
        if shorter and shorter != text:
            found.append(shorter)
            text = shorter
    return tuple(found)


def find_header(sheet: SheetReading, columns: Sequence[ColumnSpec]) -> Header | None:
    """Return the row that matches most columns, the first of equals; None when no row looks like a header."""
    names = {fold_header(name): column for column in columns for name in (column.header, *column.aliases)}
    required = {column.field for column in columns if column.required}
    best: Header | None = None
    above: Mapping[int, str] = {}
    left, is_header = -1, False
    for number, cells in sheet.rows[:HEADER_DEPTH]:
        if left == 0 or number > HEADER_DEPTH * 2:
            break
        left -= 1
        header = _match(number, cells, above, names, is_below_header=is_header)
        if best is None or len(header.matched) > len(best.matched):
            best = header
            left = _FURTHER if required <= header.matched.keys() else -1
        if header.matched:
            above, is_header = header.texts, len(header.matched) > 1
        elif is_header and len(header.texts) * 2 < len(above):  # the middle of three
            above = {**above, **header.texts}
        else:
            above, is_header = header.texts, False
    needed = max(2, min(4, len(columns) // 3))
    return best if best and len(best.matched) >= needed else None


def _texts(cells: Sequence[Cell]) -> dict[int, str]:
    return {offset: cell for offset, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()}


def text_at(cells: Sequence[Cell], offset: int) -> str:
    """Return the text of a cell of a row; nothing for a number, and behind the end."""
    cell = cells[offset] if offset < len(cells) else None
    return cell if isinstance(cell, str) else ""


def _match(
    number: int,
    cells: Sequence[Cell],
    above: Mapping[int, str],
    names: Mapping[str, ColumnSpec],
    *,
    is_below_header: bool,
) -> Header:
    """Match a row with the one above it: a merged heading has its text in the upper of its cells, on the left."""
    row = _Row(_texts(cells), above, is_below_header, names)
    row.texts.update(row.words)
    offsets = sorted({*row.words, *above})
    open_offsets = [offset for offset in offsets if not _take(row, offset, tuple(_words_of(row, offset)))]
    for offset in open_offsets:
        bare = tuple(shorter for word in _words_of(row, offset) for shorter in bare_headers(word))
        if any(names[word].field not in row.matched for word in bare if word in names):
            _take(row, offset, bare)
    inherited = [field for field, offset in row.matched.items() if offset not in row.words]
    if inherited and not _is_lower_half(row, cells):
        return Header(number, {}, row.words, ())
    return Header(number, row.matched, row.texts, tuple(row.doubled))


def _words_of(row: _Row, offset: int) -> Iterator[str]:
    """Yield what the heading of a column may be: its own text, alone and after the one above it, else the one above."""
    group = next((row.above[at] for at in range(offset, -1, -1) if at in row.above), "")
    if offset not in row.words:
        yield fold_header(row.above.get(offset, ""))
    elif not (row.is_below_header and _SOMEBODY_ELSE.match(group)):
        yield fold_header(row.words[offset])
        yield fold_header(group + row.words[offset])


def _take(row: _Row, offset: int, words: tuple[str, ...]) -> bool:
    column = next((row.names[word] for word in words if word in row.names), None)
    if column is None:
        return False
    text = row.texts.setdefault(offset, row.above.get(offset, ""))
    if column.field in row.matched:
        row.doubled.append((offset, column.field, text))
    else:
        row.matched[column.field] = offset
    return True


def _is_lower_half(row: _Row, cells: Sequence[Cell]) -> bool:
    """Whether a row that leans on the one above is the lower half of a header, and not the first line of the list."""
    matched_here = sum(offset in row.words for offset in row.matched.values())
    is_text = all(cell is None or isinstance(cell, str) for cell in cells)
    return is_text and matched_here > 0 and matched_here * 2 >= len(row.words)


def repeats_header(cells: Sequence[Cell], header: Header) -> bool:
    """Whether a row is the header again, as printed lists have it on every page, or one row of it."""
    same = sum(_is_heading(text_at(cells, offset), header.texts[offset]) for offset in header.matched.values())
    if same >= max(2, (len(header.matched) + 1) // 2):
        return True
    return same > 1 and same == sum(cell is not None for cell in cells)


def _is_heading(text: str, heading: str) -> bool:
    return text == heading or (not text[:1].isdigit() and fold_header(text) == fold_header(heading))


# Columns of lists that schools export from the national system and from their own; no form of ours has them, so that
# nobody is told again and again that they are not read.
_LISTED = (
    "序号 编号 行号 No No. 年级 班级 班级名称 所在班级 行政班 班号 校内学号 学号 座号 招生类型 招生方式 招生对象 招生季节 "
    "学生类别 学生来源 生源类别 就读方式 入学方式 姓名拼音 英文姓名 曾用名 国籍/地区 港澳台侨外 婚姻状况 健康状况 健康情况 "
    "户口性质 户籍性质 户籍所在省 户籍所在市 户籍所在区县 户口所在地行政区划码 户口所在地区县以下详细地址 所属派出所 籍贯 "
    "生源地行政区划码 出生地行政区划码 籍贯地行政区划码 学生居住地类型 乘火车区间 是否随迁子女 是否低保 是否建档立卡贫困户 "
    "联招合作类型 联招合作办学形式 联招合作学校代码 联招合作学校机构代码 校外教学点 教学点名称 分段培养方式 专业目录版本 "
    "联系电话 手机号码 学生本人联系电话 电子信箱/其他联系方式 邮政编码 家庭邮政编码 家庭现地址 家庭电话 详细地址 "
    "准考证号 考生号 考试总分 学校类型 是否享受国家助学金 月发放标准(元) 家长(监护人)姓名 家长(监护人)电话"
)
FAMILIAR = frozenset(fold_header(heading) for heading in _LISTED.split())
