"""What must hold of every pack, and how the four jurisdictions differ: by their data alone."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.composition import compose_parts
from xueji.core.errors import BadInput, NumbersExhausted, PolicyError
from xueji.core.numbering import format_number, parse_number, serial_ceiling
from xueji.core.packs import NumberingSpec
from xueji.core.process import standing_in_the_way
from xueji.core.workflow import FOUND_PLACES, POSTS
from xueji.institutions.models import Post
from xueji.policy import find_directory, get_library, load_packs

LIBRARY = get_library()
DAY = date(2022, 7, 1)
WITH_BATCHES = [pack.id for pack in LIBRARY.packs() if "graduation_batch" in pack.on(DAY).keys("workflow")]
FOUR = ["edu/shaanxi-weinan", "hrss/fujian", "edu/guangxi", "edu/henan"]
NUMBERINGS = [
    pytest.param(pack.on(DAY).numbering(kind), id=f"{pack.id}-{kind}")
    for pack in LIBRARY.packs()
    for kind in pack.on(DAY).keys("numbering")
]
FACTS = {
    "season.year": "2022", "school.region": "350102", "school.ordinal": "27", "school.code": "3641000750",
    "school.level": "技工学校", "graduate.level": "高级工班", "programme.code": "0205",
}  # fmt: skip


@pytest.mark.parametrize("spec", NUMBERINGS)
@given(data=st.data())
def test_a_number_is_read_back_as_it_was_written(spec: NumberingSpec, data):
    parts = {
        part.name: data.draw(
            st.integers(int(part.name == spec.shape.serial), 10**part.width - 1).map(
                lambda n, w=part.width: f"{n:0{w}d}"
            )
        )  # a serial starts at 1
        for part in spec.shape.parts
    }
    assert parse_number(spec.shape, format_number(spec.shape, parts)) == parts


@pytest.mark.parametrize(
    ("pack", "kind", "facts", "number"),
    [
        pytest.param("edu/shaanxi-weinan", "graduation", {}, "20220600038", id="Weinan"),
        pytest.param("hrss/fujian", "graduation", {}, "3502732022202050038", marks=pytest.mark.requirement("S3-06")),
        pytest.param(
            "hrss/fujian", "graduation", {"school.level": "技师学院", "graduate.level": "预备技师班"},
            "3502712022102050038", marks=pytest.mark.requirement("S3-07"),
        ),
        pytest.param("hrss/fujian", "completion", {}, "结3502732022202050038", id="Fujian completion"),
        pytest.param("edu/guangxi", "graduation", {}, "桂教中专毕字（2022）000038", marks=pytest.mark.requirement("S4-17")),
        pytest.param(
            "edu/henan", "graduation", {"school.region": "410102"}, "2022410102364100075000038",
            marks=pytest.mark.requirement("S2-34"),
        ),
    ],
)  # fmt: skip
def test_a_number_is_put_together_from_facts(pack, kind, facts, number):
    spec = LIBRARY.pack(pack).on(DAY).numbering(kind)
    parts = compose_parts(spec, {**FACTS, **facts})
    assert format_number(spec.shape, {**parts, spec.serial_part: 38}) == number


@pytest.mark.requirement("S3-07")
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param({"school.level": ""}, "学校办学层次", id="no level of school"),
        pytest.param({"school.level": "大学"}, "技师学院、高级技工学校、技工学校", id="another level of school"),
        pytest.param({"graduate.level": "大专班"}, "预备技师班、高级工班、中级技工班", id="another level of graduate"),
        pytest.param({"programme.code": "720201"}, "4 位", id="a code of the other catalogue"),
        pytest.param({"school.ordinal": ""}, "学校顺序号", id="no ordinal"),
    ],
)
def test_a_number_without_its_facts_is_refused_by_name(facts, words):
    with pytest.raises(BadInput, match=words):
        compose_parts(LIBRARY.pack("hrss/fujian").on(DAY).numbering("graduation"), {**FACTS, **facts})


@pytest.mark.parametrize("spec", NUMBERINGS)
def test_serials_end_where_their_digits_end(spec: NumberingSpec):
    parts = {part.name: "0" * part.width for part in spec.shape.parts}
    last = serial_ceiling(spec.shape, spec.serial_part)
    assert parse_number(spec.shape, format_number(spec.shape, {**parts, spec.serial_part: last}))
    with pytest.raises(NumbersExhausted, match="放不下"):
        format_number(spec.shape, {**parts, spec.serial_part: last + 1})


@pytest.mark.parametrize("pack", WITH_BATCHES)
def test_every_step_is_decided_by_a_post_there_is(pack):
    view = LIBRARY.pack(pack).on(DAY)
    steps = [step for kind in view.keys("workflow") for step in view.workflow(kind).steps]
    assert {step.post for step in steps if step.level not in FOUND_PLACES} <= set(Post.values)
    assert {step.post for step in steps if step.level in FOUND_PLACES} <= POSTS.keys()  # named where the place is found
    assert all(step.post == "school_leader" for step in steps if step.level == "school")


@pytest.mark.parametrize("pack", FOUR)
def test_each_jurisdiction_has_every_kind_of_case_about_a_diploma(pack):
    kinds = {"graduation_batch", "particulars_change", "special_case", "reprint", "certificate_correction"}
    kinds |= {"certificate_voiding", "certificate_replacement"}
    assert kinds <= set(LIBRARY.pack(pack).on(DAY).keys("workflow"))


@pytest.mark.parametrize("pack", FOUR)
def test_a_process_can_be_walked_to_its_end_and_only_in_its_order(pack):
    process = LIBRARY.pack(pack).on(DAY).process()
    done: set[str] = set()
    for stage in process.stages:
        assert not standing_in_the_way(process, stage.key, done)
        assert {stage_before.key for stage_before in standing_in_the_way(process, stage.key, set())} == set(stage.after)
        done.add(stage.key)


@pytest.mark.requirement("S2-35", "S3-05", "S4-03", "S4-07")
def test_the_four_orders_differ_by_data_alone():
    processes = {pack: LIBRARY.pack(pack).on(DAY).process() for pack in FOUR}
    orders = {pack: tuple((s.key, s.after) for s in process.stages) for pack, process in processes.items()}
    assert len(set(orders.values())) == 4
    keys = {pack: {key for key, _ in order} for pack, order in orders.items()}
    assert {pack for pack, stages in keys.items() if "seal" in stages} == {
        "edu/shaanxi-weinan",
        "hrss/fujian",
        "edu/guangxi",
    }
    assert {pack for pack, stages in keys.items() if "dispatch" in stages} == {"edu/henan"}
    assert {pack for pack, stages in keys.items() if "apply_numbers" in stages} == {"edu/guangxi"}
    assert {pack for pack, stages in keys.items() if "blanks" in stages} == {"hrss/fujian"}
    waiting = {pack: standing_in_the_way(processes[pack], "seal", {"print"}) for pack in FOUR if "seal" in keys[pack]}
    assert [stage.key for stage in waiting["edu/guangxi"]] == ["record_graduated", "spot_check"]
    assert waiting["hrss/fujian"] == ()


@pytest.mark.requirement("S3-05", "S3-21")
@pytest.mark.parametrize(
    ("territory", "pack", "sealing"),
    [
        pytest.param("350100", "hrss/fujian-fuzhou", "city", id="Fuzhou"),
        pytest.param("350203", "hrss/fujian-xiamen", "city", id="a district of Xiamen"),
        pytest.param("350500", "hrss/fujian", "province", id="another city"),
        pytest.param("350000", "hrss/fujian", "province", id="the province's own schools"),
    ],
)
def test_two_cities_seal_for_themselves(territory, pack, sealing):
    found = LIBRARY.resolve("hrss", territory)
    assert (found.id, found.on(DAY).value("sealing_level")) == (pack, sealing)


def test_lines_of_authority_do_not_mix():
    assert LIBRARY.resolve("edu", "350100").id == "edu/national"
    assert LIBRARY.resolve("hrss", "450000").id == "hrss/national"
    assert LIBRARY.pack("hrss/national").parent is LIBRARY.pack("edu/national").parent


@pytest.mark.requirement("S4-05", stated=True)
def test_every_form_to_bring_is_one_that_is_printed():
    view = LIBRARY.pack("edu/guangxi").on(DAY)
    printed = {str(view.document(key).settings.get("annex", "")) for key in view.keys("document")}
    listed = view.value("materials")
    assert {form for form in listed if form.startswith("附件")} <= printed  # type: ignore[attr-defined]  # a list in the pack


# -- nobody below Henan may add (article 25)

CITY = """
id = "edu/henan-city"
title = "一个市"
line = "edu"
territory = "410100"
parent = "edu/henan"
in_force = 2021-06-01
recorded_on = 2021-06-01
"""
STEP = 'label = "x", verdicts = ["approve"]'


def _change(key: str, *, evidence: str, allowed: str = '["在读"]') -> str:
    """A change of status in a city's own words, reading the other statuses as its province does."""
    return (
        f'[changes."{key}"]\nallowed = {allowed}\nworkflow = "status_change"\nevidence = {evidence}\n'
        f'cites = ["henan-2021-115:第十三条"]\nsilent = {{ "休学" = false }}\nreadings = {{ "休学" = "x" }}\n'
    )


ADDED = [
    pytest.param(
        "workflows.toml",
        '[workflows.graduation_batch]\nlabel = "x"\nreading = "x"\nsteps = ['
        f'{{ key = "county", level = "county", post = "county_reviewer", {STEP} }}]\n',
        "adds the step 'county'",
        id="a county's approval",
    ),
    pytest.param(
        "tables.toml", '[tables.negative_list]\nreading = "x"\ncodes = { FM9 = "x" }\n', "FM9", id="negative list"
    ),
    pytest.param(
        "rules.toml",
        '[rules."graduate.repeat_within_limit"]\nseverity = "error"\ncites = ["henan-2021-115:第十七条"]\n'
        'params = { words = ["留级"], years = 2, long = 2 }\n',
        "changes the limits",
        id="two years instead of three",
    ),
    pytest.param(
        "calendar.toml",
        '[clocks.change_decided]\nlabel = "x"\ndays = 5\nunit = "working_days"\nreading = "x"\n',
        "shortens the term",
        id="five days instead of ten",
    ),
    pytest.param(
        "calendar.toml",
        '[closings.filing]\nlabel = "x"\nspring = "05-20"\nautumn = "12-19"\ncites = ["henan-2021-115:第六条"]\nreadings = { day_off = "x", after_it = "x" }\n',
        "brings forward the last day",
        id="a day earlier",
    ),
    pytest.param(
        "status.toml", _change("退学", allowed='["在读"]', evidence='["proof"]'), "refuses 退学 from 休学", id="not from 休学"
    ),
    pytest.param(
        "status.toml", _change("留级", evidence='["proof", "handwritten_application"]'),
        "asks 留级 for the paper handwritten_application", id="a paper more",
    ),
]  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A city below the pack that forbids additions, with nothing of its own yet."""
    for pack in ("common/national", "edu/national", "edu/henan"):
        shutil.copytree(find_directory() / pack, tmp_path / pack)
    (tmp_path / "edu/henan-city").mkdir()
    (tmp_path / "edu/henan-city/pack.toml").write_text(CITY, encoding="utf-8")
    return tmp_path / "edu/henan-city"


@pytest.mark.requirement("S2-54")
@pytest.mark.parametrize(("file", "text", "words"), ADDED)
def test_a_city_below_article_25_may_not_add(city: Path, file, text, words):
    (city / file).write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=words):
        load_packs(city.parents[1])


@pytest.mark.requirement("S2-54")
@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        ("", "no day on which"),
        ("recorded_on = 2021-06-02", "before it was put on record"),
        ("recorded_on = 2021-06-01", ""),
    ],
)
def test_a_city_acts_only_after_its_record_at_the_province(city: Path, recorded, words):
    (city / "pack.toml").write_text(CITY.replace("recorded_on = 2021-06-01", recorded), encoding="utf-8")
    if not words:
        assert load_packs(city.parents[1]).resolve("edu", "410102").id == "edu/henan-city"
        return
    with pytest.raises(PolicyError, match=words):
        load_packs(city.parents[1])


@pytest.mark.requirement("S2-54")
def test_a_city_below_article_25_may_write_a_change_that_is_no_narrower(city: Path):
    (city / "status.toml").write_text(_change("留级", evidence="[]"), encoding="utf-8")
    assert load_packs(city.parents[1]).resolve("edu", "410102").id == "edu/henan-city"


@pytest.mark.requirement("S2-54")
def test_a_city_below_article_25_may_leave_out_its_own_step(city: Path):
    steps = '{ key = "province", label = "x", level = "province", post = "province_reviewer", verdicts = ["approve"] }'
    (city / "workflows.toml").write_text(
        f'[workflows.graduation_batch]\nlabel = "x"\nreading = "x"\nsteps = [{steps}]\n', encoding="utf-8"
    )
    pack = load_packs(city.parents[1]).resolve("edu", "410102")
    assert (pack.id, len(pack.on(DAY).workflow("graduation_batch").steps)) == ("edu/henan-city", 1)
