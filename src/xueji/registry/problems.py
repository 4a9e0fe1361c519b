"""What is to be mended in the register before a check of the term closes (S2 第十六条): each kind is one condition on records.

The same condition counts and lists, so that a count always leads to exactly those it counted. Apps above register their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT

from xueji.core.packs import PackView
from xueji.core.status_words import SUSPEND
from xueji.registry.models import ACTIVE, Duplicate, Enrolment, EnrolmentStatus, Guardian, Registration, StatusApplicant

# who was under age on entry and comes with guardians on the form; birth dates lie sealed and cannot be asked
_OF_SCHOOL_AGE = ("junior_high_graduate", "primary_leaver", "junior_high_pupil")
Narrow = Callable[[QuerySet[Enrolment], PackView, date], QuerySet[Enrolment]]


@dataclass(frozen=True, slots=True)
class RegisterProblem:
    """A kind of what is to be mended: what it is called, what is to be done, and which records have it on a day."""

    key: str
    label: str
    advice: str
    narrow: Narrow


def _standing(found: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    return found.filter(status__in=ACTIVE)


def _unfiled(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    return _standing(found).filter(registration__filing=Registration.Filing.OPEN)


def _barred(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    return _standing(found).filter(registration__filing=Registration.Filing.BARRED)


def _no_national_date(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    filed = _standing(found).filter(registration__filing=Registration.Filing.FILED)
    return filed.filter(registration__national_on__isnull=True)


def _claimed(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    return found.filter(status=EnrolmentStatus.CLAIMED)


def _twice(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    """Records that may be another's too, while that is not cleared up; a claim is counted as such."""
    pairs = Duplicate.objects.filter(state=Duplicate.State.OPEN)
    first, second = (pairs.order_by().values(side) for side in ("first", "second"))
    return _standing(found).filter(Q(pk__in=first) | Q(pk__in=second))


def _no_document(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    return _standing(found).filter(registration__isnull=False, person__resident_id_index__isnull=True)


def _no_guardian(found: QuerySet[Enrolment], _view: PackView, _on: date) -> QuerySet[Enrolment]:
    named = Guardian.objects.filter(person=OuterRef("person"), ended_on__isnull=True)
    return _standing(found).filter(~Exists(named), registration__origin__in=_OF_SCHOOL_AGE)


def _suspended_too_long(found: QuerySet[Enrolment], _view: PackView, on: date) -> QuerySet[Enrolment]:
    """Suspended beyond the day that was stated; what the last suspension stated counts, and what was undone does not."""
    last = StatusApplicant.objects.filter(
        enrolment=OuterRef("pk"), done_by__kind=SUSPEND, done_by__countered_by=None
    ).order_by("-done_by__ordinal")  # fmt: skip
    until = Subquery(last.annotate(until=KT("wanted__until")).values("until")[:1])
    return found.filter(status=EnrolmentStatus.SUSPENDED).annotate(until=until).filter(until__lt=on.isoformat())


PROBLEMS: dict[str, RegisterProblem] = {
    problem.key: problem
    for problem in (
        RegisterProblem("unfiled", "已登记、没有备案", "提交备案；没有备案的不能办理毕业证书", _unfiled),
        RegisterProblem("barred", "不予备案、仍在籍", "改正后重新提交，或者办理退学、注销", _barred),
        RegisterProblem("no_national_date", "已备案、没有全国系统注册日期", "导入全国系统导出的名单，或者逐人补录", _no_national_date),
        RegisterProblem("claimed", "待查重处理的学籍", "由实际就读学校提出问题学籍处理，上传证明材料", _claimed),
        RegisterProblem("twice", "疑似或者确定重复、没有查清", "答复是否本校学生，附证明材料", _twice),
        RegisterProblem("no_document", "没有登记证件号", "取得证件以后办理信息变更", _no_document),
        RegisterProblem("no_guardian", "没有登记监护人", "核对入学登记表，补充监护人", _no_guardian),
        RegisterProblem("suspended_too_long", "休学期满、没有复学", "办理复学；不再就读的办理退学", _suspended_too_long),
    )
}  # fmt: skip


def register_problem(problem: RegisterProblem) -> None:
    """Add a kind that an app above knows of."""
    if PROBLEMS.setdefault(problem.key, problem) is not problem:
        raise ValueError(f"the problem {problem.key!r} is told twice")
