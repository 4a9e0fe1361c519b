"""Ask once before something that ends: a page that says by name and number what will happen, with one button that goes on.

It works without scripts: the page carries what was sent in hidden fields, and `confirmed` besides. Whoever goes back
finds the form as it was; a refusal of the confirmed act is shown on the page the form came from (`web/givenback.py`).
Passwords and files cannot be carried; a form with one of them asks in a dialog of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.web.controls import MACHINERY
from xueji.web.persons import frame_of

MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class Question:
    """What will happen, in lines of label and words; what the button says; whether it takes something away."""

    title: str
    lines: Sequence[tuple[str, str]]
    yes: str
    is_danger: bool = False
    warning: str = ""
    form: Form | None = None  # what is asked besides, on the same page


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person has seen the question and goes on."""
    return request.POST.get("confirmed") == "1"


def ask(request: HttpRequest, question: Question) -> HttpResponse:
    """Show the question; nothing is done yet."""
    anew = set(question.form.fields) if question.form else set()
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in (MACHINERY - {"version"}) | anew and name != "came_from"
        for value in values
    ]
    context = {"question": question, "carried": carried, "came_from": came_from(request), "frame": frame_of(request)}
    status = 422 if question.form is not None and question.form.errors else 200
    return render(request, "shared/question.html", context, status=status)


def came_from(request: HttpRequest) -> str:
    """Return the page of this install the form was sent from, to go back to; its own address where none is told."""
    if path := request.POST.get("came_from", ""):
        return path if path.startswith("/") and not path.startswith("//") else request.path
    source = urlsplit(request.META.get("HTTP_REFERER", ""))
    if source.netloc != request.get_host():
        return request.path
    return f"{source.path}?{source.query}" if source.query else source.path


def named(names: Sequence[str], unit: str = "人") -> str:
    """Return names in a row, and how many there are when they are too many to read."""
    shown = "、".join(names[:MOST_NAMES])
    return f"{shown} 等 {len(names)} {unit}" if len(names) > MOST_NAMES else shown
