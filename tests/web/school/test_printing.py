"""Print centre, printers, booking and duties."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.institutions import SanctionFactory, staffed_city
from tests.factories.production import CalibrationFactory, PrinterFactory, approved_batch, round_of

from xueji.graduation.actions import open_duties
from xueji.jobs.testing import run_pending_jobs
from xueji.production.models import Printer, SealingAppointment

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def batch(city):
    return approved_batch(city)


@pytest.mark.requirement("S1-09", "S1-11")
def test_register_is_rendered_and_downloaded_with_a_record(city, batch) -> None:
    client, url = signed_in(city.clerk), reverse("school:print_centre", args=[batch.pk])
    assert "一式三份" in client.get(url).content.decode()
    assert client.post(url, {"document": "register"}).status_code == 302
    run_pending_jobs()
    run = batch.issue.print_runs.get()
    body = client.get(reverse("school:print_file", args=[run.pk]))
    assert b"".join(body.streaming_content)[:5] == b"%PDF-"
    assert signed_in(city.city_clerk).get(reverse("school:print_file", args=[run.pk])).status_code == 404


@pytest.mark.requirement("S1-09")
def test_overlay_needs_a_calibrated_printer(city, batch) -> None:
    client, url = signed_in(city.clerk), reverse("school:print_centre", args=[batch.pk])
    assert client.post(url, {"document": "diploma_overlay.overlay"}).status_code == 422
    printer = PrinterFactory(school=batch.school)
    refused = client.post(url, {"document": "diploma_overlay.overlay", "printer": printer.pk})
    assert "还没有校准" in refused.content.decode()
    CalibrationFactory(printer=printer)
    assert client.post(url, {"document": "diploma_overlay.overlay", "printer": printer.pk}).status_code == 302


@pytest.mark.requirement("S1-09")
def test_measured_corners_become_offsets(city) -> None:
    client = signed_in(city.clerk)
    client.post(reverse("school:printers"), {"name": "教务处打印机"})
    printer = Printer.objects.get()
    url = reverse("school:printer", args=[printer.pk])
    (x1, y1), (x2, y2) = client.get(url).context["expected"]
    far = client.post(url, {"x1": x1 + 40, "y1": y1, "x2": x2 + 40, "y2": y2})
    assert far.status_code == 422
    assert far.context["form"].non_field_errors()
    client.post(url, {"x1": x1 + 1, "y1": y1 - 2, "x2": x2 + 1, "y2": y2 - 2})
    newest = printer.calibrations.get()
    assert (float(newest.dx_mm), float(newest.dy_mm)) == (-1, 2)
    sheet = client.get(reverse("school:sheet", args=[printer.pk]), {"corrected": "1"})
    assert b"".join(sheet.streaming_content)[:5] == b"%PDF-"
    assert signed_in(city.city_clerk).get(url).status_code == 404


def test_past_day_is_not_booked_and_says_why(city, batch) -> None:
    round_of(batch)
    client, url = signed_in(city.clerk), reverse("school:sealing", args=[batch.pk])
    assert "可约时段" in client.get(url).content.decode()
    refused = client.post(url, {"day": "2019-07-09", "half": "am"})
    assert refused.status_code == 422
    assert refused.context["form"].errors["day"]
    assert not SealingAppointment.objects.exists()


@pytest.mark.requirement("S1-11")
def test_half_day_is_booked_and_given_back(city, batch) -> None:
    sealing_round = round_of(batch)
    sealing_round.opens_on = timezone.localdate()
    sealing_round.closes_on = sealing_round.opens_on + timezone.timedelta(days=13)
    sealing_round.save()
    client, url = signed_in(city.clerk), reverse("school:sealing", args=[batch.pk])
    half = next(h for h in client.get(url).context["halves"] if h.is_working and h.day > timezone.localdate())
    assert client.post(url, {"day": half.day, "half": half.half}).status_code == 302
    assert "我校的预约" in client.get(url).content.decode()
    assert half.day.isoformat() in client.get(reverse("school:appointments")).content.decode()
    client.post(reverse("school:cancellation", args=[batch.pk]))
    assert not SealingAppointment.objects.exists()


@pytest.mark.requirement("S1-17")
def test_deferral_is_told_on_the_page(city, batch) -> None:
    SanctionFactory(school=batch.school, reason="弄虚作假待查")
    round_of(batch)
    assert "弄虚作假待查" in signed_in(city.clerk).get(reverse("school:sealing", args=[batch.pk])).content.decode()


@pytest.mark.requirement("S1-16")
def test_duty_shows_its_countdown_and_is_reported_done(city, batch, django_assert_max_num_queries) -> None:
    open_duties(batch, city.sealer, timezone.now())
    client = signed_in(city.clerk)
    with django_assert_max_num_queries(14):
        page = client.get(reverse("school:duties")).content.decode()
    assert "还剩 10 个工作日" in page
    obligation = batch.case.obligations.first()
    assert signed_in(city.city_clerk).post(reverse("school:duty", args=[obligation.pk])).status_code == 404
    client.post(reverse("school:duty", args=[obligation.pk]), {"note": "已填报"})
    obligation.refresh_from_db()
    assert (obligation.done_by, obligation.evidence) == (city.clerk, "已填报")
