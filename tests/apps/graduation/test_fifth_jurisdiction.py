"""A jurisdiction that was added as data alone: its own steps, stages, number and forms, through the same actions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.exchange.people import people, photograph, write_photos, write_workbook
from tests.factories.graduation import Setting, current_step, decide
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.production import PrinterFactory, class_of

from xueji.cases.models import CaseState
from xueji.certificates.models import Certificate
from xueji.certificates.stages import done_stages, require_stage
from xueji.core.errors import RuleViolation
from xueji.core.numbering import parse_number
from xueji.graduation.actions import open_batch, open_season, submit_batch
from xueji.graduation.records.actions import confirm_outcomes, record_outcomes
from xueji.jobs.testing import run_pending_jobs
from xueji.production.actions import (
    CopyReceived,
    Tray,
    confirm_sheets,
    emboss_diplomas,
    hand_out,
    load_print_run,
    lodge_archive_copies,
    open_round,
    seal_issue,
)
from xueji.production.archive import copies_due
from xueji.production.catalogue import printable_for
from xueji.production.lists import list_data, make_list
from xueji.uploads.actions import confirm_upload, receive_upload

pytestmark = pytest.mark.django_db
AT = datetime(2022, 4, 12, 2, tzinfo=UTC)
MAY = datetime(2022, 5, 2, 2, tzinfo=UTC)
SOURCES = Path(__file__).parents[3] / "src"
ROWS = [
    {
        "行会": "钟表行", "徒工姓名": row["姓名"], "号码": row["身份证号"], "男女": row["性别"], "生日": row["出生年月日"],
        "手艺": "钟表维修", "拜师年月": "2019-04", "出师年月": "2022-04", "年数": "3", "作品": f"挂钟第{index}座",
        "评定": "收", "出师或结业": "出师",
    }
    for index, row in enumerate(people(20), start=1)
]  # fmt: skip


@pytest.fixture
def here() -> Setting:
    """A guild school's draft batch under the made-up order."""
    city = staffed_city("980100", "980102", line="fictional")
    school = city.county_school
    school.level, school.ordinal = "甲等", "0012"
    school.save()
    ProgrammeFactory(school=school, name="钟表维修", code="000305")
    season = open_season(
        authority=city.city, year=2022, term="spring", legal_date=date(2022, 4, 10), by=city.city_reviewer, at=AT
    )
    return Setting(city, season, open_batch(season=season, school=school, by=city.clerk, at=AT))


def filed(here: Setting, folder: Path) -> Setting:
    """File the list with its own columns."""
    workbook = write_workbook(folder / "名单.xlsx", ROWS, headers=tuple(ROWS[0]), sheet="名单").read_bytes()
    files = {f"{row['号码']}.jpg": photograph(int(row["号码"][14:17])) for row in ROWS}
    photos = write_photos(folder / "照片.zip", files).read_bytes()
    intake = receive_upload(
        kind="graduates",
        subject=here.batch,
        workbook=("名单.xlsx", workbook),
        photos=("照片.zip", photos),
        by=here.clerk,
        at=AT,
    )
    run_pending_jobs()
    intake.refresh_from_db()
    assert intake.error_count == 0, list(intake.findings.values_list("row", "column", "message"))
    confirm_upload(upload=intake, by=here.clerk, at=AT)
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    return here


def recorded(here: Setting, folder: Path) -> None:
    """Import that the roll says «graduated»."""
    rows = [{"徒工姓名": row["徒工姓名"], "号码": row["号码"], "名册所记": "毕业"} for row in ROWS]
    workbook = write_workbook(folder / "名册.xlsx", rows, headers=tuple(rows[0]), sheet="名册").read_bytes()
    intake = receive_upload(subject=here.batch, kind="efile", workbook=("名册.xlsx", workbook), by=here.clerk, at=AT)
    run_pending_jobs()
    intake.refresh_from_db()
    confirm_upload(upload=intake, by=here.clerk, at=AT)


def refused_for(here: Setting, stage: str) -> list[str]:
    """Return which stages stand in the way of one, as the refusal names them."""
    with pytest.raises(RuleViolation) as refused:
        require_stage(here.batch.issue, stage)
    return [finding.rule.rpartition(".")[2] for finding in refused.value.findings]


def test_the_made_up_order_goes_its_own_way_from_list_to_numbers(here: Setting, tmp_path: Path) -> None:
    filed(here, tmp_path)
    for post in ("city_reviewer", "county_reviewer"):
        assert current_step(here.batch.case).post == post
        decide(here.batch.case, here.city, at=AT)
    assert current_step(here.batch.case).post == "school_leader"
    with pytest.raises(RuleViolation, match="名册上记毕业"):
        decide(here.batch.case, here.city, at=AT)
    recorded(here, tmp_path)
    assert decide(here.batch.case, here.city, at=AT).state == CaseState.APPROVED

    here.batch.refresh_from_db()
    spec = here.batch.law.numbering("graduation")
    numbers = list(Certificate.objects.order_by("candidate__ordinal").values_list("number__number", flat=True))
    assert len(set(numbers)) == len(ROWS)
    parts = [parse_number(spec.shape, number) for number in numbers]
    shared = {"grade": "8", "programme": "000305", "year": "22", "school": "0012"}
    assert all(part == {**shared, "serial": part["serial"]} for part in parts)
    serials = [part["serial"] for part in parts]
    assert serials != sorted(serials)


def checked(here: Setting) -> None:
    """Have the handbooks drawn looked at by one officer and confirmed by another."""
    drawn = here.batch.spot_checks.get().draw
    assert (drawn.population, drawn.size) == (20, 2)
    items = [item.pk for item in drawn.items.all()]
    outcomes = dict.fromkeys(items, ("passed", ""))
    record_outcomes(batch=here.batch, outcomes=outcomes, by=here.city.city_reviewer, at=AT)
    confirm_outcomes(batch=here.batch, ids=items, by=here.city.second_city_reviewer, at=AT)


def printed(here: Setting) -> None:
    """Print every certificate on the school's own printer and find every sheet good."""
    printer = PrinterFactory(school=here.batch.school)
    run = load_print_run(issue=here.batch.issue, tray=Tray("diploma.full", printer), by=here.clerk, at=AT)
    run_pending_jobs()
    confirm_sheets(run=run, first=1, last=run.sheet_count, by=here.clerk, at=AT)


def sealed(here: Setting) -> None:
    """Seal on a day that the pack sets."""
    city = here.city
    sealing_round = open_round(**class_of(here.season), place="市署", by=city.city_reviewer, at=AT)
    assert (sealing_round.opens_on, sealing_round.closes_on) == (date(2022, 5, 1), date(2022, 5, 5))
    seal_issue(
        issue=here.batch.issue, round=sealing_round, diplomas_counted=len(ROWS), refused={}, sealed_by=city.sealer,
        supervised_by=city.seal_supervisor, at=MAY,
    )  # fmt: skip


def lodged(here: Setting) -> None:
    """Lodge the guild book with the city and the school."""
    due = copies_due(here.batch.issue)
    assert {(copy.keeper, copy.document) for copy in due} == {("city", "guild_book"), ("school", "guild_book")}
    copies = [CopyReceived(copy.keeper, copy.document, "甲-1") for copy in due]
    lodge_archive_copies(issue=here.batch.issue, copies=copies, by=here.city.sealer, at=MAY)


def test_every_stage_waits_for_the_one_before_in_its_own_order(here: Setting, tmp_path: Path) -> None:
    filed(here, tmp_path)
    assert refused_for(here, "approve") == ["record_graduated"]
    recorded(here, tmp_path)
    for _ in range(3):
        decide(here.batch.case, here.city, at=AT)
    here.batch.refresh_from_db()
    here.batch.case.refresh_from_db()
    assert done_stages(here.batch.issue) == {"record_graduated", "approve", "number"}
    certificates = list(Certificate.objects.values_list("pk", flat=True))
    walk: list[tuple[str, str, Callable[[], object]]] = [
        ("spot_check", "print", lambda: checked(here)),
        ("print", "emboss", lambda: printed(here)),
        (
            "emboss",
            "seal",
            lambda: emboss_diplomas(issue=here.batch.issue, certificates=certificates, by=here.clerk, at=AT),
        ),
        ("seal", "archive", lambda: sealed(here)),
        ("archive", "hand_out", lambda: lodged(here)),
    ]
    for stage, following, do in walk:
        assert refused_for(here, following) == [stage]
        do()
        here.batch.refresh_from_db()
    assert not here.batch.case.obligations.exists()
    report = hand_out(issue=here.batch.issue, certificates=certificates, by=here.clerk, at=MAY)
    assert len(report.handed) == len(ROWS)
    assert done_stages(here.batch.issue) == {stage.key for stage in here.batch.law.process().stages}


def test_its_own_form_is_drawn_by_the_general_template(here: Setting, tmp_path: Path) -> None:
    filed(here, tmp_path)
    recorded(here, tmp_path)
    for _ in range(3):
        decide(here.batch.case, here.city, at=AT)
    here.batch.refresh_from_db()
    view = here.batch.law
    book = printable_for(view, here.batch.issue, "guild_book").spec
    (group,) = list_data(here.batch.issue, book).groups
    assert {row["guild"] for row in group.rows} == {"钟表行"}
    assert {row["masterpiece"] for row in group.rows} == {row["作品"] for row in ROWS}
    made = make_list(here.batch.issue, book, workbook=False)
    assert made.pages == 2 * 3  # two copies, seven a page
    assert printable_for(view, here.batch.issue, "diploma.full").is_diploma


def test_no_line_of_the_program_knows_a_made_up_or_a_real_place() -> None:
    places = re.compile(r"ruritania|卢里塔尼亚|fujian|guangxi|henan|edu/shaanxi|hrss/")
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if "demo" not in path.parts}
    assert not [str(path) for path, text in texts.items() if places.search(text)]
