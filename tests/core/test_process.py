"""The order of stages: what stands in the way of one, in the pack's own order."""

import pytest

from xueji.core.packs import ProcessSpec, StageSpec
from xueji.core.process import has_stage, stage_of, standing_in_the_way

PROCESS = ProcessSpec(
    "graduation",
    "办理",
    (
        StageSpec("approve", "审核"),
        StageSpec("number", "编号", ("approve",)),
        StageSpec("spot_check", "抽查"),
        StageSpec("seal", "验印", ("number", "spot_check")),
    ),
)


def keys(stages):
    return [stage.key for stage in stages]


def test_stage_waits_for_those_the_pack_puts_before_it():
    assert keys(standing_in_the_way(PROCESS, "seal", frozenset())) == ["number", "spot_check"]
    assert keys(standing_in_the_way(PROCESS, "seal", {"spot_check"})) == ["number"]


def test_stage_may_begin_when_they_are_done():
    assert standing_in_the_way(PROCESS, "seal", {"number", "spot_check"}) == ()
    assert standing_in_the_way(PROCESS, "approve", frozenset()) == ()


def test_stage_of_another_process_is_a_mistake():
    assert not has_stage(PROCESS, "dispatch")
    with pytest.raises(KeyError):
        stage_of(PROCESS, "dispatch")
