from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from xueji.core.errors import BadInput, PolicyError
from xueji.core.findings import Citation
from xueji.policy import find_directory, forbidden_additions, get_library, load_packs
from xueji.policy.unread import unread_tables

FREEDONIA = find_directory() / "fictional" / "freedonia"
CHILD = """
id = "fictional/freedonia/sylvania"
title = "西尔瓦尼亚（虚构）"
line = "fictional"
territory = "990100"
parent = "fictional/freedonia"
in_force = 2005-01-01
recorded_on = 2005-01-01
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A directory with a copy of the made-up pack, to be spoiled."""
    shutil.copytree(FREEDONIA, tmp_path / "fictional" / "freedonia")
    return tmp_path


@pytest.fixture
def child(packs: Path) -> Path:
    folder = packs / "fictional/freedonia/sylvania"
    folder.mkdir()
    (folder / "pack.toml").write_text(CHILD, encoding="utf-8")
    return folder


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# -- what is refused

WRONG = [
    pytest.param("pack.toml", "line =", "lime =", "line", id="key missing"),
    pytest.param("pack.toml", 'line = "fictional"', 'line = "fictional"\ncolour = 1', "colour", id="key unknown"),
    pytest.param("pack.toml", "in_force = 2000-01-01", 'in_force = "2000"', "should be date", id="wrong type"),
    pytest.param("pack.toml", "freedonia", "sylvania", "id", id="id is not the folder"),
    pytest.param("pack.toml", "990000", "99", "six digits", id="territory"),
    pytest.param("pack.toml", "line =", "parent = 'no/such'\nline =", "no/such", id="no such parent"),
    pytest.param("pack.toml", "line =", "parent = 'fictional/freedonia'\nline =", "each other", id="its own parent"),
    pytest.param("rules.toml", "graduate.name_acceptable", "graduate.nice", "no rule", id="rule core lacks"),
    pytest.param("rules.toml", "pass_mark = 50", "pass_mark = 50, bonus = 1", "bonus", id="parameter unknown"),
    pytest.param("rules.toml", ", pass_mark = 50", "", "pass_mark", id="parameter missing"),
    pytest.param("rules.toml", "pass_mark = 50", 'pass_mark = "50"', "should be int", id="parameter type"),
    pytest.param("rules.toml", 'severity = "error"', 'severity = "fatal"', "fatal", id="severity"),
    pytest.param("rules.toml", "freedonia-1:5", "freedonia-9:5", "freedonia-9", id="source not there"),
    pytest.param("rules.toml", "freedonia-1:5", "freedonia-1:99", "99", id="clause not quoted"),
    pytest.param("rules.toml", "freedonia-1:5", "freedonia-1", "source:clause", id="citation without clause"),
    pytest.param(
        "rules.toml", 'cites = ["freedonia-1:5"]', "", "cite a clause, or record", id="neither cited nor read"
    ),
    pytest.param("calendar.toml", "in_force = 2010-01-01", "", "two versions", id="versions overlap"),
    pytest.param("calendar.toml", "days = 3", "days = 0", "1 or more", id="no days"),
    pytest.param("calendar.toml", 'unit = "working_days"', 'unit = "weeks"', "weeks", id="unit"),
    pytest.param("calendar.toml", "closes = 2001-04-10", "closes = 2001-03-10", "before opens", id="closes early"),
    pytest.param("calendar.toml", "last_year = 2001", "last_year = 2002", "the years 2001", id="calendar has a hole"),
    pytest.param("calendar.toml", "working_days.csv", "other.csv", "not there", id="no table file"),
    pytest.param("tables/working_days.csv", "holiday,", "feast,", "feast", id="kind of day"),
    pytest.param("tables/working_days.csv", "date,kind,festival", "date,kind", "columns", id="columns of a table"),
    pytest.param("workflows.toml", 'clock = "ministry_review"', 'clock = "never"', "never", id="clock not there"),
    pytest.param("workflows.toml", 'level = "province"', 'level = "moon"', "moon", id="level"),
    pytest.param("workflows.toml", '["approve", "refuse"]', '["dither"]', "verdicts", id="verdict"),
    pytest.param("numbering.toml", 'serial_part = "serial"', 'serial_part = "cereal"', "cereal", id="serial part"),
    pytest.param("numbering.toml", '"year", "school"]', '"year", "month"]', "counter_parts", id="counter part"),
    pytest.param("workbooks.toml", 'field = "name"', 'field = "nickname"', "nickname", id="fact unknown"),
    pytest.param("workbooks.toml", '"编号"', '"姓名"', "two columns", id="header twice"),
    pytest.param("workbooks.toml", 'kind = "text" }', 'kind = "code" }', "names its table", id="code without table"),
    pytest.param("sources.toml", 'clauses.1 = "毕', 'clauses.1 = ""\n#', "quoted as a text", id="empty clause"),
    pytest.param("values.toml", "failed_marks_lead_to", "colour", "程序不读这项参数", id="value nobody reads"),
    pytest.param("values.toml", '"completion"', '"expulsion"', "completion、not_yet 之一", id="value of another shape"),
    pytest.param("values.toml", "[values", "[values", "", id="control: nothing changed"),
]


@pytest.mark.parametrize(("file", "old", "new", "words"), WRONG)
def test_a_wrong_pack_is_refused_by_file_and_key(packs, file, old, new, words):
    replace_in(packs / "fictional/freedonia" / file, old, new)
    if not words:
        assert load_packs(packs).packs()
        return
    with pytest.raises(PolicyError) as refused:
        load_packs(packs)
    assert words in refused.value.message
    assert "freedonia" in refused.value.file


def test_a_file_that_is_not_of_a_pack_is_refused(packs):
    (packs / "fictional/freedonia/secrets.toml").write_text("", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"secrets\.toml"):
        load_packs(packs)


ADDED = [
    pytest.param("guidance.toml", '[guidance.weather]\ntext = "晴"\n', "没有页面显示", id="a sentence no page shows"),
    pytest.param("guidance.toml", '[guidance.archive]\ntext = "存档"\n', "", id="a sentence a page shows"),
    pytest.param(
        "quotations.toml",
        '[quotations.x]\nlabel = "发证"\ntext = "四个工作日内发证"\n',
        "不在所引条款之中",
        id="no quotation",
    ),
    pytest.param(
        "quotations.toml", '[quotations.x]\nlabel = "发证"\ntext = "三个工作日内发证"\n', "", id="a quotation"
    ),
    pytest.param("tables.toml", "[tables.colours]\ncodes = { 1 = '红' }\n", "没有哪一列", id="a table no column names"),
    pytest.param(
        "tables.toml", "[tables.id_document_types_aliases]\ncodes = { '袖章' = '臂章' }\n", "", id="aliases of a table"
    ),
    pytest.param(
        "process.toml", "[process.voiding]\nlabel = '作废'\nstages = []\n", "没有这一种办理过程", id="a process"
    ),
    pytest.param(
        "values.toml", "[values.graduation_months]\nvalue = [7, 13]\n", "为月份的列表", id="a month of no year"
    ),
    pytest.param("values.toml", "[values.level_of_study]\nvalue = ' '\n", "应为文字", id="no text"),
    pytest.param("values.toml", "[values.graduation_months]\nvalue = [7, 12]\n", "", id="months"),
    pytest.param("photos.toml", "[photos.passport]\n", "没有这一种照片规格", id="a photograph"),
    pytest.param("workbooks.toml", "[workbooks.teachers]\n", "没有这一种表册", id="a workbook"),
]


@pytest.mark.parametrize(("file", "added", "words"), ADDED)
def test_what_nobody_reads_is_refused_by_file_and_key(packs, file, added, words):
    path = packs / "fictional/freedonia" / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f'{before}\n{added}cites = ["freedonia-1:4"]\n', encoding="utf-8")
    if not words:
        assert load_packs(packs).packs()
        return
    with pytest.raises(PolicyError, match=words) as refused:
        load_packs(packs)
    assert refused.value.file == f"fictional/freedonia/{file}"
    assert refused.value.key.removesuffix(".value") in added.replace("[", "").replace("]", "")


def test_of_all_packs_together_no_table_is_left_unread(packs):
    assert list(unread_tables(get_library().packs())) == []
    shutil.copytree(find_directory() / "edu/national", packs / "edu/national")
    for name in ("workbooks.toml", "tables.toml"):  # the form of new students names tables of the nation
        (packs / "edu/national" / name).unlink()
    shutil.copytree(find_directory() / "common", packs / "common")
    assert ("common/national", "ethnicity") in {
        (pack.id, table) for pack, table in unread_tables(load_packs(packs).packs())
    }


def test_a_file_that_is_not_toml_is_refused(packs):
    (packs / "fictional/freedonia/values.toml").write_text("= nonsense", encoding="utf-8")
    with pytest.raises(PolicyError, match="TOML"):
        load_packs(packs)


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PolicyError, match="not a directory"):
        load_packs(tmp_path / "nowhere")


# -- dates, inheritance, hash


def test_a_value_is_looked_up_by_the_legal_date():
    pack = get_library().pack("fictional/freedonia")
    assert pack.on(date(2009, 12, 31)).clock("handing_out").days == 3
    assert pack.on(date(2010, 1, 1)).clock("handing_out").days == 7
    with pytest.raises(BadInput, match="没有期限「handing_out」"):
        pack.on(date(1999, 12, 31)).clock("handing_out")


def test_a_look_up_that_fails_names_the_choices():
    view = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 8))
    with pytest.raises(BadInput, match="after_sealing"):
        view.clock("before_sealing")


def test_a_child_inherits_and_overrides(child):
    (child / "values.toml").write_text(
        '[values.failed_marks_lead_to]\nvalue = "not_yet"\nreading = "虚构。"\n', encoding="utf-8"
    )
    library = load_packs(child.parents[2])
    parent, pack = library.pack("fictional/freedonia"), library.pack("fictional/freedonia/sylvania")
    day = date(2006, 1, 1)
    assert pack.on(day).value("failed_marks_lead_to") == "not_yet"
    assert parent.on(day).value("failed_marks_lead_to") == "completion"
    assert pack.on(day).clock("handing_out").days == 3
    assert pack.on(date(2004, 1, 1)).value("failed_marks_lead_to") == "completion"  # the child was not in force yet
    assert pack.on(day).rules("graduate") == parent.on(day).rules("graduate")
    source, text = pack.on(day).clause(Citation("freedonia-1", "4"))
    assert (source.number, text) == ("自教令〔2000〕1号", "核准后三个工作日内发证。")


def test_the_deepest_pack_that_covers_a_territory_is_resolved(child):
    library = load_packs(child.parents[2])
    assert library.resolve("fictional", "990101").id == "fictional/freedonia/sylvania"
    assert library.resolve("fictional", "990101", on=date(2004, 1, 1)).id == "fictional/freedonia"
    assert library.resolve("fictional", "990200").id == "fictional/freedonia"
    with pytest.raises(BadInput, match="fictional:990000"):
        library.resolve("edu", "990101")
    assert get_library().resolve("edu", "610502").id == "edu/shaanxi-weinan"
    assert get_library().resolve("edu", "610300").id == "edu/national"


def test_an_unknown_pack_names_the_packs():
    with pytest.raises(BadInput, match="edu/shaanxi-weinan"):
        get_library().pack("edu/atlantis")


def test_the_hash_covers_files_and_parent_and_not_examples(child):
    root = child.parents[2]
    before = {pack.id: pack.hash for pack in load_packs(root).packs()}
    (child.parent / "examples" / "more.toml").write_text("", encoding="utf-8")
    assert {pack.id: pack.hash for pack in load_packs(root).packs()} == before
    replace_in(child.parent / "values.toml", "虚构", "虚构的")
    after = {pack.id: pack.hash for pack in load_packs(root).packs()}
    assert after["fictional/freedonia"] != before["fictional/freedonia"]
    assert after["fictional/freedonia/sylvania"] != before["fictional/freedonia/sylvania"]


def test_line_ends_do_not_change_the_hash(packs):
    before = load_packs(packs).packs()[0].hash
    path = packs / "fictional/freedonia/values.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_packs(packs).packs()[0].hash == before


# -- no additions below a notice that forbids them

ADDITIONS = [
    pytest.param(
        "rules.toml",
        '[rules."graduate.sex_known"]\nseverity = "error"\ncites = ["freedonia-1:5"]\n',
        "adds the rule graduate.sex_known",
        id="rule",
    ),
    pytest.param(
        "rules.toml",
        '[rules."graduate.graduates_in_season"]\nseverity = "error"\ncites = ["freedonia-1:3"]\n'
        "params = { spring = [3, 4], autumn = [9, 10], year_before = [] }\n",
        "stricter",
        id="severity",
    ),
    pytest.param(
        "rules.toml",
        '[rules."graduate.graduates_in_season"]\nseverity = "warning"\ncites = ["freedonia-1:3"]\n'
        "params = { spring = [4], autumn = [10], year_before = [] }\n",
        "changes the limits",
        id="limits",
    ),
    pytest.param(
        "workflows.toml",
        '[workflows.graduation_batch]\nlabel = "x"\ncites = ["freedonia-1:1"]\nsteps = ['
        '{ key = "city", label = "市", level = "city", post = "city_reviewer", verdicts = ["approve"] },'
        '{ key = "m", label = "部", level = "province", post = "province_reviewer", verdicts = ["approve"] }]\n',
        "adds the step 'city'",
        id="approval step",
    ),
    pytest.param(
        "workflows.toml",
        '[workflows.graduation_batch]\nlabel = "x"\ncites = ["freedonia-1:1"]\nsteps = ['
        '{ key = "m", label = "部", level = "province", post = "province_reviewer", verdicts = ["approve"],'
        ' hands = 2, hands_cites = ["freedonia-1:1"] }]\n',
        "decided by 2, not 1",
        id="second hand",
    ),
    pytest.param(
        "workbooks.toml",
        '[workbooks.graduates]\ntitle = "x"\nsheet = "x"\nmax_rows = 5\ncites = ["freedonia-1:5"]\n'
        'columns = [{ header = "性别", field = "sex", required = true, kind = "text" }]\n',
        "requires the column '性别'",
        id="required column",
    ),
    pytest.param(
        "calendar.toml",
        '[clocks.ministry_review]\nlabel = "x"\ndays = 2\nunit = "calendar_days"\nreading = "x"\n',
        "shortens the term",
        id="shorter term",
    ),
    pytest.param(
        "tables.toml",
        '[tables.negative_list]\nreading = "x"\ncodes = { X1 = "不许" }\n',
        "adds X1 to the negative list",
        id="negative list",
    ),
]


@pytest.mark.requirement("S2-54")
@pytest.mark.parametrize(("file", "text", "words"), ADDITIONS)
def test_a_city_may_not_add_what_its_province_forbids_to_add(child, file, text, words):
    (child / file).write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_packs(child.parents[2])
    assert words in refused.value.message
    replace_in(child.parent / "pack.toml", "forbids_additions = true", "forbids_additions = false")
    pack = load_packs(child.parents[2]).pack("fictional/freedonia/sylvania")
    assert forbidden_additions(pack) == []


@pytest.mark.requirement("S2-54")
def test_a_city_may_detail_and_ease(child):
    (child / "calendar.toml").write_text(
        '[clocks.ministry_review]\nlabel = "x"\ndays = 9\nunit = "calendar_days"\nreading = "放宽。"\n',
        encoding="utf-8",
    )
    pack = load_packs(child.parents[2]).pack("fictional/freedonia/sylvania")
    assert pack.on(date(2006, 1, 1)).clock("ministry_review").days == 9


OWED = "[obligations.report]\nlabel = '报送'\n"
MEASURE = "[measures.wine]\nlabel = '罚酒'\n"


@pytest.mark.requirement("S1-16")
@pytest.mark.requirement("S1-17")
@pytest.mark.parametrize(
    ("added", "words"),
    [
        pytest.param(f"{OWED}after = 'seal'\nclock = 'ministry_review'", "", id="something owed"),
        pytest.param(f"{OWED}after = 'lunch'\nclock = 'ministry_review'", "choices: seal", id="an occasion"),
        pytest.param(f"{OWED}after = 'seal'\nclock = 'never'", "the clock 'never', which is not there", id="a term"),
        pytest.param(
            f"{OWED}after = 'seal'\nclock = 'ministry_review'\neffect = 'sing'", "choices: record_g", id="an effect"
        ),
        pytest.param(f"{OWED}after = 'seal'\nclock = 'ministry_review'\nsong = 'x'", "report.song", id="a key"),
        pytest.param(f"{MEASURE}withholds = ['sealing']", "", id="a measure"),
        pytest.param(f"{MEASURE}withholds = ['wine']", "has wine; choices: numbers, sealing", id="what nobody gives"),
    ],
)
def test_what_a_pack_says_is_owed_or_withheld_is_what_the_engine_can_do(packs, added, words):
    path = packs / "fictional/freedonia/obligations.toml"
    path.write_text(f'{added}\ncites = ["freedonia-1:4"]\n', encoding="utf-8")
    if not words:
        assert load_packs(packs).packs()
        return
    with pytest.raises(PolicyError) as refused:
        load_packs(packs)
    assert words in refused.value.message
