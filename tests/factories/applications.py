"""Applications of graduates: drafts, and everything that one with all its papers states."""

from __future__ import annotations

import io
import secrets
from datetime import UTC, date, datetime
from decimal import Decimal

import factory
import numpy as np
from PIL import Image
from tests.factories.accounts import ApplicantFactory, UserFactory
from tests.factories.cases import CaseFactory
from tests.factories.documents import StoredFileFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory

from xueji.accounts.models import Applicant
from xueji.applications.actions import add_material, open_application, state_facts
from xueji.applications.models import (
    Application,
    BlacklistAct,
    BlacklistEntry,
    CounterEntry,
    Defect,
    PaperPicture,
    Referral,
)
from xueji.applications.submission_actions import submit_application
from xueji.institutions.models import Authority, Level

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FACTS = {
    "category": "职业中专", "school_name": "郑州市第一职业中等专业学校", "place_code": "410100", "entered": "1999-09",
    "graduated": "2002-07", "programme": "计算机应用", "duration_years": Decimal(3), "study_mode": "全日制",
    "diploma": "lost",
    "original_number": "*****", "holder_name": "王小明", "delivery": "pick_up",
}  # fmt: skip


def province(code: str = "410000") -> Authority:
    """Return a province with a city under it, to be found by their codes, and the school of `FACTS` where it lies."""
    top = AuthorityFactory(level=Level.PROVINCE, division_code=code)
    city = AuthorityFactory(level=Level.CITY, division_code=f"{code[:2]}0100", parent=top)
    if code == FACTS["place_code"][:2] + "0000":
        SchoolFactory(authority=city, name=FACTS["school_name"])
    return top


def picture(*, portrait: bool = False, seed: int = 1, size: tuple[int, int] = (1200, 1600)) -> bytes:
    """Return a JPEG of print on paper, or of somebody before a red background."""
    noise = np.random.default_rng(seed)
    if portrait:
        dots = np.full((560, 400, 3), (200, 30, 40), dtype=np.uint8)
        dots[200:, 100:300] = noise.integers(90, 200, (360, 200, 3), dtype=np.uint8)
    else:
        blocks = noise.choice(np.array([30, 235], dtype=np.uint8), (size[1] // 8, size[0] // 8))
        dots = np.repeat(np.repeat(np.repeat(blocks[:, :, None], 3, axis=2), 8, axis=0), 8, axis=1)
    out = io.BytesIO()
    Image.fromarray(dots).save(out, "JPEG", quality=90)
    return out.getvalue()


class ApplicationFactory(factory.django.DjangoModelFactory):
    """A draft about which nothing is stated yet."""

    class Meta:
        model = Application

    applicant = factory.SubFactory(ApplicantFactory)
    centre = factory.SubFactory(AuthorityFactory, level=Level.PROVINCE)
    kind = Application.Kind.REPLACEMENT
    opened_at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    original_number = ""
    mail_address = ""


class PaperPictureFactory(factory.django.DjangoModelFactory):
    """The first picture of an identity card."""

    class Meta:
        model = PaperPicture

    application = factory.SubFactory(ApplicationFactory)
    paper = "id_card"
    ordinal = factory.Sequence(lambda n: n + 1)
    file = factory.SubFactory(StoredFileFactory)
    size = 1000
    width = 1200
    height = 1600
    added_by = factory.SubFactory(UserFactory)
    added_at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class DefectFactory(factory.django.DjangoModelFactory):
    """An identity card whose picture is to be taken again."""

    class Meta:
        model = Defect

    application = factory.SubFactory(ApplicationFactory)
    round = 1
    ordinal = factory.Sequence(lambda n: n + 1)
    aspect = factory.Sequence(lambda n: f"paper_{n}")
    label = "身份证原件的电子照片"
    remark = "反光，请重拍"
    on_paper = ""
    answer = ""
    cites = ["henan-2019-266 二（二）2"]
    found_by = factory.SubFactory(UserFactory)
    found_at = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


class ReferralFactory(factory.django.DjangoModelFactory):
    """An application that one office handed to another."""

    class Meta:
        model = Referral

    application = factory.SubFactory(ApplicationFactory)
    case = factory.SubFactory(CaseFactory)
    from_office = factory.SubFactory(AuthorityFactory)
    to_office = factory.SubFactory(AuthorityFactory)
    on_paper = {"sealed_by": "city"}
    cites = ["henan-2019-266 二（一）"]
    reasons = "盖的是市教育局的印"
    referred_by = factory.SubFactory(UserFactory)
    referred_at = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


class CounterEntryFactory(factory.django.DjangoModelFactory):
    """An application that an officer entered at the counter of a city, the holder standing there."""

    class Meta:
        model = CounterEntry

    application = factory.SubFactory(ApplicationFactory)
    authority = factory.SubFactory(AuthorityFactory)
    entered_by = factory.SubFactory(UserFactory)
    entered_at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    agent_number = ""


class RefusedApplicationFactory(ApplicationFactory):
    """An application that a city refused because its attestation was forged."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    state = Application.State.REFUSED
    delivery = "pick_up"
    submit_key = factory.LazyFunction(lambda: secrets.token_hex(16))
    submitted_at = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    place = factory.Sequence(lambda n: 900_000_000 + n)
    receipt = factory.Sequence(lambda n: f"9{n:015d}")
    office = factory.SubFactory(AuthorityFactory)
    case = factory.SubFactory(CaseFactory)
    diploma_index = factory.LazyFunction(lambda: secrets.token_bytes(16))
    ended_at = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    forged = factory.RelatedFactory(
        DefectFactory, "application", aspect="attestation", label="毕业证明原件", ground="forged", remark="印章是伪造的"
    )


class BlacklistEntryFactory(factory.django.DjangoModelFactory):
    """Somebody who was told that they are to be listed and may answer."""

    class Meta:
        model = BlacklistEntry

    application = factory.SubFactory(RefusedApplicationFactory)
    authority = factory.SelfAttribute("application.office")
    pack = "edu/henan"
    cites = ["henan-2019-266 三（四）3"]
    evidence = ["毕业证明原件：印章是伪造的"]
    reasons = "毕业证明上的学校公章是伪造的"
    proposed_by = factory.SubFactory(UserFactory)
    proposed_at = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
    answer_until = date(2026, 3, 19)


class BlacklistActFactory(factory.django.DjangoModelFactory):
    """An answer with a picture."""

    class Meta:
        model = BlacklistAct

    entry = factory.SubFactory(BlacklistEntryFactory)
    kind = "answered"
    statement = "公章是学校盖的"
    file = factory.SubFactory(StoredFileFactory)
    by = factory.SubFactory(UserFactory)
    at = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


PAPERS = ("id_card", "portrait_red", "attestation", "admission_form")


def drafted(
    person: Applicant, centre: Authority, *, kind: str = "replacement", papers: tuple[str, ...] = PAPERS, at: datetime = AT,
    **facts: object,
) -> Application:  # fmt: skip
    """Return a draft with everything stated and a picture of each paper, as its applicant made it."""
    draft = open_application(applicant=person, kind=kind, centre=centre, by=person.user, at=at)
    draft = state_facts(application=draft, facts=FACTS | facts, by=person.user, at=at)
    for n, paper in enumerate(papers):
        data = picture(portrait=paper == "portrait_red", seed=n)
        add_material(application=draft, paper=paper, data=data, by=person.user, at=at)
    return draft


def submitted(draft: Application, *, key: str = "", at: datetime = AT) -> Application:
    """Return the application as its applicant submitted it."""
    return submit_application(application=draft, key=key or secrets.token_hex(16), by=draft.applicant.user, at=at)
