"""What the law of a batch has to say on a page: sentences, papers and terms of its pack, each with its clauses.

The pages know where something is said; what is said, how many copies and how many days stand in the pack.
"""

from __future__ import annotations

from collections.abc import Iterable

from xueji.core.findings import Citation
from xueji.core.obligations import terms_of_obligations
from xueji.core.packs import Clock, DocumentSpec, Guidance, PackView
from xueji.graduation.models import Batch
from xueji.institutions.queries import pack_over, posts_of
from xueji.production.archive import archived_forms
from xueji.production.catalogue import document_title

_NUMERALS = "零一二三四五六七八九十"
_UNITS = {"working_days": "个工作日", "calendar_days": "日"}


def guidance_for(view: PackView, *keys: str) -> list[Guidance]:
    """Return what the pack says under these keys; nothing for what it does not mention."""
    return [sentence for key in keys if (sentence := view.guidance(key)) is not None]


def form_requirements(spec: DocumentSpec) -> str:
    """Return copies, signatures and seals of a printed form: «一式三份，校长、经办人签名，加盖学校公章»."""
    words = []
    if spec.copies > 1:
        words.append(f"一式{_numeral(spec.copies)}份")
    if spec.signatures:
        words.append(f"{'、'.join(spec.signatures)}签名")
    words += [seal if "加盖" in seal else f"加盖{seal}" for seal in spec.seals]
    return "，".join(words)


def forms_to_bring(view: PackView, batch: Batch) -> Guidance:
    """Return the papers a school brings with its diplomas, each with copies, signatures and seals."""
    specs = list(archived_forms(batch.issue_at_hand, view).values())
    text = "；".join(f"{document_title(spec)}{form_requirements(spec)}" for spec in specs)
    return Guidance("papers", f"{text}。", _once(cite for spec in specs for cite in spec.cites))


def term_of(view: PackView, key: str) -> Guidance:
    """Return a term in words: what it is for, how long it is."""
    clock: Clock = view.clock(key)
    return Guidance(key, f"{clock.label}：{clock.days} {_UNITS[clock.unit]}内。", clock.cites)


def terms_of(views: Iterable[PackView], key: str) -> list[Guidance]:
    """Return a term as each of several packs sets it, once each; nothing of those that know no such term."""
    told_by = (term_of(view, key) for view in views if key in view.keys("clock"))
    return list({term.text: term for term in told_by}.values())


def terms_owed(views: Iterable[PackView], occasion: str) -> list[Guidance]:
    """Return the terms in which packs say something is owed after an occasion, once each; nothing of those that ask nothing."""
    terms = (term_of(view, key) for view in views for key in terms_of_obligations(view, occasion))
    return list({term.text: term for term in terms}.values())


def to_come(view: PackView, batch: Batch) -> list[Guidance]:
    """Return where a school comes to have its diplomas sealed, and with what."""
    key = "come_to_seal_late" if batch.is_late else "come_to_seal"
    return [*guidance_for(view, key), forms_to_bring(view, batch)]


def view_for(user: object, day: object) -> PackView | None:
    """Return the pack a person works under on a day, by the first post that stands anywhere; None without one."""
    for post in posts_of(user):
        place = post.authority or (post.school.authority if post.school else None)
        if place:
            return pack_over(place).on(day)
    return None


def _once(cites: Iterable[Citation]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(cites))


def _numeral(number: int) -> str:
    return _NUMERALS[number] if number < len(_NUMERALS) else str(number)
