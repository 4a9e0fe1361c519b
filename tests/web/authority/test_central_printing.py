"""The authority prints for many schools: several loaded batches come as one file, school after school."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.documents.documents_data import page_texts
from tests.factories.institutions import SchoolFactory
from tests.factories.jurisdictions import HENAN, jurisdiction
from tests.factories.production import approved_batch

from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.production.models import PrintRun

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S2-35")
def test_loaded_batches_of_several_schools_are_one_file(client) -> None:
    place = jurisdiction(HENAN)
    other = SchoolFactory(authority=place.school.authority, level="技工学校", ordinal="002")
    second = approved_batch(place.staff, count=2, school=other, season=place.batch.season, first_serial=20)
    client.force_login(place.printer)
    printer = place.calibrated(place.province)
    assert "几批一个文件" not in client.get(reverse("authority:central")).text
    for batch in (second, place.batch):
        sent = {"document": "diploma_overlay.overlay", "printer": printer.pk, "tray_order": "first_on_top", "most": 3}
        assert client.post(reverse("authority:load", args=[batch.pk]), sent).status_code == 302
    run_pending_jobs()
    page = client.get(reverse("authority:central")).text
    first, last = sorted(PrintRun.objects.all(), key=lambda run: run.issue.school.code)
    address = reverse("authority:run_part", args=[first.pk, 0])
    assert f"{address}?with={last.pk}" in page
    texts = page_texts(b"".join(client.get(address, {"with": last.pk}).streaming_content))
    expected = [sheet.certificate for run in (first, last) for sheet in run.sheets.all()]
    assert len(texts) == 5
    assert all(c.number.number in text for c, text in zip(expected, texts, strict=True))
    assert Event.objects.filter(tag="print:downloaded").count() == 2
    assert client.get(address, {"with": 999999}).status_code == 404
