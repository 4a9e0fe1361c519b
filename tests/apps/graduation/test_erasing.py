"""Uploads are erased after the pack's term; what counts stays, and the page says what happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.factories.graduation import AT, rows_of, setting, upload

from xueji.core.errors import Conflict, NotFound
from xueji.documents import storage
from xueji.documents.models import StoredFile
from xueji.graduation.models import Candidate
from xueji.jobs.actions import retry_job
from xueji.jobs.models import Job
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.uploads.actions import confirm_upload, discard_upload, erasing, receive_upload
from xueji.uploads.actions.erasing import erase_due_uploads, tidy_files
from xueji.uploads.models import Upload

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TERM = 90 * DAY


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _at_once(monkeypatch) -> None:
    """Tests run inside a transaction that never ends; what waits for its end is done at once."""
    monkeypatch.setattr(storage.transaction, "on_commit", lambda work: work())


def _on_disk(tmp_path) -> set[str]:
    return {path.name for path in tmp_path.rglob("*") if path.is_file()}


def test_a_confirmed_upload_goes_when_its_term_is_over_and_not_a_day_before(tmp_path) -> None:
    here = setting()
    intake = upload(here, rows_of(2))
    confirm_upload(upload=intake, by=here.clerk, at=AT)
    kept = {c.photo_id for c in Candidate.objects.all()}
    assert kept
    assert erase_due_uploads(at=AT + TERM) == 0
    assert erase_due_uploads(at=AT + TERM + DAY) == 1
    assert erase_due_uploads(at=AT + TERM + DAY) == 0
    assert _on_disk(tmp_path) == kept  # the photographs that count
    intake.refresh_from_db()
    for file in (intake.workbook, intake.photos):
        assert file.erased_at == AT + TERM + DAY
        assert file.size > 0
        assert len(storage.hash_of(file)) == 64
        with pytest.raises(NotFound, match="已按期删除"):
            storage.open_stored(file.address)
    event = Event.objects.get(tag="upload:erased")
    assert event.after["files"] == [intake.workbook_id, intake.photos_id]


def test_discarded_and_unreadable_uploads_go_too_and_open_ones_stay(tmp_path) -> None:
    here = setting()
    discarded = upload(here, rows_of(1))
    discard_upload(upload=discarded, by=here.clerk, at=AT)
    receive_upload(
        kind="graduates", subject=here.batch, workbook=("x.xlsx", b"not a workbook"), photos=None, by=here.clerk, at=AT
    )
    run_pending_jobs()
    waiting = upload(here, rows_of(1))
    done = tidy_files(at=AT + TERM + DAY)
    assert done["uploads"] == 2
    states = {(i.state, i.workbook.erased_at is None) for i in Upload.objects.select_related("workbook")}
    assert states == {("discarded", False), ("failed", False), ("ready", True)}
    assert {waiting.workbook_id, waiting.photos_id} <= _on_disk(tmp_path)


def test_photographs_of_a_given_up_upload_are_claimed_by_nobody_and_go(tmp_path) -> None:
    here = setting()
    discarded = upload(here, rows_of(1))
    photo = discarded.rows.get().photo_id
    discard_upload(upload=discarded, by=here.clerk, at=AT)
    StoredFile.objects.update(created_at=AT)
    (tmp_path / "ab").mkdir(exist_ok=True)
    assert tidy_files(at=AT + timedelta(hours=23))["unclaimed"] == 0
    assert photo in _on_disk(tmp_path)
    assert tidy_files(at=AT + 2 * DAY)["unclaimed"] == 1
    assert photo not in _on_disk(tmp_path)


def test_a_photograph_handed_in_again_is_not_taken_for_unclaimed(tmp_path) -> None:
    row = storage.store_bytes(b"photograph", "image/jpeg")
    StoredFile.objects.update(created_at=AT)
    again = storage.store_bytes(b"photograph", "image/jpeg")
    assert again == row
    assert storage.erase_unclaimed(at=AT + 2 * DAY) == []
    assert storage.read_stored(row.address) == b"photograph"


def test_an_erased_content_handed_in_again_is_a_new_file(tmp_path) -> None:
    row = storage.store_bytes(b"photograph", "image/jpeg")
    storage.erase_stored([row], at=AT)
    again = storage.store_bytes(b"photograph", "image/jpeg")
    assert again != row
    assert storage.read_stored(again.address) == b"photograph"


def test_a_reading_given_up_whose_files_are_erased_says_so_and_is_not_started_again(client) -> None:
    here = setting()
    intake = receive_upload(
        kind="graduates", subject=here.batch, workbook=("x.xlsx", b"not"), photos=None, by=here.clerk, at=AT
    )
    run_pending_jobs()
    assert erase_due_uploads(at=AT + TERM + DAY) == 1
    day = f"{timezone.localdate(AT + TERM + DAY):%Y-%m-%d}"
    intake.refresh_from_db()
    before = (intake.state, intake.message)
    with pytest.raises(Conflict, match=f"{day} 按期删除.*请重新上传"):
        retry_job(job=intake.job, by=here.clerk, at=AT + TERM + 2 * DAY)
    intake.refresh_from_db()
    assert (intake.state, intake.message) == before
    client.force_login(here.clerk, backend="xueji.accounts.backends.Accounts")
    page = client.get(f"/school/intakes/{intake.pk}/").content.decode()
    assert f"{day} 按期删除" in page
    assert "/retry/" not in page
    answer = client.post(f"/jobs/{intake.job_id}/retry/", headers={"referer": "http://testserver/jobs/"})
    assert (answer.status_code, "请重新上传" in answer.content.decode()) == (409, True)


def test_an_upload_taken_up_again_keeps_its_files(monkeypatch) -> None:
    here = setting()
    intake = receive_upload(
        kind="graduates", subject=here.batch, workbook=("x.xlsx", b"not"), photos=None, by=here.clerk, at=AT
    )
    run_pending_jobs()
    until = erasing.kept_until

    def meanwhile(upload, view):  # between the look at what is due and the erasing
        retry_job(job=Job.objects.get(pk=intake.job_id), by=here.clerk, at=AT + TERM + DAY)
        return until(upload, view)

    monkeypatch.setattr(erasing, "kept_until", meanwhile)
    assert erase_due_uploads(at=AT + TERM + DAY) == 0
    intake.refresh_from_db()
    assert (intake.state, intake.workbook.erased_at) == ("reading", None)
