"""Pages read back as a browser holds them: what each form would send as it stands."""

from __future__ import annotations

from html import unescape

from xueji.web.controls import PageForm, Tag, forms_of

__all__ = ["forms_of", "values_of"]


def values_of(form: PageForm, html: str) -> dict[str, list[str]]:
    """Return what a browser would send of a form if nobody touched it, but for its buttons."""
    sent: dict[str, list[str]] = {}
    for one in form.controls:
        name = one.attributes.get("name", "")
        if name and one.name != "button" and one.kind not in ("submit", "file") and "disabled" not in one.attributes:
            sent.setdefault(name, []).extend(_values(one, html))
    return {name: values for name, values in sent.items() if values}


def _values(one: Tag, html: str) -> list[str]:
    if one.kind in ("checkbox", "radio"):
        return [one.attributes.get("value", "on")] if "checked" in one.attributes else []
    if one.name == "select":
        chosen = [option for option in one.options if "selected" in option.attributes]
        if not chosen and "multiple" not in one.attributes:
            chosen = one.options[:1]
        return [option.attributes.get("value", "") for option in chosen]
    if one.name == "textarea":
        text = unescape(html[one.end : one.body_end])
        return [text.removeprefix("\r\n").removeprefix("\n")]
    return [one.attributes.get("value", "")]
