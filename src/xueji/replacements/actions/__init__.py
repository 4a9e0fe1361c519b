"""All writes of replacement certificates."""

from xueji.replacements.actions.delivering import (
    Checked,
    change_delivery,
    hand_over,
    note_arrived,
    note_returned,
    send_by_mail,
)
from xueji.replacements.actions.finding import record_original_found
from xueji.replacements.actions.opening import Recipient
from xueji.replacements.actions.printing import confirm_printed, print_next
from xueji.replacements.actions.queueing import Holder, LostDiploma, queue_replacement, withdraw_replacement
from xueji.replacements.actions.sealing import seal_replacements

__all__ = [
    "Checked",
    "Holder",
    "LostDiploma",
    "Recipient",
    "change_delivery",
    "confirm_printed",
    "hand_over",
    "note_arrived",
    "note_returned",
    "print_next",
    "queue_replacement",
    "record_original_found",
    "seal_replacements",
    "send_by_mail",
    "withdraw_replacement",
]
