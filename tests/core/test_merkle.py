"""The arithmetic of the log: known trees of RFC 6962, and every proof against every change of it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.consistency import is_consistent

from xueji.core.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_by_inclusion,
    root_hash,
    root_of,
)

# The eight entries and the roots of their first n with which implementations of RFC 6962 compare themselves.
ENTRIES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def reader(hashes):
    def read(level: int, index: int) -> bytes:
        if level == 0:
            return hashes[index]
        return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    return read


def plain_root(hashes) -> bytes:
    """The definition of RFC 6962 §2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = max(1 << k for k in range(len(hashes).bit_length()) if 1 << k < len(hashes))
    return hashlib.sha256(b"\x01" + plain_root(hashes[:split]) + plain_root(hashes[split:])).digest()


def test_a_tree_that_grows_has_the_known_roots():
    tree = GrowingTree()
    assert tree.root() == EMPTY_ROOT
    for size, (entry, root) in enumerate(zip(ENTRIES, ROOTS, strict=True), 1):
        tree.add(leaf_hash(entry))
        assert (tree.size, tree.root().hex()) == (size, root)


def test_the_known_roots_come_out():
    hashes = [leaf_hash(entry) for entry in ENTRIES]
    assert [root_of(hashes[: n + 1]).hex() for n in range(8)] == ROOTS
    assert (
        root_of([]) == EMPTY_ROOT == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )


def test_the_known_proofs_come_out():
    """The worked example of RFC 6962 §2.1.3, a tree of seven leaves."""
    a, b, c, d, e, f, j = (leaf_hash(entry) for entry in ENTRIES[:7])
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, l = node_hash(g, h), node_hash(i, j)  # noqa: E741  # the letters of the RFC
    read = reader([a, b, c, d, e, f, j])
    assert inclusion_path(0, 7, read) == [b, h, l]
    assert inclusion_path(3, 7, read) == [c, g, l]
    assert inclusion_path(4, 7, read) == [f, j, k]
    assert inclusion_path(6, 7, read) == [i, k]
    assert consistency_path(3, 7, read) == [c, d, g, l]
    assert consistency_path(4, 7, read) == [l]
    assert consistency_path(6, 7, read) == [i, j, k]


@given(st.integers(1, 700), st.data())
def test_what_is_in_the_tree_is_shown_and_nothing_else(size, data):
    hashes = [leaf_hash(str(n).encode()) for n in range(size)]
    read, index = reader(hashes), data.draw(st.integers(0, size - 1))
    root = root_hash(size, read)
    assert root == plain_root(hashes)
    path = inclusion_path(index, size, read)
    assert root_by_inclusion(hashes[index], index, size, path) == root
    assert root_by_inclusion(leaf_hash(b"forged"), index, size, path) != root
    assert root_by_inclusion(hashes[index], index, size, [*path, root]) is None
    if path:
        assert root_by_inclusion(hashes[index], index, size, path[:-1]) != root
        other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
        assert root_by_inclusion(hashes[index], other, size, path) != root
    assert root_by_inclusion(hashes[index], size, size, path) is None


@given(st.integers(1, 500), st.data())
def test_a_tree_that_only_grew_is_shown_and_a_rewritten_one_is_not(new, data):
    hashes = [leaf_hash(str(n).encode()) for n in range(new)]
    old = data.draw(st.integers(1, new))
    read = reader(hashes)
    path = consistency_path(old, new, read)
    roots = root_hash(old, read), root_hash(new, read)
    assert is_consistent(old, new, *roots, path)
    rewritten = list(hashes)
    rewritten[data.draw(st.integers(0, old - 1))] = leaf_hash(b"forged")
    theirs = reader(rewritten)
    assert not is_consistent(old, new, roots[0], root_hash(new, theirs), consistency_path(old, new, theirs))
    assert not is_consistent(old, new, *roots, [*path, roots[0]])
    assert not is_consistent(new, old, *roots, path) or old == new


def test_nothing_begins_everything_and_only_the_empty_root_says_so():
    root = leaf_hash(b"x")
    assert is_consistent(0, 1, EMPTY_ROOT, root, [])
    assert not is_consistent(0, 1, root, root, [])
    assert not is_consistent(2, 5, root, root, [])


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_no_tree_has_fewer_leaves_than_none_or_more_than_it_has(old, new):
    with pytest.raises(ValueError, match="not a beginning"):
        consistency_path(old, new, reader([]))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3)])
def test_what_is_not_among_the_leaves_is_not_shown(index, size):
    with pytest.raises(ValueError, match="is not among"):
        inclusion_path(index, size, reader([]))
    assert root_by_inclusion(leaf_hash(b"x"), index, size, []) is None
    assert root_by_inclusion(leaf_hash(b"x"), -1, 1, []) is None
