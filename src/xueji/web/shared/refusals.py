"""Django's own refusals, told in the product's page and language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from xueji.core.errors import NotFound, NotPermitted
from xueji.web.middleware import error_page


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Answer an address that names nothing, as anything out of one's place is answered."""
    return error_page(request, NotFound())


def form_out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Answer a form without its token: an old page, or one that is not ours."""
    return error_page(request, NotPermitted("页面已过期或来自别处，未作任何改动；请返回上一页，刷新后重新办理"))
