"""Who comes from a school of another kind (S2 第十二条): what the law says of it, what stands in the way, what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import cast

from django.utils import timezone

from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.decisions.changes import ChangeDecision, decide_change
from xueji.core.decisions.durations import DurationDecision, decide_duration
from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.intakes import Intake
from xueji.core.packs import PackView
from xueji.core.status.facts import ChangeFacts, StudyFacts
from xueji.core.status.territories import territory_of
from xueji.core.status_specs import ChangeSpec, EvidenceSpec
from xueji.core.status_words import ENROLLED, FULL_TIME, TRANSFER
from xueji.institutions.models import School
from xueji.registry.kept_forms import form_facts
from xueji.registry.models import ACTIVE, Arrival, Registration
from xueji.registry.queries.arrivals import arrival_of
from xueji.registry.registering import Admission, Came, NewPlace, place_students

MOVED_IN, JUNIOR_IN = "transfer_in", "junior_in"
SOURCES: Mapping[str, tuple[Arrival.Source, ...]] = {
    MOVED_IN: (Arrival.Source.SENIOR_HIGH, Arrival.Source.TECHNICIAN),
    JUNIOR_IN: (Arrival.Source.JUNIOR_HIGH,),
}


def student_of(arrival: Arrival) -> EnrolmentFacts:
    """Return who comes, as the form was filled in; the caller was let see the case."""
    return form_facts(arrival.form)


def count_arrivals(case: Case) -> Mapping[str, int]:
    """Return what the conditions of the workflow ask for."""
    return {"persons": 1, "province_managed": Arrival.objects.filter(case=case, is_province_managed=True).count()}


def papers_of(source: Arrival.Source, view: PackView) -> tuple[str, ...]:
    """Return the papers that prove somebody may come, in words, as the law of the source names them."""
    spec = view.entry("change", TRANSFER, ChangeSpec).sources[source.label]
    labels = {paper.key: paper.label for paper in view.every("evidence", EvidenceSpec)}
    return tuple(labels[name] for name in spec.evidence)


def compulsory_until(arrival: Arrival, view: PackView) -> date | None:
    """Return the last day of compulsory schooling of a pupil who came over: that of the school year they came in."""
    if arrival.source != Arrival.Source.JUNIOR_HIGH:
        return None
    starts = cast("int", view.value("school_year_starts"))
    entered = arrival.entered_on
    return date(entered.year + (entered.month >= starts), starts, 1) - timedelta(days=1)


def change_of(arrival: Arrival, school: School, view: PackView) -> ChangeDecision:
    """Return what the law says of the change: whether, who decides, on which papers."""
    is_pupil = arrival.source == Arrival.Source.JUNIOR_HIGH
    starts = cast("int", view.value("school_year_starts"))
    place = territory_of(school.authority.division_code, view)
    facts = ChangeFacts(
        status=ENROLLED, change=TRANSFER, on=arrival.entered_on, from_school=arrival.get_source_display(),
        to_authority=place, authority=place, province_managed=arrival.is_province_managed, compulsory=is_pupil,
        remaining_years=arrival.remaining_years, autumn_term_starts=date(arrival.entered_on.year, starts, 1),
        junior_term=arrival.junior_term, study_mode=FULL_TIME,
    )  # fmt: skip
    return decide_change(facts, view)


def duration_of(arrival: Arrival, view: PackView) -> DurationDecision:
    """Return how long they are to study, by how they come."""
    facts = StudyFacts(
        origin=arrival.source, entered=Intake.of(arrival.entered_on), study_mode=FULL_TIME,
        remaining_years=arrival.remaining_years, junior_term=arrival.junior_term,
    )  # fmt: skip
    return decide_duration(facts, view)


def arrival_findings(case: Case) -> list[Finding]:
    """Return what keeps somebody from coming over, as things stand now."""
    arrival, view = arrival_of(case), law_of(case)
    school = arrival.programme.school
    source = view.entry("change", TRANSFER, ChangeSpec).sources[arrival.get_source_display()]
    place = place_of(arrival, view)
    found = [*change_of(arrival, school, view).findings]
    found += [finding for finding in place.findings if finding.rule != "registration.one_active"]  # said below
    heard = {finding.rule.partition(".")[2] for finding in found}
    found += [f for f in duration_of(arrival, view).findings if f.rule.partition(".")[2] not in heard]
    if place.is_claimed:
        found.append(
            _error("of_no_school_here", "该生在中等职业学校已有学籍", "resident_id", "按转学办理", source.cites)
        )
    if arrival.programme.closed_on is not None and arrival.programme.closed_on <= arrival.entered_on:
        found.append(_error("programme_taught", "专业已停止招生", "programme", "请改选专业", source.cites))
    if arrival.source == Arrival.Source.JUNIOR_HIGH:
        found += _pupil_findings(arrival, source.cites)
    return found


def paper_findings(case: Case) -> list[Finding]:
    """Return which of the papers the law asks for is not attached."""
    arrival, view = arrival_of(case), law_of(case)
    given = set(case.evidence.values_list("kind", flat=True))
    cites = view.workflow(case.kind).cites
    return [
        _error("papers_given", f"没有上传「{label}」", "evidence", "请上传后再提交", cites)
        for label in papers_of(Arrival.Source(arrival.source), view)
        if label not in given
    ]


def place_of(arrival: Arrival, view: PackView) -> NewPlace:
    """Return the student beside what the register knows of them, with the record that is to be made."""
    (place,) = place_students([form_facts(arrival.form)], admission_of(arrival, view), asks_terms=False)
    years = [interval.least for interval in duration_of(arrival, view).intervals]
    if not years:  # a finding says why
        return replace(place, programme=arrival.programme)
    came = Came(
        origin=arrival.source, years=years[0], to_study=arrival.remaining_years or years[0], grade=arrival.grade,
        class_name=arrival.class_name, compulsory_until=compulsory_until(arrival, view), filed_by=arrival.case,
    )  # fmt: skip
    return replace(place, programme=arrival.programme, came=came)


def admission_of(arrival: Arrival, view: PackView, on: date | None = None) -> Admission:
    """Return who registers the student, and as of which intake: the one of the day they came."""
    day = on or timezone.localdate()
    return Admission(arrival.programme.school, Intake.of(arrival.entered_on), arrival.entered_on, view, day)


def _pupil_findings(arrival: Arrival, cites: tuple[Citation, ...]) -> list[Finding]:
    """Return what is missing of the care for a pupil: a class apart, teachers of its own, a guardian who asked."""
    found = []
    if not arrival.class_name:
        found.append(_error("class_apart", "没有填写单独编的班级", "class_name", "未毕业的初中学生单独编班", cites))
    elif _others_in_class(arrival):
        words = f"{arrival.grade} 级{arrival.class_name}还有其他学生"
        found.append(_error("class_apart", words, "class_name", "未毕业的初中学生单独编班，请另选班级", cites))
    if not arrival.teachers.strip():
        found.append(_error("teachers_named", "没有填写配备的专门教师", "teachers", "请填写姓名", cites))
    facts = form_facts(arrival.form)
    if not facts.text("member1_name") or facts.text("member1_is_guardian") != "是":
        found.append(
            _error("guardian_asks", "没有填写提出申请的法定监护人", "guardian", "请填写监护人姓名和关系", cites)
        )
    return found


def _others_in_class(arrival: Arrival) -> bool:
    in_class = Registration.objects.filter(
        enrolment__school=arrival.programme.school_id, enrolment__status__in=ACTIVE, grade=arrival.grade,
        class_name=arrival.class_name,
    )  # fmt: skip
    return in_class.exclude(origin=Arrival.Source.JUNIOR_HIGH).exists()


def _error(rule: str, message: str, field: str, remedy: str, cites: tuple[Citation, ...]) -> Finding:
    return Finding(f"arrival.{rule}", Severity.ERROR, message, field, remedy, cites)
