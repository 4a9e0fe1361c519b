"""Sealing again: at a start, files from before files were sealed; by hand, everything under keys that are given up."""

from __future__ import annotations

import sys

from tqdm import tqdm


def seal_what_lies_in_clear() -> None:
    """Seal the files of a release that kept them in clear; what cannot be sealed is named and stays closed to everybody.

    Broken off, the next start goes on where it stopped.
    """
    from xueji.documents.models import StoredFile
    from xueji.documents.resealing import reseal_files

    waiting = StoredFile.objects.filter(key_id__isnull=True, erased_at__isnull=True).count()
    if not waiting:
        return
    print(f"本版本把存档文件加密保存：{waiting} 个旧文件正在加密，中断后下次启动会接着做", file=sys.stderr)
    for problem in tqdm(reseal_files(), desc="加密文件", disable=None):
        if problem:
            print(f"    {problem}", file=sys.stderr)
