"""A whole province under one of the packs: somebody in every post, one school, a batch with its certificates.

The certificates are numbered the way another pack numbers: what is on paper is not what these tests look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tests.factories.institutions import AuthorityFactory, StaffedCity, appointed, staffed_city
from tests.factories.production import APPROVED_AT, PrinterFactory, approved_batch, season_of

from xueji.accounts.models import User
from xueji.blanks.actions import (
    confirm_receipt,
    dispense_blanks,
    open_blank_request,
    receive_blanks,
    submit_blank_request,
)
from xueji.cases.actions import decide_step
from xueji.cases.models import Case
from xueji.cases.queries import open_step_of
from xueji.core.serials import SerialRange
from xueji.graduation.models import Batch, EFileState, VocationalCertificate
from xueji.institutions.models import Authority, Level, Post, School
from xueji.production.models import Calibration, Printer
from xueji.uploads.models import Upload
from xueji.uploads.queries import uploads_of

FUJIAN = ("hrss/fujian", "hrss", "350000", "350500", "350502", date(2015, 6, 1))
GUANGXI = ("edu/guangxi", "edu", "450000", "450100", "450102", date(2022, 5, 1))
HENAN = ("edu/henan", "edu", "410000", "410100", "410102", date(2021, 6, 1))


@dataclass
class Jurisdiction:
    """A province with its city and school; people by what they do here."""

    staff: StaffedCity
    province: Authority
    school: School
    clerk: User
    leader: User
    reviewer: User  # of the province
    printer: User
    sealer: User
    seal_supervisor: User
    keeper: User
    issuer: User
    batch: Batch

    def stock(self, first: int, last: int, kind: str = "technical_school") -> None:
        """Bring blanks into the stock of the school, all the way."""
        ranges = [SerialRange(first, last)]
        receive_blanks(
            authority=self.province, kind=kind, serials=ranges, source="印刷厂", by=self.keeper, at=APPROVED_AT
        )
        request = open_blank_request(
            school=self.school, kind=kind, count=last - first + 1, year=self.batch.season.year, term=self.batch.season.term,
            reason="测试", by=self.clerk, at=APPROVED_AT,
        )  # fmt: skip
        submit_blank_request(request=request, by=self.clerk, at=APPROVED_AT)
        approve(request.case, self.leader, self.reviewer)
        request.case.refresh_from_db()
        dispense_blanks(request=request, serials=ranges, by=self.issuer, at=APPROVED_AT)
        confirm_receipt(holder=self.school, kind=kind, serials=ranges, by=self.clerk, at=APPROVED_AT)

    def calibrated(self, place: School | Authority | None = None) -> Printer:
        """Return a printer of the school (or another place) that was measured."""
        place = place or self.school
        at_place = {"school": place} if isinstance(place, School) else {"authority": place, "school": None}
        printer = PrinterFactory(**at_place)
        Calibration.objects.create(printer=printer, measured_by=self.clerk, measured_at=APPROVED_AT)
        return printer


def jurisdiction(
    which: tuple[str, str, str, str, str, date], *, count: int = 3, sealed_by: str = "province", is_late: bool = False
) -> Jurisdiction:
    """Return the province with a batch of `count` graduates, approved and numbered; its season is the province's."""
    pack, line, code, city_code, county_code, day = which
    province = AuthorityFactory(name=f"{code}省厅", level=Level.PROVINCE, division_code=code, line=line)
    staff = staffed_city(city_code, county_code, line)
    staff.city.parent, staff.city.path = province, f"{province.path}{staff.city.pk}/"
    staff.city.save()
    staff.county.path = f"{staff.city.path}{staff.county.pk}/"
    staff.county.save()
    school = staff.city_school
    school.level, school.ordinal = "技工学校", "001"
    school.save()
    seat = province if sealed_by == "province" else staff.city
    season = season_of(staff, year=day.year, pack=pack, day=day, authority=seat)
    details = {"graduate_level": "中级技工班"}
    batch = approved_batch(staff, count=count, school=school, season=season, details=details, is_late=is_late)
    return Jurisdiction(
        staff=staff, province=province, school=school, clerk=staff.city_clerk, leader=staff.city_leader_of_school,
        reviewer=appointed(Post.PROVINCE_REVIEWER, province), printer=appointed(Post.PRINTER, province),
        sealer=appointed(Post.SEALER, seat), seal_supervisor=appointed(Post.SEAL_SUPERVISOR, seat),
        keeper=appointed(Post.BLANK_KEEPER, province), issuer=appointed(Post.BLANK_ISSUER, province), batch=batch,
    )  # fmt: skip


def approve(case: Case, *deciders: User) -> None:
    """Have these people approve the steps of a case, one after the other."""
    for by in deciders:
        step = open_step_of(Case.objects.get(pk=case.pk))
        assert step is not None
        decide_step(step=step, verdict="approve", by=by, at=APPROVED_AT)


def processed(batch: Batch, position: int, outcome: str) -> EFileState:
    """Record what the national system says of the graduate at a position of the list."""
    candidate = batch.candidates.order_by("ordinal")[position]
    return EFileState.objects.create(candidate=candidate, upload=_given_up(batch, "efile"), outcome=outcome)


def certify(batch: Batch, position: int, number: str = "职-1", level: str = "中级") -> VocationalCertificate:
    """Record a vocational certificate of the graduate at a position of the list."""
    candidate = batch.candidates.order_by("ordinal")[position]
    return VocationalCertificate.objects.create(
        candidate=candidate, upload=_given_up(batch, "vocational"), occupation="护理员", level=level,
        certificate_number=number,
    )  # fmt: skip


def _given_up(batch: Batch, kind: str) -> Upload:
    """Return the upload that records made by hand stand under."""
    from tests.factories.documents import StoredFileFactory

    return uploads_of(batch, kind).first() or Upload.objects.create(
        kind=kind, subject_type="graduation.Batch", subject_id=batch.pk, school=batch.school,
        workbook=StoredFileFactory(), workbook_name="表.xlsx", uploaded_by=batch.season.opened_by,
        uploaded_at=APPROVED_AT, state="discarded",
    )  # fmt: skip
