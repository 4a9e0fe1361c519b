"""Forms ready to print (附件2–4): blank, or filled with what the questions of the guide were answered with, which names nobody."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.core.attestations import plan_categories
from xueji.core.errors import BadInput, NotFound
from xueji.core.packs import PackView
from xueji.documents.render import LetterData, letters_of, render_letter
from xueji.web.access import open_to_all
from xueji.web.listing import made_answer
from xueji.web.public.services import ServiceForm, chosen_view, law_of_pack, papers_asked

_KEPT = 64  # prints that a process remembers; a print costs a third of a second
_COMMITTED = ("first", "second", "third")  # the lines of 附件3


@require_GET
@open_to_all("the forms of a notice are nobody's secret, and what they are filled with names nobody")
def service_form(request: HttpRequest, form_key: str) -> FileResponse:
    """Send a form of the notice as PDF; with the answers of the guide in the query, filled as far as they go."""
    view = chosen_view(request)
    if form_key not in letters_of(view):
        raise NotFound
    form = ServiceForm(request.GET if "procedure" in request.GET else None, view=view)
    known = _known(form, view, form_key) if form.is_bound and form.is_valid() else {}
    pdf = _printed(view.pack.id, form_key, timezone.localdate(), tuple(sorted(known.items())))
    return made_answer(pdf, f"{view.document(form_key).title}.pdf", "application/pdf", inline=True)


@lru_cache(maxsize=_KEPT)
def _printed(pack: str, key: str, day: date, known: tuple[tuple[str, str], ...]) -> bytes:
    spec = law_of_pack(pack, day).document(key)
    return render_letter(spec, LetterData(dict(known)), issued_on=day).pdf


def _known(form: ServiceForm, view: PackView, form_key: str) -> dict[str, str]:
    """Return the facts of a letter that the guide knows: the study, and what the person hands in."""
    chosen = form.cleaned_data
    months = {"study_from": chosen["entered"], "study_until": chosen["graduated"], "admitted": chosen["entered"]}
    known = {name: f"{month.year}年{month.month}月" for name, month in months.items() if month}
    if chosen["category"] in plan_categories(view):
        known |= {"category": chosen["category"], "plan_category": chosen["category"]}
    known |= {"programme": chosen["programme"].strip(), "duration": chosen["duration_years"]}
    try:
        labels = [paper.spec.label for paper in papers_asked(form, view).papers if paper.spec.key != form_key]
    except BadInput:  # a question is still open: the list is written by hand
        labels = []
    lines = [*labels[:2], "；".join(labels[2:])]
    return {name: text for name, text in (known | dict(zip(_COMMITTED, lines, strict=False))).items() if text}
