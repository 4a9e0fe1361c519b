"""`xueji`: the one command-line program. Exit status: 0 done, 1 findings, 2 could not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured

from xueji.core.errors import XuejiError

# command -> (module:function, what it is for)
COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("xueji.cli.serve:main", "启动整个平台（数据库、任务、页面）"),
    "setup-code": ("xueji.cli.serve:main_setup_code", "显示开通码：开通本系统，或增加一套主管部门"),
    "demo": ("xueji.cli.demo:main", "载入合成城市并启动平台"),
    "practice": ("xueji.cli.practice:main", "练习：另一个数据库，同样的账号，不碰真实数据"),
    "template": ("xueji.cli.template:main", "下载空白的数据模板"),
    "check": ("xueji.exchange.cli:main_check", "试读一个工作簿：列出全部问题，可写出错误工作簿"),
    "reconcile": ("xueji.reconciliation.cli:main", "核对两份表：逐人一致、不一致、缺、号码有误、可能同一人"),
    "forms": ("xueji.cli.samples:main", "用虚构的人名打印政策包的全部表和证书，看样子用"),
    "ask": ("xueji.ask:main", "向政策包提问（期限、编号、毕业资格），不需要数据库"),
    "impact": ("xueji.cli.impact:main", "规定改动之前：哪些学生、学校、证书的结论会变"),
    "keys": ("xueji.cli.keys:main", "为新安装生成密钥文件"),
    "audit": ("xueji.cli.audit:main", "用另写的代码核对库中的编号、证书、履历"),
    "log": ("xueji.cli.log:main", "履历日志：日志头、证明、核对"),
    "reseal": ("xueji.cli.reseal:main", "换密钥之后：全部重新加密，重算索引"),
    "backup": ("xueji.cli.backup:main", "备份数据库和文件（密钥、编号标记另放）"),
    "restore": ("xueji.cli.restore:main", "核对并恢复备份；--check 只核对"),
    "doctor": ("xueji.cli.doctor:main", "检查本机环境：缺什么、缺了影响什么"),
    "bench": ("xueji.cli.bench:main", "测速：render、intake、numbers"),
    "worker": ("xueji.cli.serve:main_worker", "只启动任务进程"),
    "migrate": ("xueji.cli.serve:main_migrate", "升级数据库（以表的所有者）"),
    "manage": ("xueji.cli.serve:main_manage", "Django 管理命令"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; an error of the engine is one Chinese line on stderr and status 2."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if words[0] not in COMMANDS:
        print(f"没有命令「{words[0]}」。\n{_help()}", file=sys.stderr)
        return 2
    try:
        return _function_of(words[0])(words[1:]) or 0
    except XuejiError as error:
        print(error.message, file=sys.stderr)
        return 2
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _function_of(command: str) -> Callable[[Sequence[str]], int]:
    module, function = COMMANDS[command][0].split(":")
    return getattr(import_module(module), function)


def _help() -> str:
    lines = "\n".join(f"  {name:<12}{text}" for name, (_, text) in COMMANDS.items())
    return f"用法：xueji <命令> [参数]    每个命令都有 --help\n\n{lines}"
