"""Printing, sealing, delivery and archive of what an issue was approved for."""

from __future__ import annotations

from xueji.production.models.delivery import ArchiveCopy, Embossing, HandOut, Parcel, ParcelItem
from xueji.production.models.printing import (
    BlankPicture,
    Calibration,
    Printer,
    PrintFile,
    PrintRun,
    PrintSheet,
    Reprint,
    ReprintItem,
    SheetOutcome,
)
from xueji.production.models.sealing import (
    FileCheck,
    FileCheckItem,
    SealingAppointment,
    SealingRefusal,
    SealingRound,
    SealingSession,
)

__all__ = [
    "ArchiveCopy",
    "BlankPicture",
    "Calibration",
    "Embossing",
    "FileCheck",
    "FileCheckItem",
    "HandOut",
    "Parcel",
    "ParcelItem",
    "PrintFile",
    "PrintRun",
    "PrintSheet",
    "Printer",
    "Reprint",
    "ReprintItem",
    "SealingAppointment",
    "SealingRefusal",
    "SealingRound",
    "SealingSession",
    "SheetOutcome",
]
