"""Rules on one graduate as the school claims it: identity, name, study, marks.

Each stays silent about a fact that is missing: that something required is missing is one rule's word, said once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import cast

from xueji.core.facts import DETAILS, GraduateFacts, is_fact
from xueji.core.identifiers import (
    IdKind,
    ResidentId,
    document_number_problem,
    document_shapes,
    is_card_like,
    parse_resident_id,
)
from xueji.core.months import Month
from xueji.core.names import name_doubts, name_problem
from xueji.core.packs import ColumnSpec, PackView
from xueji.core.rules.registry import CheckResult, Given, Problem, rule

_HIGHEST_MARK = 100
_MARK = re.compile(r"[0-9]{1,3}(\.[0-9]+)?")
_LONGEST_DURATION = 20
_GIVE_THE_CARD = "请填本人身份证号；持其他证件的填证件类型和证件号码；没有证件号码的请先更正学籍，再上报"
_BETWEEN_EPOCHS = 1462  # days between the two ways in which spreadsheets count them


def legal_date(given: Given) -> date:
    """Return the day on which the facts are judged: the caller's, else the view's."""
    return given.surroundings.on or given.view.day


def _uses_id_card(facts: GraduateFacts, given: Given) -> bool:
    """Whether the number is of the resident-ID shape; an unstated document is taken as the ID card."""
    if facts.id_document_type is None:
        return True
    return is_card_like(document_shape(given.view, facts.id_document_type), facts.resident_id or "")


@lru_cache(maxsize=256)
def document_shape(view: PackView, document_type: str) -> str | None:
    """Return the shape of a document type (code or name) in the pack's table; None when the table lacks it."""
    shapes = view.table("id_document_shapes")
    return shapes.get(document_type) or shapes.get(_codes_by_name(view, "id_document_types").get(document_type, ""))


@lru_cache(maxsize=256)
def _codes_by_name(view: PackView, table: str) -> Mapping[str, str]:
    return {name: code for code, name in view.table(table).items()}


@lru_cache(maxsize=64)
def _columns(view: PackView, workbook: str) -> tuple[tuple[ColumnSpec, ...], dict[str, str]]:
    """Return the required columns of a form, and the printed header of each fact."""
    columns = view.workbook(workbook).columns
    required = tuple(c for c in columns if c.required and is_fact(c.field))
    return required, {c.field: c.header for c in columns}


@lru_cache(maxsize=64)
def _required_fields(view: PackView, workbook: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the required facts that are fields, and those that only some packs ask for."""
    names = tuple(column.field for column in _columns(view, workbook)[0])
    return tuple(n for n in names if not n.startswith(DETAILS)), tuple(n for n in names if n.startswith(DETAILS))


def _read_id(facts: GraduateFacts, given: Given) -> ResidentId | None:
    if facts.resident_id is None or not _uses_id_card(facts, given):
        return None
    return parse_resident_id(facts.resident_id, on=legal_date(given))


@rule("graduate.required_given", topic="graduate", params={"workbook": str})
def required_given(facts: GraduateFacts, given: Given) -> CheckResult:
    """Everything that the form requires is given."""
    workbook = cast("str", given.params["workbook"])
    fields, details = _required_fields(given.view, workbook)
    if all(getattr(facts, name) for name in fields) and all(facts.value(name) for name in details):
        return None  # nearly every row; what is false and yet given (0) is told apart below
    missing = [c for c in _columns(given.view, workbook)[0] if facts.value(c.field) in (None, "")]
    return [Problem(f"「{c.header}」没有填写", c.field, f"请填写「{c.header}」") for c in missing] or None


@rule("graduate.resident_id_valid", topic="graduate", field="resident_id")
def resident_id_valid(facts: GraduateFacts, given: Given) -> CheckResult:
    """The ID number has the shape of its document, its check character is right, and its birth date is possible."""
    if facts.resident_id is None:
        return None
    if not _uses_id_card(facts, given):
        shape = document_shape(given.view, facts.id_document_type or "")
        if shape not in document_shapes():
            return None
        return document_number_problem(shape or "", facts.resident_id)
    read = parse_resident_id(facts.resident_id, on=legal_date(given))
    if not read.problem:
        return None
    has_no_card = read.kind is IdKind.TEMPORARY
    return Problem(read.problem, remedy=_GIVE_THE_CARD if has_no_card else "请与身份证原件逐位核对")


@rule("graduate.document_type_known", topic="graduate", field="id_document_type")
def document_type_known(facts: GraduateFacts, given: Given) -> CheckResult:
    """The kind of identity document is one of the table."""
    if facts.id_document_type is None or document_shape(given.view, facts.id_document_type):
        return None
    names = "、".join(given.view.table("id_document_types").values())
    return Problem(f"身份证件类型「{facts.id_document_type}」不在代码表中", remedy=f"可用：{names}")


@rule("graduate.resident_id_region_known", topic="graduate", field="resident_id")
def resident_id_region_known(facts: GraduateFacts, given: Given) -> CheckResult:
    """The region of the ID number stands in the table of division codes, now or in the past."""
    if facts.resident_id is None or not _uses_id_card(facts, given):
        return None
    read = parse_resident_id(facts.resident_id, on=legal_date(given), divisions=given.view.table("divisions"))
    if read.problem or not read.doubts:
        return None
    return Problem("；".join(read.doubts), remedy="请核对身份证原件；确认无误的可以继续")


@rule("graduate.resident_id_current_form", topic="graduate", field="resident_id")
def resident_id_current_form(facts: GraduateFacts, given: Given) -> CheckResult:
    """The ID number has eighteen characters, not the fifteen of cards from before 1999."""
    if facts.resident_id is None or len(facts.resident_id) != 15 or not facts.resident_id.isdigit():
        return None
    return Problem("身份证号是 15 位旧号", remedy="请填写 18 位身份证号")


@rule("graduate.birth_date_matches_id", topic="graduate", field="birth_date")
def birth_date_matches_id(facts: GraduateFacts, given: Given) -> CheckResult:
    """The birth date is the one in the ID number."""
    read = _read_id(facts, given)
    if read is None or read.problem or read.birth_date is None or facts.birth_date in (None, read.birth_date):
        return None
    message = "出生日期与身份证号中的不一致"
    if facts.birth_date and abs((facts.birth_date - read.birth_date).days) == _BETWEEN_EPOCHS:
        message += "，正好相差 4 年零 1 天：像是在 1904 和 1900 两种日期系统的表格之间复制过"
    return Problem(message, remedy="请与身份证原件核对")


@rule("graduate.sex_matches_id", topic="graduate", field="sex")
def sex_matches_id(facts: GraduateFacts, given: Given) -> CheckResult:
    """The sex is the one that the ID number tells (17th digit, odd for men)."""
    read = _read_id(facts, given)
    if read is None or read.problem or read.sex is None or facts.sex not in {"男", "女"} or facts.sex == read.sex:
        return None
    return Problem(f"性别「{facts.sex}」与身份证号（{read.sex}）不一致", remedy="请与身份证原件核对")


@rule("graduate.sex_known", topic="graduate", field="sex")
def sex_known(facts: GraduateFacts, given: Given) -> CheckResult:
    """The sex is 男 or 女."""
    if facts.sex in (None, "", "男", "女"):
        return None
    return Problem(f"性别「{facts.sex}」读不懂", remedy="请填「男」或「女」")


@rule("graduate.age_plausible", topic="graduate", field="birth_date", params={"youngest": int, "oldest": int})
def age_plausible(facts: GraduateFacts, given: Given) -> CheckResult:
    """The graduate is of an age at which people graduate, on the last day that counts (graduation month, else the legal date)."""
    read = _read_id(facts, given)
    born = facts.birth_date or (read.birth_date if read else None)
    if born is None:
        return None
    on = facts.graduation_month.first_day() if facts.graduation_month else legal_date(given)
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    youngest, oldest = (cast("int", given.params[name]) for name in ("youngest", "oldest"))
    if youngest <= age <= oldest:
        return None
    return Problem(f"毕业时的年龄不在 {youngest} 至 {oldest} 岁之间，不合常理", remedy="请核对出生日期和身份证号")


@rule("graduate.name_acceptable", topic="graduate", field="name")
def name_acceptable(facts: GraduateFacts, given: Given) -> CheckResult:
    """The name holds only characters that can be kept and printed (no control, invisible or private-use ones)."""
    problem = name_problem(facts.name) if facts.name else None
    return Problem(problem, remedy="请按户口簿重新录入姓名") if problem else None


@rule("graduate.name_usual", topic="graduate", field="name")
def name_usual(facts: GraduateFacts, given: Given) -> CheckResult:
    """The name looks like a name: no digits, Latin letters or punctuation."""
    if not facts.name or name_problem(facts.name):
        return None
    doubts = name_doubts(facts.name)
    return Problem("；".join(doubts), remedy="请与身份证原件核对") if doubts else None


@rule("graduate.characters_printable", topic="graduate", field="name")
def characters_printable(facts: GraduateFacts, given: Given) -> CheckResult:
    """Every character of the name and the programme can be printed by an installed font."""
    uncovered = given.surroundings.uncovered
    if not uncovered:
        return None
    problems = []
    for field, label, text in (("name", "姓名", facts.name), ("programme", "专业", facts.programme)):
        lacking = [c for c in dict.fromkeys(text or "") if c in uncovered]
        if lacking:
            named = "、".join(f"「{c}」（U+{ord(c):04X}）" for c in lacking)
            problems.append(Problem(f"{label}中的{named}没有字体可以打印", field, "请安装含有该字的字体"))
    return problems or None


@rule("graduate.codes_known", topic="graduate", params={"fields": dict})
def codes_known(facts: GraduateFacts, given: Given) -> CheckResult:
    """Coded facts (political status, ethnicity, …) are names or codes of their tables."""
    problems = []
    for field, table in cast("Mapping[str, str]", given.params["fields"]).items():
        text = cast("str | None", facts.value(field))
        if text and text not in _known_words(given.view, table):
            label = printed_header(given, field)
            near = difflib.get_close_matches(text, given.view.table(table).values(), 1, 0.6)
            hint = f"：是否为「{near[0]}」？" if near else ""
            problems.append(Problem(f"{label}「{text}」不在代码表中{hint}", field, f"请按代码表填写「{label}」"))
    return problems or None


@lru_cache(maxsize=256)
def _known_words(view: PackView, table: str) -> frozenset[str]:
    """Return every code, name and usual short form of a table."""
    aliases = view.table(f"{table}_aliases") if f"{table}_aliases" in view.keys("table") else {}
    return frozenset({*view.table(table), *view.table(table).values(), *aliases})


def printed_header(given: Given, field: str) -> str:
    """Return what the form that was read calls a fact, else its name in the code."""
    key = given.surroundings.workbook
    if key not in given.view.keys("workbook"):
        return field
    return _columns(given.view, key)[1].get(field, field)


@rule("graduate.programme_known", topic="graduate", field="programme")
def programme_known(facts: GraduateFacts, given: Given) -> CheckResult:
    """The programme is one of the school's."""
    known = given.surroundings.programmes
    if not known or not facts.programme or facts.programme in known:
        return None
    return Problem(f"专业「{facts.programme}」不是本校专业", remedy="请按专业备案的全称填写")


@rule("graduate.duration_allowed", topic="graduate", field="duration_years", params={"years": list})
def duration_allowed(facts: GraduateFacts, given: Given) -> CheckResult:
    """The duration is one that the rules allow, and one of the programme's where these are known."""
    years = facts.duration_years
    if years is None:
        return None
    if years not in _decimals(tuple(cast("Iterable[str]", given.params["years"]))):
        return Problem(f"学制「{plain_years(years)}」年不在允许的学制之内")
    durations = given.surroundings.durations_by_programme.get(facts.programme or "")
    if durations and years not in durations:
        listed = "、".join(plain_years(y) for y in sorted(durations))
        return Problem(f"专业「{facts.programme}」的学制是 {listed} 年，现填 {plain_years(years)} 年")
    return None


@lru_cache(maxsize=256)
def _decimals(texts: tuple[str, ...]) -> frozenset[Decimal]:
    return frozenset(Decimal(str(text)) for text in texts)


def plain_years(years: Decimal) -> str:
    """Return a duration as people write it: 3, 3.5."""
    return f"{years.normalize():f}"


@rule("graduate.study_period_fits", topic="graduate", field="graduation_month", params={"short": int, "long": int})
def study_period_fits(facts: GraduateFacts, given: Given) -> CheckResult:
    """Entry lies before graduation, and the months between them are the duration within the pack's tolerance.

    A class that enters in September and leaves in July has studied two months less than whole years: `short` is
    how many months less, `long` how many more than the duration are taken as regular.
    """
    if facts.entry_month is None or facts.graduation_month is None:
        return None
    months = facts.entry_month.months_until(facts.graduation_month)
    if months <= 0:
        return Problem(f"毕业年月 {facts.graduation_month} 不在入学年月 {facts.entry_month} 之后")
    years, planned = facts.duration_years, whole_months(facts.duration_years)
    if years is None or planned is None:
        return None
    short, long = cast("int", given.params["short"]), cast("int", given.params["long"])
    if planned - short <= months <= planned + long:
        return None
    return Problem(
        f"入学 {facts.entry_month} 至毕业 {facts.graduation_month} 共 {months} 个月，与学制 {plain_years(years)} 年不符",
        remedy="请核对入学年月、毕业年月和学制；留级、休学或提前毕业的请附材料",
    )


def whole_months(years: Decimal | None) -> int | None:
    """Return a duration in months; None when it is missing or impossible (which is another rule's word)."""
    if years is None or not years.is_finite() or not 0 < years <= _LONGEST_DURATION:
        return None
    return int(years * 12)


@rule(
    "graduate.graduates_in_season",
    topic="graduate",
    field="graduation_month",
    params={"spring": list, "autumn": list, "year_before": list},
)
def graduates_in_season(facts: GraduateFacts, given: Given) -> CheckResult:
    """The graduation month belongs to the class that is being dealt with."""
    near, month = given.surroundings, facts.graduation_month
    if near.season_year is None or near.season_term is None or month is None:
        return None
    season = season_of_month(month, given.params)
    if season == (near.season_year, near.season_term):
        return None
    problem = f"毕业年月 {month} 不属于 {near.season_year} 届{_TERMS[near.season_term]}"
    return Problem(f"{problem}，应列入 {season[0]} 届{_TERMS[season[1]]}" if season else problem)


_TERMS = {"spring": "春季", "autumn": "秋季"}


def season_of_month(month: Month, params: Mapping[str, object]) -> tuple[int, str] | None:
    """Return year and term of the class a month belongs to by the rule's parameters; None for one that belongs to no class.

    Months of `year_before` open the spring class of the following year.
    """
    if month.month in cast("list[int]", params["year_before"]):
        return month.year + 1, "spring"
    for term in _TERMS:
        if month.month in cast("list[int]", params[term]):
            return month.year, term
    return None


@rule("graduate.marks_readable", topic="graduate", params={"fields": list, "words": list})
def marks_readable(facts: GraduateFacts, given: Given) -> CheckResult:
    """Marks are numbers from 0 to 100 or words that the pack knows."""
    words = cast("list[str]", given.params["words"])
    problems = []
    for field in cast("list[str]", given.params["fields"]):
        mark = cast("str | None", facts.value(field))
        if mark and mark not in words and mark_number(mark) is None:
            label = printed_header(given, field)
            remedy = f"请填 0–100 的数字，或{'、'.join(words)}"
            problems.append(Problem(f"{label}「{mark}」读不懂", field, remedy))
    return problems or None


@rule("graduate.marks_passed", topic="graduate", params={"fields": list, "failing": list, "pass_mark": int})
def marks_passed(facts: GraduateFacts, given: Given) -> CheckResult:
    """Every mark that decides about graduation is a pass (考试考核合格)."""
    return [
        Problem(f"{printed_header(given, field)}「{mark}」不合格，不能办理毕业证书", field)
        for field, mark in failed_marks(facts, given)
    ] or None


def failed_marks(facts: GraduateFacts, given: Given) -> list[tuple[str, str]]:
    """Return the marks among the parameter `fields` that are a failing word or lie below `pass_mark`."""
    failing, lowest = cast("list[str]", given.params["failing"]), cast("int", given.params["pass_mark"])
    failed = []
    for field in cast("list[str]", given.params["fields"]):
        mark = cast("str | None", facts.value(field))
        number = mark_number(mark) if mark else None
        if mark and (mark in failing or (number is not None and number < lowest)):
            failed.append((field, mark))
    return failed


@lru_cache(maxsize=1024)
def mark_number(mark: str) -> Decimal | None:
    """Return a mark written as a number from 0 to 100, or None."""
    number = Decimal(mark) if _MARK.fullmatch(mark) else None
    return number if number is not None and number <= _HIGHEST_MARK else None


def name_in_findings(facts: GraduateFacts) -> str:
    """Return the graduate as findings may name them: never by number or birth date."""
    return facts.name or "（无姓名）"
