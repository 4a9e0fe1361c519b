"""`xueji reseal`: everything sealed again under the present keys, so that old ones can be given up."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from xueji.cli.bootstrap import address_of_owner, set_up
from xueji.cli.sealed import seal_files
from xueji.config.privileges import OWNER_VARIABLE, as_owner, owns_tables

_SHOWN = 10  # rows named before it refuses


def steps() -> dict[str, Callable[[], Iterator[int]]]:
    """Return what is gone through in the database, by the words shown for it."""
    from xueji.accounts.factor_actions import reseal_factors
    from xueji.certificates.orders import keep_orders
    from xueji.certificates.redigesting import redigest_certificates
    from xueji.documents.resealing import reseal_hashes
    from xueji.sealing.columns import COLUMNS, reseal_column
    from xueji.sealing.rows import digest_fields, redigest_rows

    columns = {f"{column.model}.{column.field}": partial(reseal_column, column) for column in COLUMNS}
    signed = {f"{field.model._meta.label} 的摘要": partial(redigest_rows, field) for field in digest_fields()}  # noqa: SLF001
    return {
        **columns,
        **signed,
        "证书内容摘要": redigest_certificates,
        "编号的次序": keep_orders,
        "二次验证": reseal_factors,
        "文件的哈希": reseal_hashes,
    }


def main(argv: Sequence[str]) -> int:
    """`xueji reseal`."""
    parser = argparse.ArgumentParser(
        prog="xueji reseal", description="用现在的密钥重新加密全部密封内容和文件，重算索引；中断后再运行会接着做"
    )
    parser.parse_args(argv)
    cluster = set_up(migrate=False, quiet=True)
    with as_owner(address_of_owner(cluster)):  # rows that nobody else may touch get their digests anew
        if not owns_tables():
            print(
                f"重新加密要动只增不改的表，须以表的所有者运行：请给出 {OWNER_VARIABLE} 再运行（docs/runbooks/keys.md）"
            )
            return 2
        return 2 if _altered() else _reseal()


def _altered() -> bool:
    """Name rows that are not as their last event says: what is sealed anew has an event of ours, which must not be of a forgery."""
    from xueji.cli.audit_asking import session
    from xueji.cli.audit_vouched import vouched as rows_vouched

    with session():
        found = rows_vouched()["mismatches"]
    for text in found[:_SHOWN]:
        print(f"    {text}", file=sys.stderr)
    if found:
        print(
            f"有 {len(found)} 处与履历不一致（已列出前 {len(found[:_SHOWN])} 处）：没有重新加密任何内容。请先运行 xueji audit 查明"
        )
    return bool(found)


def vouched(parts: Iterator[int], label: str) -> Iterator[int]:
    """Do what `parts` does, each part in one transaction with the event that vouches for the rows it sealed anew."""
    from xueji.ledger.actions import record_rewritten
    from xueji.ledger.tags import EventTag

    while True:
        with transaction.atomic():
            done = next(parts, None)
            if done is not None:
                record_rewritten(tag=EventTag.ROWS_RESEALED, at=timezone.now(), note=label)
        if done is None:
            return
        yield done


def _reseal() -> int:
    for label, step in steps().items():
        changed = sum(tqdm(vouched(step(), label), desc=label, disable=None))
        print(f"{label:<46}{changed} 处")
    done, problems = seal_files()
    print(f"{'文件':<46}{done} 个")
    unclean = _strip()
    if problems:
        print(f"有 {len(problems)} 个文件没有完成：旧密钥先不要删，按提示处理后再运行一次")
        return 1
    print("全部完成：旧密钥可以从密钥文件中删去")
    return 1 if unclean else 0


def _strip() -> int:
    """Take out what photographs of an older release still carry; return how many could not be cleaned."""
    from xueji.graduation.actions import strip_photos

    stripped, unclean = 0, 0
    for done, problems in tqdm(strip_photos(at=timezone.now()), desc="照片附带信息", disable=None):
        stripped, unclean = stripped + done, unclean + len(problems)
        for problem in problems:
            print(f"    {problem}", file=sys.stderr)
    print(f"{'照片附带信息':<46}{stripped} 张")
    if unclean:
        print(f"有 {unclean} 张照片没有去除附带信息，原样保留；与密钥无关")
    return unclean
