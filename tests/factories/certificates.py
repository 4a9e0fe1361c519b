"""Contents ready to be prepared, and certificates issued the way the product issues them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.factories.registry import EnrolmentFactory, resident_id

from xueji.accounts.models import User
from xueji.certificates.actions import issue_certificates, prepare_certificates, release_numbers
from xueji.certificates.content import CertificateContent
from xueji.certificates.models import Certificate
from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.institutions.models import Programme
from xueji.policy import get_library
from xueji.registry.models import Enrolment

AT = datetime(2019, 7, 5, 1, tzinfo=UTC)


def view_of(pack: str = "edu/shaanxi-weinan", day: date = date(2019, 7, 1)) -> PackView:
    """Return a pack as in force on a day."""
    return get_library().pack(pack).on(day)


def facts_of(enrolment: Enrolment, number: str, **changes: object) -> GraduateFacts:
    """Return what the rules read of a graduate with nothing wrong, but for `changes`."""
    values: dict[str, object] = {
        "resident_id": number,
        "name": enrolment.person.name,
        "sex": enrolment.person.sex,
        "birth_date": enrolment.person.birth_date,
        "political_status": "共青团员",
        "programme": enrolment.programme.name,
        "duration_years": Decimal(3),
        "study_mode": "全日制",
        "entry_month": Month(2016, 9),
        "graduation_month": Month(2019, 7),
        "overall_mark": "良好",
        "conduct_mark": "优秀",
        "internship_mark": "合格",
    }
    return GraduateFacts(**{**values, **changes})  # type: ignore[arg-type]  # changes are the test's own


def content_for(programme: Programme, serial: int, **changes: object) -> CertificateContent:
    """Return the content of a new graduate of a programme."""
    number = resident_id(serial, "610523")
    names = {"name": "张学生", "programme": "护理"}
    enrolment = EnrolmentFactory(programme=programme, person__number=number, person__name=names["name"])
    return CertificateContent(
        certificate_id=uuid.uuid4(),
        kind="graduation",
        person_id=enrolment.person_id,
        enrolment_id=enrolment.pk,
        school_id=programme.school_id,
        holder_id_index=bytes(enrolment.person.resident_id_index),
        school_name="示范职业中等专业学校",
        principal="王校长",
        facts=facts_of(enrolment, number, **{**names, **changes}),
    )


def issued(programme: Programme, by: User, serials: Sequence[int] = (1, 2, 3)) -> list[Certificate]:
    """Return certificates issued to new graduates of a programme."""
    view = view_of()
    contents = [content_for(programme, serial) for serial in serials]
    block = release_numbers(
        view=view, kind="graduation", parts={"year": 2019}, count=len(contents), school=programme.school,
        purpose="测试", by=by, at=AT,
    )  # fmt: skip
    prepared = prepare_certificates(contents, view)
    return issue_certificates(prepared=prepared, block=block, issue_date=date(2019, 7, 5), by=by, at=AT)
