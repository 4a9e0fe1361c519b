"""A province that prints replacement certificates: its people by what they do, its blanks, and what waits in its queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from tests.factories.cases import CaseFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed
from tests.factories.production import photo
from tests.factories.registry import resident_id

from xueji.accounts.models import User
from xueji.blanks.actions import receive_blanks
from xueji.cases.models import CaseState
from xueji.core.identifiers import parse_resident_id
from xueji.core.months import Month
from xueji.core.serials import SerialRange
from xueji.documents.storage import store_bytes
from xueji.institutions.models import Authority, Level, Post, School
from xueji.jobs.testing import run_pending_jobs
from xueji.replacements.actions import (
    Holder,
    LostDiploma,
    confirm_printed,
    print_next,
    queue_replacement,
    seal_replacements,
    send_by_mail,
)
from xueji.replacements.models import Delivery, Replacement

AT = datetime(2024, 3, 18, 1, tzinfo=UTC)
SUBMITTED = datetime(2024, 3, 1, 1, tzinfo=UTC)
PACK, BLANK = "edu/henan", "replacement"


@dataclass
class Press:
    """The authority that prints, a city office that decides, a school; people by post."""

    province: Authority
    city: Authority
    school: School
    reviewer: User  # of the city
    printer: User
    sealer: User
    supervisor: User
    keeper: User

    def stock(self, first: int, last: int) -> None:
        """Take blanks in from the printing house."""
        receive_blanks(
            authority=self.province,
            kind=BLANK,
            serials=[SerialRange(first, last)],
            source="印刷厂",
            by=self.keeper,
            at=AT,
        )

    def queued(self, place: int, **changes: Any) -> Replacement:
        """Queue the replacement of somebody's diploma, submitted as the `place`-th."""
        serial = changes.pop("serial", place)
        number = resident_id(serial, "410102")
        birth_date = parse_resident_id(number, on=AT.date()).birth_date
        assert birth_date is not None
        holder = Holder(changes.pop("name", "张学生"), changes.pop("sex", "女"), birth_date, number)
        pack = changes.pop("pack", PACK)
        case = CaseFactory(
            school=self.school, pack=pack, legal_date=date(2024, 3, 1), state=CaseState.APPROVED, closed_at=AT
        )
        diploma = LostDiploma(**{
            "place": place, "submitted_at": SUBMITTED, "school": self.school, "school_name": "示范师范学校", "category": "普通中师",
            "loss": "lost", "programme_name": "普师", "duration_years": Decimal(3), "study_mode": "全日制",
            "entry_month": Month(1984, 9), "graduation_month": Month(1987, 7),
            "photo": store_bytes(photo((200, 30, 40)), "image/jpeg"), "original_number": "豫教普专证字 00000000000001", **changes,
        })  # fmt: skip
        return queue_replacement(
            case=case, holder=holder, diploma=diploma, authority=self.city, by=self.reviewer, at=AT
        )

    def printed(self, serials: str) -> list[Replacement]:
        """Print the next ones on these blanks and confirm every sheet."""
        runs = print_next(authority=self.province, serials=serials, by=self.printer, at=AT)
        run_pending_jobs()
        confirm_printed(authority=self.province, serials=serials, by=self.printer, at=AT)
        return list(Replacement.objects.filter(issue__in=[run.issue_id for run in runs]))

    def sealed(self, found: list[Replacement]) -> list[Replacement]:
        """Seal what was printed."""
        return seal_replacements(
            chosen=[row.pk for row in found],
            counted=len(found),
            sealed_by=self.sealer,
            supervised_by=self.supervisor,
            at=AT,
        )


def press() -> Press:
    """Return the province with somebody in every post."""
    province = AuthorityFactory(name="示范省教育厅", level=Level.PROVINCE, division_code="410000", line="edu")
    city = AuthorityFactory(name="示范市教育局", level=Level.CITY, division_code="410100", line="edu", parent=province)
    return Press(
        province, city, SchoolFactory(authority=city), appointed(Post.CITY_REVIEWER, city), appointed(Post.PRINTER, province),
        appointed(Post.SEALER, province), appointed(Post.SEAL_SUPERVISOR, province), appointed(Post.BLANK_KEEPER, province),
    )  # fmt: skip


def desk_of_replacements() -> Press:
    """Return a press with one certificate in every state of its desk: sent, to be mailed, at the counter, printed, loaded, waiting."""
    office = press()
    office.stock(1, 9)
    mail = {"delivery_way": "mail", "recipient": "张学生", "phone": "13800000000", "address": "某市某路1号"}
    for place in (1, 2, 3, 4, 5, 6):
        office.queued(place, **(mail if place < 3 else {}))
    sent, _, _ = office.sealed(office.printed("豫X0000001-0000003"))
    send_by_mail(delivery=sent.deliveries.get(), carrier="邮政", tracking_number="EA1", by=office.printer, at=AT)
    office.printed("豫X0000004")
    print_next(authority=office.province, serials="豫X0000005", by=office.printer, at=AT)
    run_pending_jobs()
    return office


class ReplacementFactory(factory.django.DjangoModelFactory):
    """A replacement queued the way the product queues one."""

    class Meta:
        model = Replacement

    @classmethod
    def _create(cls, model_class: type[Replacement], *args: Any, **kwargs: Any) -> Replacement:
        return press().queued(kwargs.pop("place", 1), **kwargs)


class DeliveryFactory(factory.django.DjangoModelFactory):
    """A certificate that waits at the counter."""

    class Meta:
        model = Delivery

    replacement = factory.SubFactory(ReplacementFactory)
    ordinal = 1
    way = "pick_up"
    code = "00000001"
    phone = ""
    address = ""
    opened_at = AT
