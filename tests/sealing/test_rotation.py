"""After a change of keys everything is sealed anew, and nothing needs the old ones."""

from __future__ import annotations

import os

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.certificates import issued
from tests.factories.graduation import filled, rows_of, setting, upload
from tests.factories.institutions import ProgrammeFactory
from tests.factories.registry import PersonFactory

from xueji.accounts.factors import SealedFactors
from xueji.applications.models import DIPLOMA_INDEX, Application
from xueji.certificates.models import Certificate, NumberCounter
from xueji.certificates.orders import order_of
from xueji.certificates.queries import is_as_issued
from xueji.cli import reseal
from xueji.cli.reseal import steps
from xueji.cli.sealed import IndexStale, refuse_stale_index
from xueji.documents import storage
from xueji.documents.resealing import reseal_files
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.models import Person
from xueji.registry.queries import resident_id_of
from xueji.sealing import columns
from xueji.sealing.columns import COLUMNS, ELSEWHERE, reseal_column
from xueji.sealing.fields import SealedField
from xueji.sealing.indexes import keyed_index
from xueji.sealing.texts import SealBroken, blind_index
from xueji.uploads.models import UploadRow

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def unknown(known: set[str]) -> set[str]:
    sealed = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField)
        or (isinstance(field, models.BinaryField) and field.name.endswith(("_sealed", "_index")))
    }
    return sealed ^ known


def test_every_sealed_or_indexed_column_is_gone_through() -> None:
    known = {f"{c.model}.{name}" for c in COLUMNS for name in (c.field, c.index) if name} | set(ELSEWHERE)
    assert unknown(known) == set()
    left_out = "registry.Person.resident_id_index"
    assert unknown(known - {left_out}) == {left_out}


@pytest.fixture
def new_keys(settings):
    """Give up the present keys: call to bring in new ones, and again to take the old ones away."""
    old = dict(settings.DATA_KEYS)

    def bring_in() -> None:
        settings.DATA_KEYS, settings.DATA_KEY_ACTIVE = {**old, 9: os.urandom(32)}, 9
        settings.INDEX_KEY = os.urandom(32)

    def take_away() -> None:
        settings.DATA_KEYS = {9: settings.DATA_KEYS[9]}

    bring_in.take_away = take_away
    return bring_in


PERSONS = next(column for column in COLUMNS if column.model == "registry.Person")


def reseal_all() -> list[int]:
    return [sum(step()) for step in steps().values()] + [len(list(reseal_files()))]


def test_nothing_needs_the_old_keys_afterwards(new_keys) -> None:
    here = filled(setting(), rows_of(2))
    waiting = upload(here, rows_of(3))
    user = UserFactory()
    TOTP.activate(user, SECRET)
    numbers = {person.pk: resident_id_of(person) for person in Person.objects.all()}
    payloads = {row.pk: row.payload for row in UploadRow.objects.all() if row.payload}
    assert numbers
    assert payloads
    new_keys()
    with pytest.raises(IndexStale):
        refuse_stale_index()
    changed = reseal_all()
    assert changed[COLUMNS.index(PERSONS)] == len(numbers)
    assert sum(changed) > len(numbers) + len(payloads)
    assert reseal_all() == [0] * len(changed)
    new_keys.take_away()
    refuse_stale_index()
    for person in Person.objects.all():
        assert resident_id_of(person) == numbers[person.pk]
        assert Person.objects.get(resident_id_index=blind_index(numbers[person.pk])) == person
    for row in waiting.rows.all():
        assert row.payload.startswith("{")
    waiting.refresh_from_db()
    assert storage.read_stored(waiting.workbook_id).startswith(b"PK")
    assert SealedFactors().decrypt(user.authenticator_set.get(type="totp").data["secret"]) == SECRET


def test_a_second_application_for_one_diploma_is_still_known(new_keys) -> None:
    stated = {"category": "职业中专", "school_name": "郑州市第一职业中等专业学校", "graduated": "2002-07"}
    application = ApplicationFactory(
        applicant__proven=True, **stated, state="withdrawn", place=7, delivery="pick_up", ended_at=timezone.now()
    )
    application.diploma_index = keyed_index(DIPLOMA_INDEX, application.diploma_key)
    application.save()
    draft = ApplicationFactory(applicant__proven=True, **stated)
    new_keys()
    reseal_all()
    new_keys.take_away()
    refuse_stale_index()
    again = Application.objects.get(pk=application.pk)
    assert bytes(again.diploma_index) == keyed_index(DIPLOMA_INDEX, again.diploma_key)
    assert Application.objects.get(pk=draft.pk).diploma_index is None


def test_without_sealing_again_the_old_key_is_needed(new_keys) -> None:
    person = PersonFactory()
    new_keys()
    new_keys.take_away()
    with pytest.raises(SealBroken):
        resident_id_of(Person.objects.get(pk=person.pk))


def test_broken_off_it_goes_on_where_it_stopped(new_keys, monkeypatch) -> None:
    monkeypatch.setattr(columns, "_AT_ONCE", 2)
    for _ in range(5):
        PersonFactory()
    new_keys()
    going = reseal_column(PERSONS)
    assert next(going) == 2
    going.close()  # killed
    with pytest.raises(IndexStale):
        refuse_stale_index()
    assert sum(reseal_column(PERSONS)) == 3


def test_the_command_says_when_the_old_key_may_go(new_keys, monkeypatch, capsys, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("xueji.cli.reseal.set_up", lambda **_: None)
    row = storage.store_bytes(b"photograph", "image/jpeg")
    new_keys()
    kept = storage.stored_path(row.address).read_bytes()
    storage.stored_path(row.address).write_bytes(kept[:-1])
    assert reseal.main([]) == 1
    assert "旧密钥先不要删" in capsys.readouterr().out
    storage.stored_path(row.address).write_bytes(kept)
    assert reseal.main([]) == 0
    assert "可以从密钥文件中删去" in capsys.readouterr().out
    counter = NumberCounter.objects.create(kind="graduation", scope="x", ceiling=99, key_id=1)  # of the release before
    with transaction.atomic():
        record_event(tag=EventTag.NUMBERS_RELEASED, subject=counter, by=None, at=timezone.now())
    assert reseal.main([]) == 0
    assert "可以从密钥文件中删去" in capsys.readouterr().out
    new_keys.take_away()
    assert storage.read_stored(row.address) == b"photograph"
    assert order_of(NumberCounter.objects.get())


def test_what_was_changed_past_the_ledger_is_not_sealed_anew(new_keys, monkeypatch, capsys, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("xueji.cli.reseal.set_up", lambda **_: None)
    person = PersonFactory()
    with transaction.atomic():
        record_event(tag=EventTag.PROGRAMME_AMENDED, subject=person, by=None, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set session_replication_role = replica")
        cursor.execute("update registry_person set resident_id_index = '\\x00' where id = %s", [person.pk])
        cursor.execute("set session_replication_role = default")
    new_keys()
    stored = bytes(Person.objects.values_list("resident_id", flat=True).get())
    assert reseal.main([]) == 2
    out, err = capsys.readouterr()
    assert "有 1 处与履历不一致" in out
    assert "没有重新加密任何内容。请先运行 xueji audit 查明" in out
    assert f"学生 {person.pk}：与最后写入它的履历" in err
    assert bytes(Person.objects.values_list("resident_id", flat=True).get()) == stored


def test_digests_go_over_to_the_new_key_and_a_forged_row_does_not(new_keys) -> None:
    whole, forged = issued(ProgrammeFactory(name="护理"), UserFactory(), (1, 2))
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # as the database's owner, past the triggers
        cursor.execute("update certificates_certificate set holder_name = '张伪造' where id = %s", [forged.pk])
        cursor.execute("set session_replication_role = default")
    new_keys()
    reseal_all()
    assert {
        certificate.pk: is_as_issued(certificate) for certificate in Certificate.objects.select_related("number")
    } == {
        whole.pk: True,
        forged.pk: False,
    }
    new_keys.take_away()
    assert is_as_issued(Certificate.objects.select_related("number").get(pk=whole.pk))
