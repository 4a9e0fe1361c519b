"""The doors of this package: every printed form is made through one of these functions.

They run in the calling process; long prints belong in a spawned worker (never a forked one: see `workshop`).
"""

from __future__ import annotations

from xueji.documents.diplomas import MARKED, render_diplomas
from xueji.documents.layout import printed_date
from xueji.documents.letters import LetterData, letters_of, render_letter
from xueji.documents.listbooks import write_list_workbook
from xueji.documents.listforms import copy_labels
from xueji.documents.listpages import render_list
from xueji.documents.lists import render_register, render_roster
from xueji.documents.sheets import measured_corners, render_calibration_sheet
from xueji.documents.slips import Slip, render_slips

__all__ = [
    "MARKED",
    "LetterData",
    "Slip",
    "copy_labels",
    "letters_of",
    "measured_corners",
    "printed_date",
    "render_calibration_sheet",
    "render_diplomas",
    "render_letter",
    "render_list",
    "render_register",
    "render_roster",
    "render_slips",
    "write_list_workbook",
]
