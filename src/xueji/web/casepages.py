"""What each kind of case brings to the pages: one table, filled by one file a kind (ADR 0025).

A kind stands in `web/kinds/<kind>.py`, or in `casepages.py` of an app of its own. The pages of steps and cases, the
menu, the queue and the questions before a decision read this table and know no kind by name. What an officer sees on
a step is made of panels: those that say what the case is about, and those the workflow of the pack names (`shows`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model
from django.forms import Form
from django.http import QueryDict
from django.urls import reverse
from django.utils.module_loading import autodiscover_modules

from xueji.accounts.models import User
from xueji.cases.law import law_of
from xueji.cases.models import Case, Step
from xueji.cases.rounds import spec_of
from xueji.core.pack_keys import PANELS
from xueji.core.packs import PackView
from xueji.core.workflow import PaperCheck, StepSpec
from xueji.ledger.queries import timeline_of

if TYPE_CHECKING:
    from xueji.core.status_specs import EvidenceSpec
    from xueji.registry.models import Person
    from xueji.web.menu import Line
    from xueji.web.phases import StageWords

Context = Mapping[str, Any]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Look:
    """Somebody looks at a case: on the page of a step, or on the case's own page (no step)."""

    case: Case
    user: User
    step: Step | None = None
    _found: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, find: Callable[[Case], Found]) -> Found:
        """Return what is found for the case, looked up once however many panels ask."""
        if find not in self._found:
            self._found[find] = find(self.case)
        found: Found = self._found[find]
        return found

    @cached_property
    def law(self) -> PackView:
        """The law of the case."""
        return law_of(self.case)

    @cached_property
    def spec(self) -> StepSpec | None:
        """What the pack says of the step."""
        return spec_of(self.step, self.law) if self.step else None

    @cached_property
    def shows(self) -> tuple[str, ...]:
        """The panels the pack names for who decides the step; none on the case's own page."""
        if self.spec is None:
            return ()
        return self.law.workflow(self.case.kind).shows if self.spec.shows is None else self.spec.shows

    @property
    def on_paper(self) -> tuple[PaperCheck, ...]:
        """What the pack has compared on paper at the step."""
        if self.spec is None:
            return ()
        return self.law.workflow(self.case.kind).on_paper if self.spec.on_paper is None else self.spec.on_paper

    @property
    def is_of_office(self) -> bool:
        """Whether the page is an authority's: links lead into that portal, and to nothing of the school's."""
        return self.step is not None and self.step.authority_id is not None


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page under the name by which packs ask for it; `context` is given who looks at which case."""

    name: str
    template: str
    context: Callable[[Look], Context]


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A panel with what it shows; its names are its own and meet no other panel's."""

    name: str
    template: str
    context: Context


@dataclass(frozen=True, slots=True)
class CaseListing:
    """The school's list of cases of a kind: its heading, how one is opened, and its page."""

    title: str
    hint: str
    crumb: str
    url_name: str = ""  # empty: the list every kind has

    def url_of(self, kind: str) -> str:
        """Return the path of the list."""
        return reverse(self.url_name) if self.url_name else reverse("school:case_list", args=[kind])


def _nothing(_case: Case) -> list[Any]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CasePage:
    """What a kind brings. `kinds` may be several that look alike: a certificate put right, voided, replaced."""

    kinds: tuple[str, ...]
    panels: tuple[str, ...]  # what the case is about: always shown
    usual: tuple[str, ...] = ()  # shown besides where the pack's workflow names nothing
    takes_evidence: bool = True
    papers: Callable[[Look], Sequence[EvidenceSpec]] = lambda _look: ()  # that the law wants with it, by their names
    url_name: str = "school:case"  # the case's page in the school
    key_of: Callable[[Case], Any] = lambda case: case.pk  # what that address takes
    listing: CaseListing | None = None
    menu: tuple[Line, ...] = ()
    stages: Mapping[str, StageWords] = field(default_factory=dict)  # stages of a batch that are done by such a case
    tones: Mapping[str, str] = field(default_factory=dict)  # states of its own: state -> tone of the tag
    words: Mapping[str, str] = field(default_factory=dict)  # … and what they are called where no model says it
    subjects: Callable[[Case], Sequence[Model]] = _nothing  # whose events belong to the history of the case
    history: Callable[[Look], list[Any]] | None = None  # where the events are too many to be shown one by one
    decided_apart: frozenset[str] = frozenset()  # verdicts that a page of the kind's own gives, with all they need
    brings: str = "办结生效，不能撤销"  # what the last approval does
    concerned: Callable[[Case, bool], list[tuple[str, str]]] = lambda _case, _is_last: []  # said before a decision
    asks: Callable[[Step, QueryDict | None], Form | None] = lambda _step, _sent: (
        None
    )  # of who approves, once, with that
    keeps: Callable[[Step, Form, User], None] = lambda _step, _form, _by: None  # … what is answered
    hindered: Callable[[Iterable[int]], Mapping[int, str]] = lambda _cases: {}  # case -> why it cannot be approved
    heads: Callable[[Iterable[int]], Mapping[int, int]] = lambda _cases: {}  # case -> graduates concerned
    corrected: Callable[[Case], tuple[Person, list[Any]] | None] = lambda _case: None  # whose particulars, and items

    def url_of(self, case: Case) -> str:
        """Return the page of a case in the school's portal."""
        return reverse(self.url_name, args=[self.key_of(case)])

    def events_of(self, look: Look) -> list[Any]:
        """Return what happened to a case, newest first."""
        if self.history is not None:
            return self.history(look)
        return timeline_of(look.case, *self.subjects(look.case))[::-1]


_pages: dict[str, CasePage] = {}
_panels: dict[str, Panel] = {}


def register_page(page: CasePage) -> CasePage:
    """Make the pages of a kind known; a second page for the same kind is a bug."""
    for kind in page.kinds:
        if _pages.setdefault(kind, page) is not page:
            raise ValueError(f"case kind {kind!r} has two pages")
    return page


def panel(name: str, template: str) -> Callable[[Callable[[Look], Context]], Callable[[Look], Context]]:
    """Make a panel known under a name that packs may use; its function returns what the template shows."""

    def registered(context: Callable[[Look], Context]) -> Callable[[Look], Context]:
        if name in _panels:
            raise ValueError(f"panel {name!r} is registered twice")
        _panels[name] = Panel(name, template, context)
        return context

    return registered


def find_casepage(kind: str) -> CasePage | None:
    """Return the pages of a kind, None for a word that is no kind: an address may hold anything."""
    return _pages.get(kind)


def casepage_of(kind: str) -> CasePage:
    """Return the pages of a kind; a kind without is a bug."""
    if kind not in _pages:
        raise ValueError(f"case kind {kind!r} has no page; known: {', '.join(_pages) or 'none'}")
    return _pages[kind]


def registered_pages() -> list[CasePage]:
    """Return the pages of every kind, each once, in the order in which the kinds were found."""
    return list(dict.fromkeys(_pages.values()))


def names_of(look: Look) -> tuple[str, ...]:
    """Return the panels of a page in order: what the case is about, then what the pack says its officers see."""
    page = casepage_of(look.case.kind)
    besides = (look.shows or page.usual) if look.step else ()
    return tuple(dict.fromkeys((*page.panels, *besides)))


def shown_panels(look: Look) -> list[ShownPanel]:
    """Return the panels of a page with their contents."""
    return [ShownPanel(name, _panels[name].template, _panels[name].context(look)) for name in names_of(look)]


def discover() -> None:
    """Import every file that brings a kind: those of `web/kinds/`, and `casepages.py` of each installed app.

    ValueError when a name that packs may use is drawn by nothing.
    """
    folder = import_module("xueji.web.kinds")
    for module in sorted(module.name for module in iter_modules(folder.__path__)):
        import_module(f"{folder.__name__}.{module}")
    autodiscover_modules("casepages")
    if undrawn := PANELS.keys() - _panels.keys():
        raise ValueError(f"no page draws the panels {', '.join(sorted(undrawn))} of core.pack_keys")
