"""Whether the notes of a table and its rows fit, told in one pass over each: what `audit_vouched` asks before it names anything.

Naming takes the database a sort of all notes by row. Here the notes are read in their order, each row's last digest kept by its key:
half the work, and nearly always there is nothing to name.
"""

from __future__ import annotations

from itertools import repeat

from xueji.cli.audit_asking import one_moment, streamed

NOBODY = bytes(32)  # the digest of a row that is not there
_MOST = 2_000_000  # rows whose keys and digests are held in memory, some 250 bytes each
_NOTES_AT_ONCE = 100  # a note may be of a thousand rows
_NOTES = (
    "select keys, digests || ''::bytea, before || ''::bytea from ledger_writtenrows where source = '{}' order by id"
)


def fits(table: str, count: int, digests: str) -> bool:
    """Whether each note met what the one before it left, and each row is as its last note left it; False when that is not known.

    `digests` asks for key and digest of every row of the table as it is, `count` says how many there are.
    """
    if count > _MOST:
        return False
    left: dict[str, bytes] = {}
    with one_moment():
        for keys, written, before in streamed(_NOTES.format(table), _NOTES_AT_ONCE):
            met = b"".join(map(left.get, keys, repeat(NOBODY)))
            if len(written) != len(met) or (before is not None and (before or bytes(len(met))) != met):
                return False
            left.update(zip(keys, (written[at : at + 32] for at in range(0, len(written), 32)), strict=True))
        return all(left.pop(key, None) == digest for key, digest in streamed(digests)) and all(
            digest == NOBODY for digest in left.values()
        )
