"""A replacement certificate from the queue to its holder: printed in order on its own blank, sealed, handed over or mailed."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories.certificates import issued
from tests.factories.institutions import ProgrammeFactory, appointed
from tests.factories.packs import item, use_library, variant
from tests.factories.replacements import AT, Press, press

from xueji.certificates.actions import seal_certificates
from xueji.certificates.models import Certificate, CertificateState
from xueji.certificates.stages import done_stages
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.months import Month
from xueji.documents.storage import open_stored
from xueji.institutions.models import Post
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.lookup.answers import minimum_of
from xueji.policy import PackLibrary, get_library
from xueji.production.actions import spoil_sheet
from xueji.production.models import PrintSheet
from xueji.replacements.actions import (
    Checked,
    Recipient,
    change_delivery,
    hand_over,
    note_arrived,
    note_returned,
    print_next,
    record_original_found,
    seal_replacements,
    send_by_mail,
    withdraw_replacement,
)
from xueji.replacements.models import Delivery, Replacement, ReplacementState
from xueji.replacements.queries import to_print

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Press:
    found = press()
    found.stock(1, 20)
    return found


def states() -> dict[int, str]:
    """Return how each place of the queue stands."""
    return dict(Replacement.objects.values_list("place", "state"))


@pytest.mark.requirement("S0-20")
def test_the_queue_is_the_order_of_submission_whoever_is_approved_first(office) -> None:
    for place in (7, 3, 9):
        office.queued(place)
    print_next(authority=office.province, serials="豫X0000001", by=office.printer, at=AT)
    assert states() == {3: "started", 7: "waiting", 9: "waiting"}  # 5 is not decided yet, and holds nobody up
    office.queued(5)  # approved late: in front of what is not started
    print_next(authority=office.province, serials="豫X0000002-0000003", by=office.printer, at=AT)
    assert states() == {3: "started", 5: "started", 7: "started", 9: "waiting"}
    numbers = Certificate.objects.order_by("number__number").values_list("replacement__place", "number__number")
    assert list(numbers) == [(3, "豫职学历证2024000001"), (5, "豫职学历证2024000002"), (7, "豫职学历证2024000003")]
    blanks = PrintSheet.objects.order_by("certificate__replacement__place").values_list("blank__serial", flat=True)
    assert list(blanks) == ["豫X0000001", "豫X0000002", "豫X0000003"]


@pytest.mark.requirement("S0-20")
def test_whether_a_supplement_keeps_the_place_is_the_word_of_the_pack(office, monkeypatch) -> None:
    assert office.queued(3, supplemented_place=90).place == 3
    other = variant(item("value", "replacement_queue", "supplemented"), base="edu/henan")
    use_library(monkeypatch, PackLibrary([*get_library().packs(), other]))
    assert office.queued(4, supplemented_place=91, pack=other.id).place == 91


@pytest.mark.requirement("S0-20")
def test_a_spoiled_sheet_is_printed_again_at_its_place_without_a_case(office) -> None:
    for place in (1, 2, 3):
        office.queued(place)
    first, _ = print_next(authority=office.province, serials="豫X0000001-0000002", by=office.printer, at=AT)
    run_pending_jobs()
    spoil_sheet(sheet=first.sheets.get(), reason="卡纸", by=office.printer, at=AT)
    assert [row.place for row in to_print(office.province)] == [1, 3]
    (again,) = print_next(authority=office.province, serials="豫X0000003", by=office.printer, at=AT)
    assert again.issue_id == first.issue_id  # the same certificate, the same number
    assert Certificate.objects.count() == 2


@pytest.mark.requirement("S0-14", "S0-21")
def test_the_page_says_what_was_lost_and_that_it_has_equal_effect(office) -> None:
    office.queued(1, original_number="", name="欧阳毕业")
    (found,) = office.printed("豫X0000001")
    assert done_stages(found.issue) == {"approve", "number", "print"}
    with open_stored(found.issue.print_runs.get().files.get().file_id) as stored:
        page = pypdfium2.PdfDocument(stored.read())[0]
    text = "".join(page.get_textpage().get_text_range().split())
    for words in (
        "学历证明书", "欧阳毕业", "1984年9月至1987年7月在示范师范学校普师专业（普通中师）学习", "学制三年",
        "原毕业证书（编号：*****）已丢失", "与原毕业证书具有同等效力", "豫职学历证2024000001", "河南省中等职业教育学历认证中心",
    ):  # fmt: skip
        assert words in text
    assert (
        len([item for item in page.get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]) >= 1
    )  # the photograph
    assert "样张" not in text


@pytest.mark.requirement("S0-21", "S0-22")
def test_two_persons_seal_what_was_counted_and_the_holder_fetches_it_with_code_and_document(office) -> None:
    office.queued(1)
    (found,) = office.printed("豫X0000001")
    with pytest.raises(BadInput, match="相差 1"):
        seal_replacements(chosen=[found.pk], counted=2, sealed_by=office.sealer, supervised_by=office.supervisor, at=AT)
    with pytest.raises(RuleViolation):
        seal_replacements(chosen=[found.pk], counted=1, sealed_by=office.sealer, supervised_by=office.sealer, at=AT)
    (found,) = office.sealed([found])
    assert (found.state, found.certificate.number.number) == ("sealed", "豫职学历证2024000001")
    delivery = found.deliveries.get()
    with pytest.raises(BadInput, match="取证码不对"):
        hand_over(delivery=delivery, code="1", document="居民身份证", by=office.printer, at=AT)
    with pytest.raises(NotPermitted):
        hand_over(delivery=delivery, code=delivery.code, document="居民身份证", by=office.sealer, at=AT)
    with pytest.raises(BadInput, match="委托书"):
        hand_over(delivery=delivery, code=delivery.code, document="居民身份证", agent="李四", by=office.printer, at=AT)
    hand_over(delivery=delivery, code=delivery.code, document="居民身份证", by=office.printer, at=AT)
    found.refresh_from_db()
    assert found.state == ReplacementState.DELIVERED
    assert done_stages(found.issue) == {"approve", "number", "print", "seal", "hand_out"}


@pytest.mark.requirement("S0-22")
def test_a_parcel_that_comes_back_waits_at_the_counter_under_another_code(office) -> None:
    office.queued(1, delivery_way="mail", recipient="张学生", phone="13800000000", address="某市某路1号")
    office.queued(2, delivery_way="mail", recipient="张学生", phone="13800000000", address="某市某路1号")
    first, second = office.sealed(office.printed("豫X0000001-0000002"))
    parcel = first.deliveries.get()
    send_by_mail(delivery=parcel, carrier="邮政", tracking_number="EA123", by=office.printer, at=AT)
    again = note_returned(delivery=parcel, reason="查无此人", by=office.printer, at=AT)
    assert (again.way, again.state, again.ordinal) == ("pick_up", "ready", 2)
    assert again.code != parcel.code
    with pytest.raises(Conflict, match="邮件退回"):
        note_arrived(delivery=parcel, by=office.printer, at=AT)
    sent = send_by_mail(
        delivery=second.deliveries.get(), carrier="邮政", tracking_number="EA124", by=office.printer, at=AT
    )
    note_arrived(delivery=sent, by=office.printer, at=AT)
    second.refresh_from_db()
    assert second.state == ReplacementState.DELIVERED


@pytest.mark.requirement("S0-22")
def test_what_came_back_is_sent_again_elsewhere_and_a_lost_code_is_replaced(office) -> None:
    office.queued(1, delivery_way="mail", recipient="张学生", phone="13800000000", address="某市某路1号")
    (found,) = office.sealed(office.printed("豫X0000001"))
    parcel = found.deliveries.get()
    send_by_mail(delivery=parcel, carrier="邮政", tracking_number="EA123", by=office.printer, at=AT)
    checked = Checked("居民身份证", office.supervisor)
    given = {"reason": "本人到场，核对身份证", "checked": checked, "by": office.printer, "at": AT}
    with pytest.raises(Conflict, match="已寄出"):
        change_delivery(delivery=parcel, way="pick_up", **given)
    counter = note_returned(delivery=parcel, reason="查无此人", by=office.printer, at=AT)
    renewed, is_told = change_delivery(delivery=counter, way="pick_up", **given)
    assert (renewed.way, renewed.ordinal, renewed.address, is_told) == ("pick_up", 3, "某市某路1号", False)
    with pytest.raises(BadInput, match="取证码不对"):
        hand_over(delivery=renewed, code=str(counter.code), document="居民身份证", by=office.printer, at=AT)
    with pytest.raises(BadInput, match="收件人和地址"):
        change_delivery(delivery=renewed, way="mail", to=Recipient("张学生", "", " "), **given)
    with pytest.raises(BadInput, match="核对了本人"):
        change_delivery(delivery=renewed, way="pick_up", **given | {"reason": " "})
    with pytest.raises(NotPermitted):
        change_delivery(delivery=renewed, way="pick_up", **given | {"by": office.sealer})
    alone = Checked("居民身份证", office.printer)
    with pytest.raises(NotPermitted, match="两个人"):
        change_delivery(delivery=renewed, way="pick_up", **given | {"checked": alone})
    with pytest.raises(NotPermitted, match="不能核对"):
        change_delivery(delivery=renewed, way="pick_up", **given | {"checked": Checked("居民身份证", office.reviewer)})
    again, _ = change_delivery(
        delivery=renewed, way="mail", to=Recipient("张父", "13900000000", "另一条路2号"), **given
    )
    assert (again.recipient, again.phone, again.address) == ("张父", "13900000000", "另一条路2号")
    with pytest.raises(Conflict, match="改换交付"):
        change_delivery(delivery=renewed, way="pick_up", **given)
    sent = send_by_mail(delivery=again, carrier="邮政", tracking_number="EA9", by=office.printer, at=AT)
    note_arrived(delivery=sent, by=office.printer, at=AT)
    states = ["returned", "changed", "changed", "done"]
    assert list(found.deliveries.order_by("ordinal").values_list("state", flat=True)) == states
    event = Event.objects.filter(tag="replacement_delivery:changed").latest("pk")
    assert event.before == {"way": "pick_up", "attempt": 3, "recipient": "张学生"}
    assert (event.after["way"], event.after["recipient"], event.after["same_address"]) == ("mail", "张父", False)
    assert event.after["watched_by"] == office.supervisor.full_name
    with pytest.raises(DatabaseError, match="delivery_changed_says_why"), transaction.atomic():
        Delivery.objects.filter(pk=counter.pk).update(note="")


@pytest.mark.requirement("S0-21")
def test_a_diploma_of_the_system_is_told_as_replaced_and_the_look_up_shows_the_chain(office) -> None:
    (diploma,) = issued(ProgrammeFactory(school=office.school, name="护理"), office.printer, (1,))
    seal_certificates(certificates=Certificate.objects.filter(pk=diploma.pk), by=office.sealer, at=AT)
    diploma.refresh_from_db()
    office.queued(1, serial=30, original=diploma)
    (found,) = office.sealed(office.printed("豫X0000001"))
    shown = minimum_of(Certificate.objects.get(pk=diploma.pk))
    assert (shown.standing, shown.replaced_by) == ("lost", found.certificate.number.number)
    answer = minimum_of(Certificate.objects.get(pk=found.certificate_id))
    assert (answer.title, answer.standing, answer.in_place_of) == ("学历证明书", "valid", diploma.number.number)
    record_original_found(replacement=found, found_on=date(2024, 3, 17), is_handed_back=True, by=office.printer, at=AT)
    assert minimum_of(Certificate.objects.get(pk=diploma.pk)).standing == "valid"
    assert minimum_of(Certificate.objects.get(pk=found.certificate_id)).standing == "void"


@pytest.mark.requirement("S0-21")
def test_a_replacement_that_was_itself_lost_is_followed_by_another_and_void(office) -> None:
    first = office.queued(1)
    with pytest.raises(Conflict, match="已出具学历证明书"):
        office.queued(2, serial=1)
    with pytest.raises(Conflict, match="还没有盖章交付"):
        office.queued(2, serial=1, follows=first)
    office.sealed(office.printed("豫X0000001"))
    first.refresh_from_db()
    office.queued(3, serial=1, follows=first)
    (second,) = office.sealed(office.printed("豫X0000002"))
    old = Certificate.objects.get(pk=first.certificate_id)
    assert (old.state, second.certificate.predecessor_id) == (CertificateState.VOID, old.pk)
    shown = minimum_of(old, [second.certificate])
    assert (shown.standing, shown.replaced_by) == ("replaced", second.certificate.number.number)


def test_what_waits_can_be_taken_out_and_the_database_holds_order_and_states(office) -> None:
    waiting = office.queued(1)
    with pytest.raises(NotPermitted):
        withdraw_replacement(replacement=waiting, reason="撤回", by=office.reviewer, at=AT)
    withdraw_replacement(replacement=waiting, reason="申请人撤回", by=office.printer, at=AT)
    with pytest.raises(Conflict, match="没有待打印"):
        print_next(authority=office.province, serials="豫X0000001", by=office.printer, at=AT)
    office.queued(2, serial=1)
    with pytest.raises(BadInput, match="待打印的只有 1 份"):
        print_next(authority=office.province, serials="豫X0000001-0000002", by=office.printer, at=AT)
    with pytest.raises(NotPermitted):
        print_next(authority=office.province, serials="豫X0000001", by=appointed(Post.PRINTER, office.city), at=AT)
    for change in ({"place": 9}, {"state": "sealed"}, {"name": "别人"}, {"state": "withdrawn"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Replacement.objects.filter(place=2).update(**change)


@pytest.mark.requirement("S0-14")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"programme_name": ""}, "replacement_paper.required_given"),
        ({"programme_name": "普师\uf8ff"}, "replacement_paper.characters_printable"),
    ],
)
def test_what_cannot_be_printed_rightly_is_not_queued(office, changes, rule) -> None:
    """Asked before the approval: in the queue it would stand before everybody else."""
    with pytest.raises(RuleViolation) as refused:
        office.queued(1, **changes)
    assert rule in [finding.rule for finding in refused.value.findings]
    assert states() == {}


def test_what_is_seen_to_be_wrong_at_the_printer_is_taken_out_void_and_the_next_goes_on(office) -> None:
    wrong, after = office.queued(1), office.queued(2)
    print_next(authority=office.province, serials="豫X0000001", by=office.printer, at=AT)
    run_pending_jobs()
    with pytest.raises(Conflict, match="先登记该张打坏"):
        withdraw_replacement(replacement=wrong, reason="校名有误", by=office.printer, at=AT)
    spoil_sheet(sheet=PrintSheet.objects.get(), reason="校名有误", by=office.printer, at=AT)
    withdraw_replacement(replacement=wrong, reason="校名有误", by=office.printer, at=AT)
    wrong.refresh_from_db()
    assert (wrong.state, wrong.certificate.state) == ("withdrawn", "void")
    print_next(authority=office.province, serials="豫X0000002", by=office.printer, at=AT)
    after.refresh_from_db()
    assert after.state == "started"
    office.queued(3, serial=1)  # rightly this time


def test_a_follower_taken_out_leaves_the_first_in_force_and_no_second_beside_it(office) -> None:
    first = office.queued(1)
    office.sealed(office.printed("豫X0000001"))
    first.refresh_from_db()
    follower = office.queued(2, serial=1, follows=first)
    withdraw_replacement(replacement=follower, reason="申请人又找到了", by=office.printer, at=AT)
    for spelt in ({}, {"school_name": "原示范师范学校"}, {"graduation_month": Month(1987, 6)}):
        with pytest.raises(Conflict, match="已出具学历证明书"):
            office.queued(3, serial=1, **spelt)
    office.queued(4, serial=1, follows=first)


def test_what_is_void_is_handed_to_nobody(office) -> None:
    office.queued(1)
    (found,) = office.sealed(office.printed("豫X0000001"))
    record_original_found(replacement=found, found_on=AT.date(), is_handed_back=True, by=office.printer, at=AT)
    delivery = found.deliveries.get()
    with pytest.raises(Conflict, match="不能交付"):
        hand_over(delivery=delivery, code=delivery.code, document="居民身份证", by=office.printer, at=AT)
    office.queued(2, serial=1)  # lost after all: nothing in force stands in the way
    office.printed("豫X0000002")


@pytest.mark.forges
def test_a_row_that_was_altered_is_printed_by_nobody(office) -> None:
    waiting = office.queued(1)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # as the database's owner, past the triggers
        cursor.execute("update replacements_replacement set school_name = '别的学校' where id = %s", [waiting.pk])
        cursor.execute("set session_replication_role = default")
    with pytest.raises(Conflict, match="与系统写入时不一致"):
        print_next(authority=office.province, serials="豫X0000001", by=office.printer, at=AT)
    assert states() == {1: "waiting"}
