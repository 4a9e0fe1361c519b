"""The Django app of documents and stored files."""

from __future__ import annotations

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Stored files by content hash, and the documents made from them."""

    name = "xueji.documents"
    label = "documents"
    verbose_name = "文书与文件"
