"""All writes of uploads."""

from xueji.uploads.actions.receiving import confirm_upload, discard_upload, receive_upload

__all__ = ["confirm_upload", "discard_upload", "receive_upload"]
