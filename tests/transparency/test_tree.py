"""The tree's arithmetic, checked by the verifier that shares no line with it and by RFC 6962's own examples."""

from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from obbligato.transparency import tree, verify_log
from obbligato.transparency.verify_log import Wrong

LEAVES = [b"leaf %d" % number for number in range(70)]
HASHES = [tree.leaf_hash(leaf) for leaf in LEAVES]
SIZES = st.integers(1, len(LEAVES))


def node(level: int, index: int) -> bytes:
    return tree.root_of(HASHES[index << level : (index + 1) << level])


def test_roots_are_those_of_certificate_transparencys_test_vectors() -> None:
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
    growing = tree.Growing()
    assert growing.root == tree.root(node, 0) == sha256(b"").digest()
    for leaf in leaves:
        growing.add(tree.leaf_hash(leaf))
    growing.add(tree.leaf_hash(bytes.fromhex("5051525354555657")))
    assert growing.root.hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"


@settings(max_examples=50, deadline=None)
@given(size=SIZES)
def test_growing_leaf_by_leaf_gives_the_same_root(size: int) -> None:
    growing = tree.Growing()
    for one in HASHES[:size]:
        growing.add(one)
    assert growing.root == tree.root(node, size)


@settings(max_examples=50, deadline=None)
@given(size=SIZES)
def test_every_leaf_is_proven_and_no_other_place_or_leaf_is(size: int) -> None:
    root = tree.root(node, size)
    for index in range(size):
        path = tree.inclusion(node, index, size)
        verify_log.verify_inclusion(HASHES[index], index, size, path, root)
        for hashed, place, shown in ((sha256().digest(), index, path), (HASHES[index], index, [*path, root])):
            with pytest.raises(Wrong):
                verify_log.verify_inclusion(hashed, place, size, shown, root)
        if index + 1 < size:
            with pytest.raises(Wrong):
                verify_log.verify_inclusion(HASHES[index], index + 1, size, path, root)
    with pytest.raises(Wrong, match="no entry"):
        verify_log.verify_inclusion(HASHES[0], size, size, [], root)


@settings(max_examples=50, deadline=None)
@given(sizes=st.tuples(SIZES, SIZES).map(sorted), flipped=st.integers(0, 2**16))
@example(sizes=[3, 7], flipped=0)
def test_each_older_root_is_proven_consistent_with_each_newer_one_and_no_altered_proof_is(
    sizes: list[int], flipped: int
) -> None:
    old, new = sizes
    roots = tree.root(node, old), tree.root(node, new)
    path = tree.consistency(node, old, new)
    verify_log.verify_consistency(old, roots[0], new, roots[1], path)
    planted = [(old, HASHES[0][::-1], new, roots[1], path), (old, roots[0], new, roots[1], [*path, roots[0]])]
    if path:
        place, bit = flipped % len(path), flipped % 256
        bad = (int.from_bytes(path[place], "big") ^ 1 << bit).to_bytes(32, "big")
        planted.append((old, roots[0], new, roots[1], [*path[:place], bad, *path[place + 1 :]]))
        planted.append((old, roots[0], new, roots[1], path[:-1]))
    for words in planted:
        with pytest.raises(Wrong):
            verify_log.verify_consistency(*words)
    with pytest.raises(Wrong, match="cannot have grown"):
        verify_log.verify_consistency(new + 1, roots[1], new, roots[1], [])
