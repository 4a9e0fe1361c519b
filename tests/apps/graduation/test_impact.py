"""What a change of the law would do to the graduates in the database."""

from __future__ import annotations

import pytest
from tests.factories.graduation import filled, rows_of, setting

from xueji.ask.impact import PackVersion, compare_versions, read_version
from xueji.cli.impact import graduates_of_register
from xueji.policy import get_library

pytestmark = pytest.mark.django_db


def test_every_graduate_is_asked_and_nobody_changes_under_the_same_law() -> None:
    here = filled(setting(), rows_of(3))
    pack = here.batch.law.pack
    version = PackVersion("now", pack)
    impact = compare_versions(version, version, graduates_of_register(pack), row_limit=9)
    assert impact.is_nothing
    assert impact.asked == {"graduation": 3}
    assert impact.everybody["school"] == {here.batch.school.name}
    assert all(version.answer(asked)["answer"]["outcome"] == "graduate" for asked in graduates_of_register(pack))


def test_everybody_changes_under_a_law_that_knows_no_graduation() -> None:
    here = filled(setting(), rows_of(2))
    pack = here.batch.law.pack
    impact = compare_versions(
        PackVersion("now", pack), read_version("edu/national"), graduates_of_register(pack), row_limit=1
    )
    assert len(impact.affected["student"]) == 2
    assert (len(impact.rows), impact.left_out) == (1, 1)


def test_graduates_under_another_law_are_not_asked() -> None:
    filled(setting(), rows_of(2))
    assert list(graduates_of_register(get_library().pack("edu/henan"))) == []
