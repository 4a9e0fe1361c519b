"""Things in every state in which a page of the product shows a form: one city, and three provinces with their own forms."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime

from django.utils import timezone
from tests.apps.records.files import line, stored, uploaded
from tests.factories.delivery import FileCheckFactory, FileCheckItemFactory, PrintSheetFactory
from tests.factories.graduation import Setting, at_the_city, decide, filled, refiled, rows_of, setting, upload
from tests.factories.institutions import SanctionFactory, SchoolFactory, StaffedCity, appointed, staffed_city
from tests.factories.jurisdictions import FUJIAN, GUANGXI, HENAN, approve, jurisdiction
from tests.factories.obligations import ObligationFactory
from tests.factories.production import (
    PrinterFactory,
    PrintRunFactory,
    SealingAppointmentFactory,
    SealingSessionFactory,
    approved_batch,
    round_of,
)
from tests.journeys.world import LATER, found

from xueji.accounts.models import User
from xueji.blanks.actions import open_blank_request, submit_blank_request
from xueji.cases.actions import submit_case
from xueji.certificates.models import Certificate
from xueji.demo.provinces import FUJIAN as FUJIAN_PLAN
from xueji.demo.provinces import GUANGXI as GUANGXI_PLAN
from xueji.graduation.actions import (
    mark_candidates,
    open_number_application,
    open_special_case,
    refuse_candidates,
    submit_batch,
)
from xueji.graduation.records.actions import record_outcomes
from xueji.institutions.models import Post
from xueji.jobs.testing import run_pending_jobs
from xueji.production.actions import Tray, load_print_run, receive_parcel, send_parcel, spoil_sheet
from xueji.production.models import HandOut
from xueji.registry.actions import open_particulars_change
from xueji.sealing.rows import store_signed

OVERLAY = "diploma_overlay.overlay"
AT = datetime(2019, 7, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 20, 1, tzinfo=UTC)


def _school(city: StaffedCity) -> StaffedCity:
    """Return the same city with a new school directly under it, staffed."""
    copied = copy.copy(city)
    copied.city_school = SchoolFactory(authority=city.city)
    copied.city_clerk = appointed(Post.SCHOOL_CLERK, copied.city_school)
    copied.city_leader_of_school = appointed(Post.SCHOOL_LEADER, copied.city_school)
    return copied


_next = iter(range(0, 200, 10))


def _batch(city: StaffedCity) -> Setting:
    """Return a draft of a school of its own, with three graduates nobody else has."""
    scene = _school(city)
    return filled(setting(scene, school=scene.city_school), rows_of(3, start=next(_next)))


def listing() -> None:
    """A draft with one who was suspended, an empty one, an upload that waits for its answer, and one returned with marks."""
    city = staffed_city("610500", "610502")
    refiled(_batch(city).batch.candidates.filter(ordinal=1), details={"delay_reason": "休学"})
    scene = _school(city)
    upload(setting(scene, school=scene.city_school), rows_of(2, start=next(_next)))
    empty = _school(city)
    setting(empty, school=empty.city_school)
    back = _batch(city)
    step = at_the_city(back)
    candidate, other = back.batch.candidates.all()[:2]
    refuse_candidates(step=step, refusals={other.pk: "无学籍"}, by=city.city_reviewer, at=AT)
    mark_candidates(step=step, marks={candidate.pk: "照片不符"}, by=city.city_reviewer, at=AT)
    decide(back.batch.case, back.city, "return", reasons="见标注")


def reviewing() -> None:
    """One waits for its leader, one for the city, one is decided and a refused graduate argued for."""
    city = staffed_city("610500", "610502")
    scene = _batch(city)
    submit_batch(batch=scene.batch, by=scene.clerk, at=AT)
    at_the_city(_batch(city))
    scene = _batch(city)
    step = at_the_city(scene)
    refused = scene.batch.candidates.last()
    refuse_candidates(step=step, refusals={refused.pk: "无学籍"}, by=city.city_reviewer, at=AT)
    decide(scene.batch.case, scene.city)
    open_special_case(
        batch=scene.batch,
        document_number="〔2019〕1号",
        items={str(refused.pk): ("其他", "材料补齐")},
        by=scene.clerk,
        at=AT,
    )


def sealing() -> None:
    """One to be sealed and not booked, one booked, one sealed with its duties and diplomas to hand out."""
    city = staffed_city("610500", "610502")
    for state in ("unbooked", "booked", "sealed"):
        scene = _school(city)
        batch = approved_batch(scene, count=3, school=scene.city_school, first_serial=next(_next) + 500)
        sealing_round = round_of(batch)
        sealing_round.closes_on = date(2030, 1, 1)
        sealing_round.save()
        if state == "booked":
            SealingAppointmentFactory(issue=batch.issue, round=sealing_round, booked_by=scene.city_clerk)
        if state == "sealed":
            SealingSessionFactory(
                issue=batch.issue, round=sealing_round, sealed_by=city.sealer, supervised_by=city.seal_supervisor
            )
            batch.issue.sealed_at = timezone.now()
            batch.issue.save()
            store_signed(Certificate.objects.filter(candidate__batch=batch), state="sealed", sealed_at=timezone.now())
            ObligationFactory(case=batch.case)
            PrinterFactory(school=scene.city_school)
            _handed_out(Certificate.objects.filter(candidate__batch=batch).first(), scene.city_clerk)
    SanctionFactory(school=city.city_school)
    PrinterFactory(school=city.city_school)


def _handed_out(certificate: Certificate | None, by: User) -> None:
    assert certificate is not None
    HandOut.objects.create(
        certificate=certificate, received_by_name="本人", handed_on=AT.date(), handed_by=by, recorded_at=AT
    )


def asking() -> None:
    """A request that is a draft: a correction."""
    city = staffed_city("610500", "610502")
    scene = _batch(city)
    candidate = scene.batch.candidates.first()
    open_particulars_change(
        enrolment=candidate.enrolment,
        document_number="〔2019〕2号",
        reason="录错",
        changes={"name": "李改名"},
        by=scene.clerk,
        at=AT,
    )


def blanks() -> None:
    """Blanks in stock; a loaded run with a spoiled sheet; a request for more under way and granted."""
    fujian = jurisdiction(FUJIAN)
    fujian.stock(1, 9)
    appointed(Post.VOID_KEEPER, fujian.province)
    tray = Tray(document=OVERLAY, printer=fujian.calibrated(), tray_order="first_on_top", serials="C00000001-C00000003")
    run = load_print_run(issue=fujian.batch.issue, tray=tray, by=fujian.clerk, at=timezone.now())
    run_pending_jobs()
    spoil_sheet(sheet=run.sheets.first(), reason="卡纸", by=fujian.clerk, at=timezone.now())
    for count in (3, 4):
        asked = open_blank_request(
            school=fujian.school,
            kind="technical_school",
            count=count,
            year=2015,
            term="spring",
            reason="补足损坏",
            by=fujian.clerk,
            at=NOW,
        )
    submit_blank_request(request=asked, by=fujian.clerk, at=NOW)
    approve(asked.case, fujian.leader, fujian.reviewer)


def delivery() -> None:
    """Diplomas printed by the province, one parcel on its way with something missing, one received."""
    henan = jurisdiction(HENAN, count=4)
    certificates = list(Certificate.objects.filter(candidate__batch=henan.batch))
    run = PrintRunFactory(issue=henan.batch.issue, document=OVERLAY, is_loaded=True, requested_by=henan.printer)
    for ordinal, certificate in enumerate(certificates, start=1):
        PrintSheetFactory(run=run, ordinal=ordinal, certificate=certificate, outcome="good")
    first, second = (
        send_parcel(issue=henan.batch.issue, count=1, carrier="机要", by=henan.printer, at=NOW) for _ in range(2)
    )
    receive_parcel(parcel=first, counted=0, troubles={first.first_number: "missing"}, note="", by=henan.clerk, at=NOW)
    assert second.received_at is None


def files() -> None:
    """Electronic files to be drawn, and drawn, before sealing."""
    guangxi = jurisdiction(GUANGXI)
    check = FileCheckFactory(issue=guangxi.batch.issue, round=round_of(guangxi.batch))
    FileCheckItemFactory(check_of=check, certificate=Certificate.objects.filter(candidate__batch=guangxi.batch).first())


def records() -> None:
    """Records of graduates, stored and waiting for their answer; rates to publish."""
    world = found(FUJIAN_PLAN)
    batch, clerk = world.listed(count=3), world.user("school_clerk")
    rows = [line(batch.candidates.first(), **{"职业（工种）": "电工", "等级": "中级工", "证书编号": "X1"})]
    stored(batch, "vocational", rows, clerk)
    uploaded(batch, "vocational", rows, clerk)
    world.approved(batch)


def spot_checks() -> None:
    """Handbooks drawn: some to be looked at, some to be confirmed by another; requests for numbers; a receipt."""
    world = found(GUANGXI_PLAN)
    batch, clerk = world.listed(count=25), world.user("school_clerk")
    submit_batch(batch=batch, by=clerk, at=LATER)
    item = batch.spot_checks.get().draw.items.first()
    record_outcomes(batch=batch, outcomes={item.pk: ("passed", "")}, by=world.user("city"), at=LATER)
    season = world.province.season
    open_number_application(season=season, school=world.school(), by=clerk, at=LATER)
    direct = world.listed("direct", count=3)
    other = open_number_application(season=season, school=direct.school, by=world.user("direct_clerk"), at=LATER)
    submit_case(case=other.case, by=world.user("direct_clerk"), at=LATER)
    world.approve(other.case)


def accounts_handed_out() -> None:
    """People registered by a workbook, who have no password yet, and the administrator above them."""
    school = SchoolFactory()
    appointed(Post.ADMINISTRATOR, school.authority)
    for _ in range(2):
        person = appointed(Post.SCHOOL_CLERK, school)
        person.set_unusable_password()
        person.save()


SCENES: tuple[Callable[[], None], ...] = (
    listing,
    reviewing,
    sealing,
    asking,
    blanks,
    delivery,
    files,
    records,
    spot_checks,
    accounts_handed_out,
)
