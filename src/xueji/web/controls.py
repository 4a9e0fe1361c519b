"""What a page's forms hold: the controls of each form with their place in the text, and a page filled in as it was sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.http import QueryDict

MACHINERY = {"csrfmiddlewaretoken", "once", "version", "confirmed", "came_from"}  # what no person types; versions age
_UNTYPED = {"hidden", "submit", "button", "image", "reset"}  # a button by its tag or its type
NOTES = {"password": "密码不保留，请重新输入", "file": "文件不保留，请重新选择"}

Attributes = dict[str, str]
Changes = dict[int, tuple[int, str]]  # where a change begins -> where it ends, the new text


@dataclass(slots=True)
class Tag:
    """A start tag: its name, its attributes, where it begins and ends in the text."""

    name: str
    attributes: Attributes
    start: int
    end: int
    body_end: int = 0  # of a text area: where its text ends
    options: list[Tag] = field(default_factory=list)  # of a select
    enclosing: list[Tag] = field(default_factory=list)  # the details and dialogs it lies in

    @property
    def kind(self) -> str:
        """What sort of control it is: the type of an input, else the name of the tag."""
        return self.attributes.get("type", "text").lower() if self.name == "input" else self.name


@dataclass(slots=True)
class PageForm:
    """One form of a page, with its controls in their order."""

    tag: Tag
    controls: list[Tag] = field(default_factory=list)

    @property
    def is_post(self) -> bool:
        """Whether the form writes."""
        return self.tag.attributes.get("method", "").lower() == "post"

    def submits(self) -> list[Tag]:
        """Return the buttons that send the form; the first is what Enter presses."""
        return [
            control
            for control in self.controls
            if (control.name == "button" and control.attributes.get("type", "submit") == "submit")
            or control.kind == "submit"
        ]

    def addresses(self, page: str) -> set[str]:
        """Return the paths this form may be sent to: its own, and those of its buttons."""
        actions = [self.tag.attributes.get("action", "")]
        actions += [button.attributes["formaction"] for button in self.submits() if "formaction" in button.attributes]
        return {urlsplit(urljoin(page, action)).path for action in actions}


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[PageForm] = []
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._form: PageForm | None = None
        self._enclosing: list[Tag] = []
        self._open: Tag | None = None  # the select or text area being read
        self.feed(html)
        self.close()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._here()
        tag = Tag(name, {key: value or "" for key, value in attrs}, start, start + len(self.get_starttag_text() or ""))
        if name in ("details", "dialog"):
            self._enclosing.append(tag)
        elif name == "form":
            tag.enclosing = list(self._enclosing)
            self._form = PageForm(tag)
            self.forms.append(self._form)
        elif self._form and name in ("input", "select", "textarea", "button"):
            self._form.controls.append(tag)
            tag.enclosing = list(self._enclosing)
            self._open = tag if name in ("select", "textarea") else self._open
        elif name == "option" and self._open:
            self._open.options.append(tag)

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attrs)

    def handle_endtag(self, name: str) -> None:
        if name in ("details", "dialog") and self._enclosing:
            self._enclosing.pop()
        elif name == "form":
            self._form = None
        elif self._open and name == self._open.name:
            self._open.body_end = self._here()
            self._open = None


def forms_of(html: str) -> list[PageForm]:
    """Return the forms of a page in their order."""
    return _Reader(html).forms


def sent_form(html: str, page: str, path: str, sent: QueryDict) -> PageForm | None:
    """Return the form of a page that was sent to a path with these values: what is hidden in it tells twins apart."""
    found = [form for form in forms_of(html) if form.is_post and path in form.addresses(page)]
    fitting = [form for form in found if _is_fitting(form, sent)]
    return max(fitting, key=lambda form: len(_names(form) & set(sent)), default=None)


def _is_fitting(form: PageForm, sent: QueryDict) -> bool:
    for control in form.controls:
        name = control.attributes.get("name", "")
        if control.kind == "hidden" and name and name not in MACHINERY and name in sent:
            if control.attributes.get("value", "") not in sent.getlist(name):
                return False
        elif control.kind == "hidden" and name and name not in MACHINERY:
            return False
    named = {button.attributes.get("name", "") for button in form.submits()} - {""}
    pressed = [
        button
        for button in form.submits()
        if button.attributes.get("value", "") in sent.getlist(button.attributes.get("name", ""))
    ]
    return bool(pressed) or not (named & set(sent))


def _names(form: PageForm) -> set[str]:
    return {name for control in form.controls if (name := control.attributes.get("name", ""))}


def filled(html: str, form: PageForm, sent: QueryDict, files: Iterable[str] = ()) -> str:
    """Return the page with a form as it was sent; passwords and files are named beside their fields, not given back."""
    changes: Changes = {}
    left = defaultdict(list, {name: list(values) for name, values in sent.lists()})
    opened = {tag.start: tag for tag in form.tag.enclosing}
    with_files = set(files)
    for control in form.controls:
        name = control.attributes.get("name", "")
        if name in MACHINERY | {""} or control.kind in _UNTYPED or "disabled" in control.attributes:
            continue
        if control.kind not in NOTES:
            _fill(control, sent, left[name], changes)
        elif (name in with_files) if control.kind == "file" else sent.get(name):
            changes[control.end] = (control.end, f'<span class="small warn again">{NOTES[control.kind]}</span>')
        if _says_something(control, sent.getlist(name)):
            opened |= {tag.start: tag for tag in control.enclosing}
    for tag in opened.values():
        extra = "open" if tag.name == "details" else "data-reopen"
        changes[tag.start] = (tag.end, _written(tag.name, tag.attributes | {extra: ""}))
    return _with(html, changes)


def _says_something(tag: Tag, values: Sequence[str]) -> bool:
    if tag.kind in ("checkbox", "radio"):
        return tag.attributes.get("value", "on") in values
    return any(values)


def _fill(tag: Tag, sent: QueryDict, left: list[str], changes: Changes) -> None:
    """Note what must change so that a control shows what was sent; a name that stands many times is filled in order."""
    name = tag.attributes["name"]
    if tag.kind in ("checkbox", "radio"):
        kept = {key: value for key, value in tag.attributes.items() if key != "checked"}
        chosen = tag.attributes.get("value", "on") in sent.getlist(name)
        changes[tag.start] = (tag.end, _written(tag.name, kept | ({"checked": ""} if chosen else {})))
    elif tag.name == "select" and "multiple" in tag.attributes:
        _choose(tag.options, sent.getlist(name), changes)
    elif left:
        value = left.pop(0)
        if tag.name == "select":
            _choose(tag.options, [value], changes)
        elif tag.name == "textarea":
            changes[tag.end] = (tag.body_end, "\n" + escape(value, quote=False))
        else:
            changes[tag.start] = (tag.end, _written(tag.name, tag.attributes | {"value": value}))


def _choose(options: Sequence[Tag], values: Sequence[str], changes: Changes) -> None:
    if not any(option.attributes.get("value") in values for option in options):
        return  # what was sent is not offered: leave what is
    for option in options:
        kept = {key: value for key, value in option.attributes.items() if key != "selected"}
        chosen = option.attributes.get("value") in values
        changes[option.start] = (option.end, _written("option", kept | ({"selected": ""} if chosen else {})))


def _written(name: str, attributes: Attributes) -> str:
    return f"<{name}{''.join(f' {key}={chr(34)}{escape(value)}{chr(34)}' for key, value in attributes.items())}>"


def _with(html: str, changes: Changes) -> str:
    parts, at = [], 0
    for start in sorted(changes):
        end, text = changes[start]
        parts += [html[at:start], text]
        at = end
    return "".join([*parts, html[at:]])
