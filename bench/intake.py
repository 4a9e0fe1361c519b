"""Reading 2,000 graduates with photographs: the checked intake against bare reading of the same two files.

Bare is what no program can avoid: every cell through the same native reader, every photograph out of the archive, no
check of anything. Both run in processes of their own, alternating, so that the ratio and not the machine is measured.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.exchange.people import people, photograph, write_photos, write_workbook

GRADUATES = 2000
ROUNDS = 3
_DISTINCT_FACES = 50  # drawing faces is slow, and none is compared with another

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
    }


def write_input(folder: Path, count: int) -> tuple[Path, Path]:
    """Write a right workbook of `count` graduates and the archive of their photographs."""
    rows = people(count)
    faces = [photograph(seed) for seed in range(min(_DISTINCT_FACES, count))]
    roster = write_workbook(folder / "名册.xlsx", rows)
    files = {f"{row['身份证号']}.jpg": faces[index % len(faces)] for index, row in enumerate(rows)}
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
