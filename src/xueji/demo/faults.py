"""The faults that are put into a workbook on purpose, in known numbers, and what the check must say to each."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.demo.people import UNPRINTABLE, wrong_check_digit


@dataclass(frozen=True, slots=True)
class UploadLine:
    """A line of a workbook in the making: what is true, which cells say something else, and the photograph."""

    truth: GraduateFacts
    cells: Mapping[str, Any] = field(default_factory=dict)  # by field: overrides what is written
    photo: str = "right"  # right | none | landscape | heavy | cut | lower_x
    photo_name: str | None = None  # instead of the number in the workbook


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault: its label, how often one workbook has it, the rules that must answer (each once), the deed."""

    key: str
    label: str
    times: int
    rules: tuple[str, ...]
    commit: Callable[[UploadLine], UploadLine]
    fits: Callable[[GraduateFacts], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class SeededFault:
    """One fault as it lies in a workbook: which entry (0-based), of which kind."""

    index: int
    kind: FaultKind


def _cells(**values: Any) -> Callable[[UploadLine], UploadLine]:
    return lambda entry: replace(entry, cells={**entry.cells, **values})


def _number(entry: UploadLine) -> str:
    return entry.truth.resident_id or ""


def _as_float(entry: UploadLine) -> UploadLine:
    """Excel keeps fifteen digits of a number; the last three are gone for good."""
    return _cells(resident_id=float(_number(entry)[:15] + "000"))(entry)


def _bad_check(entry: UploadLine) -> UploadLine:
    wrong = wrong_check_digit(_number(entry))
    return replace(_cells(resident_id=wrong)(entry), photo_name=wrong)


def _old_number(entry: UploadLine) -> UploadLine:
    """An adult student copied the fifteen digits of a first-generation card."""
    born = date(1981, 4, 12)
    number = f"610502810412{27 if entry.truth.sex == '男' else 28:03d}"
    return replace(_cells(resident_id=number, birth_date=born)(entry), photo_name=number)


def _other_sex(entry: UploadLine) -> UploadLine:
    return _cells(sex="女" if entry.truth.sex == "男" else "男")(entry)


def _other_birthday(entry: UploadLine) -> UploadLine:
    return _cells(birth_date=(entry.truth.birth_date or date.min) + timedelta(days=1))(entry)


def _late_entry(entry: UploadLine) -> UploadLine:
    entered = entry.truth.entry_month or Month(2000, 9)
    return _cells(entry_month=Month(entered.year + 1, 9))(entry)


def _rare_name(entry: UploadLine) -> UploadLine:
    return _cells(name=(entry.truth.name or "")[0] + UNPRINTABLE)(entry)


def _private_name(entry: UploadLine) -> UploadLine:
    return _cells(name=(entry.truth.name or "")[0] + "\ue863")(entry)


def _photo(what: str) -> Callable[[UploadLine], UploadLine]:
    return lambda entry: replace(entry, photo=what)


def _ends_in_x(facts: GraduateFacts) -> bool:
    return (facts.resident_id or "").endswith("X")


def _ends_in_digit(facts: GraduateFacts) -> bool:
    return not _ends_in_x(facts)


KINDS: tuple[FaultKind, ...] = (
    FaultKind("id_float", "身份证号被 Excel 变成数值", 3, ("reading.identifier_numeric", "photo.without_graduate"), _as_float, _ends_in_digit),
    FaultKind("id_check", "身份证号校验码不对", 2, ("graduate.resident_id_valid",), _bad_check),
    FaultKind("id_old", "身份证号是 15 位旧号", 1, ("graduate.resident_id_current_form",), _old_number),
    FaultKind("sex", "性别与身份证号不一致", 2, ("graduate.sex_matches_id",), _other_sex),
    FaultKind("birth", "出生日期与身份证号不一致", 2, ("graduate.birth_date_matches_id",), _other_birthday),
    FaultKind("birth_impossible", "日期不存在", 1, ("reading.date_impossible",), _cells(birth_date="2008-02-30")),
    FaultKind("missing", "必填项没有填", 2, ("graduate.required_given",), _cells(political_status="")),
    FaultKind("politics", "政治面貌不在代码表中", 1, ("graduate.codes_known",), _cells(political_status="学生")),
    FaultKind("programme", "专业不是本校专业", 2, ("graduate.programme_known",), _cells(programme="护理学")),
    FaultKind("period", "入学毕业年月与学制不符", 1, ("graduate.delay_explained",), _late_entry),
    FaultKind("mark_failed", "成绩不合格", 1, ("graduate.marks_passed",), _cells(internship_mark="不合格")),
    FaultKind("mark_unreadable", "成绩读不懂", 1, ("graduate.marks_readable",), _cells(overall_mark="还可以")),
    FaultKind("error_cell", "单元格是错误值 #N/A", 1, ("reading.error_cell",), _cells(conduct_mark="=#N/A")),
    FaultKind("rare_name", "姓名用字没有字体可以打印", 1, ("graduate.characters_printable",), _rare_name),
    FaultKind("private_name", "姓名含造字区字符", 1, ("graduate.name_acceptable",), _private_name),
    FaultKind("photo_missing", "没有照片", 2, ("photo.missing",), _photo("none")),
    FaultKind("photo_landscape", "照片横竖颠倒（200×150）", 1, ("photo.landscape",), _photo("landscape")),
    FaultKind("photo_heavy", "照片超过 20K", 1, ("photo.too_heavy",), _photo("heavy")),
    FaultKind("photo_cut", "照片文件不完整", 1, ("photo.damaged",), _photo("cut")),
    FaultKind("photo_lower_x", "照片文件名中的 x 是小写", 1, ("photo_archive.name_form",), _photo("lower_x"), _ends_in_x),
)  # fmt: skip
DOUBLED = FaultKind(
    "doubled", "同一人在名册中出现两次", 1, ("roster.ids_unique", "roster.ids_unique"), lambda entry: entry
)
ELSEWHERE = FaultKind(
    "elsewhere",
    "同一人已在另一所学校的名册中",
    1,
    ("batch.listed_once", "registry.studies_at_one_school"),
    lambda entry: entry,
)


def seed_faults(
    people: Sequence[GraduateFacts], seed: int, elsewhere: GraduateFacts | None
) -> tuple[list[UploadLine], list[SeededFault]]:
    """Return the entries of a workbook with every kind of fault, each person with one at most."""
    chance = random.Random(f"faults:{seed}")
    entries = [UploadLine(person) for person in people]
    order = [index for index, entry in enumerate(entries) if "·" not in (entry.truth.name or "")]
    chance.shuffle(order)
    faults: list[SeededFault] = []
    for kind in sorted(KINDS, key=lambda kind: kind.key != "photo_lower_x"):  # the choosy one first
        for _ in range(kind.times):
            index = next(i for i in order if kind.fits(entries[i].truth))
            order.remove(index)
            entries[index] = kind.commit(entries[index])
            faults.append(SeededFault(index, kind))
    entries.append(entries[order[0]])
    faults.append(SeededFault(len(entries) - 1, DOUBLED))
    if elsewhere:
        truth = entries[order[1]].truth
        stranger = replace(elsewhere, programme=truth.programme, duration_years=truth.duration_years, entry_month=truth.entry_month)  # fmt: skip
        entries.append(UploadLine(stranger))
        faults.append(SeededFault(len(entries) - 1, ELSEWHERE))
    return entries, faults


def seeded_faults(*, elsewhere: bool = True) -> dict[str, int]:
    """Return the label of each kind of fault and how often one faulty workbook has it."""
    last = (DOUBLED, ELSEWHERE) if elsewhere else (DOUBLED,)
    return {kind.label: kind.times for kind in (*KINDS, *last)}
