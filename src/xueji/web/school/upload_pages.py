"""The pages of what a school uploads: its graduates, and the records about them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from xueji.accounts.permissions import Permission as P
from xueji.core.record_facts import RECORD_KINDS
from xueji.uploads.models import Upload
from xueji.web.phases import state_tag
from xueji.web.upload_pages import UploadPage, UploadWords, register_page


def _graduates(upload: Upload) -> dict[str, Any]:
    return {"batch": upload.subject, "look": state_tag(upload.subject), "active": "upload"}


def _records(upload: Upload) -> dict[str, Any]:
    return {"batch": upload.subject, "look": state_tag(upload.subject), "active": "records"}


def _record_lines(upload: Upload) -> str:
    return reverse("school:record_lines", args=[upload.subject_id, upload.kind])


GRADUATES_PAGE = register_page(
    UploadPage(
        name="graduates",
        path="school/intakes/",
        kinds=("graduates",),
        view=P.VIEW_BATCHES,
        act=P.PREPARE_BATCH,
        frame="school/graduates_upload.html",
        context=_graduates,
        again=lambda upload: reverse("school:upload", args=[upload.subject_id]),
        done=lambda upload: reverse("school:batch", args=[upload.subject_id]),
        words=UploadWords(
            rows="毕业生",
            against="与现有名单",
            before="确认后写入本批次名单；之前不会改动任何数据。",
            discard="放弃这份上传？名单不会改动。",
            discarded="已放弃这份上传，名单未作改动",
            confirmed="已确认入库：{count} 名毕业生",
            nothing="没有读到毕业生。",
            removed="确认后退出本批次",
        ),
        shows_photos=True,
    )
)
RECORDS_PAGE = register_page(
    UploadPage(
        name="records",
        path="school/record-intakes/",
        kinds=tuple(RECORD_KINDS),
        view=P.VIEW_BATCHES,
        act=P.RECORD_GRADUATES,
        frame="school/records_upload.html",
        context=_records,
        again=_record_lines,
        done=_record_lines,
    )
)
