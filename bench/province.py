"""A province in graduation week: rules → approval → numbers → diplomas → registers and rosters → balance sheets.

The work is done by the product's own actions, a school at a time, each in its transaction; what is done is read from
the database and from finished files, so that a run killed at any instant goes on where it was and ends with the same
files. The database is a server of its own in the work folder: its processor time is known, and nobody shares it.

Each stage is told beside the bare limit measured in the same run: reading the same rows, COPY of as many numbers,
rendering as many empty pages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg

from bench._meter import peak_mb, read_meter
from bench._province_build import APPROVED, SUBMITTED, build_school, register_authority, schools_for, write_pack
from bench._province_files import balance_sheet, write_file

ROOT = Path(__file__).resolve().parent.parent
GRADUATES = 250_000
WORKERS = 2
LARGE_BLOCK = 20_000
DATABASE = "xueji_province"
_TABLES = """
create table if not exists bench_cost (stage text, unit int, rows int, cpu float, server float, wall float, peak float);
create table if not exists bench_file (path text primary key, sha256 text not null, pages int not null);
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench asks for."""
    parser.add_argument("--graduates", type=int, default=GRADUATES, help=f"毕业生人数（默认 {GRADUATES}）")
    parser.add_argument(
        "--work", type=Path, help="工作目录：中断后以同一目录再运行即接着做（默认 .local/bench-province）"
    )
    parser.add_argument("--keep", action="store_true", help="保留工作目录中的数据库和文件")


def run(given: argparse.Namespace | None = None) -> dict[str, object]:
    """Run or go on with a province; return what each stage cost and the hash of everything that came out."""
    graduates = given.graduates if given else GRADUATES
    work = ((given.work if given else None) or ROOT / ".local" / "bench-province").resolve()
    _same_plan(work, graduates)
    cluster, url = _prepare(work)
    try:
        figures = Province(work, url, graduates, _postmaster(cluster)).run()
    finally:
        from django.db import connections

        from xueji.config import postgres

        connections.close_all()
        postgres.stop(cluster)
    if not (given and given.keep):
        shutil.rmtree(work)
        shutil.rmtree(cluster.data_dir.parent, ignore_errors=True)
    return figures


def _same_plan(work: Path, graduates: int) -> None:
    from xueji.core.errors import BadInput

    if graduates < 1:
        raise BadInput("毕业生人数至少为 1")
    work.mkdir(parents=True, exist_ok=True)
    plan = work / "plan.json"
    if plan.exists() and (begun := json.loads(plan.read_text())["graduates"]) != graduates:
        raise BadInput(f"工作目录 {work} 中是 {begun} 名毕业生的运行：请以相同人数接着做，或换一个目录")
    write_file(plan, json.dumps({"graduates": graduates}).encode())


def _prepare(work: Path):
    """Start the server of the work folder, migrate, load Django and the packs with the made-up province."""
    write_pack(ROOT / "policies", work / "policies")
    load(work)
    from xueji.config import postgres

    cluster = postgres.start(work)
    postgres.create_database(cluster, DATABASE)
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from xueji.certificates.marks import adopt_if_new

    adopt_if_new()
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        connection.execute(_TABLES)
    return cluster, cluster.url(DATABASE)


def load(work: Path) -> None:
    """Load Django on the work folder (in the workers too): its database, files, keys and packs."""
    os.environ |= {
        "XUEJI_HOME": str(work), "XUEJI_POLICIES": str(work / "policies"), "XUEJI_TESTING": "1",
        "DJANGO_SETTINGS_MODULE": "xueji.config.settings", "XUEJI_SITE_URL": "https://xueji.example.cn",
    }  # fmt: skip
    from xueji.config import postgres

    os.environ["DATABASE_URL"] = postgres.cluster(work).url(DATABASE)
    import django

    django.setup()


def _postmaster(cluster) -> int:
    return int((cluster.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])


class Province:
    """One run over one work folder."""

    def __init__(self, work: Path, url: str, graduates: int, postmaster: int) -> None:
        self.work, self.graduates, self.postmaster = work, graduates, postmaster
        self.out = work / "out"
        self.connection = psycopg.connect(url, autocommit=True)

    def run(self) -> dict[str, object]:
        """Do what is not done yet, stage after stage."""
        self.build()
        self.bare_reading()
        self.submit()
        self.large_block()
        self.approve()
        self.bare_copy()
        self.render("diplomas")
        self.render("lists")
        self.balance()
        return self.figures()

    # -- stages

    def build(self) -> None:
        """Build the schools that are not there."""
        from xueji.institutions.models import School

        register_authority()
        built = School.objects.count()
        for number in range(built, schools_for(self.graduates)):
            self.spend("build", number, lambda number=number: build_school(number, self.graduates))

    def submit(self) -> None:
        """Submit every batch: all rules run on every graduate, register and roster; findings would refuse."""
        from xueji.accounts.models import User
        from xueji.graduation import kinds, rules
        from xueji.graduation.actions import submit_batch

        checked, alone = self.stopwatch(kinds, "check_batch"), self.processor_of(rules, "check_graduate")
        for batch in self.batches("draft"):
            clerk = User.objects.get(username=f"school_clerk{int(batch.school.code[2:])}")
            checked.clear()
            alone.clear()
            self.spend("submit", batch.pk, lambda batch=batch, clerk=clerk: self.graduates_of(
                batch, submit_batch(batch=batch, by=clerk, at=SUBMITTED)
            ))  # fmt: skip
            self.store_inner("rules", batch, checked)
            self.store("rules_alone", batch.pk, len(alone), sum(alone), 0.0, sum(alone))

    def approve(self) -> None:
        """Let school and authority approve; the last step checks again, draws numbers and issues the certificates."""
        from xueji.accounts.models import User
        from xueji.certificates.actions import numbers
        from xueji.graduation.actions import release

        reviewer = User.objects.get(username="reviewer")
        drawn, written = self.stopwatch(release, "allocate_numbers"), self.stopwatch(numbers, "_write_run")
        for batch in self.batches("in_progress"):
            leader = User.objects.get(username=f"school_leader{int(batch.school.code[2:])}")
            drawn.clear()
            written.clear()
            self.spend("approve", batch.pk, lambda batch=batch, leader=leader: self.decide(batch, leader, reviewer))
            self.store_inner("numbers", batch, drawn)
            self.store_inner("numbers_written", batch, written)

    def large_block(self) -> None:
        """Draw a block of thousands for one school, as a city does for a whole class, and take it back."""
        if self.is_measured("large_block"):
            return
        from django.db import transaction

        from xueji.accounts.models import User
        from xueji.certificates.actions import release_numbers
        from xueji.graduation.models import Batch

        batch = Batch.objects.select_related("case", "school__authority").order_by("pk")[0]
        reviewer, count = User.objects.get(username="reviewer"), LARGE_BLOCK

        def draw() -> int:
            with transaction.atomic():
                release_numbers(
                    view=batch.law, kind="graduation", parts={"year": "2018"}, count=count, school=batch.school,
                    purpose="bench", by=reviewer, at=APPROVED,
                )  # fmt: skip
                transaction.set_rollback(True)
            return count

        self.spend("large_block", 0, draw)

    def render(self, stage: str) -> None:
        """Render with worker processes of their own: Typst and a forked child do not go together."""
        workers = [
            subprocess.Popen([sys.executable, "-m", "bench._province_worker", str(self.work), stage, str(k), str(WORKERS)], cwd=ROOT)
            for k in range(WORKERS)
        ]  # fmt: skip
        codes = [worker.wait() for worker in workers]  # all of them, also when the first one failed
        if any(codes):
            raise RuntimeError(f"a worker of the stage {stage} failed")

    def balance(self) -> None:
        """Write the sheet that balances the book of numbers, a line a school; every line and the total must be even."""
        if not (self.out / "balance.csv").exists():
            self.spend("balance", 0, lambda: balance_sheet(self.out / "balance.csv"))
        self.remember("balance.csv", 1)

    # -- how stages are done

    def batches(self, state: str) -> Iterable:
        """Return the batches that wait for a stage, in the order of their schools: numbers follow it."""
        from xueji.graduation.models import Batch

        return list(Batch.objects.filter(case__state=state).select_related("case", "season", "school").order_by("pk"))

    def graduates_of(self, batch, _done: object) -> int:
        return batch.candidates.count()

    def decide(self, batch, leader, reviewer) -> int:
        """Take a batch through its two steps, each a transaction; a killed run finds it at the second."""
        from xueji.cases.actions import decide_step
        from xueji.cases.queries import open_step_of

        for by in (leader, reviewer):
            step = open_step_of(batch.case)
            if (step.post == "school_leader") == (by is leader):
                decide_step(step=step, verdict="approve", by=by, at=APPROVED)
        return batch.candidates.count()

    def stopwatch(self, module, name: str) -> list[tuple[float, float, float]]:
        """Time the calls of one function of a module from now on."""
        inner, taken = getattr(module, name), []

        def timed(*args, **kwargs):
            before = read_meter(self.postmaster)
            try:
                return inner(*args, **kwargs)
            finally:
                after = read_meter(self.postmaster)
                taken.append((after.cpu - before.cpu, after.server - before.server, after.wall - before.wall))

        setattr(module, name, timed)
        return taken

    def processor_of(self, module, name: str) -> list[float]:
        """Time the calls of one small function from now on: by this process's clock alone, the meter would cost more."""
        inner, taken = getattr(module, name), []

        def timed(*args, **kwargs):
            before = time.process_time()
            try:
                return inner(*args, **kwargs)
            finally:
                taken.append(time.process_time() - before)

        setattr(module, name, timed)
        return taken

    def store_inner(self, stage: str, batch, taken: list[tuple[float, float, float]]) -> None:
        """Note the part of a unit that a stopwatch took, as a stage of its own."""
        cpu, server, wall = (sum(part) for part in zip(*taken, strict=True))
        self.store(stage, batch.pk, batch.candidates.count(), cpu, server, wall)

    def spend(self, stage: str, unit: int, act: Callable[[], int]) -> None:
        """Do one unit of a stage and note what it cost; the note may be lost with a kill, the work is not."""
        before = read_meter(self.postmaster)
        rows = act()
        after = read_meter(self.postmaster)
        self.store(stage, unit, rows, after.cpu - before.cpu, after.server - before.server, after.wall - before.wall)
        print(f"{stage} {unit}", file=sys.stderr, flush=True)

    def store(self, stage: str, unit: int, rows: int, cpu: float, server: float, wall: float) -> None:
        values = (stage, unit, rows, cpu, server, wall, peak_mb())
        self.connection.execute("insert into bench_cost values (%s, %s, %s, %s, %s, %s, %s)", values)

    def remember(self, path: str, pages: int) -> None:
        sha256 = hashlib.sha256((self.out / path).read_bytes()).hexdigest()
        self.connection.execute(
            "insert into bench_file values (%s, %s, %s) on conflict (path) do nothing", (path, sha256, pages)
        )

    # -- the bare limits

    def bare_reading(self) -> None:
        """Read the same rows and do nothing with them."""
        if self.is_measured("bare_reading"):
            return
        query = "select c.*, p.* from graduation_candidate c join registry_person p on p.id = c.person_id"

        def read() -> int:
            with self.connection.transaction(), self.connection.cursor(name="bare") as cursor:
                return sum(1 for _ in cursor.execute(query))

        self.spend("bare_reading", 0, read)

    def bare_copy(self) -> None:
        """COPY as many numbers into a table with the same index."""
        if self.is_measured("bare_copy"):
            return

        def copy() -> int:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                cursor.execute("create temp table bare (block bigint, serial bigint, number text unique, state text)")
                with cursor.copy("copy bare from stdin") as rows:
                    for serial in range(1, self.graduates + 1):
                        rows.write_row((1, serial, f"2019{serial:07d}", "free"))
                cursor.execute("drop table bare")
            return self.graduates

        self.spend("bare_copy", 0, copy)

    def is_measured(self, stage: str) -> bool:
        return self.connection.execute("select 1 from bench_cost where stage = %s", (stage,)).fetchone() is not None

    # -- the end

    def figures(self) -> dict[str, object]:
        """Return the stages with their costs, and the hash over every file and every number."""
        rows = self.connection.execute(
            "select stage, sum(rows), sum(cpu), sum(server), sum(wall), max(peak) from bench_cost group by stage"
        ).fetchall()
        cost = {stage: (count, cpu, server, wall, peak) for stage, count, cpu, server, wall, peak in rows}
        bare = {name: cost[name][1] / cost[name][0] for name in cost if name.startswith("bare_")}
        copied, read = (
            dict.fromkeys(("build", "approve", "numbers", "numbers_written", "large_block"), "bare_copy"),
            ("rules", "rules_alone", "submit", "balance"),
        )
        against = copied | dict.fromkeys(read, "bare_reading") | {"diplomas": "bare_page"}
        pages = dict(self.connection.execute(
            "select split_part(path, '/', 1), sum(pages) from bench_file group by 1"
        ).fetchall())  # fmt: skip
        stages = {}
        for name, (count, cpu, server, wall, _peak) in sorted(cost.items()):
            if name in bare:
                continue
            stages[name] = {
                "rows": int(count), "cpu_seconds": round(cpu, 2), "server_cpu_seconds": round(server, 2),
                "wall_seconds": round(wall, 2), "per_cpu_second": round(count / cpu) if cpu else None,
                "per_second": round(count / wall) if wall else None,
            }  # fmt: skip
            if name in against:
                stages[name]["ratio_to_bare"] = round(cpu / count / bare[against[name]], 1)
        if "lists" in stages:
            stages["lists"] |= {"pages": int(pages["lists"])}
            stages["lists"]["ratio_to_bare"] = round(cost["lists"][1] / pages["lists"] / bare["bare_page"], 1)
        return {
            "graduates": self.graduates,
            "schools": schools_for(self.graduates),
            "stages": stages,
            "bare_microseconds": {name.removeprefix("bare_"): round(each * 1e6, 1) for name, each in bare.items()},
            "peak_mb": round(max(row[4] for row in cost.values()), 1),
            "files": self.connection.execute("select count(*) from bench_file").fetchone()[0],
            "sha256": self.hash_of_all(),
        }

    def hash_of_all(self) -> str:
        """Return one hash over the files as listed and the numbers with their holders."""
        whole = hashlib.sha256()
        for path, sha256 in self.connection.execute("select path, sha256 from bench_file order by path"):
            whole.update(f"{sha256}  {path}\n".encode())
        numbers = (
            "select n.number, n.state, c.holder_name, c.enrolment_id, c.issue_date from certificates_certificatenumber n"
            " left join certificates_certificate c on c.number_id = n.id order by n.number"
        )
        for row in self.connection.execute(numbers):
            whole.update(("\t".join(map(str, row)) + "\n").encode())
        return whole.hexdigest()
