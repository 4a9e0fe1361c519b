"""All writes of this app: printing, sealing, the way to the graduate, the archive."""

from __future__ import annotations

from xueji.production.actions.archive import CopyReceived, lodge_archive_copies
from xueji.production.actions.delivery import HandOutReport, Receiver, correct_hand_out, emboss_diplomas, hand_out
from xueji.production.actions.filechecks import draw_files, record_files
from xueji.production.actions.pages import take_list_page, take_pages, take_runs
from xueji.production.actions.parcels import find_missing, receive_parcel, send_parcel
from xueji.production.actions.pictures import add_blank_picture
from xueji.production.actions.printing import (
    add_printer,
    calibrate_printer,
    finish_part,
    finish_print,
    record_download,
    request_print,
)
from xueji.production.actions.reprints import open_reprint
from xueji.production.actions.round_changes import cancel_round, extend_round, move_round, require_changeable
from xueji.production.actions.rounds import book_appointment, cancel_appointment, open_round, round_days
from xueji.production.actions.runs import (
    Tray,
    confirm_serials,
    confirm_sheets,
    give_up_rest,
    load_print_run,
    spoil_sheet,
)
from xueji.production.actions.sealing import seal_issue

__all__ = [
    "CopyReceived",
    "HandOutReport",
    "Receiver",
    "Tray",
    "add_blank_picture",
    "add_printer",
    "book_appointment",
    "calibrate_printer",
    "cancel_appointment",
    "cancel_round",
    "confirm_serials",
    "confirm_sheets",
    "correct_hand_out",
    "draw_files",
    "emboss_diplomas",
    "extend_round",
    "find_missing",
    "finish_part",
    "finish_print",
    "give_up_rest",
    "hand_out",
    "load_print_run",
    "lodge_archive_copies",
    "move_round",
    "open_reprint",
    "open_round",
    "receive_parcel",
    "record_download",
    "record_files",
    "request_print",
    "require_changeable",
    "round_days",
    "seal_issue",
    "send_parcel",
    "spoil_sheet",
    "take_list_page",
    "take_pages",
    "take_runs",
]
