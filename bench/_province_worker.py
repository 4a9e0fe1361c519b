"""Renders the files of every k-th school of a province: `python -m bench._province_worker WORK STAGE K OF`."""

from __future__ import annotations

import ctypes
import hashlib
import signal
import sys
from pathlib import Path

from bench._province_files import write_file
from bench.province import Province, load

_PARENT_DIED = 1  # PR_SET_PDEATHSIG
_BARE_PAGES = 500


def main(work: Path, stage: str, k: int, of: int) -> None:
    """Render what is not there; end with the parent, however that ends."""
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    load(work)
    from django.db import connection

    from xueji.config.settling import settle
    from xueji.graduation.models import Batch

    connection.ensure_connection()
    settle()
    province = Province(work, connection.connection.info.dsn, 0, 0)
    province.postmaster = None
    known = {path for (path,) in province.connection.execute("select path from bench_file")}
    batches = (
        Batch.objects.filter(issue__numbered_at__isnull=False)
        .select_related("case", "issue", "season", "school")
        .order_by("pk")
    )
    make = {"diplomas": diplomas, "lists": lists}[stage]
    for batch in batches.iterator():
        if batch.pk % of != k or f"{stage}/{batch.pk}" in known:
            continue
        province.spend(stage, batch.pk, lambda batch=batch: _keep(province, stage, batch.pk, make(batch)))
    if stage == "diplomas" and k == 0 and not province.is_measured("bare_page"):
        province.spend("bare_page", 0, empty_pages)


def _keep(province: Province, stage: str, batch: int, made: tuple[int, dict[str, bytes], int]) -> int:
    """Store the files of one school, then the line that says so: one hash over all of them."""
    rows, files, pages = made
    for name, data in files.items():
        write_file(province.out / stage / str(batch) / name, data)
    hashes = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    province.connection.execute(
        "insert into bench_file values (%s, %s, %s) on conflict (path) do nothing",
        (f"{stage}/{batch}", hashlib.sha256(hashes.encode()).hexdigest(), pages),
    )
    return rows


def diplomas(batch) -> tuple[int, dict[str, bytes], int]:
    """Return the print-ready diplomas of a school, photograph and look-up code on each."""
    from xueji.documents.render import render_diplomas
    from xueji.production.form_data import certificates_of, diploma_records, issue_day

    certificates = list(certificates_of(batch.issue_at_hand))
    spec = batch.law.document("diploma")
    done = render_diplomas(
        spec, diploma_records(certificates, spec), mode="sample", issued_on=issue_day(batch.issue_at_hand)
    )
    return len(certificates), {"diplomas.pdf": done.pdf}, done.pages


def lists(batch) -> tuple[int, dict[str, bytes], int]:
    """Return the sealing register, the roster and its workbook."""
    from xueji.documents.render import render_register, render_roster
    from xueji.production.form_data import issue_day, register_data, roster_data
    from xueji.production.rosters import write_roster

    view, day = batch.law, issue_day(batch.issue_at_hand)
    roster = roster_data(batch.issue_at_hand, view.document("roster"))
    register = render_register(view.document("register"), register_data(batch.issue_at_hand), issued_on=day)
    printed = render_roster(view.document("roster"), roster, issued_on=day)
    files = {
        "register.pdf": register.pdf,
        "roster.pdf": printed.pdf,
        "roster.xlsx": write_roster(view.document("roster"), roster, issued_on=day),
    }
    return len(roster.rows), files, register.pages + printed.pages


def empty_pages() -> int:
    """Set empty pages with the diploma's own template and standard: what no diploma can cost less than."""
    from datetime import date

    from bench._province_build import PACK
    from xueji.documents.baseforms import template_of
    from xueji.documents.diplomaforms import DiplomaForms
    from xueji.documents.diplomas import _shared
    from xueji.documents.workshop import compile_document
    from xueji.policy import get_library

    day = date(2019, 7, 8)
    spec = get_library().pack(PACK).on(day).document("diploma_overlay")
    shared = _shared(spec, "overlay", DiplomaForms(spec).layouts()[:1])
    for _ in range(_BARE_PAGES // 100):
        data = {**shared, "blank": -1, "pages": [{"form": 0, "fields": []}] * 100}
        compile_document(template_of(spec), data, issued_on=day)
    return _BARE_PAGES


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
