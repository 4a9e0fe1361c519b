"""The token against forgery, and beside it the one that tells a page sent twice from two pages (`web/once.py`)."""

from __future__ import annotations

import secrets

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from xueji.web.drafts import stamped
from xueji.web.persons import person_of

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: template.Context) -> SafeString:
    """Django's own field, in the place of its tag, and a value of this form on this page and of whom it was made for."""
    token = context.get("csrf_token")
    if not token or token == "NOTPROVIDED":  # noqa: S105  # Django's word for a page made without a request
        return SafeString("")
    request = context.get("request")
    person = person_of(request) if hasattr(request, "user") else None
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="once" value="{}">',
        token, stamped(secrets.token_urlsafe(12), person),
    )  # fmt: skip
