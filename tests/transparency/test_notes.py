"""Checkpoints as text: those of the specification are read, ours verify, and no letter can be changed."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import override_settings

from obbligato.kernel import chance
from obbligato.transparency import keys, notes, verify_log
from obbligato.transparency.notes import BadNote, Signer, opened

KEY = Signer("store.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ROOT = bytes(range(100, 132))
NOTE = notes.checkpoint(KEY, 7, ROOT)
# The example of Go's golang.org/x/mod/sumdb/note, whose form of keys and notes C2SP took over.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SAYING = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_checkpoint_is_three_lines_and_a_signature() -> None:
    origin, size, root, empty, signature, end = NOTE.split("\n")
    assert (origin, size, empty, end) == ("store.example/log", "7", "", "")
    assert signature.startswith("— store.example/log ")
    assert opened(NOTE, KEY.verifier) == notes.Signed("store.example/log", 7, ROOT)
    assert verify_log.open_note(NOTE, KEY.verifier, "It") == (7, ROOT)
    assert root == "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM="


def test_a_note_that_another_program_signed_is_verified_and_is_no_checkpoint() -> None:
    with pytest.raises(BadNote, match="no checkpoint"):
        opened(SAYING, PETER)
    with pytest.raises(verify_log.Wrong, match="no checkpoint"):
        verify_log.open_note(SAYING, PETER, "It")


def test_no_byte_of_a_note_can_be_changed() -> None:
    content = NOTE.encode()
    for place in range(len(content)):
        for bit in (0, 3, 5):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            text = changed.decode("utf-8", "surrogateescape")
            with pytest.raises(BadNote):
                opened(text.encode("utf-8", "replace").decode(), KEY.verifier)
            with pytest.raises(verify_log.Wrong):
                verify_log.open_note(text.encode("utf-8", "replace").decode(), KEY.verifier, "It")


def test_signatures_of_others_beside_ours_do_no_harm() -> None:
    text, _, ours = NOTE.rpartition("\n\n")
    other = notes.checkpoint(Signer("witness.example", Ed25519PrivateKey.generate()), 7, ROOT).rpartition("\n\n")[2]
    assert opened(f"{text}\n\n{other}{ours}", KEY.verifier).size == 7
    assert verify_log.open_note(f"{text}\n\n{other}{ours}", KEY.verifier, "It")[0] == 7


@pytest.mark.parametrize("text", ["7", "07", "-1", "²", "1" * 30, ""])
def test_only_a_plain_number_is_a_size(text: str) -> None:
    body = f"{KEY.name}\n{text}\n{'A' * 43}=\n"
    signature = notes._in_base64(bytes.fromhex(KEY.verifier.split("+")[1]) + KEY.key.sign(body.encode()))
    note = f"{body}\n— {KEY.name} {signature}\n"
    if text == "7":
        assert opened(note, KEY.verifier).size == 7
        return
    with pytest.raises(BadNote):
        opened(note, KEY.verifier)


def test_a_key_is_read_back_from_its_text_and_no_other_text_is_one() -> None:
    assert notes.signer(KEY.secret).verifier == KEY.verifier
    for text in ("", "a+b+c", KEY.secret.replace("+store", "+shop"), KEY.verifier):
        with pytest.raises(BadNote):
            notes.signer(text)
    with pytest.raises(verify_log.Wrong, match="no public key"):
        verify_log.open_note(NOTE, "nothing", "It")


@override_settings(SITE_URL="https://store.example/music")
def test_the_key_is_made_once_and_is_its_owners_alone() -> None:
    assert keys.verifier_key() is None
    made = keys.signing_key()
    assert made.name == "store.example/music/transparency/log"
    assert stat.S_IMODE(keys.key_file().stat().st_mode) == 0o600
    with override_settings(SITE_URL="https://moved.example"):
        assert keys.verifier_key() == made.verifier


def test_of_two_who_make_it_at_once_the_first_ones_stays() -> None:
    first = keys.signing_key()
    with chance.seeded(1):
        keys._make(keys.key_file())
    assert keys.signing_key().verifier == first.verifier
    assert [one.name for one in keys.key_file().parent.iterdir()] == ["log.key"]
