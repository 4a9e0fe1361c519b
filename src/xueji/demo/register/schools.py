"""One school of the province: its students with all that was decided of them, its transfers; each unless it is there already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.intakes import Intake
from xueji.core.status_words import SUSPEND
from xueji.demo.register.actions import Staff
from xueji.demo.register.changes import AppliedChange, apply_for, approve, change_intake, leavers_of, moment, transfer
from xueji.demo.register.intakes import SchoolAtWork, load_intake
from xueji.demo.register.layout import Layout, lay_out
from xueji.demo.register.offices import reviewers_of
from xueji.institutions.models import Authority, School
from xueji.institutions.queries import ids_of_line
from xueji.policy import get_library
from xueji.registry.actions import request_filing
from xueji.registry.models import Enrolment, Registration

PACK = "edu/henan"
YEARS = 3
_TRANSFERRED, _ON_THE_WAY_OF = 3, 3  # of each pair of schools; one pair in so many has a transfer under way


def plan_of(students: int) -> Layout:
    """Return the province of so many students."""
    view = get_library().pack(PACK).on(timezone.localdate())
    withdrawn = view.table("withdrawn_divisions")
    return lay_out(students, {code: name for code, name in view.table("divisions").items() if code not in withdrawn})


def load_school(number: int, students: int, intakes: Sequence[Intake]) -> None:
    """Store the students of a school with all that was decided of them, unless they are there."""
    province = plan_of(students)
    at_work = _at_work(province, number)
    if Registration.objects.filter(enrolment__school=at_work.school).exists():
        return
    whole, rest = divmod(at_work.plan.students, YEARS)
    fill_school(at_work, province, [(intake, whole + (place < rest)) for place, intake in enumerate(intakes)])


@transaction.atomic
def fill_school(at_work: SchoolAtWork, province: Layout, sizes: Sequence[tuple[Intake, int]]) -> None:
    """Store each intake with so many students who are there now, what became of the others, and what is under way."""
    newest, _ = sizes[-1]
    for intake, now in sizes:
        leavers = 0 if intake == newest else leavers_of(now)
        records = load_intake(at_work, province, intake, now + leavers, is_newest=intake == newest)
        change_intake(at_work, records, intake.year, leavers, newest=newest.year)
    _leave_waiting(at_work, newest)


def _leave_waiting(at_work: SchoolAtWork, newest: Intake) -> None:
    """Leave something under way: a suspension that waits for the leader, for the office, or for its second hand; a filing."""
    number, on = at_work.plan.number, date(newest.year, 11, 16)
    free = Enrolment.objects.filter(
        school=at_work.school, status="studying", registration__filing="filed", registration__intake_year=newest.year
    )
    records = list(free.order_by("pk")[: 1 + number % 3])
    application = apply_for(
        at_work, AppliedChange(SUSPEND, records, on, "因病休学", {"until": f"{newest.year + 1}-09-01"})
    )
    if application is not None:
        approve(application.case, at_work.staff, moment(on), hands=number % 3)
    late = Registration.objects.filter(enrolment__school=at_work.school, filing="open").exists()
    if late and number % 4 == 0:
        asked = moment(date(newest.year, 11, 18))
        request = request_filing(school=at_work.school, intake=newest, by=at_work.staff.clerk, at=asked)
        approve(request.case, at_work.staff, asked, hands=number // 4 % 2)


def load_transfers(number: int, students: int, intakes: Sequence[Intake]) -> None:
    """Move some students of a school to the next one and leave others on their way, unless it was done before."""
    province = plan_of(students)
    if number == len(province.schools):
        return
    sending, receiving = _at_work(province, number), _at_work(province, number + 1)
    if Enrolment.objects.filter(school=sending.school, status="transferred").exists():
        return
    programme = next(name for name in sending.programmes if name in receiving.programmes)
    unmoved = Enrolment.objects.filter(
        school=sending.school, status="studying", changes=None, applied_changes=None, registration__filing="filed",
        programme__name=programme, registration__intake_year=intakes[-2].year,
    )  # fmt: skip
    records = list(unmoved.select_related("programme", "person", "school").order_by("pk")[: _TRANSFERRED + 1])
    deciders = {
        authority.pk: _reviewers(authority)
        for school in (sending.school, receiving.school) for authority in Authority.objects.filter(pk__in=ids_of_line(school.authority))
    }  # fmt: skip
    year = intakes[-1].year
    with transaction.atomic():
        transfer(records[:_TRANSFERRED], sending, receiving, deciders, date(year, 9, 15))
        if number // 2 % _ON_THE_WAY_OF == 0 and records[_TRANSFERRED:]:
            transfer(records[_TRANSFERRED:], sending, receiving, deciders, date(year, 11, 17), lamps=number // 6 % 3)


def _at_work(province: Layout, number: int) -> SchoolAtWork:
    plan = province.schools[number - 1]
    school = School.objects.select_related("authority").get(code=plan.code)
    users = User.objects.in_bulk([f"clerk{number:03d}", f"leader{number:03d}"], field_name="username")
    staff = Staff(users[f"clerk{number:03d}"], users[f"leader{number:03d}"], _reviewers(school.authority))
    return SchoolAtWork(plan, school, staff, {programme.name: programme for programme in school.programmes.all()})


def _reviewers(authority: Authority) -> tuple[User, User]:
    names = reviewers_of(authority.level, authority.division_code)
    users = User.objects.in_bulk(names, field_name="username")
    return users[names[0]], users[names[1]]
