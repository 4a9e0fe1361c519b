"""`xueji demo`: the synthetic city, then the platform."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from xueji.cli.bootstrap import set_up, take_home
from xueji.cli.serve import add_address, run
from xueji.config.production import refuse_demo


def main(argv: Sequence[str]) -> int:
    """Load the city (once; a second run finds it there) and serve, unless `--no-serve`."""
    parser = argparse.ArgumentParser(prog="xueji demo", description="载入合成城市并启动平台")
    parser.add_argument("--no-serve", action="store_true", help="只载入，不启动")
    parser.add_argument("--seed", type=int, default=2019, help="随机种子（同一种子得到同一座城市）")
    add_address(parser)
    chosen = parser.parse_args(argv)
    refuse_demo(os.environ)
    if not chosen.no_serve:
        take_home()
    set_up()
    from xueji.demo import load

    load.load_city(seed=chosen.seed)
    announcement = load.describe_city()
    if chosen.no_serve:
        print(announcement)
        return 0
    return run(host=chosen.host, port=chosen.port, workers=chosen.workers, announcement=announcement)
