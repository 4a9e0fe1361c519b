"""`xueji keys FILE`: fresh keys for a new install, in a file that its owner alone can read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from xueji.config.keys import add_log_key, write_new_keys
from xueji.core.errors import ServiceError


class KeysExist(ServiceError):
    """A file of keys is never written over: what it opens could not be read any more."""

    code = "keys_exist"


def main(argv: Sequence[str]) -> int:
    """Write the file once; one from before the log gets the key that is missing; KeysExist when nothing is."""
    parser = argparse.ArgumentParser(prog="xueji keys", description="为新安装生成密钥文件（只生成一次，不覆盖）")
    parser.add_argument("file", type=Path, help="密钥文件的路径，例如 /etc/xueji/keys.json")
    path = parser.parse_args(argv).file
    if path.exists() and "log_key" not in json.loads(path.read_text()):
        add_log_key(path)
        print(f"{path} 已补上履历日志的密钥（log_key），其余没有改动。请重新另存一份。")
        return 0
    if path.exists():
        raise KeysExist(f"{path} 已经存在，没有改动：换掉密钥，已有的证件号就读不出来了")
    write_new_keys(path)
    print(f"已生成 {path}（权限 0600）。请立即另存一份，与数据库备份分开存放：没有它，库里的证件号无法读出。")
    return 0
