"""Who decides sees what is asked: every kind of case has a body on both pages of decision, beside its own deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories.attestations import AttestationFactory
from tests.factories.blanks import BlankRequestFactory
from tests.factories.cases import CaseFactory, StepFactory
from tests.factories.certificates import CertificateCaseItemFactory, issued
from tests.factories.delivery import PrintSheetFactory, ReprintFactory, ReprintItemFactory
from tests.factories.graduation import (
    BatchFactory,
    CandidateFactory,
    NumberLineFactory,
    SeasonFactory,
    SpecialCaseItemFactory,
)
from tests.factories.institutions import ProgrammeFactory, StaffedCity, staffed_city
from tests.factories.production import PrintRunFactory, approved_batch
from tests.factories.registry import (
    ArrivalFactory,
    DuplicateAnswerFactory,
    DuplicateFactory,
    DuplicateFilingFactory,
    EnrolmentFactory,
    FilingEntryFactory,
    ParticularsChangeItemFactory,
    RegistrationFactory,
    StatusApplicantFactory,
)

from xueji import policy
from xueji.cases.kinds import registered_kinds
from xueji.cases.models import Case, CaseParty, CaseState, Step, StepState
from xueji.cases.queries import days_left
from xueji.certificates.models import CertificateCase
from xueji.graduation.actions.certificate_cases import CERTIFICATE_KINDS
from xueji.institutions.models import Post
from xueji.web.context import joined

pytestmark = pytest.mark.django_db
Told = tuple[Case, list[str]]  # the case, and words of it that must stand on the page


def _batch(staff: StaffedCity) -> Told:
    season = SeasonFactory(authority=staff.city)
    case = CaseFactory(kind="graduation_batch", school=staff.county_school)
    candidate = CandidateFactory(batch=BatchFactory(season=season, school=staff.county_school, case=case))
    return case, [candidate.programme_name]


def _change(staff: StaffedCity) -> Told:
    item = ParticularsChangeItemFactory(change__enrolment=EnrolmentFactory(school=staff.county_school))
    return item.change.case, [item.change.reason, item.before, item.after]


def _special(staff: StaffedCity) -> Told:
    batch = BatchFactory(season=SeasonFactory(authority=staff.city), school=staff.county_school)
    item = SpecialCaseItemFactory(special_case__batch=batch)
    return item.special_case.case, [item.candidate.name, item.reason_class, item.explanation]


def _certificate(kind: str) -> Callable[[StaffedCity], Told]:
    def build(staff: StaffedCity) -> Told:
        certificate = issued(ProgrammeFactory(school=staff.county_school), staff.clerk, (71,))[0]
        case = CaseFactory(kind=kind, school=staff.county_school)
        asked = CertificateCase.objects.create(case=case, certificate=certificate, reason="与户口簿不符")
        item = CertificateCaseItemFactory(certificate_case=asked)
        return case, [certificate.number.number, certificate.holder_name, asked.reason, item.after]

    return build


def _numbers(staff: StaffedCity) -> Told:
    line = NumberLineFactory(
        application__season=SeasonFactory(authority=staff.city), application__school=staff.county_school, head_count=37
    )
    return line.application.case, [line.programme_name, "37"]


def _blanks(staff: StaffedCity) -> Told:
    asked = BlankRequestFactory(school=staff.county_school, kind="technical_school", count=38, reason="补申领")
    return asked.case, ["38", asked.reason]


def _reprint(staff: StaffedCity) -> Told:
    batch = approved_batch(staff, count=1)
    sheet = PrintSheetFactory(
        run=PrintRunFactory(issue=batch.issue, document="diploma_overlay", is_loaded=True), reason="照片处有划痕"
    )
    item = ReprintItemFactory(sheet=sheet, reprint=ReprintFactory(issue=batch.issue, reason="卡纸损坏"))
    printed = sheet.certificate
    return item.reprint.case, [printed.number.number, printed.holder_name, "照片处有划痕", "卡纸损坏"]


def _status(staff: StaffedCity) -> Told:
    programme = ProgrammeFactory(school=staff.county_school)
    record = RegistrationFactory(enrolment__programme=programme, class_name="护理一班").enrolment
    case = CaseFactory(kind="status_change", school=staff.county_school)
    asked = StatusApplicantFactory(application__case=case, enrolment=record, wanted={"expected_graduation": "2027-07"})
    return case, [record.person.name, "护理一班", "休学", asked.application.statement, "2026-07", "2027-07"]


def _filing(staff: StaffedCity) -> Told:
    record = RegistrationFactory(
        enrolment=EnrolmentFactory(programme=ProgrammeFactory(school=staff.county_school), entry_month="2023-09")
    ).enrolment
    entry = FilingEntryFactory(request__case=CaseFactory(kind="filing", school=staff.county_school), enrolment=record)
    return entry.request.case, [record.person.name]


def _transfer(staff: StaffedCity) -> Told:
    programme = ProgrammeFactory(school=staff.county_school)
    record = RegistrationFactory(enrolment=EnrolmentFactory(programme=programme)).enrolment
    case = CaseFactory(kind="transfer", school=staff.county_school)
    CaseParty.objects.create(case=case, role="receiving", school=staff.city_school)
    StatusApplicantFactory(
        application__case=case, application__change="转学", application__statement="随父母迁居", enrolment=record
    )
    return case, [record.person.name, staff.city_school.name, "随父母迁居"]


def _duplicate(staff: StaffedCity) -> Told:
    records = [
        RegistrationFactory(enrolment=EnrolmentFactory(programme=ProgrammeFactory(school=school))).enrolment
        for school in (staff.city_school, staff.county_school)
    ]
    duplicate = DuplicateFactory(first=records[0], second=records[1])
    filing = DuplicateFilingFactory(duplicate=duplicate)
    CaseParty.objects.create(case=filing.case, role="answering", school=staff.city_school)
    DuplicateAnswerFactory(duplicate=duplicate, statement="没有来校报到")
    return filing.case, [
        records[1].person.name,
        staff.city_school.name,
        "没有来校报到",
        "每天在校上课",
        "是本校在读学生",
    ]


def _arrival(kind: str, source: str) -> Callable[[StaffedCity], Told]:
    def build(staff: StaffedCity) -> Told:
        of_pupils = {"junior_term": 6, "remaining_years": None, "teachers": "李老师"} if kind == "junior_in" else {}
        case = CaseFactory(kind=kind, school=staff.county_school)
        asked = ArrivalFactory(case=case, source=source, class_name="初职1班", **of_pupils)
        return case, ["王明", asked.former_school, asked.programme.name, "初职1班", *(["李老师"] if of_pupils else [])]

    return build


def _attestation(kind: str) -> Callable[[StaffedCity], Told]:
    def build(staff: StaffedCity) -> Told:
        asked = AttestationFactory(case__kind=kind, case__school=staff.county_school)
        return asked.case, [asked.name, "会计", "1984-09", "*****", staff.county_school.name]

    return build


BODIES: dict[str, Callable[[StaffedCity], Told]] = {
    "graduation_batch": _batch, "particulars_change": _change, "special_case": _special, "number_application": _numbers,
    "blank_request": _blanks, "status_change": _status, "filing": _filing, "transfer": _transfer, "transfer_in": _arrival("transfer_in", "senior_high"), "junior_in": _arrival("junior_in", "junior_high_pupil"), "duplicate": _duplicate, "reprint": _reprint, "attestation": _attestation("attestation"), "custodian_attestation": _attestation("custodian_attestation"), **{kind: _certificate(kind) for kind in CERTIFICATE_KINDS},
}  # fmt: skip
PACKS = {"number_application": ("edu/guangxi", date(2022, 6, 1)), "blank_request": ("hrss/fujian", date(2019, 6, 1))}
PACKS |= dict.fromkeys(
    (
        "status_change",
        "filing",
        "transfer",
        "transfer_in",
        "junior_in",
        "duplicate",
        "attestation",
        "custodian_attestation",
    ),
    ("edu/henan", date(2024, 3, 8)),
)
CITIES = {
    "blank_request": ("350500", "350502", "hrss"),
    **dict.fromkeys(
        (
            "status_change",
            "filing",
            "transfer",
            "transfer_in",
            "junior_in",
            "duplicate",
            "attestation",
            "custodian_attestation",
        ),
        ("410100", "410102"),
    ),
}  # the rules of a request are those of the school's own pack


def laid(case: Case, staff: StaffedCity) -> tuple[Step, Step]:
    """Return the school's step and the last one, above the school, of the case's own workflow."""
    case.pack, case.legal_date = PACKS.get(case.kind, ("edu/shaanxi-weinan", date(2019, 7, 1)))
    case.state, case.round, case.submitted_by, case.submitted_at = (
        CaseState.IN_PROGRESS, 1, staff.clerk, timezone.now(),
    )  # fmt: skip
    case.save()
    steps = policy.get_library().pack(case.pack).on(case.legal_date).workflow(case.kind).steps
    own_step, last = steps[0], steps[-1]
    due = {"case": case, "due_on": timezone.localdate(), "opened_at": timezone.now()}
    return (
        StepFactory(
            key=own_step.key, label=own_step.label, level="school", post=Post.SCHOOL_LEADER, authority=None, **due
        ),
        StepFactory(
            key=last.key,
            label=last.label,
            level="city",
            post=Post.CITY_REVIEWER,
            authority=staff.city,
            ordinal=2,
            state=StepState.WAITING,
            **due,
        ),
    )


@pytest.mark.requirement("S3-22", "S3-15")
@pytest.mark.parametrize("kind", [kind.kind for kind in registered_kinds() if kind.parties[0] != "applicant"])
def test_both_pages_of_decision_show_what_is_asked_and_the_days_left(client, kind):
    staff = staffed_city(*CITIES.get(kind, ()))
    case, words = BODIES[kind](staff)
    own_step, above = laid(case, staff)
    for person, name, step in (
        (staff.leader, "school:decision", own_step), (staff.city_reviewer, "authority:step", above),
    ):  # fmt: skip
        case.steps.exclude(pk=step.pk).update(state=StepState.WAITING)
        case.steps.filter(pk=step.pk).update(state=StepState.CURRENT)
        step.refresh_from_db()
        client.force_login(person, backend="xueji.accounts.backends.Accounts")
        page = client.get(reverse(name, args=[step.pk]))
        assert page.status_code == 200
        frame = page.text.index("<main")
        assert [word for word in words if word not in page.text[frame:]] == [], name
        assert page.context["left"] == days_left(step, timezone.localdate()) == 0
        assert "今天到期" in page.text


def test_two_meanings_of_one_name_are_refused():
    assert joined({"left": 3}, {"still_due": 38}) == {"left": 3, "still_due": 38}
    with pytest.raises(ValueError, match="left"):
        joined({"left": 3}, {"left": 38})
