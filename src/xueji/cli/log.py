"""`xueji log`: the log of events — its head, proofs for others, and what is checked without the database (docs/adr/0027)."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import django

from xueji.cli.bootstrap import set_up
from xueji.core.errors import ServiceError

if TYPE_CHECKING:
    from xueji.ledger.notes import Checkpoint, Verifier


class NothingLogged(ServiceError):
    """The log has not begun."""

    code = "nothing_logged"


def main(argv: Sequence[str]) -> int:
    """Do one thing with the log; status 1 when something does not fit."""
    parser = argparse.ArgumentParser(
        prog="xueji log", description="履历日志：每条履历的密钥摘要依次写进只增不改的文件，日志头交给库外的人保存"
    )
    words = parser.add_subparsers(dest="word", required=True, metavar="命令")
    _word(words, "head", "显示现在的日志头（-o 写成文件，交给库外的人保存）").add_argument(
        "-o", type=Path, metavar="FILE"
    )
    _word(words, "key", "显示日志的公钥：别人凭它核对日志头和证明")
    prove = _word(words, "prove", "写出一条履历在日志中的证明")
    prove.add_argument("event", type=int, help="履历编号")
    prove.add_argument("-o", type=Path, metavar="FILE")
    verify = _word(words, "verify", "核对一份证明或日志头，不用数据库")
    verify.add_argument("file", type=Path, help="证明（.tlog-proof）或日志头")
    verify.add_argument("--key", help="日志的公钥；不给就用本机的")
    verify.add_argument(
        "--log", type=Path, metavar="DIR", help="日志文件夹或它的副本：逐条读过，须是从该日志头延续下来的"
    )
    printed = _word(words, "printed", "核对印在登记册末页的条数和根，不用数据库")
    printed.add_argument("size", type=int, help="条数")
    printed.add_argument("root", help="根")
    printed.add_argument("--log", type=Path, metavar="DIR", help="日志文件夹或它的副本；不给就用本机的")
    _word(words, "append", "立即把等待中的履历写进日志，并把日志头送往各处")
    restored = _word(words, "restored", "数据库就地退回到从前（快照、时间点恢复）之后：在日志里写明，然后继续")
    restored.add_argument("--reason", required=True, help="为什么退回，会永远留在日志里")
    chosen = parser.parse_args(argv)
    if chosen.word in ("verify", "printed"):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
        django.setup()
    else:
        set_up(migrate=False, quiet=True)
    return _WORDS[chosen.word](chosen)


def _word(words: argparse._SubParsersAction[argparse.ArgumentParser], name: str, says: str) -> argparse.ArgumentParser:
    return words.add_parser(name, help=says, description=says)


def _head(chosen: argparse.Namespace) -> int:
    from xueji.ledger.sequencing import head

    now = head()
    if now is None:
        raise NothingLogged("履历日志还没有开始：任务进程每分钟写一次，也可以运行 xueji log append")
    return _out(now.note, chosen.o)


def _key(_chosen: argparse.Namespace) -> int:
    from xueji.ledger.notes import default_origin, log_verifier
    from xueji.ledger.sequencing import head

    now = head()
    print(log_verifier(now.origin if now else default_origin()))
    return 0


def _prove(chosen: argparse.Namespace) -> int:
    from xueji.ledger.proofs import prove_event

    return _out(prove_event(chosen.event), chosen.o)


def _verify(chosen: argparse.Namespace) -> int:
    from xueji.ledger.notes import NoteRefused

    try:
        print(_verified(chosen))
    except NoteRefused as error:
        print(error.message)
        return 1
    return 0


def _verified(chosen: argparse.Namespace) -> str:
    """Return what a file shows; NoteRefused when it shows nothing, or the log at hand is no continuation of it."""
    from xueji.ledger.notes import Verifier, checked, log_verifier
    from xueji.ledger.proofs import check_proof

    text = chosen.file.read_text()
    is_proof = text.startswith("c2sp.org/")
    note = text.partition("\n\n")[2] if is_proof else text
    verifier = Verifier.parse(chosen.key) if chosen.key else log_verifier(note.partition("\n")[0])
    shown = check_proof(text, verifier) if is_proof else None
    checkpoint = shown.checkpoint if shown else checked(text, verifier)
    goes_on = f"；{_continued(checkpoint, chosen.log, verifier)}" if chosen.log else ""
    if shown is None:
        return f"签名有效：日志 {checkpoint.origin}，{checkpoint.size} 条{goes_on}"
    return f"证明成立：{shown.entry} 是日志 {checkpoint.origin} 前 {checkpoint.size} 条中的第 {shown.index} 条{goes_on}"


def _continued(checkpoint: Checkpoint, folder: Path, verifier: Verifier) -> str:
    """Say how far the log in a folder goes on from a head, by its entries alone; NoteRefused when it does not."""
    from xueji.ledger.notes import NoteRefused, checked
    from xueji.ledger.proofs import roots_of_entries

    if not (path := folder / "checkpoint").exists():
        raise NoteRefused(f"{folder} 里没有日志头（checkpoint）")
    now = checked(path.read_text(), verifier)
    if now.size < checkpoint.size:
        raise NoteRefused(f"{folder} 的日志只有 {now.size} 条，比这个日志头短：其后的不见了")
    then, today = roots_of_entries(folder, checkpoint.size, now.size)
    if then != checkpoint.root:
        raise NoteRefused(f"{folder} 不是从这个日志头延续下来的：日志被改写过")
    if today != now.root:
        raise NoteRefused(f"{folder} 的条目与它自己的日志头不符：第 {checkpoint.size} 条起有一条被改过")
    return f"{folder} 各条读过，前 {checkpoint.size} 条正是它说的，一直延续到现在的 {now.size} 条"


def _printed(chosen: argparse.Namespace) -> int:
    """Hold what was read off paper against the entries of a log."""
    from xueji.ledger.notes import encoded
    from xueji.ledger.proofs import roots_of_entries
    from xueji.ledger.sequencing import folder

    place = chosen.log or folder()
    try:
        (root,) = roots_of_entries(place, chosen.size)
    except ServiceError as error:  # a file is not there, or shorter
        print(f"{place} 没有 {chosen.size} 条：{error.message}")
        return 1
    fits = encoded(root) == chosen.root.strip()
    print(
        f"{place} 的前 {chosen.size} 条"
        + ("正是纸上所写的" if fits else f"与纸上不符（根是 {encoded(root)}）：日志被改写过，或抄写有误")
    )
    return 0 if fits else 1


def _append(_chosen: argparse.Namespace) -> int:
    from xueji.ledger.heads import publish_head
    from xueji.ledger.sequencing import sequence_events

    print(f"写进日志 {sequence_events()} 条")
    published = publish_head()
    for place in published.places if published else ():
        print(f"日志头（{published.size} 条）已送到 {place}")
    return 0


def _restored(chosen: argparse.Namespace) -> int:
    from xueji.ledger.sequencing import accept_restored

    print(f"已在日志里写明，现在续写了 {accept_restored(reason=chosen.reason)} 条")
    return 0


def _out(text: str, path: Path | None) -> int:
    if path is None:
        print(text, end="")
    else:
        path.write_text(text)
        print(f"已写到 {path}")
    return 0


_WORDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "head": _head,
    "key": _key,
    "prove": _prove,
    "verify": _verify,
    "printed": _printed,
    "append": _append,
    "restored": _restored,
}
