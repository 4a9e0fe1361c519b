"""All writes of this app: printing, sealing rounds and appointments, the sealing itself, the archive."""

from __future__ import annotations

from xueji.production.actions.printing import (
    add_printer,
    calibrate_printer,
    finish_print,
    record_download,
    request_print,
)
from xueji.production.actions.rounds import book_appointment, cancel_appointment, open_round
from xueji.production.actions.sealing import CopyReceived, lodge_archive_copies, seal_batch

__all__ = [
    "CopyReceived",
    "add_printer",
    "book_appointment",
    "calibrate_printer",
    "cancel_appointment",
    "finish_print",
    "lodge_archive_copies",
    "open_round",
    "record_download",
    "request_print",
    "seal_batch",
]
