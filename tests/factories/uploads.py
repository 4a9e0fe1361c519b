"""Uploads as they stand after reading: of graduates unless said otherwise, about a batch."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from tests.factories.accounts import UserFactory
from tests.factories.graduation import BatchFactory

from xueji.documents.storage import store_bytes
from xueji.ledger.offices import model_label
from xueji.uploads.models import Upload, UploadFinding, UploadRow, UploadState

AT = datetime(2019, 7, 1, 1, tzinfo=UTC)


class UploadFactory(factory.django.DjangoModelFactory):
    """An upload read without a finding, waiting for confirmation."""

    class Meta:
        model = Upload

    class Params:
        about = factory.SubFactory(BatchFactory)

    kind = "graduates"
    subject_type = factory.LazyAttribute(lambda made: model_label(made.about))
    subject_id = factory.LazyAttribute(lambda made: made.about.pk)
    school = factory.LazyAttribute(lambda made: made.about.school)
    workbook = factory.LazyFunction(lambda: store_bytes(b"workbook", "application/octet-stream"))
    workbook_name = "名单.xlsx"
    state = UploadState.READY
    uploaded_by = factory.SubFactory(UserFactory)
    uploaded_at = AT


class RecordUploadFactory(UploadFactory):
    """An upload of vocational certificates read without a finding."""

    kind = "vocational"
    workbook_name = "证书.xlsx"


class UploadRowFactory(factory.django.DjangoModelFactory):
    """A row whose content is already stored where it belongs."""

    class Meta:
        model = UploadRow

    upload = factory.SubFactory(UploadFactory)
    row_number = factory.Sequence(lambda n: n + 2)
    name = "张三"
    payload = ""


class UploadFindingFactory(factory.django.DjangoModelFactory):
    """A fault in a row."""

    class Meta:
        model = UploadFinding

    upload = factory.SubFactory(UploadFactory)
    row = 2
    column = "性别"
    severity = "error"
    rule = "graduate.sex_matches_id"
    message = "性别与身份证号不一致"
