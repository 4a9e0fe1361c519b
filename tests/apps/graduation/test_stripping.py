"""Photographs kept from before they were cleaned lose what travelled with them; nothing that points at them changes."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from tests.documents.documents_data import PHOTO
from tests.documents.test_photo_extras import DRESSED, SECRET
from tests.factories.cases import EvidenceFactory
from tests.factories.institutions import staffed_city
from tests.factories.production import approved_batch

from xueji.certificates.queries import is_as_issued
from xueji.cli.audit import audit
from xueji.documents import stripping
from xueji.documents.models import StoredFile
from xueji.documents.photos import picture_alone
from xueji.documents.storage import hash_of, read_stored, store_bytes, stored_path
from xueji.graduation.actions import strip_photos
from xueji.ledger.models import Event
from xueji.production.form_data import certificates_of

pytestmark = pytest.mark.django_db
AT = datetime(2019, 9, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def batch(monkeypatch):
    """Two graduates with their certificates; the first photograph carries a place, as an older release kept it."""
    dressed = DRESSED["xmp"]
    made = approved_batch(staffed_city(), count=2)
    candidate = made.candidates.order_by("ordinal").first()
    kept = StoredFile.objects.get(pk=candidate.photo_id)
    monkeypatch.setattr(stripping, "picture_alone", lambda _: dressed)  # put in as the release before did
    assert stripping.strip_stored(kept)
    monkeypatch.undo()
    return made, kept.pk


def run() -> tuple[int, list[str]]:
    found = list(strip_photos(at=AT))
    return sum(done for done, _ in found), [text for _, problems in found for text in problems]


def files() -> list[str]:
    return next(check for check in audit() if check["check"] == "files.content")["mismatches"]


def test_what_travelled_with_a_picture_goes_and_all_that_points_at_it_stays(batch, settings, tmp_path) -> None:
    made, address = batch
    settings.MEDIA_ROOT = tmp_path
    assert SECRET in read_stored(address)
    assert run()[0] >= 1
    data = read_stored(address)
    assert SECRET not in data
    assert picture_alone(data) == data
    row = StoredFile.objects.get(pk=address)
    assert (row.size, hash_of(row)) == (len(data), hashlib.sha256(data).hexdigest())
    assert made.candidates.filter(photo_id=address).exists()
    assert all(is_as_issued(certificate) for certificate in certificates_of(made.issue).select_related("number"))
    assert files() == []
    event = Event.objects.get(tag="photo:stripped")
    assert event.after["photos"][0]["file"] == address
    assert run() == (0, [])
    assert Event.objects.filter(tag="photo:stripped").count() == 1


def test_broken_off_between_file_and_row_it_goes_on(batch, monkeypatch, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    _, address = batch
    with monkeypatch.context() as patch:
        patch.setattr(stripping, "_follow", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run()
    assert files() != []
    assert run()[1] == []
    assert files() == []
    assert SECRET not in read_stored(address)


def test_a_file_changed_on_the_disk_is_named_and_left(batch, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    _, address = batch
    path = stored_path(address)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    before = path.read_bytes()
    _, problems = run()
    assert len(problems) == 1
    assert problems[0].startswith(address[:12])
    assert path.read_bytes() == before


def test_a_proof_is_kept_as_it_came(batch, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    made, address = batch
    EvidenceFactory(case=made.case, file=StoredFile.objects.get(pk=address))
    run()
    assert SECRET in read_stored(address)


def test_where_the_clean_picture_is_kept_already_both_rows_stay(batch, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    _, address = batch
    clean = store_bytes(picture_alone(read_stored(address)), "image/jpeg")
    run()
    assert read_stored(address) == read_stored(clean.pk)
    assert StoredFile.objects.get(pk=address).content_index is None
    assert files() == []


def test_a_picture_its_notes_turn_is_kept_as_it_is_shown() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.open(io.BytesIO(PHOTO)).save(out, "JPEG", exif=exif)
    shown = Image.open(io.BytesIO(PHOTO))
    turned = Image.open(io.BytesIO(picture_alone(out.getvalue())))
    assert turned.size == shown.size[::-1]
    with pytest.raises(ValueError, match="whole JPEG"):
        picture_alone(b"photograph")
