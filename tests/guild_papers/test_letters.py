"""A new kind of paper: its issue goes through printing, sealing and hand-out by the product's actions, and there is no batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.certificates import IssueFactory, content_for, view_of
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.obligations import ObligationFactory
from tests.factories.packs import item, use
from tests.factories.production import (
    CalibrationFactory,
    PrinterFactory,
    SealingAppointmentFactory,
    SealingRoundFactory,
    photo,
)
from tests.guild_papers.letters import KIND, SEALED

from xueji.cases.models import CaseState
from xueji.certificates.actions import issue_certificates, prepare_certificates, release_numbers
from xueji.certificates.models import CertificateState, Issue
from xueji.certificates.stages import done_stages
from xueji.core.errors import RuleViolation
from xueji.core.packs import ProcessSpec, StageSpec
from xueji.documents.storage import store_bytes
from xueji.graduation.models import Batch
from xueji.jobs.testing import run_pending_jobs
from xueji.production.actions import Tray, confirm_sheets, hand_out, load_print_run, open_round, seal_issue
from xueji.production.catalogue import printables_of
from xueji.production.kinds import PaperKind, kind_of, register

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 5, 1, tzinfo=UTC)
SEALING_DAY = datetime(2019, 7, 9, 1, tzinfo=UTC)
STAGES = (
    StageSpec("print", "打印", (), ()), StageSpec("seal", "用印", ("print",), ()),
    StageSpec("hand_out", "领取", ("seal",), ()),
)  # fmt: skip


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def letter(city, monkeypatch) -> Issue:
    """Return the issue of one letter, numbered, under a pack that has a form and stages for letters."""
    form = view_of().document("diploma_overlay")
    form = replace(form, key="replacement_letter", settings={**form.settings, "of": KIND})
    process = ProcessSpec(KIND, "行会证书", STAGES, ())
    pack = use(monkeypatch, item("document", "replacement_letter", form), item("process", KIND, process))
    school = city.county_school
    issue = IssueFactory(
        kind=KIND, school=school, authority=city.city, case__kind=KIND, case__pack=pack.id, case__state=CaseState.APPROVED,
        case__closed_at=AT,
    )  # fmt: skip
    content = content_for(ProgrammeFactory(school=school, name="护理"), 1)
    content = replace(content, kind="replacement", photo_sha256=store_bytes(photo(), "image/jpeg").pk)
    block = release_numbers(
        view=view_of(), kind="graduation", parts={"year": 2019}, count=1, school=school, purpose="行会证书",
        by=city.city_reviewer, at=AT,
    )  # fmt: skip
    issue_certificates(
        issue=issue, prepared=prepare_certificates([content], view_of()), block=block, issue_date=date(2019, 7, 5),
        by=city.city_reviewer, at=AT,
    )  # fmt: skip
    return issue


def printed(letter: Issue, city) -> None:
    """Print the letter and confirm its sheet."""
    printer = PrinterFactory(school=letter.school)
    CalibrationFactory(printer=printer)
    run = load_print_run(issue=letter, tray=Tray("replacement_letter.overlay", printer), by=city.clerk, at=SEALING_DAY)
    run_pending_jobs()
    assert confirm_sheets(run=run, first=1, last=1, by=city.clerk, at=SEALING_DAY) == 1


def sealed(letter: Issue, city):
    """Seal the letter on the days of the notice."""
    sealing_round = open_round(
        authority=city.city,
        year=2019,
        term="autumn",
        legal_date=date(2019, 7, 1),
        place="行会",
        by=city.city_reviewer,
        at=AT,
    )
    return seal_issue(
        issue=letter, round=sealing_round, diplomas_counted=1, refused={}, sealed_by=city.sealer,
        supervised_by=city.seal_supervisor, at=SEALING_DAY,
    )  # fmt: skip


def test_a_letter_is_printed_sealed_and_handed_out_and_there_is_no_batch(letter, city) -> None:
    printed(letter, city)
    assert done_stages(letter) == {"print"}
    assert sealed(letter, city).sealed_count == 1
    certificate = letter.certificates.get()
    assert certificate.state == CertificateState.SEALED
    assert SEALED[-1] == letter.pk
    report = hand_out(issue=letter, certificates=[certificate.pk], by=city.clerk, at=SEALING_DAY)
    assert [hand_out.certificate_id for hand_out in report.handed] == [certificate.pk]
    letter.refresh_from_db()
    assert done_stages(letter) == {"print", "seal", "hand_out"}
    assert not Batch.objects.exists()


def test_the_stages_of_its_own_kind_bind_it(letter, city) -> None:
    with pytest.raises(RuleViolation) as refused:
        sealed(letter, city)
    assert [finding.rule for finding in refused.value.findings] == ["process.seal.after.print"]


def test_it_has_the_forms_set_out_for_its_kind_alone(letter) -> None:
    assert {printable.document for printable in printables_of(letter.law, letter)} == {"replacement_letter"}


def test_a_second_kind_under_the_same_key_and_an_unknown_kind_are_bugs(letter) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        register(PaperKind(kind=KIND, forms=frozenset()))
    with pytest.raises(ValueError, match="not registered"):
        kind_of(Issue(kind="unheard of"))


def pages(user, *names: str) -> list[str]:
    """Return pages as somebody sees them; each is answered."""
    client = Client()
    client.force_login(user)
    answers = [client.get(reverse(name)) for name in names]
    assert [answer.status_code for answer in answers] == [200] * len(names)
    return [answer.text for answer in answers]


def test_the_pages_of_duties_and_lost_bookings_show_a_paper_without_a_batch(letter, city) -> None:
    ObligationFactory(case=letter.case, school=letter.school, label="向行会报备", due_on=date(2019, 7, 20))
    sealing_round = SealingRoundFactory(authority=city.city)
    day = sealing_round.closes_on + timedelta(days=30)
    SealingAppointmentFactory(issue=letter, round=sealing_round, day=day)
    (school_page,) = pages(city.clerk, "school:duties")
    (office_page,) = pages(city.city_reviewer, "authority:duties")
    assert all("向行会报备" in page and letter.case.title in page for page in (school_page, office_page))
    (desk,) = pages(city.clerk, "desk")
    assert "不在改期后的验印时间内" in desk
    assert "去改约" not in desk  # the page of bookings is that of a batch
