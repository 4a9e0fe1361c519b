"""`xueji audit` is silent on an untouched city, and names every damage done past the product — and only that."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from tests.factories.graduation import approved, filled, rows_of, setting, state_register
from tests.factories.institutions import SchoolFactory, appointed, staffed_city
from tests.factories.production import round_of
from tests.standing import Standing, standing

from xueji.cases.models import Decision
from xueji.certificates.models import Certificate, CertificateNumber, NumberBlock
from xueji.cli import audit
from xueji.documents.models import StoredFile
from xueji.documents.storage import store_bytes, store_once, stored_path
from xueji.graduation.models import Batch
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.production.actions import seal_issue

pytestmark = pytest.mark.django_db
APPROVED = datetime(2019, 7, 5, 1, tzinfo=UTC)
SEALED = datetime(2019, 7, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def standing_city(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[Standing[list[Batch]]]:
    """The city, built once for this file."""
    with standing(django_db_blocker, tmp_path_factory.mktemp("city"), _build) as built:
        yield built


@pytest.fixture
def city(standing_city: Standing[list[Batch]], db, settings, tmp_path) -> list[Batch]:
    """Two schools' batches of three with their numbers, the first one sealed; every row came through an action."""
    settings.MEDIA_ROOT = tmp_path  # its own: other tests' files have no rows here
    return [Batch.objects.get(pk=batch.pk) for batch in standing_city.copied()]


def _build() -> list[Batch]:
    staff = staffed_city()
    batches = []
    for place in range(2):
        school = SchoolFactory(authority=staff.county)
        staff.county_school, staff.clerk = school, appointed(Post.SCHOOL_CLERK, school)
        staff.leader = appointed(Post.SCHOOL_LEADER, school)
        here = filled(setting(staff, school=school), rows_of(3, start=3 * place))
        state_register(here)
        batches.append(approved(here, at=APPROVED))
    seal_issue(
        issue=batches[0].issue, round=round_of(batches[0]), diplomas_counted=3, refused={}, sealed_by=staff.sealer,
        supervised_by=staff.seal_supervisor, at=SEALED,
    )  # fmt: skip
    return batches


def mismatches() -> dict[str, list[str]]:
    """Return what the audit says, by check, without the silent ones."""
    found = {check["check"]: check["mismatches"] for check in audit.audit() if check["mismatches"]}
    if "rows.vouched" in found:  # which event and which note it was differs from run to run
        found["rows.vouched"] = [
            re.sub(r"（第 \d+ 条，[a-z_:]+）|写入记录 \d+ ", "", text) for text in found["rows.vouched"]
        ]
    return found


def damage(sql: str, *values: object, table: str) -> None:
    """Write past the product: with every trigger of the table switched off, as only the owner of the database can."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(f"alter table {table} disable trigger all")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0
        cursor.execute(f"alter table {table} enable trigger all")


def first_certificate(city: list[Batch]) -> Certificate:
    return Certificate.objects.filter(candidate__batch=city[0]).order_by("number__serial")[0]


def test_an_untouched_city_balances(city):
    found = audit.audit()
    assert {f["check"]: f["mismatches"] for f in found if f["mismatches"]} == {}
    looked_at = {f["check"]: f["looked_at"] for f in found if "looked_at" in f}
    assert looked_at["certificates.content"] == 6
    assert looked_at["files.content"] == StoredFile.objects.count() > 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("holder_name", "别人"), ("graduation_month", "2018-07"),
        ("issue_date", "2019-07-06"), ("programme_name", "会计"), ("photo_id", None), ("principal", "别的校长"),
    ],
)  # fmt: skip
def test_a_changed_particular_is_named_with_its_number(city, column, value):
    wrong = first_certificate(city)
    damage(
        f"update certificates_certificate set {column} = %s where id = %s", value, wrong.pk,
        table="certificates_certificate",
    )  # fmt: skip
    word = {"holder_name": "姓名", "graduation_month": "毕业年月", "programme_name": "专业", "photo_id": "照片"}.get(
        column
    )
    register = {"candidates.content": [f"{wrong.number.number}：名册上的{word}与证书不一致"]} if word else {}
    assert mismatches() == {"certificates.content": [f"{wrong.number.number}：内容与签发时不一致"], **register}


@pytest.mark.parametrize("column", ["principal", "details", "entry_month"])
def test_a_particular_taken_away_is_named_like_a_changed_one(city, column):
    """Only who may change the table itself can: the audit goes on all the same."""
    wrong = first_certificate(city)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(f"alter table certificates_certificate alter column {column} drop not null")
    damage(
        f"update certificates_certificate set {column} = null where id = %s", wrong.pk, table="certificates_certificate"
    )
    assert mismatches()["certificates.content"] == [f"{wrong.number.number}：内容与签发时不一致"]


def test_sealed_id_numbers_swapped_between_rows_do_not_open(city):
    certificate, other = Certificate.objects.order_by("number__serial")[:2]
    damage(
        "update certificates_certificate c set holder_id = o.holder_id from certificates_certificate o"
        " where c.id in (%s, %s) and o.id in (%s, %s) and o.id <> c.id",
        certificate.pk, other.pk, certificate.pk, other.pk, table="certificates_certificate",
    )  # fmt: skip
    mismatched = mismatches()
    assert set(mismatched) == {"certificates.content"}
    assert [text.split("：")[0] for text in sorted(mismatched["certificates.content"])] == sorted(
        [certificate.number.number, other.number.number]
    )
    assert all("无法打开" in text for text in mismatched["certificates.content"])


def test_a_number_set_back_to_free_is_named(city):
    number = first_certificate(city).number
    damage(
        "update certificates_certificatenumber set state = 'free' where id = %s", number.pk,
        table="certificates_certificatenumber",
    )  # fmt: skip
    assert mismatches() == {
        "numbers.certificate": [f"{number.number}：编号 free，证书 sealed"],
        "rows.vouched": [f"编号 {number.pk}（{number.number}）：与最后写入它的履历不一致"],
    }


def test_a_deleted_number_is_missed_in_its_block_and_by_its_certificate(city):
    number = CertificateNumber.objects.filter(block=city[1].issue.issue_blocks.get().block).order_by("serial")[1]
    holder = number.certificate
    damage(
        "delete from certificates_certificatenumber where id = %s", number.pk, table="certificates_certificatenumber"
    )
    mismatched = mismatches()
    assert mismatched["numbers.block"] == [f"编号段 {city[1].issue.issue_blocks.get().block_id}：应有 3 个，实有 2"]
    assert mismatched["certificates.content"] == [f"证书 {holder.pk}：编号不在册"]
    assert mismatched["rows.vouched"] == [f"编号 {number.pk}：最后写入它的履历记有，现不在册"]


def test_a_block_moved_on_leaves_a_hole(city):
    block = NumberBlock.objects.get(pk=city[1].issue.issue_blocks.get().block_id)
    damage(
        "update certificates_numberblock set serials = int8range(lower(serials) + 1, upper(serials) + 1) where id = %s",
        block.pk, table="certificates_numberblock",
    )  # fmt: skip
    mismatched = mismatches()
    assert set(mismatched) == {"numbers.counter", "numbers.block", "rows.vouched"}
    assert mismatched["rows.vouched"] == [f"编号段 {block.pk}：与最后写入它的履历不一致"]
    assert mismatched["numbers.block"] == [f"编号段 {block.pk}：应有 3 个，实有 2"]


@pytest.mark.parametrize("shift", [-1, 5])
def test_a_counter_moved_either_way_is_named(city, shift):
    damage(
        "update certificates_numbercounter set last_serial = last_serial + %s",
        shift,
        table="certificates_numbercounter",
    )
    mismatched = mismatches()
    assert set(mismatched) == {"numbers.counter", "numbers.marks", "rows.vouched"}
    assert [text.split(" ")[0] for text in mismatched["rows.vouched"]] == ["编号计数器"]
    assert f"末号 {6 + shift}，各段共 6" in mismatched["numbers.counter"][0]


def _overwrite(sha: str) -> None:
    path = stored_path(sha)
    path.write_bytes(b"x" * path.stat().st_size)


def _exchange(address: str) -> None:
    """Lay another stored file in this one's place: it opens nowhere but in its own."""
    stored_path(address).write_bytes(stored_path(store_bytes(b"another photograph", "image/jpeg").address).read_bytes())


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_overwrite, "内容与登记不符（被改动、调换，或缺密钥）"),
        (_exchange, "内容与登记不符（被改动、调换，或缺密钥）"),
        (lambda address: stored_path(address).unlink(), "文件不在"),
    ],
)
def test_a_changed_or_missing_file_is_named(city, spoil: Callable[[str], None], says):
    photo = first_certificate(city).photo_id
    kept = stored_path(photo).read_bytes()
    try:
        spoil(photo)
        assert mismatches() == {"files.content": [f"{photo[:12]}…：{says}"]}
    finally:
        stored_path(photo).write_bytes(kept)


def test_an_erased_upload_is_no_mismatch_but_its_file_left_behind_is(city):
    row = store_once(b"an upload", "application/zip")
    path = stored_path(row.address)
    StoredFile.objects.filter(pk=row.pk).update(erased_at=timezone.now())
    assert mismatches() == {"files.content": [f"{row.address[:12]}…：已按期删除，文件却还在磁盘上"]}
    path.unlink()
    assert mismatches() == {}


def test_a_file_nobody_knows_is_named(city, settings):
    stray = Path(settings.MEDIA_ROOT) / "ab" / "cd" / "left behind"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"?")
    try:
        assert mismatches() == {}  # its row may be about to be written
        os.utime(stray, (0, 0))
        assert mismatches() == {"files.content": ["ab/cd/left behind：没有登记的文件"]}
    finally:
        stray.unlink()


def test_a_removed_event_of_a_certificate_is_missed(city):
    wrong = first_certificate(city)
    has_vouched = Event.objects.filter(tag="certificate:sealed", subject_id=str(wrong.pk)).exclude(wrote={}).exists()
    damage(
        "delete from ledger_event where tag = 'certificate:sealed' and subject_id = %s", str(wrong.pk),
        table="ledger_event",
    )  # fmt: skip
    number = wrong.number.number
    mismatched = mismatches()
    vouched = mismatched.pop(
        "rows.vouched", []
    )  # only the last of the events written together vouches for what was written
    assert vouched == (["验印记录：没有履历作证", "证书：没有履历作证"] if has_vouched else [])
    assert mismatched == {
        "ledger.certificates": [f"{number}：履历只有 1 条"],
        "certificates.state": [f"{number}：现为 sealed，履历最后一次是 certificate:issued"],
    }


def test_a_removed_event_of_a_decision_is_missed(city):
    step = city[0].case.steps.order_by("ordinal")[1]
    damage(
        "delete from ledger_event where subject_type = 'cases.Step' and subject_id = %s", str(step.pk),
        table="ledger_event",
    )  # fmt: skip
    assert mismatches() == {
        "rows.vouched": [f"{what}：没有履历作证" for what in ("审核意见", "环节", "环节", "办件")],
        "ledger.decisions": [f"环节 {step.pk}（{step.label}）：意见 1 条，履历 0 条"],
        "ledger.actors": [f"环节 {step.pk}：履历中没有同一人、同一时刻的意见"],
    }


def test_a_removed_event_of_a_release_is_missed(city):
    block = city[1].issue.issue_blocks.get().block
    damage(
        "delete from ledger_event where subject_type = 'certificates.NumberBlock' and subject_id = %s and tag = 'number:released'",
        str(block.pk), table="ledger_event",
    )  # fmt: skip
    mismatched = mismatches()
    assert set(mismatched) == {"ledger.numbers", "rows.vouched"}
    assert set(mismatched["rows.vouched"]) == {f"{what}：没有履历作证" for what in ("编号计数器", "编号段", "编号")}


@pytest.mark.parametrize(
    ("table", "kind"),
    [("ledger_event", "append_only"), ("cases_decision", "no_truncate"), ("certificates_certificate", "never_deleted")],
)
def test_a_disabled_or_dropped_trigger_is_named(city, table, kind):
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(
            "select tgname from pg_trigger where tgrelid = %s::regclass and starts_with(tgname, %s)",
            [table, f"pgtrigger_{kind}"],
        )
        name = cursor.fetchone()[0]
        cursor.execute(f'alter table {table} disable trigger "{name}"')
        missing, other = mismatches()["database.schema"]
        assert missing.startswith(f"{table}：触发器缺少，或已停用、改动：{name} O")
        assert other.startswith(f"{table}：触发器不是迁移所建：{name} D")
        cursor.execute("set constraints all immediate")
        cursor.execute(f'drop trigger "{name}" on {table}')
    mismatched = mismatches()
    assert set(mismatched) == {"database.schema"}
    assert [complaint.split("：")[2].split(" ")[0] for complaint in mismatched["database.schema"]] == [name]


@pytest.mark.parametrize("state", ["returned", "refused", "in_progress", "draft"])
def test_a_case_in_a_state_nobody_decided_is_named(city, state):
    case = city[1].case
    damage(
        "update cases_case set state = %s, closed_at = %s where id = %s",
        state,
        case.closed_at if state == "refused" else None,
        case.pk,
        table="cases_case",
    )
    assert mismatches() == {
        "cases.fold": [f"办件 {case.pk}：状态 {state}"],
        "rows.vouched": [f"办件 {case.pk}：与最后写入它的履历不一致"],
    }


def test_a_step_approved_by_nobody_is_named(city):
    step = city[1].case.steps.order_by("ordinal")[0]
    decision = Decision.objects.get(step=step)
    damage("delete from cases_decision where step_id = %s", step.pk, table="cases_decision")
    assert mismatches() == {
        "cases.decisions": [f"环节 {step.pk}（{step.label}）：approved，最后意见 无"],
        "rows.vouched": [f"审核意见 {decision.pk}：最后写入它的履历记有，现不在册"],
    }


@pytest.mark.forges
def test_the_submitter_as_reviewer_is_named(city):
    case = city[1].case
    damage(
        "update cases_decision set by_id = %s where step_id = %s", case.submitted_by_id,
        case.steps.order_by("ordinal")[0].pk, table="cases_decision",
    )  # fmt: skip
    assert set(mismatches()) == {"cases.posts", "cases.two_persons", "ledger.actors", "rows.digests"}


def test_the_program_says_how_many_and_ends_with_one(monkeypatch, capsys):
    monkeypatch.setattr(audit, "set_up", lambda **_: None)
    clean, dirty = {"check": "a", "says": "甲", "mismatches": []}, {"check": "b", "says": "乙", "mismatches": ["丙"]}
    assert audit.main(["--json"], run=lambda _heads: [clean]) == 0
    assert json.loads(capsys.readouterr().out)["mismatches"] == 0
    assert audit.main([], run=lambda _heads: [clean, dirty]) == 1
    output = capsys.readouterr().out
    assert "丙" in output
    assert "共 1 处不符" in output


@pytest.mark.parametrize(
    "setting",
    ["search_path = public, pg_catalog", "search_path = elsewhere, public", "session_replication_role = replica"],
)
def test_a_setting_that_changes_what_the_audit_would_see_is_named(city, setting):
    with connection.cursor() as cursor:
        cursor.execute("select current_database()")
        cursor.execute(f'alter database "{cursor.fetchone()[0]}" set {setting}')  # undone with the test's transaction
    found = mismatches()
    assert list(found) == ["database.schema"]
    assert setting.split(" ", maxsplit=1)[0] in found["database.schema"][0]
