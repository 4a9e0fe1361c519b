"""`xueji demo`: the synthetic city, or a whole province with its register, then the platform."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

import psycopg

from xueji.cli.bootstrap import address_of_owner, set_up, take_home
from xueji.cli.serve import add_address, print_address, run
from xueji.config import postgres
from xueji.config.production import refuse_demo


def main(argv: Sequence[str]) -> int:
    """Load the city (once; a second run finds it there) and serve, unless `--no-serve`."""
    parser = argparse.ArgumentParser(prog="xueji demo", description="载入合成城市并启动平台")
    parser.add_argument(
        "--size", choices=("city", "province"), default="city",
        help="city：一座合成城市；province：合成的全省学籍（28 个市级主管部门、325 所学校、70 万名在籍学生），用单独的 XUEJI_HOME",
    )  # fmt: skip
    parser.add_argument("--students", type=int, help=argparse.SUPPRESS)  # of the province; fewer for a try
    parser.add_argument("--no-serve", action="store_true", help="只载入，不启动")
    parser.add_argument("--seed", type=int, default=2019, help="随机种子（同一种子得到同一座城市）")
    add_address(parser)
    chosen = parser.parse_args(argv)
    refuse_demo(os.environ)
    print_address(chosen)
    if not chosen.no_serve:
        take_home()
    cluster = set_up()
    announcement = _load_city(chosen.seed) if chosen.size == "city" else _load_province(chosen.students, cluster)
    if chosen.no_serve:
        print(announcement)
        return 0
    return run(host=chosen.host, port=chosen.port, workers=chosen.workers, announcement=announcement)


def _load_city(seed: int) -> str:
    from xueji.demo.load import describe_city, load_city

    load_city(seed=seed)
    return describe_city()


def _load_province(students: int | None, cluster: postgres.Cluster | None) -> str:
    """Load the province and let the server take its statistics: the planner would know them a minute later only."""
    from xueji.demo.register.layout import WHOLE
    from xueji.demo.register.load import describe_province, load_province

    loaded = load_province(students or WHOLE)
    if owner := address_of_owner(cluster):
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("vacuum analyze")
    return f"{loaded}\n{describe_province(students or WHOLE)}"
