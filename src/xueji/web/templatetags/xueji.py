"""The parts of our pages: icons, tags, figures, steps, timelines, fields, findings, pages of lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.core.paginator import Page
from django.db.models import Model
from django.forms import BoundField, CheckboxInput
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon

from xueji.accounts import queries as account_queries
from xueji.accounts.models import User
from xueji.cases.hands import unconfirmed_hands
from xueji.cases.models import Case
from xueji.core.errors import XuejiError
from xueji.exchange.records import record_kinds_of
from xueji.graduation.models import Batch
from xueji.graduation.queries.from_register import has_expectations
from xueji.graduation.records.actions.spot_checks import spot_check_rule
from xueji.institutions.queries.jobs import jobs_visible_to
from xueji.jobs.models import Job, JobState
from xueji.registry.changes import FIELDS
from xueji.web.casepages import ShownPanel
from xueji.web.clauses import shown_clauses
from xueji.web.flow import shown_steps
from xueji.web.history import shown_events
from xueji.web.identity import WORDS, shown_identity, shown_text, shown_value
from xueji.web.needs import is_met
from xueji.web.progress import shown_stages
from xueji.web.states import tone_of, word_of

register = template.Library()

_SOON_DAYS = 2
_TITLES: Mapping[int, str] = {
    400: "提交的内容无法读取",
    403: "没有权限",
    404: "没有找到",
    409: "与当前状态不符",
    411: "不能读取",
    413: "内容太大",
    422: "不符合规定",
    503: "服务暂不可用",
}


@register.filter
def may_retry(job: Job | None, user: Any) -> bool:
    """Whether the person may start this job again: it failed, and it is of their place."""
    return job is not None and job.state == JobState.FAILED and jobs_visible_to(user).filter(pk=job.pk).exists()


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """A line icon; decoration only, so screen readers skip it."""
    return _icon_markup(str(name) + "", size)


@cache
def _icon_markup(name: str, size: int) -> SafeString:
    """Return the icon's own markup: it comes from the package, never from a person."""
    return mark_safe(_render_icon(name, size, **{"aria-hidden": "true"}))  # noqa: S308  # see above


@register.inclusion_tag("_components/unconfirmed.html")
def unconfirmed(case: Case) -> dict[str, Any]:
    """What was decided on a case by an account handed out by somebody else of late, unconfirmed by a superior."""
    return {"hands": unconfirmed_hands([case])}


@register.filter
def has_factor(user: User) -> bool:
    """Whether a person has set up one-time codes."""
    return account_queries.has_factor(user)


@register.simple_tag
def tag(thing: object, label: str = "") -> SafeString:
    """A state as a tinted tag with a dot: of a model with `state`, or of a word."""
    state = getattr(thing, "state", thing) if isinstance(thing, Model) else thing
    return format_html('<span class="tag {}">{}</span>', tone_of(str(state)), label or word_of(thing))


@register.simple_tag(takes_context=True)
def panel(context: template.Context, shown: ShownPanel) -> SafeString:
    """A part of the page of a case, drawn with what it shows and what the page knows."""
    with context.push(**shown.context):
        return mark_safe(get_template(shown.template).template.render(context))  # noqa: S308  # a template of ours, which escapes


@register.simple_tag
def table(name: str, **given: object) -> SafeString:
    """The rows of a table, drawn by Jinja2 (`web/tables/`), which escapes what it is given."""
    return mark_safe(get_template(f"{name}.html", using="tables").render(given))  # noqa: S308  # see above


@register.inclusion_tag("_components/kpi.html")
def kpi(label: str, value: object, note: str = "", tone: str = "", url: str = "") -> dict[str, object]:
    """A figure with its name; with a URL the whole card is a link."""
    return {"label": label, "value": value, "note": note, "tone": tone, "url": url}


@register.inclusion_tag("_components/steps.html")
def steps(case: Case) -> dict[str, object]:
    """The steps of a case's present round: who decided, who is to decide, by when."""
    return {"steps": shown_steps(case)}


@register.inclusion_tag("_components/stages.html")
def stages(batch: Batch) -> dict[str, object]:
    """The stages of a batch's pack: done, open, or what stands in the way, each with its clauses."""
    return {"stages": shown_stages(batch)}


@register.inclusion_tag("_components/timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, object]:
    """What happened, newest first, with the clause and the pack each act stood on."""
    return {"events": shown_events(events)}


@register.inclusion_tag("_components/finding.html")
def finding(found: Any) -> dict[str, object]:
    """A finding (of a rule, or stored) with its clause to unfold."""
    return {
        "finding": found,
        "severity_label": word_of(str(found.severity)),
        "tone": tone_of(str(found.severity)),
        "clauses": shown_clauses(found.cites or ()),
    }


@register.inclusion_tag("_components/clauses.html")
def clauses(found: Any) -> dict[str, object]:
    """The clauses something of a pack stands on, to unfold; nothing when it cites none, or the pack has no such thing."""
    return {"clauses": shown_clauses(found.cites if found else ())}


@register.inclusion_tag("_components/guidance.html")
def guidance(sentences: Iterable[Any] | None, glyph: str = "") -> dict[str, object]:
    """What the pack says here, each sentence with its clauses; with an icon it stands in a box."""
    return {"sentences": list(sentences or ()), "glyph": glyph}


@register.inclusion_tag("_components/field.html")
def field(bound: BoundField, extra: str = "") -> dict[str, object]:
    """A form field with its label, help and errors."""
    checkbox = isinstance(bound.field.widget, CheckboxInput)
    return {"field": bound, "checkbox": checkbox, "extra": extra, "quiet": False}


@register.inclusion_tag("_components/field.html")
def filter_field(bound: BoundField) -> dict[str, object]:
    """A field of a filter form: no asterisk."""
    return {"field": bound, "checkbox": False, "extra": "", "quiet": True}


@register.inclusion_tag("_components/drop.html")
def drop(bound: BoundField, glyph: str = "file-up") -> dict[str, object]:
    """A file field as a drop zone that names the chosen file."""
    return {"field": bound, "glyph": glyph}


@register.inclusion_tag("_components/empty.html")
def empty(text: str, action: str = "", url: str = "") -> dict[str, str]:
    """What a list says when it has nothing, and what to do about it."""
    return {"text": text, "action": action, "url": url}


@register.inclusion_tag("_components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any]) -> dict[str, object]:
    """Links to the pages of a list that keep its filters."""
    kept = context["request"].GET.copy()
    kept.pop("page", None)
    kept.pop("size", None)
    query = kept.urlencode()
    return {
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)),
        "query": f"{query}&" if query else "",
    }


@register.inclusion_tag("_components/export_link.html", takes_context=True)
def export_link(context: template.Context) -> dict[str, str]:
    """A button that takes the list as a workbook, narrowed as it stands on the page."""
    kept = context["request"].GET.copy()
    for name in ("page", "size", "before"):
        kept.pop(name, None)
    kept["export"] = "xlsx"
    return {"query": kept.urlencode()}


@register.simple_tag
def ends(first: object, last: object) -> SafeString:
    """The two ends of a range of numbers; a narrow place breaks between them, never inside a number."""
    if str(first) == str(last):
        return format_html('<span class="ends mono">{}</span>', first)
    both = '<span class="ends"><span class="nowrap"><span class="mono">{}</span> 至</span> <span class="mono">{}</span></span>'
    return format_html(both, first, last)


@register.simple_tag(takes_context=True)
def identity(context: template.Context, thing: object) -> SafeString:
    """Of a graduate's ID number what the reader's post sees: the tail or the birth date."""
    return shown_identity(thing, context["sight"])


@register.simple_tag(takes_context=True)
def identity_word(context: template.Context) -> str:
    """The heading over what `identity` shows."""
    return WORDS[context["sight"]]


@register.simple_tag(takes_context=True)
def particular_shown(context: template.Context, field: str, text: str) -> str:
    """One side of a correction as the reader's post sees it."""
    return shown_value(field, text, context["sight"])


@register.filter
def without_identity(text: object) -> str:
    """Free text, unless it may hold a number or a date."""
    return shown_text("" if text is None else str(text))


@register.simple_tag
def due(day: date | None, left: int | None = None, provisional: bool = False) -> SafeString:  # noqa: FBT001, FBT002  # template argument
    """A legal deadline with the working days left; a provisional one says so (its year's holidays are not published)."""
    if day is None:
        return format_html('<span class="muted">{}</span>', "—")
    over = left < 0 if left is not None else day < timezone.localdate()
    tone = "bad" if over else "warn" if left is not None and left <= _SOON_DAYS else ""
    words = "" if left is None else _days_in_words(left)
    return format_html(
        '<span class="nowrap"><time datetime="{}">{}</time>{}</span> <span class="small nowrap {}">{}</span>',
        day.isoformat(), day.isoformat(), "（暂定）" if provisional else "", tone, words,
    )  # fmt: skip


def _days_in_words(left: int) -> str:
    if left < 0:
        return f"已逾期 {-left} 个工作日" if left < -1 else "已逾期"
    return f"还剩 {left} 个工作日" if left else "今天到期"


@register.filter
def tone(state: object) -> str:
    """The tone of a state, for a class."""
    return tone_of(str(state))


@register.filter
def duration(years: object) -> str:
    """«3年» or «3.5年», without needless zeros."""
    return f"{float(str(years)):g}年"


@register.filter
def field_word(name: str) -> str:
    """The Chinese word of a corrected field."""
    return FIELDS.get(name, name)


@register.filter
def recorded(kept: object) -> str:
    """What an event keeps, as words: «键：值；…» without the marks of a program; the keys are those of the record."""
    if isinstance(kept, Mapping):
        return "；".join(f"{field_word(str(key))}：{_inner(value)}" for key, value in kept.items())
    return _inner(kept)


def _inner(value: object) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return f"（{recorded(value)}）"
    return "、".join(_inner(item) for item in value) if isinstance(value, list | tuple) else str(value)


@register.filter
def error_title(error: XuejiError) -> str:
    """The heading of an error's page."""
    return _TITLES.get(error.http_status, "没有办成")


@register.filter
def same_site(referrer: str | None, request: HttpRequest) -> str:
    """The page before, when it was ours; else the desk."""
    parts = urlsplit(referrer or "")
    return str(referrer) if parts.netloc == request.get_host() and parts.path != request.path else "/desk/"


@register.filter
def get(mapping: Mapping[Any, Any], key: object) -> object:
    """The value of a key that is itself a variable."""
    return mapping.get(key)


@register.filter
def needs(batch: Batch, need: str) -> bool:
    """Whether the batch's pack has what a page is about («stage:seal»)."""
    return is_met(batch.law, need)


@register.filter
def has_records(batch: Batch) -> bool:
    """Whether the batch's pack asks for records of graduates beside the list."""
    return bool(record_kinds_of(batch.law))


@register.filter
def is_expected_by_register(batch: Batch) -> bool:
    """Whether the register says who is expected in the class."""
    return has_expectations(batch)


@register.filter
def has_comparison(batch: Batch) -> bool:
    """Whether the batch's pack has forms to compare or handbooks to draw."""
    view = batch.law
    return bool(view.rules("forms")) or spot_check_rule(view) is not None
