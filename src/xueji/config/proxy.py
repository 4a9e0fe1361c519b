"""Behind a reverse proxy every request comes from the proxy; the browser's own address is in a header of the proxy's."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def behind_proxy(pages: WSGIApplication) -> WSGIApplication:
    """Return the application with REMOTE_ADDR as the proxy says (`X-Real-IP`); empty where it says nothing.

    Only for pages that nobody but the proxy can reach: anybody else could write the header (docs/runbooks/proxy.md).
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = environ.get("HTTP_X_REAL_IP", "")
        return pages(environ, start_response)

    return answer
