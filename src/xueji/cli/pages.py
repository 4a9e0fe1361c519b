"""The page server of `xueji serve`: granian, on an address that is ours alone, gone when `serve` is gone."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from granian.cli import cli

from xueji.config.lineage import die_with_parent
from xueji.config.liveness import give_signs
from xueji.config.production import is_production
from xueji.core.errors import ServiceError
from xueji.logs import logging_settings

_PATIENCE_SECONDS = 5.0  # a killed server's children hold its address for a moment


class AddressTaken(ServiceError):
    """Another server answers where this one is to listen."""

    code = "address_taken"


def free_socket(path: Path, *, patience: float = _PATIENCE_SECONDS) -> None:
    """Remove the socket file of a dead server; AddressTaken while a living one answers there, or it is another file.

    A server that is killed leaves its file behind, and nobody can listen where a file lies.
    """
    end = time.monotonic() + patience
    while path.exists():
        if not path.is_socket():
            raise AddressTaken(f"{path} 不是套接字文件，没有动它；请换一个 --socket 路径")
        if not _answers(path):
            path.unlink(missing_ok=True)
        elif time.monotonic() >= end:
            raise AddressTaken(f"另一个平台正在使用 {path}；请先停下它，或换一个 --socket 路径")
        else:
            time.sleep(0.1)


def free_port(host: str, port: int, *, patience: float = _PATIENCE_SECONDS) -> None:
    """AddressTaken while somebody listens on the port: two servers would share its requests, and neither would know."""
    end = time.monotonic() + patience
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what waits for its last packets is no server
            try:
                probe.bind((host, port))
            except OSError as error:
                if time.monotonic() >= end:
                    raise AddressTaken(
                        f"{host}:{port} 不能使用：{error.strerror}；请换一个 --port，或先停下占用它的程序"
                    ) from error
            else:
                return
        time.sleep(0.1)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except (BlockingIOError, TimeoutError):  # its queue is full: somebody owns it
            return True
    return True


def main(words: Sequence[str]) -> None:
    """Take the command line of granian, with the address it names made free first."""
    die_with_parent()
    multiprocessing.set_start_method("fork")  # page processes inherit the pipe on which they give signs of life
    give_signs()
    options = dict(pairwise(words))
    if "--uds" in options:
        free_socket(Path(options["--uds"]))
    else:
        free_port(options["--host"], int(options["--port"]))
    cli([*words[:-1], "--log-config", _log_settings(), words[-1]], prog_name="granian", auto_envvar_prefix="GRANIAN")


def _log_settings() -> str:
    """Return the path of the server's log settings: its lines look like all others. Kept in memory, so nothing is left."""
    style = os.environ.get("XUEJI_LOG") or ("json" if is_production(os.environ) else "plain")
    memory = os.memfd_create("granian-logs")
    os.write(memory, json.dumps(logging_settings(style)).encode())
    return f"/proc/self/fd/{memory}"


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except AddressTaken as taken:
        print(taken.message, file=sys.stderr)
        sys.exit(2)
