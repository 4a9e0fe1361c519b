"""All writes of the registry."""

from xueji.registry.actions.enrolling import drop_unexamined, enrol_graduates
from xueji.registry.actions.fetching import record_fetch
from xueji.registry.actions.filing import correct_record, open_particulars_change, reveal_resident_id

__all__ = [
    "correct_record",
    "drop_unexamined",
    "enrol_graduates",
    "open_particulars_change",
    "record_fetch",
    "reveal_resident_id",
]
