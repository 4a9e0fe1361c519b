"""Found an installation on its first page, through the proxy: `python -m tests.faults.opening HOST CODE` on its machine."""

from __future__ import annotations

import http.client
import re
import ssl
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

CERTIFICATE = "/etc/nginx/xueji/certificate.pem"


def open_up(ask: Callable[..., tuple[int, Any, bytes]], *, host: str, code: str) -> None:
    """Fill in the first page, as its first administrator."""
    status, headers, body = ask("/")
    assert (status, headers["Location"]) == (302, "/setup/")
    _, headers, body = ask("/setup/")
    page = body.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    pack = re.search(r'<option value="(\w+/[^"]+)"', page)
    assert token
    assert pack
    cookies = "; ".join(cookie.split(";", 1)[0] for cookie in headers.get_all("Set-Cookie"))
    fields = {
        "csrfmiddlewaretoken": token[1], "code": code, "pack": pack[1], "name": "示范市教育局",
        "short_name": "示范市局", "full_name": "姚立", "username": "yaoli", "phone": "", "password": "Qz7-vK2p-Lm9w-Tb4x",
        "password_again": "Qz7-vK2p-Lm9w-Tb4x",
    }  # fmt: skip
    status, _, body = ask(
        "/setup/", method="POST", body=urlencode(fields).encode(), Cookie=cookies, Referer=f"https://{host}/setup/",
        **{"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert status == 302, re.sub(r"<[^>]+>|\s+", " ", body.decode())[:2000]
    assert ask("/")[0] == 200


def main(host: str, code: str) -> None:
    """Ask on the machine itself, its certificate checked."""

    def ask(path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, Any, bytes]:
        connection = http.client.HTTPSConnection(
            host, timeout=20, context=ssl.create_default_context(cafile=CERTIFICATE)
        )
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    open_up(ask, host=host, code=code)


if __name__ == "__main__":
    main(*sys.argv[1:])
