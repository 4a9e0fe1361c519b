"""All writes of the book of blanks. Sheets are named by kind and number, one by one or as ranges (`core.serials`)."""

from xueji.blanks.actions.ends import recover_blanks, report_lost, return_blanks, stamp_void
from xueji.blanks.actions.printing import load_blanks, spoil_blanks, unload_blanks, use_blanks
from xueji.blanks.actions.requests import open_blank_request, submit_blank_request
from xueji.blanks.actions.stock import confirm_receipt, dispense_blanks, move_blanks, receive_blanks, transfer_blanks

__all__ = [
    "confirm_receipt",
    "dispense_blanks",
    "load_blanks",
    "move_blanks",
    "open_blank_request",
    "receive_blanks",
    "recover_blanks",
    "report_lost",
    "return_blanks",
    "spoil_blanks",
    "stamp_void",
    "submit_blank_request",
    "transfer_blanks",
    "unload_blanks",
    "use_blanks",
]
