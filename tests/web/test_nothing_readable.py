"""After everything a school does with files — and after a process was killed over them — none of it can be read on the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.exchange.people import photograph, write_photos, write_workbook
from tests.factories.graduation import Setting, approved, rows_of, setting, state_register

from xueji.documents.models import StoredFile
from xueji.jobs.testing import run_pending_jobs
from xueji.production.actions import request_print
from xueji.production.models import PrintRun
from xueji.uploads.models import Upload

AT_START = (b"%PDF", b"PK\x03\x04", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0")
ANYWHERE = (b"%PDF-1.", b"PK\x03\x04\x14\x00", b"JFIF\x00\x01", b"<worksheet", b"<sst ")
ROOT = Path(__file__).parent.parent.parent


def readable(folders: list[Path], texts: list[str]) -> list[str]:
    """Name the files under the folders in which one of the texts, or a file format, can be seen."""
    marks = {*ANYWHERE, *(text.encode(code) for text in texts for code in ("utf-8", "utf-16-le", "gb18030"))}
    found = []
    for path in (p for folder in folders for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        body = path.read_bytes()
        seen = [m for m in marks if m in body or m in path.name.encode()] + [m for m in AT_START if body.startswith(m)]
        found += [f"{path}: {mark!r}" for mark in seen]
    return found


def in_database(numbers: list[str]) -> list[str]:
    """Name the tables in which one of the numbers stands, as text or as bytes."""
    pattern = "|".join([*numbers, *(number.encode().hex() for number in numbers)])
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select count(*) from "{table}" as t where t::text ~ %s', [pattern])
            found += [table] if cursor.fetchone()[0] else []
    return found


@pytest.fixture
def folders(settings, tmp_path, monkeypatch) -> list[Path]:
    """Where files are kept, and where temporary ones would lie."""
    kept, temporary = tmp_path / "files", tmp_path / "tmp"
    temporary.mkdir()
    settings.MEDIA_ROOT, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = kept, 1000  # every upload is spooled
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    return [kept, temporary]


def send(client: Client, here: Setting, files: dict[str, bytes]) -> Upload:
    """Upload through the page, and let it be read."""
    url = reverse("school:upload", args=[here.batch.pk])
    answer = client.post(url, {name: SimpleUploadedFile(f"{name}.x", body) for name, body in files.items()})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    run_pending_jobs()
    return Upload.objects.order_by("-pk")[0]


@pytest.mark.django_db
def test_after_a_whole_journey_nothing_can_be_read(folders: list[Path], tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("the clerk's own machine")
    here = setting()
    client = Client()
    client.force_login(here.clerk, backend="xueji.accounts.backends.Accounts")
    rows = rows_of(3)
    good = write_workbook(elsewhere / "a.xlsx", rows).read_bytes()
    bad = write_workbook(elsewhere / "b.xlsx", [{**rows[0], "性别": "？"}, *rows[1:]]).read_bytes()
    photos = {f"{row['身份证号']}.jpg": photograph(int(row["身份证号"][14:17])) for row in rows}
    archive = write_photos(elsewhere / "c.zip", photos).read_bytes()
    assert send(client, here, {"workbook": good[: len(good) // 2], "photos": archive}).state == "failed"
    faulty = send(client, here, {"workbook": bad, "photos": archive})
    assert faulty.error_workbook is not None
    sent = b"".join(client.get(reverse("uploads:graduates_errors", args=[faulty.pk])).streaming_content)
    assert sent.startswith(b"PK")
    client.post(reverse("uploads:graduates_discard", args=[faulty.pk]))
    intake = send(client, here, {"workbook": good, "photos": archive})
    assert client.post(reverse("uploads:graduates_confirmation", args=[intake.pk])).status_code == 302
    state_register(here)
    batch = approved(here)
    request_print(issue=batch.issue, document="diploma.sample", printer=None, by=here.clerk, at=batch.case.submitted_at)
    run_pending_jobs()
    run = PrintRun.objects.get()
    assert run.file is not None
    texts = [row[name] for row in rows for name in ("身份证号", "姓名")]
    assert StoredFile.objects.count() >= 3 + 2 + 2 + 1 + 1  # three photographs, uploads, an error workbook, a print
    assert sum(1 for p in folders[0].rglob("*") if p.is_file()) == StoredFile.objects.count()
    assert readable(folders, texts) == []
    assert in_database([row["身份证号"] for row in rows]) == []


def test_what_could_be_read_would_be_seen(tmp_path) -> None:
    (tmp_path / "a").write_bytes("……张三……".encode())
    (tmp_path / "b").write_bytes(b"%PDF-1.7")
    (tmp_path / "110105.jpg").write_bytes(b"")
    assert len(readable([tmp_path], ["张三", "110105"])) == 4


_DYING = {
    # what is under way when the process is killed
    "spool": """
        from xueji.web.uploads import SealedSpool
        spool = SealedSpool()
        spool.new_file("file", "a.zip", "application/zip", None)
        for _ in range(100):
            spool.receive_data_chunk(SAID.encode() * 5000, 0)
    """,
    "storing": """
        from xueji.documents import storage
        storage.os.fsync = die
        storage.store_once(SAID.encode() * 5000, "application/zip")
    """,
    "reading": """
        import io
        from xueji.exchange import sandbox
        sandbox._listen = die
        sandbox.read_workbook(io.BytesIO(("姓名\\n" + SAID).encode()), name="a.csv")
    """,
    "marking": """
        import io, xlsxwriter
        from xueji.core.sheets import AS_TEXT
        xlsxwriter.Workbook._store_workbook = die
        with xlsxwriter.Workbook(io.BytesIO(), AS_TEXT) as book:
            sheet = book.add_worksheet()
            for row in range(20000):
                sheet.write_string(row, 0, SAID)
    """,
    "setting": """
        from xueji.documents import workshop
        template = Path(workshop.__file__).parent / "templates" / "list.typ"
        compiler, data = workshop._compiler(template, (), False)
        workshop._fill(data, SAID.encode() * 5000)
    """,
}


@pytest.mark.parametrize("under_way", _DYING)
def test_after_kill_9_nothing_can_be_read(under_way: str, tmp_path) -> None:
    head = f"""
        import os, signal, django
        from pathlib import Path
        django.setup()
        from django.conf import settings
        settings.MEDIA_ROOT = Path({str(tmp_path)!r}) / "files"
        SAID = "610581200401014204 张三丰"
        def die(*_, **__):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    lines = [line.removeprefix("        ") for line in (head + _DYING[under_way]).splitlines()]
    environment: dict[str, Any] = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "xueji.config.settings", "TMPDIR": str(tmp_path),
        "XUEJI_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT / "src"),
    }  # fmt: skip
    before = set(Path("/dev/shm").iterdir())
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*lines, "die()"])],
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    left = [path for path in set(Path("/dev/shm").iterdir()) - before if path.name.startswith("xueji-")]
    assert readable([tmp_path, *left], ["610581200401014204", "张三丰"]) == []
