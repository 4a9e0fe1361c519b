"""Whom a number leads to that is no longer the one in use, and of what kind of document a number is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import F, Q, QuerySet

from xueji.core.packs import PackView
from xueji.registry.models import IdentityDocument, Person

ID_CARD = "居民身份证"


def other_documents(indexes: Iterable[bytes]) -> QuerySet[IdentityDocument]:
    """Return the documents of these numbers that are or were somebody's.

    Without what a correction put right: such a number was never theirs, its row ends on the day it began.
    """
    truly_held = Q(until__isnull=True) | Q(until__gt=F("since"))
    return IdentityDocument.objects.filter(truly_held, number_index__in=list(indexes)).select_related("person")


def kinds_of_documents(numbers: Mapping[UUID, str]) -> dict[UUID, str]:
    """Return of what kind the document with this number is, by person; a number nobody has on record is an ID card's.

    A certificate keeps its number when the person's document is replaced, so the kind goes with the number.
    """
    kinds: dict[UUID, str] = {}
    for document in IdentityDocument.objects.filter(person__in=numbers):
        if document.number == numbers[document.person_id]:
            kinds[document.person_id] = document.kind
    for person in Person.objects.filter(pk__in=numbers.keys() - kinds.keys()):
        kinds[person.pk] = person.id_document_type if person.resident_id == numbers[person.pk] else ID_CARD
    return kinds


def word_of_document(view: PackView, kind: str) -> str:
    """Return what stands before the number of a document on paper: the pack's word, else its name with 号."""
    words = view.table("id_document_words") if "id_document_words" in view.keys("table") else {}
    name = view.table("id_document_types").get(kind, kind) if "id_document_types" in view.keys("table") else kind
    return words.get(name) or ("身份证号" if name == ID_CARD else f"{name}号")
