"""All writes of graduation, by their part of the work."""

from xueji.graduation.actions.applications import open_number_application, return_granted_numbers, set_number_lines
from xueji.graduation.actions.batches import answer_marks, set_register_lines, submit_batch, withdraw_candidates
from xueji.graduation.actions.certificate_cases import open_certificate_case, reissue_certificate
from xueji.graduation.actions.duties import open_duties
from xueji.graduation.actions.release import release_batch
from xueji.graduation.actions.review import (
    clear_marks,
    mark_candidates,
    refuse_candidates,
    take_back_refusals,
)
from xueji.graduation.actions.seasons import open_batch, open_season, remove_season
from xueji.graduation.actions.special import open_special_case
from xueji.graduation.actions.stripping import strip_photos

__all__ = [
    "answer_marks",
    "clear_marks",
    "mark_candidates",
    "open_batch",
    "open_certificate_case",
    "open_duties",
    "open_number_application",
    "open_season",
    "open_special_case",
    "refuse_candidates",
    "reissue_certificate",
    "release_batch",
    "remove_season",
    "return_granted_numbers",
    "set_number_lines",
    "set_register_lines",
    "strip_photos",
    "submit_batch",
    "take_back_refusals",
    "withdraw_candidates",
]
