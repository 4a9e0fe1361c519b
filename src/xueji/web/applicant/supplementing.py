"""The office's letter on the pages of its applicant: one card an item, answered where it stands, sent back once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from xueji.applications.actions import MAX_MATERIAL_BYTES, MAX_PAGES, state_facts
from xueji.applications.draft_queries import DraftShown
from xueji.applications.facts import COMMITMENT, MaterialStatus, law_for
from xueji.applications.models import Application, PaperPicture
from xueji.applications.queries import LetterItem, application_for, due_of, item_in, letter_of, queue_words
from xueji.applications.supplement_actions import answer_defect, resubmit_application
from xueji.core.errors import BadInput
from xueji.core.findings import Citation, errors_of
from xueji.core.service_specs import PaperSpec
from xueji.web.access import for_applicants
from xueji.web.application_sections import StatedForm, fact_form, page_of_field

_OWN = "the own applications; another's is not found"


@dataclass(frozen=True, slots=True)
class ItemCard:
    """One item of the letter with what it is answered by: pictures of a paper, a fact to state anew, or words."""

    item: LetterItem
    clauses: list[Citation]
    status: MaterialStatus | None = None  # of the paper, where it is one that is still asked for
    others: tuple[PaperSpec, ...] = ()  # what may be brought in its place
    form: StatedForm | None = None
    is_commitment: bool = False

    @property
    def sent_since(self) -> list[PaperPicture]:
        """The pictures that came after the letter."""
        pictures = self.status.pictures if self.status else ()
        return [picture for picture in pictures if picture.added_at >= self.item.defect.found_at]

    @property
    def sent_before(self) -> list[PaperPicture]:
        """The pictures the office looked at."""
        pictures = self.status.pictures if self.status else ()
        return [picture for picture in pictures if picture.added_at < self.item.defect.found_at]


@dataclass(frozen=True, slots=True)
class LetterShown:
    """A letter as its applicant answers it: the cards, what was stated anew asks for besides, and how far it is."""

    cards: list[ItemCard]
    besides: list[tuple[str, str]]  # in words, with the page
    queue: str
    due: date | None
    number: int  # the round of the letter
    max_pages: int = MAX_PAGES
    max_bytes: int = MAX_MATERIAL_BYTES

    @property
    def answered(self) -> int:
        """How many items are answered."""
        return sum(card.item.is_answered for card in self.cards)

    @property
    def pending(self) -> int:
        """How many items are not answered."""
        return len(self.cards) - self.answered

    @property
    def is_complete(self) -> bool:
        """Whether it may be sent back."""
        return not self.pending and not self.besides

    @property
    def days_left(self) -> int | None:
        """The days to the end of the term, today included; negative when it is over."""
        return None if self.due is None else (self.due - timezone.localdate()).days


def letter_shown(mine: Application, draft: DraftShown) -> LetterShown:
    """Return the letter of a returned application with what each item is answered by."""
    letter = letter_of(mine)
    asked = {item.defect.aspect for item in letter if not item.is_answered}
    besides = [
        (finding.message, page_of_field(mine, finding.field or ""))
        for finding in errors_of(draft.findings) if finding.field not in asked
    ]  # fmt: skip
    number = letter[0].defect.round if letter else 0
    return LetterShown([_card(mine, item, draft) for item in letter], besides, queue_words(mine), due_of(mine, letter), number)  # fmt: skip


def _card(mine: Application, item: LetterItem, draft: DraftShown) -> ItemCard:
    aspect, view = item.defect.aspect, law_for(mine)
    clauses = [Citation.read(text) for text in item.defect.cites]
    if item.answered_by == "fact":
        return ItemCard(item, clauses, form=fact_form(mine, view, aspect))
    status = next((status for status in draft.papers if status.paper.spec.key == aspect), None)
    if item.answered_by != "paper" or status is None:
        return ItemCard(item, clauses)
    keys = [key for key in status.paper.any_of if key != aspect]
    others = tuple(view.entry("paper", key, PaperSpec) for key in keys)
    return ItemCard(item, clauses, status, others, is_commitment=aspect == COMMITMENT)


@for_applicants("the items of the own letter; another's is not found")
@require_POST
def supplement_item(request: HttpRequest, graduate_application_id: UUID, defect_id: UUID) -> HttpResponse:
    """Take the answer to an item: the fact as it is to read, or words."""
    mine = application_for(request.applicant, graduate_application_id)
    item, by, at = item_in(mine, defect_id), request.applicant.user, timezone.now()
    if "words" in request.POST or item.answered_by != "fact":
        answer_defect(defect=item.defect, words=request.POST.get("words", ""), by=by, at=at)
    else:
        state_facts(application=mine, facts=_stated(request, mine, item.defect.aspect), by=by, at=at)
    messages.success(request, f"第 {item.defect.ordinal} 项已保存")
    return redirect(f"{reverse('applicant:application', args=[mine.pk])}#item-{item.defect.ordinal}")


def _stated(request: HttpRequest, mine: Application, name: str) -> dict[str, object]:
    form = fact_form(mine, law_for(mine), name, request.POST)
    if not form.is_valid():
        raise BadInput(str(next(iter(form.errors.values()))[0]))
    facts = form.facts()
    if facts[name] == getattr(mine, name):
        raise BadInput("与原来填写的一样：要改的请填改后的；原来没有错的，请点开「写说明」写明")
    return {name: facts[name]}


@for_applicants(_OWN)
@require_POST
def supplement(request: HttpRequest, graduate_application_id: UUID) -> HttpResponse:
    """Send everything that was asked for back to the office, once."""
    mine = application_for(request.applicant, graduate_application_id)
    number = request.POST.get("letter", "")
    if not number.isdecimal() or len(number) > 4:
        raise BadInput("页面已过期，请刷新后再提交")
    resubmit_application(application=mine, letter=int(number), by=request.applicant.user, at=timezone.now())
    messages.success(request, "补正材料已经提交，受理号不变")
    return redirect("applicant:application", mine.pk)
