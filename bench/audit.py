"""The audit of everything a province stored in four years: 1,000,000 certificates with all that stands behind them.

Filled as `load` fills, then completed so that everything balances (`_audit_fill.py`). Each check is told by itself; the whole is what
`xueji audit` takes by the clock. Files are measured apart, as bytes a second: how many there are is another question.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench._audit_fill import complete
from bench._load_fill import PACK, fill
from bench._meter import read_meter
from bench._province_build import write_pack

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "xueji_audit"
SCHOOLS, CERTIFICATES, FILES = 2_000, 1_000_000, 2_000
FILE_BYTES = 250_000  # a sheet of a list, a photograph before it is cut


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench asks for."""
    parser.add_argument("--schools", type=int, default=SCHOOLS, help=f"学校数（默认 {SCHOOLS}）")
    parser.add_argument("--certificates", type=int, default=CERTIFICATES, help=f"证书数（默认 {CERTIFICATES}）")
    parser.add_argument("--work", type=Path, help="工作目录（默认 .local/bench-audit）；其中的数据库可以再用")
    parser.add_argument("--keep", action="store_true", help="保留工作目录")


def run(given: argparse.Namespace) -> dict[str, object]:
    """Fill (unless filled), audit; return seconds by check, and the rate at which files are read."""
    work = (given.work or ROOT / ".local" / "bench-audit").resolve()
    write_pack(ROOT / "policies", work / "policies")
    os.environ |= {
        "XUEJI_HOME": str(work), "XUEJI_POLICIES": str(work / "policies"), "DJANGO_SETTINGS_MODULE": "xueji.config.settings",
    }  # fmt: skip
    from xueji.config import postgres

    cluster = postgres.start(work)
    url = cluster.url(DATABASE)
    os.environ["DATABASE_URL"] = url
    postgres.create_database(cluster, DATABASE)
    try:
        filled = _filled(url, given)
        postmaster = int((cluster.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        figures = {
            "schools": given.schools,
            "certificates": given.certificates,
            "fill_seconds": filled,
            **_audited(postmaster),
            **_files_read(),
        }
    finally:
        from django.db import connections

        connections.close_all()
        postgres.stop(cluster)
    if not given.keep:
        shutil.rmtree(work)
        shutil.rmtree(cluster.data_dir.parent, ignore_errors=True)
    return figures


def _filled(url: str, given: argparse.Namespace) -> float:
    import django

    django.setup()
    from datetime import date

    from django.core.management import call_command

    from xueji.certificates import marks
    from xueji.certificates.models import Certificate, NumberCounter
    from xueji.policy import get_library

    call_command("migrate", interactive=False, verbosity=0)
    marks.adopt_if_new()
    start = time.perf_counter()
    if not Certificate.objects.exists():
        pack_hash = get_library().pack(PACK).on(date(2019, 7, 1)).pack.hash
        fill(url, given.schools, given.certificates, pack_hash, _say(start))
        for counter in NumberCounter.objects.all():
            marks.settle(
                kind=counter.kind, scope=counter.scope, last=counter.last_serial, key_id=counter.key_id, statement=0
            )
        complete(url, _say(start))
    return round(time.perf_counter() - start, 1)


def _audited(postmaster: int) -> dict[str, object]:
    from xueji.cli.audit import audit

    before = read_meter(postmaster)
    found = audit(processes=2)
    after = read_meter(postmaster)
    wrong = {check["check"]: check["mismatches"][:3] for check in found if check["mismatches"]}
    return {
        "wall_seconds": round(after.wall - before.wall, 1),
        "cpu_seconds": round(after.cpu - before.cpu, 1),
        "server_cpu_seconds": round(after.server - before.server, 1),
        "rows": sum(check.get("looked_at", 0) for check in found),
        "mismatches": wrong,
    }


def _files_read() -> dict[str, object]:
    """Store files as an upload does, let the audit open and compare each, take them away again; return the rate of one process."""
    from django.db import connection

    from xueji.cli.audit import _files
    from xueji.documents.storage import store_bytes

    for _ in range(FILES):
        store_bytes(os.urandom(FILE_BYTES), "image/jpeg")
    before = read_meter(None)
    found = _files()
    after = read_meter(None)
    with connection.cursor() as cursor:
        cursor.execute("delete from documents_storedfile")
    from django.conf import settings

    shutil.rmtree(settings.MEDIA_ROOT)
    size = FILES * FILE_BYTES / 1e9
    return {
        "files": found["looked_at"], "file_mismatches": found["mismatches"][:3],
        "files_gb_per_second": round(size / (after.wall - before.wall), 2),
        "files_gb_per_cpu_second": round(size / (after.cpu - before.cpu), 2),
    }  # fmt: skip


def _say(start: float) -> Callable[[str], None]:
    return lambda name: print(f"{time.perf_counter() - start:7.1f} s  {name}", file=sys.stderr, flush=True)
