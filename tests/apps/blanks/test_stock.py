"""A blank from the printing house to the kept void: every step of S3-02…S3-05 by example, and what is refused."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from tests.factories.blanks import AT, KIND, OTHER_KIND, Province
from tests.factories.certificates import CertificateFactory
from tests.factories.institutions import appointed

from xueji.blanks.actions import (
    confirm_receipt,
    dispense_blanks,
    load_blanks,
    move_blanks,
    receive_blanks,
    recover_blanks,
    report_lost,
    return_blanks,
    spoil_blanks,
    stamp_void,
    transfer_blanks,
    unload_blanks,
    use_blanks,
)
from xueji.blanks.models import Blank, BlankMovement
from xueji.blanks.queries import available_blanks, find_blanks, suggested_range, trail_of
from xueji.core.errors import BadInput, Conflict, NotPermitted, StockMismatch
from xueji.core.serials import SerialRange
from xueji.institutions.models import Post
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db


def settled() -> None:
    """Ask the database now what it asks at the end of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def states() -> dict[str, str]:
    settled()
    return dict(Blank.objects.values_list("serial", "state"))


@pytest.mark.requirement("S3-02", "S3-03")
def test_received_blanks_stand_in_the_keepers_stock(world: Province) -> None:
    world.received(1, 5)
    assert states() == {f"A000000{n}": "stock" for n in range(1, 6)}
    assert available_blanks(world.province, KIND).count() == 5
    event = Event.objects.get(tag="blank:received")
    assert event.after == {"kind": "学院毕业证书", "count": 5, "serials": "A0000001—A0000005"}
    assert event.rules == [{"rule": "blank.college", "source": "blank-law", "clause": "1"}]


def sheet(serial: str) -> Blank | None:
    """Return the sheet that bears a serial."""
    return Blank.objects.select_related("last_movement__by").filter(serial=serial).first()


def test_serial_comes_from_the_printer_once(world: Province) -> None:
    world.received(1, 5)
    with pytest.raises(StockMismatch, match="A0000004—A0000005：已于 2019-07-01 入库"):
        world.received(4, 9)
    assert Blank.objects.count() == 5


@pytest.mark.requirement("S3-03", "S3-23")
def test_only_the_keeper_of_the_head_of_the_line_takes_in(world: Province) -> None:
    for person in (world.issuer, world.reviewer, world.clerk, world.void_keeper):
        with pytest.raises(NotPermitted):
            receive_blanks(authority=world.province, kind=KIND, serials=[1], source="厂", by=person, at=AT)
    with pytest.raises(BadInput, match="自由省厅统一入库"):
        receive_blanks(authority=world.city, kind=KIND, serials=[1], source="厂", by=world.city_keeper, at=AT)


@pytest.mark.requirement("S3-03", "S3-05", "S3-15", "S3-23")
def test_blank_goes_from_keeper_by_issuer_to_school_and_its_serial_tells(world: Province) -> None:
    world.received(1, 100)
    request = world.granted(30)
    assert suggested_range(world.province, KIND, 30) == (SerialRange(1, 30),)
    dispense_blanks(request=request, serials=[SerialRange(1, 30)], by=world.issuer, at=AT)
    confirm_receipt(holder=world.college, kind=KIND, serials=[SerialRange(1, 30)], by=world.clerk, at=AT)
    settled()
    (blank,) = find_blanks(world.keeper, " a0000007")
    assert blank.place == world.college
    trail = [(m.act, m.given_by, m.received_by) for m in trail_of(blank)]
    assert trail == [
        ("receive", None, world.keeper), ("draw", world.issuer, None), ("confirm", world.issuer, world.clerk),
    ]  # fmt: skip
    assert blank.last_movement.by == world.clerk
    assert sheet("A0000031").place == world.province
    assert find_blanks(world.keeper, "A9999999") == []


@pytest.mark.requirement("S3-03")
def test_keeper_does_not_issue_and_the_database_holds_both_apart(world: Province) -> None:
    world.received(1, 5)
    request = world.granted(5)
    with pytest.raises(NotPermitted):
        dispense_blanks(request=request, serials=[1], by=world.keeper, at=AT)
    with pytest.raises(IntegrityError, match="keeper_of_blanks_is_not_issuer"), transaction.atomic():
        appointed(Post.BLANK_ISSUER, world.province, world.keeper)


@pytest.mark.requirement("S3-03")
def test_who_kept_cannot_issue_after_changing_posts(world: Province) -> None:
    """By person, too: the keeper of yesterday who is the issuer of today does not hand out what they signed for."""
    world.received(1, 5)
    request = world.granted(5)
    world.keeper.appointments.all().delete()
    appointed(Post.BLANK_ISSUER, world.province, world.keeper)
    world.keeper.__dict__.pop("_posts_by_day", None)
    with pytest.raises(DatabaseError, match="two persons"), transaction.atomic():
        dispense_blanks(request=request, serials=[1], by=world.keeper, at=AT)


@pytest.mark.requirement("S3-15")
def test_draw_before_the_grant_or_beyond_it_is_refused(world: Province) -> None:
    world.received(1, 50)
    request = world.granted(10)
    with pytest.raises(Conflict, match="批准 10 本，尚可发放 10 本，所填流水码共 11 本"):
        dispense_blanks(request=request, serials=[SerialRange(1, 11)], by=world.issuer, at=AT)
    dispense_blanks(request=request, serials=[SerialRange(1, 6)], by=world.issuer, at=AT)
    with pytest.raises(Conflict, match="尚可发放 4 本"):
        dispense_blanks(request=request, serials=[SerialRange(7, 11)], by=world.issuer, at=AT)
    dispense_blanks(request=request, serials=[7, 9, 11, 13], by=world.issuer, at=AT)
    assert request.blanks.count() == 10


def test_draw_of_what_is_elsewhere_names_serial_and_place(world: Province) -> None:
    world.stocked(1, 3)
    world.received(10, 12)
    request = world.granted(4, reason="补领")
    with pytest.raises(StockMismatch) as refused:
        dispense_blanks(request=request, serials=[2, 10, 11, 77], by=world.issuer, at=AT)
    assert refused.value.problems == (
        ("A0000002", "不在自由省厅，账上在自由技师学院（在库）"), ("A0000077", "账上没有这个流水码"),
    )  # fmt: skip
    assert states()["A0000010"] == "stock"


@pytest.mark.requirement("S3-03")
def test_missing_sheets_are_reported_by_serial_at_receipt(world: Province) -> None:
    world.received(1, 5)
    world.drawn([SerialRange(1, 5)])
    confirm_receipt(
        holder=world.college,
        kind=KIND,
        serials=[1, 2, 3, 5],
        missing=[4],
        reason="封条完好，少一本",
        by=world.clerk,
        at=AT,
    )
    assert states()["A0000004"] == "lost"
    assert BlankMovement.objects.get(act="lose").reason == "签收时缺少：封条完好，少一本"
    recover_blanks(holder=world.province, kind=KIND, serials=[4], reason="漏装，仍在库房", by=world.keeper, at=AT)
    assert sheet("A0000004").place == world.province
    assert available_blanks(world.province, KIND).count() == 1


def test_receipt_of_what_was_not_sent_is_refused(world: Province) -> None:
    world.received(1, 5)
    world.drawn([1, 2])
    with pytest.raises(StockMismatch, match="A0000003：不在自由技师学院，账上在自由省厅（在库）"):
        confirm_receipt(holder=world.college, kind=KIND, serials=[1, 3], by=world.clerk, at=AT)
    with pytest.raises(NotPermitted):
        confirm_receipt(holder=world.college, kind=KIND, serials=[1], by=world.school_clerk, at=AT)


def test_printing_loads_uses_spoils_and_unloads(world: Province) -> None:
    world.stocked(1, 6)
    loaded = load_blanks(holder=world.college, kind=KIND, serials=[SerialRange(1, 5)], by=world.clerk, at=AT)
    assert [blank.serial for blank in loaded] == [f"A000000{n}" for n in range(1, 6)]
    assert {blank.state for blank in loaded} == {"loaded"}
    first, second = CertificateFactory(serial=1), CertificateFactory(serial=2)
    use_blanks(holder=world.college, kind=KIND, certificates={1: first.pk, 2: second.pk}, by=world.clerk, at=AT)
    spoil_blanks(holder=world.college, kind=KIND, serials=[3], reason="卡纸", by=world.clerk, at=AT)
    unload_blanks(holder=world.college, kind=KIND, serials=[4, 5], by=world.clerk, at=AT)
    assert list(states().values()) == ["used", "used", "spoiled", "stock", "stock", "stock"]
    assert sheet("A0000002").certificate == second
    with pytest.raises(Conflict, match="已印在 A0000001 上"):
        load_blanks(holder=world.college, kind=KIND, serials=[4], by=world.clerk, at=AT)
        use_blanks(holder=world.college, kind=KIND, certificates={4: first.pk}, by=world.clerk, at=AT)


def test_reprint_spoils_the_first_sheet_and_keeps_its_certificate(world: Province) -> None:
    world.stocked(1, 2)
    certificate = CertificateFactory(serial=1)
    load_blanks(holder=world.college, kind=KIND, serials=[1, 2], by=world.clerk, at=AT)
    use_blanks(holder=world.college, kind=KIND, certificates={1: certificate.pk}, by=world.clerk, at=AT)
    spoil_blanks(holder=world.college, kind=KIND, serials=[1], reason="墨污", by=world.clerk, at=AT)
    use_blanks(holder=world.college, kind=KIND, certificates={2: certificate.pk}, by=world.clerk, at=AT)
    settled()
    assert list(certificate.blanks.values_list("serial", "state")) == [("A0000001", "spoiled"), ("A0000002", "used")]


@pytest.mark.requirement("S3-04", "S3-23")
def test_spoiled_blank_is_returned_stamped_and_kept_by_a_named_person(world: Province) -> None:
    world.stocked(1, 3)
    spoil_blanks(holder=world.college, kind=KIND, serials=[2], reason="打印错位", by=world.clerk, at=AT)
    with pytest.raises(StockMismatch, match="现为「在库」"):
        return_blanks(holder=world.college, kind=KIND, serials=[1], by=world.clerk, at=AT)
    return_blanks(holder=world.college, kind=KIND, serials=[2], by=world.clerk, at=AT)
    with pytest.raises(NotPermitted):
        stamp_void(authority=world.province, kind=KIND, serials=[2], by=world.keeper, at=AT)
    stamp_void(authority=world.province, kind=KIND, serials=[2], kept_in="3 号柜", by=world.void_keeper, at=AT)
    settled()
    blank = sheet("A0000002")
    assert (blank.state, blank.place, blank.school) == ("void", world.province, world.college)
    last = trail_of(blank).last()
    assert (last.given_by, last.received_by, last.reason) == (world.clerk, world.void_keeper, "3 号柜")


@pytest.mark.requirement("S3-04")
def test_spoiling_and_losing_need_a_reason(world: Province) -> None:
    world.stocked(1, 1)
    for act in (spoil_blanks, report_lost):
        with pytest.raises(BadInput, match="写明"):
            act(holder=world.college, kind=KIND, serials=[1], reason=" ", by=world.clerk, at=AT)


def test_lost_and_found_goes_back_to_where_it_may(world: Province) -> None:
    world.stocked(1, 2)
    spoil_blanks(holder=world.college, kind=KIND, serials=[2], reason="撕裂", by=world.clerk, at=AT)
    report_lost(holder=world.college, kind=KIND, serials=[1, 2], reason="搬家时遗失", by=world.clerk, at=AT)
    with pytest.raises(StockMismatch, match="现为「已报失」"):
        load_blanks(holder=world.college, kind=KIND, serials=[1], by=world.clerk, at=AT)
    recover_blanks(holder=world.college, kind=KIND, serials=[1, 2], reason="在资料柜找到", by=world.clerk, at=AT)
    assert states() == {"A0000001": "stock", "A0000002": "spoiled"}


def test_city_keeps_for_its_schools_and_unused_ones_go_back(world: Province) -> None:
    world.received(1, 10)
    transfer_blanks(
        authority=world.province, to=world.city, kind=KIND, serials=[SerialRange(1, 10)], by=world.issuer, at=AT
    )
    confirm_receipt(holder=world.city, kind=KIND, serials=[SerialRange(1, 10)], by=world.city_keeper, at=AT)
    request = world.granted(4)
    dispense_blanks(request=request, serials=[SerialRange(1, 4)], by=world.city_issuer, at=AT)
    confirm_receipt(holder=world.college, kind=KIND, serials=[SerialRange(1, 4)], by=world.clerk, at=AT)
    move_blanks(holder=world.college, to=world.province, kind=KIND, serials=[4], reason="多领", by=world.clerk, at=AT)
    confirm_receipt(holder=world.province, kind=KIND, serials=[4], by=world.keeper, at=AT)
    settled()
    assert (sheet("A0000004").place, request.blanks.count()) == (world.province, 3)
    assert sheet("A0000005").place == world.city
    with pytest.raises(BadInput, match="退还上级"):
        move_blanks(holder=world.city, to=world.city, kind=KIND, serials=[5], reason="多", by=world.city_issuer, at=AT)


def test_central_printing_loads_from_the_authoritys_own_stock(world: Province) -> None:
    world.received(1, 2)
    load_blanks(holder=world.province, kind=KIND, serials=[1, 2], by=world.printer, at=AT)
    certificate = CertificateFactory(serial=1)
    use_blanks(holder=world.province, kind=KIND, certificates={1: certificate.pk}, by=world.printer, at=AT)
    spoil_blanks(holder=world.province, kind=KIND, serials=[2], reason="卡纸", by=world.printer, at=AT)
    return_blanks(holder=world.province, kind=KIND, serials=[2], by=world.printer, at=AT)
    stamp_void(authority=world.province, kind=KIND, serials=[2], by=world.void_keeper, at=AT)
    assert list(states().values()) == ["used", "void"]


@pytest.mark.requirement("S3-02")
def test_unknown_kind_is_refused_by_name(world: Province) -> None:
    with pytest.raises(BadInput, match="可用：学院毕业证书、学校毕业证书"):
        receive_blanks(authority=world.province, kind="none", serials=[1], source="厂", by=world.keeper, at=AT)


# -- what the database refuses, whoever asks


def test_sheet_does_not_move_without_its_movement(world: Province) -> None:
    world.stocked(1, 2)
    settled()
    row = Blank.objects.filter(number=1)
    for change in (
        {"state": "used"},
        {"school": world.school},
        {"holder": world.city},
        {"certificate": None, "request": None},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(**change)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        row.update(number=99)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM blanks_blank")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE blanks_blankmovement SET reason = 'x'")


def _movement(world: Province, **changes: object) -> BlankMovement:
    last = Blank.objects.get(number=1).last_movement
    values = {
        "act": "spoil", "authority": world.province, "kind": KIND, "numbers": last.numbers, "from_state": "stock",
        "to_state": "spoiled", "from_holder": world.province, "to_holder": world.province, "from_school": world.college,
        "to_school": world.college, "from_request": last.request, "request": last.request, "by": world.clerk, "at": AT, "reason": "试",
    }  # fmt: skip
    return BlankMovement.objects.create(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"from_state": "loaded"}, "not where the movement comes from", id="from elsewhere"),
        pytest.param({"kind": OTHER_KIND}, "does not name it", id="of another kind"),
        pytest.param({"act": "draw", "to_state": "drawn"}, "two persons", id="drawn by who confirmed"),
    ],
)
def test_movement_that_lies_does_not_carry_a_sheet(world: Province, changes: dict[str, object], refusal: str) -> None:
    world.stocked(1, 2)
    settled()
    with pytest.raises(DatabaseError, match=refusal), transaction.atomic():
        movement = _movement(world, **changes)
        Blank.objects.filter(number=1).update(state=movement.to_state, last_movement=movement)


def test_movement_off_the_edges_or_without_its_sheets_is_refused(world: Province) -> None:
    world.stocked(1, 2)
    settled()
    with pytest.raises(IntegrityError, match="blank_moves_along_edges"), transaction.atomic():
        _movement(world, act="use", to_state="used")
    with pytest.raises(IntegrityError, match="blank_giver_is_not_receiver"), transaction.atomic():
        _movement(world, given_by=world.clerk, received_by=world.clerk)
    with pytest.raises(DatabaseError, match="0 sheets moved, not 2"), transaction.atomic():
        _movement(world)
        settled()
