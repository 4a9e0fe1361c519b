"""The stages a batch goes through: which of them the pack has, and what stands in the way of the next."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType

from xueji.core.packs import ProcessSpec, StageSpec

# What the engine can do with a batch, and how it knows that it is done. The order is the pack's.
STAGES: Mapping[str, str] = MappingProxyType(
    {
        "apply_numbers": "number blocks are granted for every group of graduates",
        "spot_check": "the handbooks drawn by lot were looked at, and the outcome is a pass",
        "approve": "the last step of the batch's case is approved",
        "number": "every graduate of the batch has a numbered certificate",
        "blanks": "the school (or the printing authority) holds a blank for every certificate",
        "print": "every certificate stands on a sheet that was confirmed as good",
        "record_graduated": "every graduate is recorded as graduated in the national system",
        "seal": "the authority has sealed the batch",
        "dispatch": "the printed diplomas were sent and their receipt is confirmed",
        "emboss": "the school has put photograph and steel seal on every diploma",
        "hand_out": "every diploma was handed to its graduate",
        "archive": "the papers of the batch are lodged",
    }
)


def standing_in_the_way(process: ProcessSpec, stage: str, done: Container[str]) -> tuple[StageSpec, ...]:
    """Return the stages that must be done before `stage` and are not, in the pack's order.

    A stage the pack does not have is in nobody's way; asking for one it does not have is a KeyError.
    """
    return tuple(spec for spec in process.stages if spec.key in stage_of(process, stage).after and spec.key not in done)


def stage_of(process: ProcessSpec, stage: str) -> StageSpec:
    """Return a stage of the process; KeyError when the pack has none of this key."""
    for spec in process.stages:
        if spec.key == stage:
            return spec
    raise KeyError(stage)


def has_stage(process: ProcessSpec, stage: str) -> bool:
    """Whether the pack knows this stage."""
    return any(spec.key == stage for spec in process.stages)


def validating_stage(process: ProcessSpec) -> StageSpec | None:
    """Return the stage that makes a certificate valid: the authority's seal, else the school's own; None without either."""
    stages = {spec.key: spec for spec in process.stages}
    return stages.get("seal") or stages.get("emboss")
