"""What the overlay will look like: one certificate over a scan of the real blank, or alone on plain paper."""

from __future__ import annotations

import io
import warnings

from django.db.models import F, Q
from PIL import Image, UnidentifiedImageError

from xueji.certificates.models import Certificate, Issue
from xueji.core.errors import BadInput
from xueji.core.packs import DocumentSpec
from xueji.documents.render import render_diplomas
from xueji.documents.storage import open_stored, read_stored
from xueji.institutions.models import Authority, School
from xueji.production.alignment import alignment_of
from xueji.production.form_data import diploma_records, issue_day
from xueji.production.models import BlankPicture, Calibration

MOST_PIXELS = 60_000_000  # A3 at 600 dpi


def picture_of(place: School | Authority, document: str) -> BlankPicture | None:
    """Return the newest scan of a form's blank at a place."""
    at_place = {"school": place} if isinstance(place, School) else {"authority": place}
    return BlankPicture.objects.filter(document=document, **at_place).select_related("file").first()


def scan_for(issue: Issue, document: str) -> bytes | None:
    """Return the newest scan of the blank an issue is printed on: the school's own, else that of an authority above it."""
    above = [int(part) for part in issue.school.authority.path.split("/") if part]
    scans = BlankPicture.objects.filter(document=document).filter(Q(school=issue.school_id) | Q(authority__in=above))
    picture = scans.order_by(F("school").asc(nulls_last=True), "-id").first()
    return read_stored(picture.file_id) if picture else None


def preview(
    issue: Issue, spec: DocumentSpec, certificate: Certificate, *, mode: str, calibration: Calibration | None,
    picture: BlankPicture | None,
) -> bytes:  # fmt: skip
    """Return one certificate as PDF: to try on plain paper, or over the blank (its scan where there is one).

    Over the blank nothing is corrected: the scan shows where the lines are, the correction where this printer errs.
    """
    scan = None
    if picture is not None:
        with open_stored(picture.file_id) as file:
            scan = file.read()
    rendered = render_diplomas(
        spec, diploma_records([certificate], spec), mode=mode, calibration=alignment_of(calibration),
        issued_on=issue_day(issue), scan=scan,
    )  # fmt: skip
    return rendered.pdf


def check_picture(data: bytes) -> str:
    """Return the media type of a scan; BadInput for what is no JPEG or PNG picture."""
    with _opened(data) as image:
        return f"image/{str(image.format).lower()}"


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound follows
            image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
            if image.width * image.height > MOST_PIXELS:
                raise BadInput(f"图片 {image.width}×{image.height} 像素，太大：请用 150 至 300 dpi 扫描")
            image.load()
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise BadInput("这不是可以读取的 JPEG 或 PNG 图片") from error
    return image
