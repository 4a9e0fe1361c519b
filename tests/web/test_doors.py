"""No door opens wider, and no post may more, without a line of the agreed table changing with it."""

from __future__ import annotations

from dataclasses import replace

from tests.web import doors, test_matrix


def agreed() -> list[str]:
    return doors.AGREED.read_text(encoding="utf-8").splitlines()


def test_every_address_and_post_stands_as_agreed():
    now, then = list(doors.doors()), agreed()
    assert sorted(set(now) - set(then)) == [], "not agreed: after a look at each, python -m tests.web.doors"
    assert sorted(set(then) - set(now)) == [], "agreed, and gone"
    assert len(now) == len(then) > 150


def test_a_weaker_declaration_is_seen(monkeypatch):
    marks = next(a for a in test_matrix.ALL if a.name == "authority:marks")
    weaker = replace(marks, access=replace(marks.access, permission=None))
    monkeypatch.setattr(test_matrix, "ALL", [weaker if a is marks else a for a in test_matrix.ALL])
    assert set(doors.doors()) - set(agreed()) == {f"authority:marks  /{marks.route}  signed in"}
