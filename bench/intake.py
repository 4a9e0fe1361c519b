"""Reading 2,000 graduates with photographs: the checked intake against bare reading of the same two files.

Bare is what no program can avoid: every cell through the same native reader, every photograph out of the archive, no
check of anything. Both run in processes of their own, alternating, so that the ratio and not the machine is measured.

The `whole_` figures are the way an upload really goes, in a database of its own: receive_upload → job upload.read →
sealed rows, findings and 2,000 different photographs on the disk, each flushed; bare for it is bare reading and one
COPY of the same cells. Processor time is ours and our children's; the database server's is in the wall time alone.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from psycopg import Connection, connect
from python_calamine import CalamineWorkbook
from tests.exchange.people import people, photograph, write_photos, write_workbook

from bench._scratch import scratch_database

GRADUATES = 2000
ROUNDS = 3

_BARE = """
import sys, zipfile
from python_calamine import CalamineWorkbook
with CalamineWorkbook.from_path(sys.argv[1]) as book:
    rows = sum(1 for _ in book.get_sheet_by_index(0).iter_rows())
with zipfile.ZipFile(sys.argv[2]) as archive:
    size = sum(len(archive.read(name)) for name in archive.namelist())
assert rows and size
"""
_DECODED = (
    _BARE
    + """
import io
from PIL import Image
with zipfile.ZipFile(sys.argv[2]) as archive:
    for name in archive.namelist():
        Image.open(io.BytesIO(archive.read(name))).load()
"""
)
_CHECKED = """
import sys
from datetime import date
from pathlib import Path
from xueji.exchange.graduates import check_graduates
from xueji.policy import get_library
view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))
photos = Path(sys.argv[2]) if len(sys.argv) > 2 else None
report = check_graduates(Path(sys.argv[1]), photos, view)
assert report.counts["errors"] == 0, report.findings[:3]
print(len(report.rows))
"""
_START = "import xueji.exchange.graduates, xueji.policy; xueji.policy.get_library().pack('edu/shaanxi-weinan')"


def run() -> dict[str, float]:
    """Return CPU and wall seconds of bare and checked reading (children included), their ratios, and the memory."""
    with tempfile.TemporaryDirectory() as folder:
        roster, photos = write_input(Path(folder), GRADUATES)
        bare, decoded, checked, rows_only, start = [], [], [], [], []
        for _ in range(ROUNDS):
            bare.append(_measure(_BARE, str(roster), str(photos)))
            decoded.append(_measure(_DECODED, str(roster), str(photos)))
            checked.append(_measure(_CHECKED, str(roster), str(photos)))
            rows_only.append(_measure(_CHECKED, str(roster)))
            start.append(_measure(_START))
    bare_cpu, bare_wall = _median(bare)
    checked_cpu, checked_wall = _median(checked)
    return {
        "graduates": GRADUATES,
        "bare_cpu_seconds": bare_cpu,
        "bare_wall_seconds": bare_wall,
        "bare_and_decoding_cpu_seconds": _median(decoded)[0],
        "checked_cpu_seconds": checked_cpu,
        "checked_wall_seconds": checked_wall,
        "checked_without_photos_cpu_seconds": _median(rows_only)[0],
        "start_cpu_seconds": _median(start)[0],
        "ratio_cpu": round(checked_cpu / bare_cpu, 2),
        "ratio_cpu_to_decoding": round(checked_cpu / _median(decoded)[0], 2),
        "ratio_wall": round(checked_wall / bare_wall, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
        **whole(GRADUATES),
    }


def whole(count: int) -> dict[str, float]:
    """Return the figures of the whole way of an upload, from receiving to stored rows and findings."""
    with tempfile.TemporaryDirectory() as folder, scratch_database():
        roster, photos = write_input(Path(folder), count)
        receive, discard = _clerk()
        with closing(connect(os.environ["DATABASE_URL"])) as connection:
            bare, taken = [], []
            for turn in range(ROUNDS):
                bare.append(_here(lambda: _read_and_copy(connection, roster, photos)))
                _files_at(Path(folder) / f"files{turn}")
                found: list[object] = []
                taken.append(_here(lambda found=found: found.append(receive(roster, photos))))
                _expect_all(found[0], count)
                discard(found[0])
        bare_cpu, bare_wall = _median(bare)
        cpu, seconds = _median(taken)
        return {
            "rows": count,
            "seconds": seconds,
            "cpu_seconds": cpu,
            "ratio_to_bare": round(seconds / bare_wall, 2),
            "whole_bare_seconds": bare_wall,
            "whole_ratio_cpu": round(cpu / bare_cpu, 2),
            "whole_rows_per_second": round(count / seconds),
            "whole_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }


def _clerk() -> tuple[Callable[[Path, Path], Any], Callable[[Any], object]]:
    """Found a school with an open batch; return its clerk's acts: send an upload and wait for it, put it away."""
    from django.utils import timezone
    from tests.factories.graduation import setting

    from xueji.jobs.testing import run_pending_jobs
    from xueji.uploads.actions import discard_upload, receive_upload

    here = setting()

    def receive(roster: Path, photos: Path) -> Any:
        intake = receive_upload(
            kind="graduates", subject=here.batch, workbook=(roster.name, roster.read_bytes()), photos=(photos.name, photos.read_bytes()),
            by=here.clerk, at=timezone.now(),
        )  # fmt: skip
        run_pending_jobs()
        intake.refresh_from_db()
        return intake

    return receive, lambda intake: discard_upload(upload=intake, by=here.clerk, at=timezone.now())


def _expect_all(intake: Any, count: int) -> None:
    from xueji.uploads.models import UploadState

    assert (intake.state, intake.row_count, intake.error_count) == (UploadState.READY, count, 0)
    assert intake.rows.exclude(photo=None).count() == count


def _files_at(folder: Path) -> None:
    """Store files in an empty folder, so that none is there from the round before."""
    from django.conf import settings

    settings.MEDIA_ROOT = folder


def _read_and_copy(connection: Connection, roster: Path, photos: Path) -> None:
    with CalamineWorkbook.from_path(roster) as book:
        header, *rows = book.get_sheet_by_index(0).iter_rows()
    with ZipFile(photos) as archive:
        assert sum(len(archive.read(name)) for name in archive.namelist())
    columns = ", ".join(f"c{n} text" for n in range(len(header)))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(f"drop table if exists bare; create table bare (id bigserial primary key, {columns})")
        names = ", ".join(f"c{n}" for n in range(len(header)))
        with cursor.copy(f"copy bare ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row([str(cell) for cell in row])


def _here(act: Callable[[], object]) -> tuple[float, float]:
    """Return processor and wall seconds of an act of this process, its children included."""
    before, started = _cpu(), time.perf_counter()
    act()
    return round(_cpu() - before, 3), round(time.perf_counter() - started, 3)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def write_input(folder: Path, count: int) -> tuple[Path, Path]:
    """Write a right workbook of `count` graduates and the archive of their photographs, each another one."""
    rows = people(count)
    roster = write_workbook(folder / "名册.xlsx", rows)
    files = {f"{row['身份证号']}.jpg": photograph(index) for index, row in enumerate(rows)}
    return roster, write_photos(folder / "照片.zip", files)


def _measure(code: str, *arguments: str) -> tuple[float, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(cpu, 3), round(wall, 3)


def _median(samples: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(cpu for cpu, _ in samples), statistics.median(wall for _, wall in samples)


if __name__ == "__main__":
    print(json.dumps(run(), ensure_ascii=False, indent=2))
