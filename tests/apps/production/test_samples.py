"""The sample is the overlay on the blank: one layout with the real print, the look-up of this installation, marked."""

from __future__ import annotations

import io

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from tests.apps.production.test_printing import AT, printed
from tests.documents.documents_data import page_image, page_texts, places
from tests.factories.institutions import staffed_city
from tests.factories.jurisdictions import FUJIAN, GUANGXI, HENAN, jurisdiction
from tests.factories.production import CalibrationFactory, PrinterFactory, approved_batch

from xueji.production.actions import add_blank_picture
from xueji.production.form_data import certificates_of, in_paper_order

pytestmark = pytest.mark.django_db


def scan() -> bytes:
    """Return a picture of a blank: plain green, so that it is found again under the texts."""
    out = io.BytesIO()
    Image.new("RGB", (1188, 840), (40, 160, 60)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.requirement("S1-09")
def test_every_text_of_the_sample_stands_where_the_overlay_prints_it() -> None:
    staff = staffed_city()
    batch = approved_batch(staff)
    exact = CalibrationFactory(printer=PrinterFactory(school=batch.school), dx_mm=0, dy_mm=0, scale_x=1, scale_y=1)
    _, sample = printed(batch, "diploma.sample", staff.clerk)
    _, real = printed(batch, "diploma_overlay.overlay", staff.clerk, exact.printer)
    first = certificates_of(batch.issue).first()
    for text in (first.number.number, first.holder_name, first.programme_name, first.school_name, first.principal):
        (where,) = places(real, text)
        assert any(abs(x - where[0]) < 0.1 and abs(y - where[1]) < 0.1 for x, y in places(sample, text)), text
    assert "样张" in page_texts(sample)[0]
    assert "样张" not in page_texts(real)[0]
    assert "不作为学历凭证" in page_texts(sample)[0]


@pytest.mark.requirement("S1-09")
def test_the_sample_lies_on_the_scanned_blank_and_is_marked_all_the_same() -> None:
    staff = staffed_city()
    batch = approved_batch(staff)
    _, drawn = printed(batch, "diploma.sample", staff.clerk)
    add_blank_picture(place=batch.school, document="diploma_overlay", data=scan(), by=staff.clerk, at=AT)
    _, sample = printed(batch, "diploma.sample", staff.clerk)
    assert page_image(drawn, dpi=36).getpixel((20, 20)) == (255, 255, 255)
    red, green, _ = page_image(sample, dpi=36).getpixel((20, 20))
    assert green > 150 > red
    assert "样张" in page_texts(sample)[0]
    assert len(pypdfium2.PdfDocument(sample)) == 3


def test_code_and_printed_address_are_those_of_the_installation(settings) -> None:
    settings.SITE_URL = "https://xl.weinan.example:8443"
    staff = staffed_city()
    batch = approved_batch(staff)
    _, sample = printed(batch, "diploma.sample", staff.clerk)
    number = certificates_of(batch.issue).first().number.number
    (code,) = zxingcpp.read_barcodes(page_image(sample, dpi=300))
    assert code.text == f"https://xl.weinan.example:8443/v/?n={number}"
    assert "xl.weinan.example:8443" in page_texts(sample)[0]


@pytest.mark.parametrize("where", [FUJIAN, GUANGXI, HENAN])
def test_every_pack_has_its_sample_in_the_layout_of_its_overlay(where) -> None:
    place = jurisdiction(where)
    _, sample = printed(place.batch, "diploma.sample", place.clerk)
    first = in_paper_order(certificates_of(place.batch.issue), place.batch.law).first()
    text = page_texts(sample)[0]
    assert first.number.number in text
    assert first.holder_name in text
    assert "样张" in text
    (code,) = zxingcpp.read_barcodes(page_image(sample, dpi=300))
    assert code.text.endswith(f"/v/?n={first.number.number}")
