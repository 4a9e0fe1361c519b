"""All writes of the registry."""

from xueji.registry.actions.applying import open_status_application, open_status_undoing
from xueji.registry.actions.arriving import open_arrival
from xueji.registry.actions.attending import open_absence_withdrawals, record_attendance
from xueji.registry.actions.changing import Move, record_status_changes, undo_status_changes
from xueji.registry.actions.disputing import (
    answer_duplicate,
    open_duplicates,
    receive_reminder,
    remind_school,
    search_duplicates,
)
from xueji.registry.actions.enrolling import drop_unexamined, enrol_graduates
from xueji.registry.actions.fetching import record_fetch, record_look_at_student
from xueji.registry.actions.filing import correct_record, open_particulars_change, reveal_resident_id
from xueji.registry.actions.handing_over import give_items, take_items
from xueji.registry.actions.intake_filing import request_filing
from xueji.registry.actions.national import record_national_registrations
from xueji.registry.actions.own_records import (
    bar_guardian,
    readmit_guardian,
    record_own_look,
    refuse_correction,
    request_correction,
    take_up_correction,
    withdraw_correction,
)
from xueji.registry.actions.passing import give_back_enrolments, pass_on_enrolments
from xueji.registry.actions.people import register_person
from xueji.registry.actions.registering import open_admission_day, register_students
from xueji.registry.actions.settling import file_duplicate, open_duplicate_undoing
from xueji.registry.actions.transferring import open_transfer, open_transfer_undoing

__all__ = [
    "Move",
    "answer_duplicate",
    "bar_guardian",
    "correct_record",
    "drop_unexamined",
    "enrol_graduates",
    "file_duplicate",
    "give_back_enrolments",
    "give_items",
    "open_absence_withdrawals",
    "open_admission_day",
    "open_arrival",
    "open_duplicate_undoing",
    "open_duplicates",
    "open_particulars_change",
    "open_status_application",
    "open_status_undoing",
    "open_transfer",
    "open_transfer_undoing",
    "pass_on_enrolments",
    "readmit_guardian",
    "receive_reminder",
    "record_attendance",
    "record_fetch",
    "record_look_at_student",
    "record_national_registrations",
    "record_own_look",
    "record_status_changes",
    "refuse_correction",
    "register_person",
    "register_students",
    "remind_school",
    "request_correction",
    "request_filing",
    "reveal_resident_id",
    "search_duplicates",
    "take_items",
    "take_up_correction",
    "undo_status_changes",
    "withdraw_correction",
]
