"""All writes of graduation, by their part of the work."""

from xueji.graduation.actions.applications import open_number_application, return_granted_numbers, set_number_lines
from xueji.graduation.actions.batches import answer_marks, set_register_lines, submit_batch, withdraw_candidates
from xueji.graduation.actions.certificate_cases import open_certificate_case, reissue_certificate
from xueji.graduation.actions.dating import choose_issue_date
from xueji.graduation.actions.duties import open_duties
from xueji.graduation.actions.release import release_batch
from xueji.graduation.actions.reminders import remind_schools
from xueji.graduation.actions.review import (
    clear_marks,
    mark_candidates,
    refuse_candidates,
    take_back_refusals,
)
from xueji.graduation.actions.season_changes import amend_season, close_season, remove_season, reopen_season
from xueji.graduation.actions.seasons import open_batch, open_season
from xueji.graduation.actions.single import correct_candidate, replace_photo
from xueji.graduation.actions.special import open_special_case
from xueji.graduation.actions.stripping import strip_photos
from xueji.graduation.actions.taking_back import give_up_batch, recall_batch

__all__ = [
    "amend_season",
    "answer_marks",
    "choose_issue_date",
    "clear_marks",
    "close_season",
    "correct_candidate",
    "give_up_batch",
    "mark_candidates",
    "open_batch",
    "open_certificate_case",
    "open_duties",
    "open_number_application",
    "open_season",
    "open_special_case",
    "recall_batch",
    "refuse_candidates",
    "reissue_certificate",
    "release_batch",
    "remind_schools",
    "remove_season",
    "reopen_season",
    "replace_photo",
    "return_granted_numbers",
    "set_number_lines",
    "set_register_lines",
    "strip_photos",
    "submit_batch",
    "take_back_refusals",
    "withdraw_candidates",
]
