"""A log that has not begun: nothing of it is printed or published, and the program says so."""

from __future__ import annotations

import pytest
from tests.apps.ledger.test_log import happened
from tests.factories.accounts import UserFactory

from xueji.cli import log as program
from xueji.ledger import sequencing
from xueji.ledger.heads import publish_head
from xueji.ledger.models import Event
from xueji.ledger.queries import printed_head
from xueji.ledger.sequencing import sequence_events


@pytest.fixture
def clerk(db):
    return UserFactory(full_name="王经办")


def test_nothing_is_printed_of_a_log_that_has_not_begun_or_stands_still(clerk):
    assert printed_head() == ""
    happened(clerk)
    sequence_events()
    assert printed_head().startswith(f"履历日志 {Event.objects.count()} 条，根 ")
    (sequencing.folder() / "checkpoint").write_text("改过\n\n")
    assert printed_head() == ""


def test_nothing_is_published_before_the_first_entry(db):
    assert publish_head() is None


def test_the_program_appends_and_says_so_and_has_nothing_to_restore(clerk, monkeypatch, capsys):
    monkeypatch.setattr(program, "set_up", lambda **_: None)
    with pytest.raises(program.NothingLogged, match="还没有开始"):
        program.main(["head"])
    happened(clerk, 2)
    assert program.main(["append"]) == 0
    assert f"写进日志 {Event.objects.count()} 条" in capsys.readouterr().out
    with pytest.raises(sequencing.LogStopped, match="没有什么要记"):
        program.main(["restored", "--reason", "试"])
