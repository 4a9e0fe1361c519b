"""A class drawn from the register: who is expected, who waits and why, the form filled in, and nobody beside it."""

from __future__ import annotations

import io
import tempfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.cases import CaseFactory
from tests.factories.registry import EnrolmentFactory, PersonFactory, RegistrationFactory
from tests.journeys.world import AT, YEAR, World, found

from xueji.core.errors import RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.core.packs import PackView
from xueji.demo.provinces import GUANGXI, HENAN, graduates_of, write_files
from xueji.graduation.actions import open_batch
from xueji.graduation.duplicates import clash_findings
from xueji.graduation.models import Batch
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.policy import get_library
from xueji.registry.actions import Move, record_status_changes
from xueji.registry.models import Enrolment, EnrolmentStatus, Registration
from xueji.registry.models.changes import StatusChange
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import Upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-13", "S2-36")]
SHEET_ROWS = 2  # data begins there


@pytest.fixture
def world() -> World:
    return found(HENAN)


@pytest.fixture
def people() -> list[GraduateFacts]:
    return graduates_of(HENAN, HENAN.schools[0], year=YEAR, count=6)


@pytest.fixture
def batch(world: World) -> Batch:
    return open_batch(season=world.province.season, school=world.school(), by=world.user("school_clerk"), at=AT)


def entered(world: World, facts: GraduateFacts, *, is_filed: bool = True) -> Enrolment:
    """Put somebody into the register as of the autumn of 2023."""
    school = world.school()
    record = EnrolmentFactory(
        person=PersonFactory(number=facts.resident_id, name=facts.name, birth_date=facts.birth_date), school=school,
        programme=school.programmes.get(name=facts.programme), entry_month="2023-09",
    )  # fmt: skip
    filed = (
        {"filing": "filed", "filed_on": date(2023, 12, 1), "filed_by": CaseFactory(school=school)} if is_filed else {}
    )
    RegistrationFactory(enrolment=record, **filed)
    return record


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


def sent(batch: Batch, by, workbook: bytes, photos: bytes) -> Upload:
    upload = receive_upload(
        kind="graduates", subject=batch, workbook=("名单.xlsx", workbook), photos=("照片.zip", photos), by=by, at=AT
    )
    run_pending_jobs()
    upload.refresh_from_db()
    return upload


def photos_of(world: World, people: list[GraduateFacts]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _, photos = write_files(Path(folder), _view(world), people, stem="x", seed=3)
        return photos.read_bytes()


def filled_in(content: bytes) -> bytes:
    """Type a mark for everybody, as the clerk does, and nothing else."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    headers = {cell.value: cell.column for cell in sheet[1]}
    for row in range(SHEET_ROWS, sheet.max_row + 1):
        for header, mark in (("毕业成绩总评", "良好"), ("操行总评", "优秀"), ("实习成绩", "合格")):
            if header in headers:
                sheet.cell(row, headers[header], mark)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_form_drawn_from_the_register_goes_back_with_marks_and_everybody_is_listed(world, people, batch):
    for facts in people[:4]:
        entered(world, facts)
    entered(world, people[4], is_filed=False)
    clerk = world.user("school_clerk")
    resting = Move(entered(world, people[5]), EnrolmentStatus.SUSPENDED, reason="因病")
    record_status_changes(kind="休学", moves=[resting], effective_on=date(2026, 3, 1), by=clerk, at=AT)
    client, page_url = signed_in(clerk), reverse("school:expected", args=[batch.pk])
    page = client.get(page_url)
    assert [s.registration.enrolment.person.name for s in page.context["missing"]] != []
    assert {s.registration.enrolment.person.name for s in page.context["missing"]} == {p.name for p in people[:4]}
    reasons = {s.registration.enrolment.person.name: s.reason for s in page.context["waiting"]}
    assert set(reasons) == {people[4].name, people[5].name}
    assert "没有备案的不能办理毕业证书" in reasons[people[4].name]
    assert "复学" in reasons[people[5].name]
    assert "第六条" in page.text

    answer = client.get(reverse("school:prefilled", args=[batch.pk]))
    content = answer.getvalue()
    taken = Event.objects.filter(tag="list:downloaded").latest("pk")
    assert taken.after["persons"] == len(people[:4])
    upload = sent(batch, clerk, filled_in(content), photos_of(world, people[:4]))
    assert upload.error_count == 0, list(upload.findings.values_list("row", "column", "message"))
    confirm_upload(upload=upload, by=clerk, at=AT)
    after = client.get(page_url)
    assert (after.context["listed"], after.context["missing"], len(after.context["waiting"])) == (4, [], 2)


def test_who_is_not_in_the_register_is_on_no_list_but_who_came_before_it_began(world, people, batch):
    entered(world, people[0])
    (stranger,) = [(index, finding) for index, finding in clash_findings(people[:2], batch)]
    assert (stranger[0], stranger[1].rule) == (1, "registry.enrolled")
    older = [GraduateFacts(**{**_values(facts), "entry_month": _earlier(facts)}) for facts in people[1:2]]
    assert clash_findings(older, batch) == []


def test_until_a_register_has_begun_the_list_founds_as_before_and_no_page_asks_for_one(world, people, batch):
    assert clash_findings(people, batch) == []
    client = signed_in(world.user("school_clerk"))
    assert client.get(reverse("school:expected", args=[batch.pk])).status_code == 404
    assert client.get(reverse("school:prefilled", args=[batch.pk])).status_code == 404
    assert "学籍对照" not in client.get(reverse("school:batch", args=[batch.pk])).text


def test_a_jurisdiction_whose_lists_found_the_register_has_no_such_page():
    other = found(GUANGXI)
    clerk = other.user("school_clerk")
    batch = open_batch(season=other.province.season, school=other.school(), by=clerk, at=AT)
    assert signed_in(clerk).get(reverse("school:expected", args=[batch.pk])).status_code == 404


def test_a_class_of_forty_is_asked_as_often_as_one_of_two(world, batch, django_assert_max_num_queries):
    for facts in graduates_of(HENAN, HENAN.schools[0], year=YEAR, count=40):
        entered(world, facts)
    client = signed_in(world.user("school_clerk"))
    with django_assert_max_num_queries(30):
        assert len(client.get(reverse("school:expected", args=[batch.pk])).context["missing"]) == 40


def test_the_confirmed_list_is_refused_when_somebody_left_the_register_meanwhile(world, people, batch):
    record = entered(world, people[0])
    clerk = world.user("school_clerk")
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(Path(folder), _view(world), people[:1], stem="x", seed=3)
        upload = sent(batch, clerk, *(path.read_bytes() for path in files))
    assert upload.error_count == 0
    Registration.objects.filter(pk=record.pk).update(filing="barred", filed_on=None, filed_by=None)
    with pytest.raises(RuleViolation, match="没有备案"):
        confirm_upload(upload=upload, by=clerk, at=AT)
    assert not StatusChange.objects.filter(enrolment=record).exists()


def _values(facts: GraduateFacts) -> dict:
    return {name: getattr(facts, name) for name in GraduateFacts.__dataclass_fields__}


def _earlier(facts: GraduateFacts):
    return type(facts.entry_month)(facts.entry_month.year - 1, facts.entry_month.month)


def _view(world: World) -> PackView:
    return get_library().pack(HENAN.pack).on(world.province.season.legal_date)
