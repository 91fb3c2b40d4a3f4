"""What is kept under its hash is given back as it was, or not at all."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from obbligato.kernel import kept_files
from obbligato.kernel.kept_files import LostFile

FOLDER = "kept-in-tests"


@given(some.binary(max_size=300))
def test_the_same_bytes_are_one_private_file_and_come_back(content: bytes) -> None:
    sha256 = kept_files.keep(FOLDER, content)
    assert sha256 == kept_files.keep(FOLDER, content) == hashlib.sha256(content).hexdigest()
    assert kept_files.content_of(FOLDER, sha256) == content
    assert kept_files.path_of(FOLDER, sha256).stat().st_mode & 0o777 == 0o600


@given(content=some.binary(min_size=1, max_size=300), place=some.integers(0, 299), bit=some.integers(0, 7))
def test_one_bit_that_changed_is_told_and_keeping_it_anew_mends_it(content: bytes, place: int, bit: int) -> None:
    sha256 = kept_files.keep(FOLDER, content)
    rotted = bytearray(content)
    rotted[place % len(content)] ^= 1 << bit
    kept_files.path_of(FOLDER, sha256).write_bytes(rotted)
    with pytest.raises(LostFile, match="was altered"):
        kept_files.content_of(FOLDER, sha256)
    assert kept_files.content_of(FOLDER, kept_files.keep(FOLDER, content)) == content


def test_what_is_gone_is_told() -> None:
    with pytest.raises(LostFile, match="any more"):
        kept_files.content_of(FOLDER, "0" * 64)
