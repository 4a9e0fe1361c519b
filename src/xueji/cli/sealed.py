"""Sealing files anew under another key, and what a start sees to before anybody is served: indexes fit their key."""

from __future__ import annotations

import sys

from tqdm import tqdm

from xueji.core.errors import ServiceError


class IndexStale(ServiceError):
    """The index key was changed and the indexes were not: nobody would be found by their number."""

    code = "index_stale"


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
