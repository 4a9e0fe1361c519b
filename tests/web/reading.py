"""Pages read back as a browser holds them: what each form would send as it stands."""

from __future__ import annotations

from html import unescape

from xueji.web.controls import PageForm, Tag, forms_of

__all__ = ["forms_of", "values_of"]


def values_of(form: PageForm, html: str) -> dict[str, list[str]]:
    """Return what a browser would send of a form if nobody touched it, but for its buttons."""
    sent: dict[str, list[str]] = {}
    for control in form.controls:
        name = control.attributes.get("name", "")
        if (
            name
            and control.name != "button"
            and control.kind not in ("submit", "file")
            and "disabled" not in control.attributes
        ):
            sent.setdefault(name, []).extend(_values(control, html))
    return {name: values for name, values in sent.items() if values}


def _values(tag: Tag, html: str) -> list[str]:
    if tag.kind in ("checkbox", "radio"):
        return [tag.attributes.get("value", "on")] if "checked" in tag.attributes else []
    if tag.name == "select":
        chosen = [option for option in tag.options if "selected" in option.attributes]
        if not chosen and "multiple" not in tag.attributes:
            chosen = tag.options[:1]
        return [option.attributes.get("value", "") for option in chosen]
    if tag.name == "textarea":
        text = unescape(html[tag.end : tag.body_end])
        return [text.removeprefix("\r\n").removeprefix("\n")]
    return [tag.attributes.get("value", "")]
