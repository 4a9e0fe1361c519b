"""All writes of records, receipts, spot checks and published rates."""

from xueji.graduation.records.actions.rates import may_publish_rates, publish_rates
from xueji.graduation.records.actions.receipts import file_receipt, may_file
from xueji.graduation.records.actions.spot_checks import (
    commit_draw,
    confirm_outcomes,
    draw_spot_check,
    may_check,
    record_outcomes,
)
from xueji.graduation.records.actions.storing import drop_record

__all__ = [
    "commit_draw",
    "confirm_outcomes",
    "draw_spot_check",
    "drop_record",
    "file_receipt",
    "may_check",
    "may_file",
    "may_publish_rates",
    "publish_rates",
    "record_outcomes",
]
