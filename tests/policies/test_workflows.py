"""What a workflow may say of parties, conditions and terms, and how what it may not is refused: by file and key."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from xueji.core.errors import PolicyError
from xueji.core.workflow import POSTS, Competence, Condition
from xueji.institutions.models import Post
from xueji.policy import get_library, load_packs

GUILD = Path(__file__).parents[1] / "guild" / "policies"
FILE = "fictional/guild/workflows.toml"
ANCHOR = 'of = "receiving"\nlevel = "authority"'
SETTLES = 'settles = ["sending_authority", "receiving_authority"]'


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A copy of the guild's pack, to be spoiled."""
    return Path(shutil.copytree(GUILD, tmp_path / "policies"))


def test_the_pack_of_the_guild_says_whose_places_decide_and_when():
    steps = {
        step.key: step
        for step in load_packs(GUILD).pack("fictional/guild").on(date(2019, 7, 1)).workflow("guild_move").steps
    }
    assert (steps["receiving_school"].of, steps["receiving_school"].level) == ("receiving", "school")
    assert steps["superior"].settles == ("sending_authority", "receiving_authority")
    assert steps["province"].when == (Condition({"persons": 30}), Condition(crosses="city"))
    assert [pause.key for pause in steps["sending_authority"].pauses] == ["supplement"]


WRONG = [
    pytest.param(ANCHOR, ANCHOR.replace("receiving", "buying"), "of", "buying", id="role unknown"),
    pytest.param(ANCHOR, ANCHOR.replace("authority", "village"), "level", "village", id="level unknown"),
    pytest.param('post = "reviewer"', 'post = "county_reviewer"', "post", "reviewer, leader", id="post of a level"),
    pytest.param('post = "school_leader"', 'post = "city_leader"', "post", "school_leader", id="post of another place"),
    pytest.param('crosses = "authority"', 'crosses = "ocean"', "crosses", "ocean", id="crosses unknown"),
    pytest.param("persons = 30", "horses = 30", "horses", "not a key", id="count unknown"),
    pytest.param("persons = 30", "persons = 0", "persons", "1 or more", id="count of none"),
    pytest.param("at_least = { persons = 30 }", "", "when", "nothing", id="condition of nothing"),
    pytest.param("at_least =", "at_most =", "at_most", "not a key", id="condition unknown"),
    pytest.param(SETTLES, 'settles = ["sending_authority"]', "settles", "two or more", id="settles one"),
    pytest.param(SETTLES, 'settles = ["sending_authority", "province"]', "settles", "before it", id="settles a later one"),
    pytest.param('level = "common_superior"', 'of = "sending"\nlevel = "common_superior"', "of", "none's own", id="of nobody"),
    pytest.param(', cites = ["guild-12:5"]', "", "cites", "by a clause", id="pause without a clause"),
    pytest.param("guild-12:5", "guild-12:9", "guild_move", "not quoted", id="pause with a clause that is not there"),
    pytest.param('clock = "ten_days"\nverdicts = ["approve", "return", "refuse"]\npauses', 'verdicts = ["approve"]\npauses', "pauses", "no clock", id="pause of no term"),
    pytest.param(ANCHOR, f"{ANCHOR}\nhands = 3", "hands", "choices: 1, 2", id="three hands"),
    pytest.param(ANCHOR, f"{ANCHOR}\nhands = 2", "hands_cites", "by a clause", id="two hands by no clause"),
    pytest.param(ANCHOR, f'{ANCHOR}\nhands_cites = ["guild-12:5"]', "hands_cites", "only they", id="a clause of one hand"),
    pytest.param(ANCHOR, f'{ANCHOR}\nhands = 2\nhands_cites = ["guild-12:9"]', "guild_move", "not quoted", id="two hands by a clause that is not there"),
    pytest.param('level = "common_superior"', 'level = "competent"', "competence", "competent", id="no table of competence"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "words"), WRONG)
def test_a_word_of_a_workflow_that_is_nobodys_is_refused_by_file_and_key(packs, old, new, key, words):
    path = packs / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_packs(packs)
    message = str(refused.value)
    assert [part for part in (FILE, key, words) if part not in message] == []


def test_a_table_of_competence_is_read_row_by_row(packs):
    path = packs / FILE
    text = path.read_text(encoding="utf-8").replace('level = "common_superior"', 'level = "competent"')
    rows = 'competence = [{ level = "province", when = [{ at_least = { persons = 30 } }] }, { of = "receiving", level = "city" }]'
    path.write_text(text.replace('label = "学徒转学"', f'label = "学徒转学"\n{rows}'), encoding="utf-8")
    workflow = load_packs(packs).pack("fictional/guild").on(date(2019, 7, 1)).workflow("guild_move")
    assert workflow.competence == (
        Competence("province", None, (Condition({"persons": 30}),)), Competence("city", "receiving")
    )  # fmt: skip


def test_the_posts_that_decide_are_posts_of_the_house():
    assert {post for by_level in POSTS.values() for post in by_level.values()} <= set(Post.values)


REGISTER = {"particulars_change", "status_change", "transfer", "transfer_in", "junior_in", "filing", "duplicate"}
AT_SCHOOL = {"attestation"}  # decided where it is filed: no office has a step
HENAN = get_library().pack("edu/henan").on(date(2024, 9, 1))


@pytest.mark.requirement("S2-09")
@pytest.mark.parametrize("kind", HENAN.keys("workflow"))
def test_what_touches_the_register_takes_two_at_every_office_by_the_clause_and_diplomas_take_one(kind):
    offices = [step for step in HENAN.workflow(kind).steps if step.level != "school"]
    assert offices or kind in AT_SCHOOL
    expected = (2, ("第五条",)) if kind in REGISTER else (1, ())
    assert {(step.hands, tuple(cite.clause for cite in step.hands_cites)) for step in offices} <= {expected}
    assert {step.hands for step in HENAN.workflow(kind).steps if step.level == "school"} <= {1}
    assert bool(HENAN.readings_of(f"workflows.{kind}", "two_hands")) == (kind in REGISTER)
