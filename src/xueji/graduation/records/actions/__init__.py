"""All writes of records, receipts, spot checks and published rates."""

from xueji.graduation.records.actions.intake import confirm_records, discard_records, drop_record, receive_records

__all__ = ["confirm_records", "discard_records", "drop_record", "receive_records"]
