"""The page of crafts."""

from __future__ import annotations

from typing import Any

from xueji.accounts.permissions import Permission
from xueji.uploads.models import Upload
from xueji.web.upload_pages import UploadPage, UploadWords


def _context(upload: Upload) -> dict[str, Any]:
    return {"school": upload.subject}


CRAFTS_PAGE = UploadPage(
    name="crafts",
    path="guild/crafts/",
    kinds=("crafts",),
    view=Permission.VIEW_BATCHES,
    act=Permission.PREPARE_BATCH,
    frame="guild_uploads/upload.html",
    context=_context,
    again=lambda _upload: "/desk/",
    done=lambda _upload: "/desk/",
    words=UploadWords(rows="技艺", confirmed="已传授 {count} 门技艺"),
    shows_identity=False,
)
