"""`xueji bench NAME --json`: run one bench of `bench/` and print its figures and ratios."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from xueji.core.errors import BadInput

_ALIASES = {"import": "intake"}  # the name of a bench may be a word that no module can have
_BENCH_DIR = Path(__file__).resolve().parents[3] / "bench"


def main(argv: Sequence[str]) -> int:
    """Run a bench; benches live beside the source tree, so this needs a checkout with its development packages."""
    names = sorted(p.stem for p in _BENCH_DIR.glob("*.py") if not p.stem.startswith("_"))
    parser = argparse.ArgumentParser(prog="xueji bench", description="测速", add_help=False)
    parser.add_argument("name", choices=sorted({*names, *_ALIASES}), help="哪一项")
    parser.add_argument("--json", action="store_true", help="输出一行 JSON")
    if not _BENCH_DIR.is_dir():
        raise BadInput("没有找到 bench 目录：请在源码目录中运行")
    if not argv or argv[0] in ("-h", "--help"):
        parser.print_help()
        return 0
    chosen, _ = parser.parse_known_args(argv)
    sys.path.insert(0, str(_BENCH_DIR.parent))
    module = import_module(f"bench.{_ALIASES.get(chosen.name, chosen.name)}")
    whole = argparse.ArgumentParser(prog="xueji bench", description=module.__doc__, parents=[parser], add_help=False)
    whole.add_argument("-h", "--help", action="help", help="显示本页")
    if hasattr(module, "arguments"):  # only some benches ask for more than their name
        module.arguments(whole)
        figures = module.run(whole.parse_args(argv))
    else:
        whole.parse_args(argv)
        figures = module.run()
    _print_figures(figures, as_json=chosen.json)
    return 0


def _print_figures(figures: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for key, value in figures.items():
        if isinstance(value, Mapping) and any(isinstance(figure, Mapping) for figure in value.values()):
            print(key)
            for name, figure in value.items():
                print(f"  {name:<34}{json.dumps(figure, ensure_ascii=False)}")
        else:
            print(f"{key:<36}{value}")
