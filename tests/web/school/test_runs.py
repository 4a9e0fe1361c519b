"""The pages from blank to graduate: load, confirm, spoil, reprint, parcels, steel seal, hand-out, archive."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from tests.documents.documents_data import page_texts
from tests.factories.institutions import staffed_city
from tests.factories.jurisdictions import FUJIAN, HENAN, Jurisdiction, approve, certify, jurisdiction
from tests.factories.production import CalibrationFactory, PrinterFactory, approved_batch

from xueji.certificates.models import Certificate
from xueji.graduation.models import VocationalCertificate
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.production.form_data import certificates_of, in_paper_order
from xueji.production.models import HandOut, PrintRun, SheetOutcome
from xueji.sealing.rows import store_signed

pytestmark = pytest.mark.django_db
OVERLAY = "diploma_overlay.overlay"


@pytest.fixture
def fujian() -> Jurisdiction:
    place = jurisdiction(FUJIAN)
    place.stock(1, 5)
    return place


def shown(client, name: str, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.content.decode()[:500]
    text = answer.content.decode()
    return text[text.index("<main") :]  # the head leads to the manual, whose headings speak of every way of work


def waiting(client) -> list[int]:
    """What the desk counts: to print, to send, under way."""
    return [entry["count"] for entry in client.get(reverse("desk")).context["todo"]]


@pytest.mark.requirement("S3-17", "S3-22", "S3-04")
def test_blanks_are_loaded_confirmed_spoiled_and_asked_for_again(client, fujian, django_assert_max_num_queries):
    client.force_login(fujian.clerk)
    printer = fujian.calibrated()
    batch = fujian.batch
    assert "装纸打印" in shown(client, "school:print_centre", batch.pk)
    page = shown(client, "school:load", batch.pk)
    assert "C00000001—C00000003" in page  # the next of the stock, ready to be sent
    sent = {"document": OVERLAY, "printer": printer.pk, "tray_order": "first_on_top", "serials": "C00000001-C00000009"}
    refused = client.post(reverse("school:load", args=[batch.pk]), sent)
    assert refused.status_code == 400
    assert "待打印的证书只有 3 本" in refused.content.decode()
    answer = client.post(reverse("school:load", args=[batch.pk]), sent | {"serials": "C00000001-C00000003"})
    run = PrintRun.objects.get()
    assert answer["Location"] == reverse("school:run", args=[run.pk])
    run_pending_jobs()
    url = answer["Location"]
    with django_assert_max_num_queries(60):
        assert "C00000002" in shown(client, "school:run", run.pk)
    assert b"".join(client.get(reverse("school:run_part", args=[run.pk, 1])).streaming_content)[:5] == b"%PDF-"
    assert b"".join(client.get(reverse("school:run_file", args=[run.pk])).streaming_content)[:5] == b"%PDF-"
    wrong = client.post(url, {"act": "scan", "serials": "C00000005"})
    assert wrong.status_code == 409
    assert "C00000005" in wrong.content.decode()
    assert client.post(url, {"act": "scan", "serials": "C00000001"}).status_code == 302
    assert client.post(url, {"act": "spoil", "sheet": "C00000003", "reason": "卡纸"}).status_code == 302
    assert client.post(url, {"act": "range", "first": 1, "last": 3}).status_code == 302
    assert sorted(run.sheets.values_list("outcome", flat=True)) == [
        SheetOutcome.GOOD, SheetOutcome.GOOD, SheetOutcome.SPOILED,
    ]  # fmt: skip
    again = client.post(reverse("school:load", args=[batch.pk]), sent | {"serials": "C00000004"})
    assert again.status_code == 422
    assert "重打" in again.content.decode()
    sheet = run.sheets.get(outcome=SheetOutcome.SPOILED)
    assert "卡纸" in shown(client, "school:reprint", batch.pk)
    asked = client.post(reverse("school:reprint", args=[batch.pk]), {"ids": [sheet.pk], "reason": "卡纸损坏"})
    assert asked.status_code == 302
    assert "C00000003" in client.get(asked["Location"]).content.decode()
    approve(batch.issue.reprints.get().case, fujian.leader, fujian.staff.city_reviewer)
    assert client.post(reverse("school:load", args=[batch.pk]), sent | {"serials": "C00000004"}).status_code == 302


@pytest.mark.requirement("S3-17")
def test_a_preview_lies_over_a_scan_of_the_blank(client, fujian):
    client.force_login(fujian.clerk)
    url = reverse("school:preview", args=[fujian.batch.pk])
    plain = b"".join(client.get(url).streaming_content)
    drawn = b"".join(client.get(url, {"over": "blank"}).streaming_content)
    scan = io.BytesIO()
    Image.new("RGB", (594, 420), (240, 230, 210)).save(scan, "JPEG")
    scan.seek(0)
    scan.name = "空白.jpg"
    upload = reverse("school:blank_picture", args=[fujian.batch.pk])
    assert client.post(upload, {"document": OVERLAY, "picture": scan}).status_code == 302
    over = b"".join(client.get(url, {"over": "blank"}).streaming_content)
    assert plain[:5] == over[:5] == b"%PDF-"
    assert len({plain, drawn, over}) == 3
    bad = io.BytesIO(b"not a picture")
    bad.name = "假.jpg"
    page = reverse("school:load", args=[fujian.batch.pk])
    refused = client.post(upload, {"document": OVERLAY, "picture": bad}, HTTP_REFERER=f"http://testserver{page}")
    refusal_page = refused.content.decode()
    assert refused.status_code == 400
    assert "不是可以读取的" in refusal_page
    assert "文件不保留，请重新选择" in refusal_page


@pytest.mark.requirement("S3-17")
def test_the_half_line_rule_is_computed_and_shown(client, fujian):
    client.force_login(fujian.clerk)
    printer = fujian.calibrated()
    assert "不超过半行" in shown(client, "school:printer", printer.pk)
    printer.calibrations.create(dy_mm="-7.00", measured_by=fujian.clerk, measured_at=timezone.now())
    assert "超过半行" in shown(client, "school:printer", printer.pk)


@pytest.mark.requirement("S3-10")
def test_the_desk_says_who_waits_for_a_vocational_certificate(
    client, fujian, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("xueji.production.actions.delivery.require_stage", lambda batch, stage: None)
    store_signed(Certificate.objects.filter(candidate__batch=fujian.batch), state="sealed", sealed_at=timezone.now())
    certify(fujian.batch, 0)
    client.force_login(fujian.clerk)
    with django_assert_max_num_queries(60):
        assert "尚未取得职业资格证书" in shown(client, "school:hand_out", fujian.batch.pk)
    url = reverse("school:hand_out", args=[fujian.batch.pk])
    today = timezone.localdate().isoformat()
    question = client.post(url, {"handed_on": today, "everybody": "1"}).content.decode()
    certificate = VocationalCertificate.objects.get(candidate__batch=fujian.batch).candidate.certificate
    assert HandOut.objects.count() == 0  # a question first: whose, how many, who gets none
    for words in (
        "确认发放 1 本",
        f"{certificate.number.number} {certificate.holder_name}",
        "按规定暂不发放",
        "本批次未发放还有 2 本",
    ):
        assert words in question
    answer = client.post(url, {"handed_on": today, "everybody": "1", "confirmed": "1"})
    assert "已发放 1 本，本批次未发放 2 本" in answer.content.decode()
    entry = HandOut.objects.get()
    record = reverse("school:hand_out_entry", args=[entry.pk])
    sent = {"handed_on": today, "is_proxy": "on", "name": "李亲属", "reason": "由家长代领"}
    assert client.post(record, sent).status_code == 422  # a proxy shows a document
    assert client.post(record, sent | {"document": "委托书"}).status_code == 302
    assert HandOut.objects.count() == 2
    assert "李亲属" in client.get(record).content.decode()


@pytest.mark.requirement("S2-35", "S2-37")
def test_diplomas_made_by_the_province_reach_their_graduates(client, monkeypatch):
    place = jurisdiction(HENAN)
    batch = place.batch
    client.force_login(place.printer)
    assert place.school.name in shown(client, "authority:central")
    assert waiting(client) == [1, 0, 0]
    printer = place.calibrated(place.province)
    loaded = client.post(
        reverse("authority:load", args=[batch.pk]),
        {"document": OVERLAY, "printer": printer.pk, "tray_order": "last_on_top", "most": 3},
    )
    assert loaded.status_code == 302, loaded.content.decode()[-3000:]
    run_pending_jobs()
    page = client.get(loaded["Location"]).content.decode()
    assert not [words for words in ("流水码", "库存", "进纸") if words in page], (
        "blanks of diplomas are not counted here"
    )
    assert client.post(loaded["Location"], {"act": "range", "first": 1, "last": 3}).status_code == 302
    assert place.school.name in shown(client, "authority:dispatch")
    assert waiting(client) == [0, 1, 0]
    sending = reverse("authority:dispatch_batch", args=[batch.pk])
    assert client.post(sending, {"count": 3, "carrier": "机要"}).status_code == 302
    parcel = batch.issue.parcels.get()
    assert waiting(client) == [0, 0, 1]
    assert "都已寄发" in shown(client, "authority:dispatch_batch", batch.pk)
    note = client.get(reverse("authority:dispatch_note", args=[parcel.pk]))
    assert Event.objects.filter(tag="list:downloaded", subject_id=str(parcel.pk)).count() == 1
    assert b"".join(note.streaming_content)[:5] == b"%PDF-"
    client.force_login(place.clerk)
    url = reverse("school:parcels", args=[batch.pk])
    assert client.post(url, {"parcel": parcel.pk, "counted": 2}).status_code == 400
    gone = certificates_of(batch.issue).last().number.number
    assert client.post(url, {"parcel": parcel.pk, "counted": 2, "missing": gone}).status_code == 302
    assert gone in shown(client, "school:parcels", batch.pk)
    found = [str(item.certificate_id) for item in parcel.items.filter(state="missing")]
    assert client.post(reverse("school:parcel_items", args=[parcel.pk]), {"ids": found}).status_code == 302
    numbers = list(in_paper_order(certificates_of(batch.issue), batch.law).values_list("number__number", flat=True))
    seals = reverse("school:emboss", args=[batch.pk])
    assert client.post(seals, {"first": numbers[0], "last": numbers[-1]}).status_code == 302
    desk = reverse("school:hand_out", args=[batch.pk])
    assert (
        client.post(
            desk, {"handed_on": timezone.localdate().isoformat(), "everybody": "1", "confirmed": "1"}
        ).status_code
        == 302
    )
    assert HandOut.objects.count() == 3
    assert "未发放" in shown(client, "school:hand_out", batch.pk)
    assert "颁发给毕业生" in shown(client, "school:batch", batch.pk)  # the stages of the pack, with what is done
    monkeypatch.setattr("xueji.production.actions.archive.require_stage", lambda batch, stage: None)
    archive = reverse("school:archive", args=[batch.pk])
    assert "档号" in client.get(archive).content.decode()
    assert client.post(archive, {"mark-school-graduate_list": "永久-1"}).status_code == 302
    assert batch.issue.archive_copies.get(document="graduate_list").keeper == "school"


@pytest.mark.requirement("S1-09")
def test_a_pack_without_a_book_of_blanks_speaks_of_no_stock_and_prints_one_sheet_alone(client):
    staff = staffed_city()
    batch = approved_batch(staff)
    printer = CalibrationFactory(printer=PrinterFactory(school=batch.school)).printer
    client.force_login(staff.clerk)
    centre, load = shown(client, "school:print_centre", batch.pk), shown(client, "school:load", batch.pk)
    client.post(
        reverse("school:load", args=[batch.pk]),
        {"document": OVERLAY, "printer": printer.pk, "most": 3, "tray_order": "first_on_top"},
    )
    run_pending_jobs()
    run = PrintRun.objects.get()
    page = shown(client, "school:run", run.pk)
    for words in ("流水码", "库存", "空白证书退回", "进纸"):
        assert not [name for name, text in (("centre", centre), ("load", load), ("run", page)) if words in text], words
    (listed,) = page_texts(b"".join(client.get(reverse("school:run_file", args=[run.pk])).streaming_content))
    assert "装纸打印清单" in listed
    assert "流水码" not in listed
    whole = reverse("school:run_part", args=[run.pk, 0])
    assert whole in page
    assert f"{whole}?sheet=2" in page
    (text,) = page_texts(b"".join(client.get(whole, {"sheet": 2}).streaming_content))
    assert run.sheets.get(ordinal=2).certificate.number.number in text
    assert len(page_texts(b"".join(client.get(whole).streaming_content))) == 3
    assert client.get(whole, {"sheet": 9}).status_code == 400


@pytest.mark.requirement("S1-15")
def test_a_lost_page_of_a_list_is_asked_for_beside_it(client):
    staff = staffed_city()
    batch = approved_batch(staff, count=40)
    client.force_login(staff.clerk)
    client.post(reverse("school:print_centre", args=[batch.pk]), {"document": "roster"})
    run_pending_jobs()
    run = PrintRun.objects.get()
    assert "补印一页" in shown(client, "school:print_centre", batch.pk)
    url = reverse("school:print_file", args=[run.pk])
    whole = page_texts(b"".join(client.get(url).streaming_content))
    assert page_texts(b"".join(client.get(url, {"page": 2}).streaming_content)) == [whole[1]]
    for typed in ("0", "x", "99999999"):
        assert client.get(url, {"page": typed}).status_code == 400
