"""Rules on a new student's row, and on the rows of one file together (新生学籍注册信息)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import cast

from xueji.core.enrolment_facts import ALONE, KIND, MEMBERS, UNSTAGED, EnrolmentFacts
from xueji.core.errors import BadInput
from xueji.core.identifiers import document_number_problem, document_shapes, parse_resident_id, upgrade_resident_id
from xueji.core.intakes import Age
from xueji.core.months import Month
from xueji.core.new_students import ID_CARD, birth_date_of, origin_of, years_of
from xueji.core.packs import PackView
from xueji.core.rules.graduates import document_shape, legal_date
from xueji.core.rules.registry import CheckResult, Given, Problem, rule
from xueji.core.status.durations import SHORTEST, durations_of
from xueji.core.status.facts import StudyFacts
from xueji.core.status_words import ORIGINS

Rows = Sequence[EnrolmentFacts]
_YES = "是"
_DIVISIONS = {
    "origin_division": "生源地", "birth_division": "出生地", "native_division": "籍贯地", "household_division": "户口所在地",
}  # fmt: skip
_OLD, _NEW = 15, 18
_NAMED, _SHOWN = 3, 12


def _born(facts: EnrolmentFacts, given: Given) -> date | None:
    """Return the birth date that is told, or the one in the number."""
    return birth_date_of(facts, legal_date(given))


@rule("enrolment.required_given", topic="enrolment")
def required_given(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """Everything that the form requires is given."""
    columns = given.view.workbook(KIND).columns
    missing = [column for column in columns if column.required and not facts.text(column.field)]
    return [Problem(f"「{c.header}」没有填写", c.field, f"请填写「{c.header}」") for c in missing] or None


@rule("enrolment.words_known", topic="enrolment")
def words_known(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """Every word of a column with a list stands in it."""
    return [
        Problem(f"「{listed.header}」的「{word}」不在用词表中", listed.field, f"可用：{listed.shown}")
        for listed in _listed(given.view)
        if (word := facts.text(listed.field)) and word not in listed.words
    ] or None


@dataclass(frozen=True, slots=True)
class _Listed:
    """A column whose words are listed, with its list and the beginning of it for a refusal."""

    header: str
    field: str
    words: frozenset[str]
    shown: str


@lru_cache(maxsize=16)
def _listed(view: PackView) -> tuple[_Listed, ...]:
    """Look the lists up once for each view: every row shares them."""
    columns = [(column, view.table(column.table)) for column in view.workbook(KIND).columns if column.table]
    return tuple(
        _Listed(column.header, column.field, frozenset(known.values()), "、".join(list(known.values())[:_SHOWN]))
        for column, known in columns
    )


@rule("enrolment.id_valid", topic="enrolment", field="resident_id")
def id_valid(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """The number of each identity document has its shape; a citizen's has a right check character and a possible birth date."""
    found = [
        Problem(problem, f"{prefix}resident_id", "请与证件原件逐位核对")
        for prefix in ("", *(f"{member}_" for member in MEMBERS))
        if (problem := _number_problem(facts, prefix, given))
    ]
    return found or None


def _number_problem(facts: EnrolmentFacts, prefix: str, given: Given) -> str | None:
    number, kind = facts.text(f"{prefix}resident_id"), facts.text(f"{prefix}id_document_type") or ID_CARD
    if not number:
        return None
    if kind == ID_CARD:
        return parse_resident_id(number, on=legal_date(given)).problem
    shape = document_shape(given.view, kind)
    return document_number_problem(shape, number) if shape in document_shapes() else None


@rule("enrolment.old_number", topic="enrolment", field="resident_id")
def old_number(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """The ID number has eighteen characters, not the fifteen of old cards."""
    number = facts.text("resident_id")
    if len(number) != _OLD or not number.isdigit():
        return None
    return Problem("身份证号是 15 位旧号", remedy="请填写 18 位身份证号")


@rule("enrolment.birth_date_matches_id", topic="enrolment", field="birth_date")
def birth_date_matches_id(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """The birth date is the one in the ID number, where both are given."""
    if facts.text("id_document_type") not in ("", ID_CARD) or not isinstance(facts.values.get("birth_date"), date):
        return None
    read = parse_resident_id(facts.text("resident_id"), on=legal_date(given))
    if read.problem or read.birth_date in (None, facts.values["birth_date"]):
        return None
    return Problem("出生日期与身份证号中的不一致", remedy="请与身份证原件核对；空着的由系统从身份证号得出")


@rule("enrolment.sex_matches_id", topic="enrolment", field="sex")
def sex_matches_id(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """The sex is the one that the ID number tells."""
    if facts.text("id_document_type") not in ("", ID_CARD) or facts.text("sex") not in ("男", "女"):
        return None
    read = parse_resident_id(facts.text("resident_id"), on=legal_date(given))
    if read.problem or read.sex in (None, facts.text("sex")):
        return None
    return Problem(f"性别「{facts.text('sex')}」与身份证号（{read.sex}）不一致", remedy="请与身份证原件核对")


@rule("enrolment.divisions_known", topic="enrolment")
def divisions_known(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """Every division code stands in the table of codes, now or in the past."""
    known = given.view.table("divisions")
    found = [
        Problem(f"{label}行政区划码「{facts.text(name)}」不在代码表中", name, "请填写六位行政区划代码，如 410102")
        for name, label in _DIVISIONS.items()
        if facts.text(name) and facts.text(name) not in known
    ]
    return found or None


@rule("enrolment.entry_plausible", topic="enrolment", field="entry_month", params={"ahead": int})
def entry_plausible(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """Nobody entered before they were born, or enters later than schools admit ahead of time."""
    entered, born = facts.values.get("entry_month"), _born(facts, given)
    if not isinstance(entered, Month):
        return None
    is_unborn = born is not None and entered < Month.of(born)
    if not is_unborn and Month.of(legal_date(given)).months_until(entered) <= cast("int", given.params["ahead"]):
        return None
    return Problem("入学年月早于出生，或在将来", remedy="请核对入学年月，如 202109")


@rule("enrolment.cooperation_given", topic="enrolment")
def cooperation_given(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """Who is admitted jointly has the form of cooperation and the partner school."""
    if facts.text("cooperation_type") in ("", ALONE):
        return None
    needed = {"cooperation_form": "联招合作办学形式", "cooperation_school": "联招合作学校代码"}
    found = [
        Problem(
            f"「联招合作类型」为「{facts.text('cooperation_type')}」，「{header}」没有填写", name, f"请填写「{header}」"
        )
        for name, header in needed.items()
        if not facts.text(name)
    ]
    return found or None


@rule("enrolment.guardian_given", topic="enrolment", field="member1_name", params={"below": int})
def guardian_given(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """A child has a guardian."""
    born, below = _born(facts, given), cast("int", given.params["below"])
    if born is None or Age.on(legal_date(given), born).years >= below:
        return None
    if any(facts.text(f"{member}_name") and facts.text(f"{member}_is_guardian") == _YES for member in MEMBERS):
        return None
    return Problem(f"学生不满 {below} 周岁，没有填写监护人", remedy="请填写家庭成员，并在「是否监护人」填「是」")


@rule("enrolment.duration_allowed", topic="enrolment", field="duration")
def duration_allowed(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """The duration is one of those for how somebody came and how old they are; of staged training the scheme says."""
    intake, years = facts.intake, years_of(facts, given.view)
    if intake is None or years is None or facts.text("staged_training") not in ("", UNSTAGED):
        return None
    origin = origin_of(facts)
    study = StudyFacts(
        origin=origin, entered=intake, study_mode=facts.text("study_mode"), birth_date=_born(facts, given),
        duration_years=years,
    )  # fmt: skip
    try:
        intervals = durations_of(study, given.view).intervals
    except BadInput:
        return None  # what the clause needs is missing or unreadable: that is said of its own cell
    if any(years in interval for interval in intervals) and years % SHORTEST == 0:
        return None
    allowed = "、".join(str(interval) for interval in intervals)
    return Problem(f"{ORIGINS[origin] if origin != 'other' else '该生'}的学制为 {allowed} 年，现为「{facts.text('duration')}」", remedy="请核对招生对象、出生日期和学制")  # fmt: skip


@rule("enrolment.programme_known", topic="enrolment", field="programme")
def programme_known(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """The programme stands in the admission licences."""
    programme = facts.text("programme")
    if facts.licences is None or not programme or facts.licences.knows(programme):
        return None
    return Problem(f"专业「{programme}」不在公布的招生资质中", remedy="请按招生资质上的名称填写专业")


@rule("enrolment.programme_licensed", topic="enrolment", field="programme")
def programme_licensed(facts: EnrolmentFacts, given: Given) -> CheckResult:
    """The school may admit to the programme in the intake."""
    programme, intake = facts.text("programme"), facts.intake
    if facts.licences is None or not facts.licences.school or intake is None or not facts.licences.knows(programme):
        return None
    if facts.licences.allows(programme, intake):
        return None
    season = {"spring": "春季", "autumn": "秋季"}[intake.term]
    words = f"本校没有「{programme}」{intake.year} 年{season}的招生资质"
    return Problem(words, remedy="没有招生资质的不能备案，学生无法取得毕业证书：请核对专业和入学年月")


# -- the rows of a file together


@rule("enrolments.numbers_unique", topic="enrolments", field="resident_id")
def numbers_unique(rows: Rows, given: Given) -> CheckResult:
    """No identity number stands in the file twice."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, facts in enumerate(rows):
        if number := facts.text("resident_id"):
            places[number].append(index)
    return list(_named(rows, places, "证件号重复", "请删去重复的一行，或改正填错的号码")) or None


@rule("enrolments.old_pairs", topic="enrolments", field="resident_id")
def old_pairs(rows: Rows, given: Given) -> CheckResult:
    """No old number of fifteen digits stands beside its new form of eighteen."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, facts in enumerate(rows):
        number = facts.text("resident_id")
        is_old = len(number) == _OLD and number.isdigit()
        if is_old or len(number) == _NEW:
            places[upgrade_resident_id(number) if is_old else number].append(index)
    mixed = {k: v for k, v in places.items() if len({len(rows[index].text("resident_id")) for index in v}) > 1}
    return list(_named(rows, mixed, "15 位旧号与 18 位号是同一人", "请保留 18 位号的一行")) or None


def _named(rows: Rows, places: dict[str, list[int]], message: str, remedy: str) -> Iterator[Problem]:
    """Yield a problem for each row of a group, with the names of the others."""
    for indices in places.values():
        for index in indices if len(indices) > 1 else ():
            others = [rows[other].text("name") or "（没有姓名）" for other in indices if other != index]
            more = f"等 {len(others)} 人" if len(others) > _NAMED else ""
            yield Problem(f"{message}：与「{'、'.join(others[:_NAMED])}」{more}", remedy=remedy, row=index)
