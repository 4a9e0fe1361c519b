"""Where numbers look random, paper lies by programme and name: printed, packed, listed, handed out in one order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.apps.production.test_printing import printed
from tests.documents.documents_data import page_texts
from tests.factories.jurisdictions import FUJIAN, HENAN, jurisdiction

from xueji.jobs.testing import run_pending_jobs
from xueji.production.actions import Tray, confirm_sheets, load_print_run, send_parcel, take_pages
from xueji.production.form_data import certificates_of, in_paper_order
from xueji.production.models import PrintRun
from xueji.production.queries import diplomas_to_emboss

pytestmark = pytest.mark.django_db
AT = datetime(2021, 6, 15, 1, tzinfo=UTC)
NAMES = ["阿依古丽·买买提", "王小明", "张学生"]  # by their sound: ayiguli, wang, zhang


def names_in(text: str) -> list[str]:
    return sorted((name for name in NAMES if name in text), key=text.index)


@pytest.mark.requirement("S2-35")
def test_paper_of_random_numbers_lies_by_programme_and_name() -> None:
    place = jurisdiction(HENAN)
    issue = place.batch.issue
    assert [c.holder_name for c in certificates_of(issue)] != NAMES
    ordered = in_paper_order(certificates_of(issue), issue.law)
    assert [c.holder_name for c in ordered] == NAMES
    assert [c.holder_name for c in diplomas_to_emboss(issue)] == NAMES
    texts = page_texts(printed(place.batch, "diploma.sample", place.clerk)[1])
    assert [names_in(text) for text in texts] == [[name] for name in NAMES]


@pytest.mark.requirement("S2-35")
def test_loaded_sheets_and_parcels_follow_it() -> None:
    place = jurisdiction(HENAN)
    printer = place.calibrated(place.province)
    run = load_print_run(
        issue=place.batch.issue, tray=Tray("diploma_overlay.overlay", printer, "", "first_on_top"), by=place.printer, at=AT,
    )  # fmt: skip
    run_pending_jobs()
    run = PrintRun.objects.get(pk=run.pk)
    assert [sheet.certificate.holder_name for sheet in run.sheets.all()] == NAMES
    texts = page_texts(take_pages(run=run, by=place.printer, at=AT))
    assert [names_in(text) for text in texts] == [[name] for name in NAMES]
    confirm_sheets(run=run, first=1, last=3, by=place.printer, at=AT)
    parcel = send_parcel(issue=place.batch.issue, count=2, by=place.printer, at=AT)
    packed = parcel.items.values_list("certificate__holder_name", flat=True)
    assert sorted(packed) == sorted(NAMES[:2])


def test_by_number_where_the_pack_says_nothing_else() -> None:
    issue = jurisdiction(FUJIAN).batch.issue
    numbers = [c.number.number for c in in_paper_order(certificates_of(issue), issue.law)]
    assert numbers == sorted(numbers)
