"""What a start sees to before anybody is served: files lie sealed, and indexes fit their key."""

from __future__ import annotations

import sys

from tqdm import tqdm

from xueji.core.errors import ServiceError


class IndexStale(ServiceError):
    """The index key was changed and the indexes were not: nobody would be found by their number."""

    code = "index_stale"


def seal_what_lies_in_clear() -> None:
    """Seal the files of a release that kept them in clear; what cannot be sealed is named and stays closed to everybody.

    Broken off, the next start goes on where it stopped.
    """
    from xueji.documents.models import StoredFile

    waiting = StoredFile.objects.filter(key_id__isnull=True, erased_at__isnull=True).count()
    if waiting:
        print(f"本版本把存档文件加密保存：{waiting} 个旧文件正在加密，中断后下次启动会接着做", file=sys.stderr)
        seal_files()


def refuse_stale_index() -> None:
    """Raise IndexStale when the index key is not the one the indexes were made with."""
    from xueji.sealing.columns import stale_indexes

    if stale_indexes():
        raise IndexStale(
            "证件号索引与现在的 index_key 不符，按证件号什么也查不到：请先运行 xueji reseal（docs/runbooks/keys.md）"
        )


def seal_files() -> tuple[int, list[str]]:
    """Seal the files that are not under the active key; return how many were, and what could not be."""
    from xueji.documents.resealing import files_to_seal, reseal_files

    done, problems = 0, []
    for problem in tqdm(reseal_files(), desc="加密文件", total=files_to_seal().count(), disable=None):
        if problem:
            problems.append(problem)
            print(f"    {problem}", file=sys.stderr)
        else:
            done += 1
    return done, problems
