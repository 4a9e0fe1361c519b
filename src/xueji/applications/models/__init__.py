"""An application of a graduate, the pictures of its papers, what an office found wanting, how it came in and went on, what follows forgery."""

from xueji.applications.models.applications import (
    DIPLOMA_INDEX,
    NUMBER_LOST,
    Application,
    Defect,
    PaperPicture,
    label_of,
)
from xueji.applications.models.blacklist import BlacklistAct, BlacklistEntry
from xueji.applications.models.offices import CounterEntry, Referral

__all__ = [
    "DIPLOMA_INDEX", "NUMBER_LOST", "Application", "BlacklistAct", "BlacklistEntry", "CounterEntry", "Defect", "PaperPicture", "Referral", "label_of",
]  # fmt: skip
