"""`xueji template`: an empty workbook, of a pack's form or of the product's own. No database."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from xueji.directory.columns import FORMS, TITLE
from xueji.exchange.cli import main_template
from xueji.exchange.templates import write_forms

_DIRECTORY = "directory"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the workbook that registers an area (`--kind directory`, of no pack), else the form of a pack."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kind")
    parser.add_argument("-o", "--output", type=Path)
    chosen, _ = parser.parse_known_args(argv)
    if chosen.kind != _DIRECTORY or chosen.output is None:
        return main_template(argv)
    write_forms(tuple(FORMS.values()), chosen.output, title=TITLE)
    print(f"已写出 {chosen.output}")
    return 0
