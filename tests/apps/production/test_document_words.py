"""The word before a number on a diploma is that of the document: «身份证号» stands before no permit."""

from __future__ import annotations

import pytest
from tests.apps.production.test_printing import printed
from tests.documents.documents_data import page_texts, places
from tests.factories.jurisdictions import HENAN, jurisdiction

from xueji.documents.render import render_diplomas
from xueji.production.form_data import certificates_of, diploma_records, in_paper_order, issue_day
from xueji.registry.queries.documents import kinds_of_documents, word_of_document

pytestmark = pytest.mark.django_db
WORDS = [
    ("居民身份证", "身份证号"),
    ("护照", "护照号"),
    ("台湾居民来往大陆通行证", "台湾居民来往大陆通行证号"),
    ("港澳居民来往内地通行证", "港澳居民来往内地通行证号"),
    ("港澳台居民居住证", "港澳台居民居住证号"),
    ("外国人永久居留身份证", "外国人永久居留身份证号"),
    ("境外永久居住证", "外国人永久居留身份证号"),
    ("户口簿", "身份证号"),
]


@pytest.mark.requirement("S2-33")
@pytest.mark.parametrize(("kind", "word"), WORDS)
def test_each_document_has_its_word_on_sample_and_overlay(kind, word) -> None:
    place = jurisdiction(HENAN)
    in_order = in_paper_order(certificates_of(place.batch.issue), place.batch.law)
    first = in_order.first()
    first.person.id_document_type = kind
    first.person.save()
    text = page_texts(printed(place.batch, "diploma.sample", place.clerk)[1])[0]
    number = str(first.holder_id)
    assert word in text
    assert number in text
    assert ("身份证号" in text) == ("身份证号" in word)
    spec = place.batch.law.document("diploma_overlay")
    records = diploma_records(list(in_order[:1]), spec)
    overlay = render_diplomas(spec, records, mode="overlay", issued_on=issue_day(place.batch.issue)).pdf
    assert word in page_texts(overlay)[0]
    (where,) = places(overlay, word)
    assert where[1] == pytest.approx(79, abs=1.5), "on its line"
    whole = page_texts(
        render_diplomas(
            place.batch.law.document("diploma"), records, mode="sample", issued_on=issue_day(place.batch.issue)
        ).pdf
    )
    assert f"{word}{number}" in whole[0]


def test_the_kind_goes_with_the_number_and_not_with_the_person() -> None:
    place = jurisdiction(HENAN)
    first = certificates_of(place.batch.issue).first()
    person, number = first.person, str(first.holder_id)
    person.id_document_type = "护照"
    person.save()
    assert kinds_of_documents({person.pk: number}) == {person.pk: "护照"}
    assert kinds_of_documents({person.pk: "41010119990101001X"}) == {person.pk: "居民身份证"}


def test_a_code_of_the_standard_is_its_name() -> None:
    view = jurisdiction(HENAN).batch.law
    assert word_of_document(view, "8") == "台湾居民来往大陆通行证号"
