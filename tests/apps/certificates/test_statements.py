"""After a restore two persons state the last number on paper; the counters go on from there and the books balance."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.apps.certificates.test_marks import AT, PACK, another_database, mark_file, older, release
from tests.factories.certificates import range_of, view_of
from tests.factories.institutions import appointed, staffed_city

from xueji.certificates import marks
from xueji.certificates.actions import confirm_last_numbers, drop_statement, release_numbers, state_last_numbers
from xueji.certificates.models import NumberCounter, NumberStatement, SkippedSerials
from xueji.cli.audit import audit
from xueji.cli.serve import numbers_notice
from xueji.core.errors import BadInput, Conflict, NotPermitted, NumbersHeld
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.web.checkup import Grade, SystemCheck, numbers_check
from xueji.web.condition import condition

pytestmark = pytest.mark.django_db(transaction=True)
KEY = ("graduation", f"{PACK} 06-2019")


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def restored(city):
    """120 numbers in a database that was restored; on paper there are 160, and the marks know it."""
    release(120, school=city.city_school)
    release(40, school=city.city_school)
    with_blocks_gone()
    another_database()
    return city


def with_blocks_gone() -> None:
    """Take back the last release, as a database restored from before it has it."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("certificates_certificatenumber", "certificates_numberblock"):
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute("delete from certificates_certificatenumber where serial > 120")
        cursor.execute("delete from certificates_numberblock where lower(serials) > 120")
        for table in ("certificates_certificatenumber", "certificates_numberblock"):
            cursor.execute(f"alter table {table} enable trigger user")
    older("certificates_numbercounter set last_serial = 120")


def state(by, *, numbers=None, others=(), no_others=False, note="验印登记册，存于职成科"):
    given = {KEY: "20190600160"} if numbers is None else numbers
    return state_last_numbers(
        pack=PACK, numbers=given, others=others, no_others=no_others, note=note, by=by, at=AT
    )  # fmt: skip


def mismatches(check: str) -> list[str]:
    return next(entry for entry in audit() if entry["check"] == check)["mismatches"]


def test_numbers_go_on_behind_the_last_on_paper_once_two_persons_said_so(restored) -> None:
    with pytest.raises(NumbersHeld):
        release(1, school=restored.city_school)
    assert len(mismatches("numbers.marks")) == 2
    statement = state(restored.city_reviewer)
    with pytest.raises(NumbersHeld):
        release(1, school=restored.city_school)
    confirm_last_numbers(statement=statement, by=restored.city_leader, at=AT)
    assert range_of(release(2, school=restored.city_school)) == ("20190600161", "20190600162")
    skipped = SkippedSerials.objects.get()
    assert (skipped.serials.lower, skipped.serials.upper - 1) == (121, 160)
    assert mismatches("numbers.counter") == mismatches("numbers.statements") == mismatches("database.schema") == []


def test_audit_tells_what_was_skipped(restored) -> None:
    confirm_last_numbers(statement=state(restored.city_reviewer), by=restored.city_leader, at=AT)
    notes = next(check for check in audit() if check["check"] == "numbers.marks")["notes"]
    assert notes[0].startswith(f"{PACK} 06-2019：第 121 至 160 个去向不明")


def test_further_mark_wins_over_a_smaller_statement(restored) -> None:
    statement = state(restored.city_reviewer, numbers={KEY: "20190600150"})
    confirm_last_numbers(statement=statement, by=restored.city_leader, at=AT)
    assert NumberCounter.objects.get().last_serial == 160


def test_whoever_stated_does_not_confirm(restored) -> None:
    statement = state(restored.city_reviewer)
    with pytest.raises(NotPermitted, match="不能自己确认"):
        confirm_last_numbers(statement=statement, by=restored.city_reviewer, at=AT)


def test_two_administrators_are_not_enough_one_and_an_officer_are(restored) -> None:
    statement = state(restored.administrator)
    second = appointed(Post.ADMINISTRATOR, restored.city)
    with pytest.raises(NotPermitted, match="至少一人须在发号机关审核岗位"):
        confirm_last_numbers(statement=statement, by=second, at=AT)
    confirm_last_numbers(statement=statement, by=restored.city_reviewer, at=AT)
    assert NumberCounter.objects.get().last_serial == 160


@pytest.mark.parametrize("post", ["clerk", "leader", "county_reviewer", "sealer", "auditor"])
def test_who_does_not_release_has_no_word(restored, post) -> None:
    with pytest.raises(NotPermitted):
        state(getattr(restored, post))


def test_officer_of_another_city_has_no_word(restored) -> None:
    far = staffed_city(division_code="110100", county_code="110101")
    with pytest.raises(NotPermitted):
        state(far.city_reviewer)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("20190600119", "库中已发到第 120 个"),
        ("20200600130", "属于"),
        ("abc", "不是.*的编号"),
        ("20190600000", "不是.*的编号"),
        ("", "库中已发到第 120 个"),
    ],
)
def test_a_number_that_cannot_be_is_refused(restored, number, message) -> None:
    with pytest.raises(BadInput, match=message):
        state(restored.city_reviewer, numbers={KEY: number})
    assert not NumberStatement.objects.exists()


def test_of_a_counter_that_gave_one_number_nobody_says_it_gave_none(city) -> None:
    release(1, school=city.city_school)
    another_database()
    with pytest.raises(BadInput, match="库中已发到第 1 个，填写的是没有发过"):
        state(city.city_reviewer, numbers={KEY: ""})
    confirm_last_numbers(statement=state(city.city_reviewer, numbers={KEY: "20190600001"}), by=city.city_leader, at=AT)
    assert range_of(release(1, school=city.city_school)) == ("20190600002", "20190600002")


def test_a_counter_nobody_knows_any_more_is_stated_by_its_number(restored) -> None:
    statement = state(restored.city_reviewer, others=["20200600007", "20200600009"])
    confirm_last_numbers(statement=statement, by=restored.city_leader, at=AT)
    assert range_of(release(1, year=2020, school=restored.city_school)) == ("20200600010", "20200600010")
    with pytest.raises(NumbersHeld):
        release(1, year=2021, school=restored.city_school)


def test_new_counters_begin_once_it_was_said_that_there_are_no_others(restored) -> None:
    statement = state(restored.city_reviewer, no_others=True)
    confirm_last_numbers(statement=statement, by=restored.city_leader, at=AT)
    assert range_of(release(1, year=2021, school=restored.city_school)) == ("20210600001", "20210600001")
    assert mismatches("numbers.marks") == [] or "标记属于" in mismatches("numbers.marks")[0]


def test_with_the_marks_lost_too_paper_alone_decides(city) -> None:
    release(120, school=city.city_school)
    mark_file().unlink()
    (marks.folder() / "installation.mark").unlink()
    (marks.folder() / "not a mark").touch()
    assert any("没有标记" in text for text in mismatches("numbers.marks"))
    statement = state(city.city_reviewer)
    confirm_last_numbers(statement=statement, by=city.city_leader, at=AT)
    assert range_of(release(1, school=city.city_school)) == ("20190600161", "20190600161")


def test_a_confirmation_rolled_back_opens_nothing(restored, monkeypatch) -> None:
    statement = state(restored.city_reviewer, others=["20200600009"], no_others=True)
    with monkeypatch.context() as patch:
        patch.setattr("xueji.certificates.actions.statements.record_event", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            confirm_last_numbers(statement=statement, by=restored.city_leader, at=AT)
    for year in (2019, 2020, 2021):
        with pytest.raises(NumbersHeld):
            release(1, year=year, school=restored.city_school)


def test_a_statement_is_dropped_with_its_reason_and_written_anew(restored) -> None:
    first = state(restored.city_reviewer)
    with pytest.raises(Conflict, match="等待第二人确认"):
        state(restored.city_leader)
    drop_statement(statement=first, reason="登记册上是 158", by=restored.city_leader, at=AT)
    state(restored.city_reviewer, numbers={KEY: "20190600158"})
    tags = list(Event.objects.filter(tag__startswith="number_statement:").values_list("tag", flat=True))
    assert tags == ["number_statement:filed", "number_statement:returned", "number_statement:filed"]


def test_in_order_there_is_nothing_to_state(city) -> None:
    release(3, school=city.city_school)
    with pytest.raises(Conflict, match="不需要核定"):
        state(city.city_reviewer, numbers={KEY: "20190600003"})


def test_permuted_counter_is_stated_by_the_last_number_given() -> None:
    """Its numbers hide their order: the printed one is carried back to its serial."""
    henan = staffed_city(division_code="410000", county_code="410100")
    view = view_of("edu/henan", view_of().day.replace(year=2022))
    parts = {"year": "2022", "region": "410102", "school": "3641000001"}

    def give(count):
        return release_numbers(
            view=view, kind="graduation", parts=parts, count=count, school=henan.city_school, purpose="测试",
            by=henan.city_reviewer, at=AT,
        )  # fmt: skip

    block = give(5)
    last = block.numbers.order_by("serial").last().number
    another_database()
    key = ("graduation", NumberCounter.objects.get().scope)
    statement = state_last_numbers(
        pack="edu/henan", numbers={key: last}, others=(), no_others=False, note="名册", by=henan.city_reviewer, at=AT
    )
    assert statement.lines.get().serial == 5
    confirm_last_numbers(statement=statement, by=henan.city_leader, at=AT)
    assert give(1).serials.lower == 6


def test_pages_lead_from_the_refusal_to_the_last_number(restored) -> None:
    client = Client()
    client.force_login(restored.city_reviewer, backend="xueji.accounts.backends.Accounts")
    page = reverse("authority:number_statements")
    shown = client.get(page).content.decode()
    assert "暂停发放编号" in shown
    assert "20190600120" in shown
    sent = {"pack": PACK, f"number {' '.join(KEY)}": "20190600119", "note": "名册"}
    refused = client.post(page, sent)
    assert refused.status_code == 400
    assert 'value="20190600119"' in refused.content.decode()
    assert client.post(page, sent | {f"number {' '.join(KEY)}": "20190600160"}).status_code == 302
    statement = NumberStatement.objects.get()
    assert "须由另一人确认" in client.get(page).content.decode()
    client.force_login(restored.city_leader, backend="xueji.accounts.backends.Accounts")
    confirm = reverse("authority:number_confirmation", args=[statement.pk])
    assert client.post(confirm).status_code == 400
    assert client.post(confirm, {"compared": "1"}).status_code == 302
    assert NumberCounter.objects.get().last_serial == 160


def test_whoever_runs_the_machine_is_told_which_numbers_wait_for_whom_and_where(restored, client: Client) -> None:
    """`serve` says it at its start, `doctor` in its report, `readyz` and `metrics` to watchers; nobody when all is stated."""
    notice = numbers_notice()
    head = restored.city.name
    assert "「设置 → 编号核定」" in notice
    assert f"由{head}两人" in notice
    assert "06，" in notice or "2019" in notice  # the counter, in words
    assert marks.Why.OTHER.value in notice
    assert numbers_check(condition(numbers=True)) == SystemCheck("编号", Grade.OPTIONAL, notice)
    assert notice in client.get("/readyz").json()["warnings"]
    assert "xueji_numbers_held 1.0" in client.get("/metrics").content.decode()
    assert "warnings" not in client.get("/readyz", REMOTE_ADDR="203.0.113.7").json()
    statement = state(restored.city_reviewer)
    assert numbers_notice()
    confirm_last_numbers(statement=statement, by=restored.city_leader, at=AT)
    marks.settle_pack(pack=PACK, statement=statement.pk)
    assert numbers_notice() == ""
    assert numbers_check(condition(numbers=True)).state is Grade.OK


def test_a_folder_of_marks_that_cannot_be_read_is_told_as_that(restored, monkeypatch) -> None:
    def fail(_pack):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(marks, "held_counters", fail)
    assert "不能读取（Permission denied）" in numbers_notice()
