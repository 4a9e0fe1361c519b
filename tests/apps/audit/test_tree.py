"""The audit's own tree of the log: a complete part taken level by level is the same as its entries one by one."""

import pytest

from xueji.cli.audit_log import _Growing


@pytest.mark.parametrize(("parts", "rest"), [(1, 0), (2, 1), (3, 5), (4, 7)])
def test_a_part_at_once_is_its_entries_one_by_one(parts, rest):
    entries = [f"event {number} {number:064x}\n".encode() for number in range(8 * parts + rest)]
    slow, quick = _Growing(), _Growing()
    for entry in entries:
        slow.add(entry)
    for place in range(0, 8 * parts, 8):
        quick.add_whole(entries[place : place + 8])
    for entry in entries[8 * parts :]:
        quick.add(entry)
    assert (quick.size, quick.root(), quick.parts) == (slow.size, slow.root(), slow.parts)

    quick.add_whole([b"event 1 other\n"])
    slow.add(b"event 1\n")
    assert quick.root() != slow.root()
