"""Statements built once: the same rows as the queryset, other values each time, nothing that can be narrowed."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.db.models import Count
from tests.factories.institutions import AuthorityFactory, SchoolFactory

from xueji.institutions.models import Authority, School
from xueji.statements import Existence, Slot, Statement, keys

pytestmark = pytest.mark.django_db


def test_each_use_fills_in_its_own_values(django_assert_num_queries):
    first, second = SchoolFactory(), SchoolFactory()
    statement = Statement(lambda: School.objects.filter(pk=Slot("id")).select_related("authority"))
    with django_assert_num_queries(2):
        assert statement.row(id=first.pk).authority == first.authority
        assert statement.rows(id=second.pk) == [second]
    assert statement.row(id=0) is None


def test_it_is_built_once():
    built = []

    def build():
        built.append(1)
        return School.objects.filter(pk=Slot("id"))

    statement = Statement(build)
    for key in (1, 2, 3):
        statement.rows(id=key)
    assert built == [1]


def test_values_and_counts_come_back_as_from_a_queryset():
    authority = AuthorityFactory()
    SchoolFactory(authority=authority, name="甲校")
    SchoolFactory(authority=authority, name="乙校")
    found = School.objects.filter(authority=Slot("of")).order_by("name")
    assert Statement(lambda: found.values_list("name", flat=True)).rows(of=authority.pk) == ["乙校", "甲校"]
    counted = Authority.objects.filter(pk=Slot("of")).order_by().values("pk").annotate(schools=Count("schools"))
    assert Statement(lambda: counted).rows(of=authority.pk) == [{"pk": authority.pk, "schools": 2}]


def test_a_list_of_any_length_fills_one_slot():
    some = [SchoolFactory() for _ in range(3)]
    statement = Statement(lambda: School.objects.filter(pk__any_of=keys("found")).order_by("pk"))
    assert statement.rows(found=[]) == []
    assert statement.rows(found=[some[0].pk, some[2].pk]) == [some[0], some[2]]


def test_a_question_is_answered_yes_or_no():
    SchoolFactory(name="甲校")
    is_there = Existence(lambda: School.objects.filter(name=Slot("name")).select_related("authority"))
    assert is_there.yes(name="甲校")
    assert not is_there.yes(name="乙校")


def test_a_value_left_out_is_an_error():
    statement = Statement(lambda: School.objects.filter(pk=Slot("id")))
    with pytest.raises(KeyError):
        statement.rows(key=1)


def test_a_value_is_never_part_of_the_statement():
    school = SchoolFactory(name="甲校")
    statement = Statement(lambda: School.objects.filter(name=Slot("name")))
    assert statement.rows(name="甲校") == [school]
    assert statement.rows(name="' or 1=1 --") == []
    assert statement.rows(name="%s") == []


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_on_its_own_connection():
    school = SchoolFactory()
    statement = Statement(lambda: School.objects.filter(pk=Slot("id")))
    assert statement.rows(id=school.pk) == [school]
    found = []

    def ask():
        try:
            found.extend(statement.rows(id=school.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [school]
