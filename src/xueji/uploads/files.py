"""What holds of every file that is sent: its size and its name."""

from __future__ import annotations

from pathlib import PurePath

from xueji.core.errors import BadInput
from xueji.core.identifiers import mask_numbers

File = tuple[str, bytes]


def check_size(file: File, most: int, label: str) -> None:
    """Refuse an empty file and one above the limit; `label` is what pages call it."""
    if not file[1]:
        raise BadInput(f"{label}是空文件")
    if len(file[1]) > most:
        raise BadInput(f"{label}有 {len(file[1]) / 1048576:.1f} MB，超过 {most // 1048576} MB")


def clean_name(name: str) -> str:
    """Return a file name without folders and with ID numbers masked, as it may be stored and shown."""
    return mask_numbers(PurePath(name.replace("\\", "/")).name)[:200]
