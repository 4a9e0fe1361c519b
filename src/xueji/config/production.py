"""What a production install must say, and must not do: it refuses to start with a sentence, not with a wrong page later."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_SEE = "（见 docs/runbooks/configuration.md）"
_YEAR = 31_536_000
HSTS_CHOICES = ("off", "host", "subdomains", "preload")


def is_production(environment: Mapping[str, str]) -> bool:
    """Whether this install holds real data."""
    return environment.get("XUEJI_PRODUCTION") == "1"


def refuse_unsafe(environment: Mapping[str, str], *, practice: bool) -> None:
    """Raise ImproperlyConfigured for what is fit for an evaluation only, or would be printed wrong for good."""
    if environment.get("XUEJI_DEBUG") == "1":
        raise ImproperlyConfigured(f"正式环境不能设 XUEJI_DEBUG=1：程序错误页会显示数据和密钥；请去掉这个变量{_SEE}")
    if environment.get("XUEJI_AXES", "1") != "1":
        raise ImproperlyConfigured(f"正式环境不能关闭登录保护：请去掉环境变量 XUEJI_AXES{_SEE}")
    site = environment.get("XUEJI_SITE_URL", "")
    if practice:  # what practice prints is marked as such and answers «not found»
        return
    if not site:
        raise ImproperlyConfigured(f"请设置环境变量 XUEJI_SITE_URL：印在证书二维码里的网址，印出后不能更改{_SEE}")
    if not site.startswith("https://"):
        raise ImproperlyConfigured(f"XUEJI_SITE_URL 必须以 https:// 开头，现在是 {site}{_SEE}")


def refuse_demo(environment: Mapping[str, str]) -> None:
    """Raise ImproperlyConfigured in production: the synthetic city has a hundred accounts with one known password."""
    if is_production(environment):
        raise ImproperlyConfigured(
            "正式环境不能载入演示数据：演示账号的密码是公开的。要看演示，请另用一个目录，不设 XUEJI_PRODUCTION"
        )


def refuse_open_file(path: Path) -> None:
    """Raise ImproperlyConfigured when others than its owner may read or change a file of keys."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise ImproperlyConfigured(
            f"密钥文件 {path} 的权限是 {mode:04o}，别人也能读；请执行 chmod 600 {path}，文件的所有者须是运行平台的用户"
        )


def hsts(environment: Mapping[str, str]) -> tuple[int, bool, bool]:
    """Return what browsers are told of HTTPS: for how long, for all subdomains, for the browsers' own list.

    The last two bind every other site under the domain for a year, so they hold only where the operator says so.
    """
    if not is_production(environment):
        return 0, False, False
    chosen = environment.get("XUEJI_HSTS", "host")
    if chosen not in HSTS_CHOICES:
        raise ImproperlyConfigured(f"XUEJI_HSTS 只能是 {'、'.join(HSTS_CHOICES)}，现在是 {chosen}{_SEE}")
    return 0 if chosen == "off" else _YEAR, chosen in ("subdomains", "preload"), chosen == "preload"
