"""What a file of evidence is: told from its content, never from its name alone."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import PureWindowsPath
from types import MappingProxyType

from xueji.core.errors import BadInput

MEDIA_TYPES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pdf": ("application/pdf", ("pdf",)),
        "jpeg": ("image/jpeg", ("jpg", "jpeg")),
        "png": ("image/png", ("png",)),
        "ofd": ("application/ofd", ("ofd",)),
        "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",)),
        "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",)),
    }
)
ACCEPTED = "PDF、OFD、JPG、PNG、DOCX、XLSX"
_MAX_NAME = 120
_PACKAGED = (("ofd", "OFD.xml"), ("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml"))


def media_type_of(data: bytes, file_name: str) -> str:
    """Return the media type of an accepted file; BadInput when its content is none of them or belies its name."""
    shape = _sniff(data)
    if shape is None:
        raise BadInput(f"「{file_name}」不是可接受的材料格式；请上传 {ACCEPTED} 文件")
    media_type, extensions = MEDIA_TYPES[shape]
    extension = file_name.rpartition(".")[2].lower()
    if extension not in extensions:
        raise BadInput(f"「{file_name}」的内容是 {shape.upper()}，与扩展名不符；请改用 .{extensions[0]} 后重新上传")
    return media_type


def clean_file_name(name: str) -> str:
    """Return the last part of a file name without control characters, NFC, at most 120 characters with its extension."""
    last = unicodedata.normalize("NFC", PureWindowsPath(name).name)
    last = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip()
    if not last:
        raise BadInput("文件没有名称，请命名后重新上传")
    if len(last) > _MAX_NAME:
        stem, dot, extension = last.rpartition(".")
        last = stem[: _MAX_NAME - len(extension) - 1] + dot + extension if dot else last[:_MAX_NAME]
    return last


def _sniff(data: bytes) -> str | None:
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\xff\xd8\xff") and data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"PK\x03\x04"):
        return _sniff_package(data)
    return None


def _sniff_package(data: bytes) -> str | None:
    """Tell office packages by the part each must have; one that carries macros is not accepted."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = frozenset(package.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next((shape for shape, part in _PACKAGED if part in names), None)
