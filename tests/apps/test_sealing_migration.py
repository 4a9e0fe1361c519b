"""Rows of the release before are carried: sealed, digested, and nothing readable stays behind."""

from __future__ import annotations

import hashlib
import json
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tests.privacy.scan import MASK

from xueji.certificates.models import Certificate
from xueji.certificates.queries import is_as_issued
from xueji.registry.models import Person
from xueji.sealing.texts import blind_index, seal

BEFORE = [
    ("registry", "0001_initial"), ("certificates", "0004_last_numbers_on_paper"), ("graduation", "0005_free_stuck_uploads"),
    ("production", "0004_copy_has_batch"),
]  # fmt: skip
NUMBER, BORN = "11010519491231002X", "1949-12-31"
SHOWN = "110105********002X"
PRINTED = {
    "kind": "graduation", "number": "20190600001", "name": "王小明", "sex": "女", "birth_date": BORN,
    "school": "示范学校", "principal": "王校长", "programme": "护理", "duration_years": "3", "study_mode": "全日制",
    "entry_month": "2016-09", "graduation_month": "2019-07", "issue_date": "2019-07-05", "photo": "",
}  # fmt: skip


def _migrate(targets: list[tuple[str, str]]) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)


@pytest.mark.django_db(transaction=True)
def test_rows_of_the_release_before_are_carried() -> None:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    _migrate(BEFORE)
    try:
        person, whole, forged = _rows_of_before()
    finally:
        _migrate(newest)
    carried = Person.objects.get(pk=person)
    assert (carried.resident_id, carried.birth_date.isoformat()) == (NUMBER, BORN)
    kept = {one.pk: one for one in Certificate.objects.select_related("number")}
    assert kept[whole].holder_birth_date.isoformat() == BORN
    assert is_as_issued(kept[whole])
    assert not is_as_issued(kept[forged])
    with connection.cursor() as cursor:
        cursor.execute("select before, after, note from ledger_event")
        (event,) = cursor.fetchall()
        assert not MASK.search(str(event))
        assert BORN not in str(event)
        assert "王小明" in str(event)
        cursor.execute("select tgname from pg_trigger where tgenabled = 'D'")
        assert cursor.fetchall() == []


def _rows_of_before() -> tuple[object, object, object]:
    person, whole, forged = uuid4(), uuid4(), uuid4()
    index = blind_index(NUMBER)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # what the rows point to is of no matter here
        cursor.execute(
            """insert into registry_person (id, id_document_type, resident_id_sealed, resident_id_index, resident_id_masked,
                 name, sex, birth_date, ethnicity, political_status)
               values (%s, '居民身份证', %s, %s, %s, '王小明', '女', %s, '', '')""",
            [person, seal(NUMBER, table="registry_person", column="resident_id", row=person), index, SHOWN, BORN],
        )
        for serial, key in enumerate((whole, forged), start=1):
            said = PRINTED | {"number": f"2019060000{serial}", "holder_id_index": index.hex()}
            text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            name = "王小明" if key is whole else "张伪造"
            cursor.execute(
                "insert into certificates_certificatenumber (id, block_id, serial, number, state) values (%s, 1, %s, %s, 'issued')",
                [serial, serial, said["number"]],
            )
            cursor.execute(
                """insert into certificates_certificate (id, kind, number_id, person_id, enrolment_id, school_id, holder_name,
                     holder_sex, holder_birth_date, holder_id_sealed, holder_id_masked, school_name, principal, programme_name,
                     specialisation, duration_years, study_mode, entry_month, graduation_month, issue_date, details,
                     content_hash, pack, pack_hash, state, issued_by_id, issued_at, void_reason)
                   values (%s, 'graduation', %s, %s, %s, 1, %s, '女', %s, %s, %s, '示范学校', '王校长', '护理', '', 3, '全日制',
                     '2016-09', '2019-07', '2019-07-05', '{}', %s, '', '', 'issued', 1, now(), '')""",
                [
                    key, serial, person, uuid4(), name, BORN,
                    seal(NUMBER, table="certificates_certificate", column="holder_id", row=key), SHOWN,
                    hashlib.sha256(text.encode()).hexdigest(),
                ],
            )  # fmt: skip
        change = {
            "name": {"before": "王小名", "after": "王小明"},
            "birth_date": {"before": "1949-12-30", "after": BORN},
        }
        cursor.execute(
            """insert into ledger_event (tag, at, actor_label, subject_type, subject_id, subject_label, parent_type, parent_id,
                 pack, pack_hash, rules, after, note)
               values ('particulars_change:applied', now(), '', '', '', '', '', '', '', '', '[]', %s, %s)""",
            [json.dumps(change, ensure_ascii=False), f"应为 {SHOWN}"],
        )
        cursor.execute("set session_replication_role = default")
    return person, whole, forged
