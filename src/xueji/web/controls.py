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
    around: list[Tag] = field(default_factory=list)  # the details and dialogs it lies in

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
            one
            for one in self.controls
            if (one.name == "button" and one.attributes.get("type", "submit") == "submit") or one.kind == "submit"
        ]

    def addresses(self, page: str) -> set[str]:
        """Return the paths this form may be sent to: its own, and those of its buttons."""
        said = [self.tag.attributes.get("action", "")]
        said += [one.attributes["formaction"] for one in self.submits() if "formaction" in one.attributes]
        return {urlsplit(urljoin(page, one)).path for one in said}


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[PageForm] = []
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._form: PageForm | None = None
        self._around: list[Tag] = []
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
            self._around.append(tag)
        elif name == "form":
            tag.around = list(self._around)
            self._form = PageForm(tag)
            self.forms.append(self._form)
        elif self._form and name in ("input", "select", "textarea", "button"):
            self._form.controls.append(tag)
            tag.around = list(self._around)
            self._open = tag if name in ("select", "textarea") else self._open
        elif name == "option" and self._open:
            self._open.options.append(tag)

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attrs)

    def handle_endtag(self, name: str) -> None:
        if name in ("details", "dialog") and self._around:
            self._around.pop()
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
    found = [one for one in forms_of(html) if one.is_post and path in one.addresses(page)]
    fitting = [one for one in found if _is_fitting(one, sent)]
    return max(fitting, key=lambda one: len(_names(one) & set(sent)), default=None)


def _is_fitting(form: PageForm, sent: QueryDict) -> bool:
    for one in form.controls:
        name = one.attributes.get("name", "")
        if one.kind == "hidden" and name and name not in MACHINERY and name in sent:
            if one.attributes.get("value", "") not in sent.getlist(name):
                return False
        elif one.kind == "hidden" and name and name not in MACHINERY:
            return False
    named = {one.attributes.get("name", "") for one in form.submits()} - {""}
    told = [
        one for one in form.submits() if one.attributes.get("value", "") in sent.getlist(one.attributes.get("name", ""))
    ]
    return bool(told) or not (named & set(sent))


def _names(form: PageForm) -> set[str]:
    return {name for one in form.controls if (name := one.attributes.get("name", ""))}


def filled(html: str, form: PageForm, sent: QueryDict, files: Iterable[str] = ()) -> str:
    """Return the page with a form as it was sent; passwords and files are named beside their fields, not given back."""
    changes: Changes = {}
    left = defaultdict(list, {name: list(values) for name, values in sent.lists()})
    opened = {one.start: one for one in form.tag.around}
    with_files = set(files)
    for one in form.controls:
        name = one.attributes.get("name", "")
        if name in MACHINERY | {""} or one.kind in _UNTYPED or "disabled" in one.attributes:
            continue
        if one.kind not in NOTES:
            _fill(one, sent, left[name], changes)
        elif (name in with_files) if one.kind == "file" else sent.get(name):
            changes[one.end] = (one.end, f'<span class="small warn again">{NOTES[one.kind]}</span>')
        if _says_something(one, sent.getlist(name)):
            opened |= {around.start: around for around in one.around}
    for around in opened.values():
        extra = "open" if around.name == "details" else "data-reopen"
        changes[around.start] = (around.end, _written(around.name, around.attributes | {extra: ""}))
    return _with(html, changes)


def _says_something(one: Tag, values: Sequence[str]) -> bool:
    if one.kind in ("checkbox", "radio"):
        return one.attributes.get("value", "on") in values
    return any(values)


def _fill(one: Tag, sent: QueryDict, left: list[str], changes: Changes) -> None:
    """Note what must change so that a control shows what was sent; a name that stands many times is filled in order."""
    name = one.attributes["name"]
    if one.kind in ("checkbox", "radio"):
        kept = {key: value for key, value in one.attributes.items() if key != "checked"}
        chosen = one.attributes.get("value", "on") in sent.getlist(name)
        changes[one.start] = (one.end, _written(one.name, kept | ({"checked": ""} if chosen else {})))
    elif one.name == "select" and "multiple" in one.attributes:
        _choose(one.options, sent.getlist(name), changes)
    elif left:
        value = left.pop(0)
        if one.name == "select":
            _choose(one.options, [value], changes)
        elif one.name == "textarea":
            changes[one.end] = (one.body_end, "\n" + escape(value, quote=False))
        else:
            changes[one.start] = (one.end, _written(one.name, one.attributes | {"value": value}))


def _choose(options: Sequence[Tag], values: Sequence[str], changes: Changes) -> None:
    if not any(one.attributes.get("value") in values for one in options):
        return  # what was sent is not offered: leave what is
    for one in options:
        kept = {key: value for key, value in one.attributes.items() if key != "selected"}
        chosen = one.attributes.get("value") in values
        changes[one.start] = (one.end, _written("option", kept | ({"selected": ""} if chosen else {})))


def _written(name: str, attributes: Attributes) -> str:
    return f"<{name}{''.join(f' {key}={chr(34)}{escape(value)}{chr(34)}' for key, value in attributes.items())}>"


def _with(html: str, changes: Changes) -> str:
    parts, at = [], 0
    for start in sorted(changes):
        end, text = changes[start]
        parts += [html[at:start], text]
        at = end
    return "".join([*parts, html[at:]])
