"""Records about graduates, receipts, spot checks, published rates."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from tests.factories.accounts import UserFactory
from tests.factories.draws import CommitmentFactory, DrawFactory, DrawItemFactory
from tests.factories.graduation import BatchFactory, CandidateFactory, SeasonFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory
from tests.factories.uploads import RecordUploadFactory

from xueji.graduation.models import (
    CollegeEntry,
    EFileState,
    EmploymentRecord,
    RateLine,
    RatePublication,
    Receipt,
    ReceiptLine,
    SpotCheck,
    SpotCheckCommitment,
    SpotCheckItem,
    StatusChangeLine,
    SubjectResult,
    VocationalCertificate,
)
from xueji.graduation.records.stores import content_index_of
from xueji.sealing.texts import blind_index

AT = datetime(2019, 7, 1, 1, tzinfo=UTC)


class _RecordFactory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    candidate = factory.SubFactory(CandidateFactory)
    upload = factory.SubFactory(RecordUploadFactory, about=factory.SelfAttribute("..candidate.batch"))


class VocationalCertificateFactory(_RecordFactory):
    """A certificate of the middle level."""

    class Meta:
        model = VocationalCertificate

    occupation = "电工"
    level = "中级工"
    certificate_number = factory.Sequence(lambda n: f"18350030004{n:05d}")


class EmploymentRecordFactory(_RecordFactory):
    """Somebody who works."""

    class Meta:
        model = EmploymentRecord

    destination = "企业就业"


class SubjectResultFactory(_RecordFactory):
    """A mark with its teacher."""

    class Meta:
        model = SubjectResult

    subject = "电工基础"
    mark = "86"
    teacher = "林老师"


class EFileStateFactory(_RecordFactory):
    """Somebody processed as graduated in the national system."""

    class Meta:
        model = EFileState

    outcome = "毕业"


class CollegeEntryFactory(_RecordFactory):
    """Somebody who studies on."""

    class Meta:
        model = CollegeEntry

    college = "南宁职业技术学院"
    college_programme = "2021级护理"
    source_school = "南宁示范中等职业学校"


class StatusChangeLineFactory(factory.django.DjangoModelFactory):
    """Somebody who left the school."""

    class Meta:
        model = StatusChangeLine

    batch = factory.SubFactory(BatchFactory)
    upload = factory.SubFactory(RecordUploadFactory, about=factory.SelfAttribute("..batch"), kind="changes")
    name = "李四"
    resident_id = "11010519491231002X"
    resident_id_index = factory.Sequence(lambda n: blind_index(f"11010519491231{n:04d}"))
    before = after = ""
    content_index = content_index_of({"before": "", "after": ""})
    programme = "护理"
    grade = "2019级"
    change_type = "转出"


class ReceiptFactory(factory.django.DjangoModelFactory):
    """The receipt of a city."""

    class Meta:
        model = Receipt

    season = factory.SubFactory(SeasonFactory)
    authority = factory.SubFactory(AuthorityFactory)
    contact_name = "王科长"
    contact_phone = "0771-0000000"
    address = "某路 1 号"
    filed_by = factory.SubFactory(UserFactory)
    filed_at = AT


class ReceiptLineFactory(factory.django.DjangoModelFactory):
    """One school of it."""

    class Meta:
        model = ReceiptLine

    receipt = factory.SubFactory(ReceiptFactory)
    school = factory.SubFactory(SchoolFactory)
    graduates = 12
    contact = "李老师 13800000000"
    address = "某路 2 号"


class SpotCheckCommitmentFactory(factory.django.DjangoModelFactory):
    """A commitment for the next list of a batch."""

    class Meta:
        model = SpotCheckCommitment

    batch = factory.SubFactory(BatchFactory)
    commitment = factory.SubFactory(CommitmentFactory)


class SpotCheckFactory(factory.django.DjangoModelFactory):
    """A draw of one from one."""

    class Meta:
        model = SpotCheck

    batch = factory.SubFactory(BatchFactory)
    promised = factory.SubFactory(SpotCheckCommitmentFactory, batch=factory.SelfAttribute("..batch"))
    draw = factory.SubFactory(DrawFactory, commitment=factory.SelfAttribute("..promised.commitment"))


class SpotCheckItemFactory(factory.django.DjangoModelFactory):
    """Somebody drawn."""

    class Meta:
        model = SpotCheckItem

    class Params:
        check = factory.SubFactory(SpotCheckFactory)

    item = factory.SubFactory(DrawItemFactory, draw=factory.SelfAttribute("..check.draw"))
    candidate = factory.SubFactory(CandidateFactory, batch=factory.SelfAttribute("..check.batch"))


class RatePublicationFactory(factory.django.DjangoModelFactory):
    """Rates as published."""

    class Meta:
        model = RatePublication

    season = factory.SubFactory(SeasonFactory)
    definition = "人数之比"
    smallest_group = 10
    published_by = factory.SubFactory(UserFactory)
    published_at = AT


class RateLineFactory(factory.django.DjangoModelFactory):
    """One school of it."""

    class Meta:
        model = RateLine

    publication = factory.SubFactory(RatePublicationFactory)
    school = factory.SubFactory(SchoolFactory)
    graduates = 40
    certified = 36
    employed = 38
