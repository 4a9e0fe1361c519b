"""`xueji bench NAME --json`: run one bench of `bench/` and print its figures and ratios."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from xueji.core.errors import BadInput

_ALIASES = {"import": "intake"}  # the name of a bench may be a word that no module can have
_BENCH_DIR = Path(__file__).resolve().parents[3] / "bench"


def main(argv: Sequence[str]) -> int:
    """Run a bench; benches live beside the source tree, so this needs a checkout with its development packages."""
    names = sorted(p.stem for p in _BENCH_DIR.glob("*.py") if not p.stem.startswith("_"))
    parser = argparse.ArgumentParser(prog="xueji bench", description="测速")
    parser.add_argument("name", choices=sorted({*names, *_ALIASES}), help="哪一项")
    parser.add_argument("--json", action="store_true", help="输出一行 JSON")
    chosen = parser.parse_args(argv)
    if not _BENCH_DIR.is_dir():
        raise BadInput("没有找到 bench 目录：请在源码目录中运行")
    sys.path.insert(0, str(_BENCH_DIR.parent))
    figures = import_module(f"bench.{_ALIASES.get(chosen.name, chosen.name)}").run()
    if chosen.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for key, value in figures.items():
            print(f"{key:<36}{value}")
    return 0
