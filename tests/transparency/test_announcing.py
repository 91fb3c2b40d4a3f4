"""What is announced: in the transaction of the act, in one canonical form, with nothing personal in it."""

import json
from datetime import UTC, datetime

import pytest
from django.db import transaction

from obbligato.kernel import clock
from obbligato.transparency.announcing import MOST_BYTES, BadAnnouncement, announce
from obbligato.transparency.canonical import NotPublicJson, canonical
from obbligato.transparency.commitments import commitment
from obbligato.transparency.models import Announcement, Sealed

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_an_announcement_waits_with_the_leaf_it_will_be() -> None:
    with clock.stopped(NOON):
        waiting = announce("claim.received", subject="claim:C-1", facts={"regime": "dsa", "works": 2})
    assert bytes(Announcement.objects.get(pk=waiting.pk).leaf) == (
        b'{"at":"2026-11-29T12:00:00.000000Z","facts":{"regime":"dsa","works":2},'
        b'"kind":"claim.received","personal":{},"subject":"claim:C-1"}'
    )


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_said() -> None:
    with transaction.atomic():
        announce("claim.received", subject="claim:C-1", facts={}, personal={"claimant": "carol"})
        transaction.set_rollback(True)
    assert not Announcement.objects.exists()
    assert not Sealed.objects.exists()


@pytest.mark.django_db
def test_a_personal_value_is_said_by_its_commitment_alone() -> None:
    waiting = announce("claim.received", subject="claim:C-1", facts={}, personal={"claimant": "carol\x00\ud800"})
    (sealed,) = Sealed.objects.all()
    assert len(sealed.salt) == 64
    assert sealed.value == "carol\ufffd?"
    assert sealed.commitment == commitment(sealed.salt, sealed.value)
    assert json.loads(waiting.leaf)["personal"] == {"claimant": sealed.commitment}
    assert b"carol" not in waiting.leaf


@pytest.mark.django_db
def test_the_same_value_twice_has_two_commitments() -> None:
    for subject in ("claim:C-1", "claim:C-2"):
        announce("claim.received", subject=subject, facts={}, personal={"claimant": "carol"})
    assert len({one.commitment for one in Sealed.objects.all()}) == 2


@pytest.mark.django_db
def test_facts_too_long_for_an_entry_are_said_by_their_hash() -> None:
    waiting = announce("order.in_effect", subject="order:O-1", facts={"recordings": ["x" * MOST_BYTES]})
    assert len(waiting.leaf) < 400
    assert json.loads(waiting.leaf)["facts"]["size_bytes"] == MOST_BYTES + len('{"recordings":[""]}')


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "subject", "personal"),
    [
        ("received", "claim:C-1", {}),
        ("claim." + "x" * 60, "claim:C-1", {}),
        ("claim.received", "C-1", {}),
        ("claim.received", "claim:a/b", {}),
        ("claim.received", "claim:" + "x" * 120, {}),
        ("claim.received", "claim:C-1", {"A name": "carol"}),
    ],
)
def test_a_wrong_call_is_told_at_once(kind: str, subject: str, personal: dict[str, str]) -> None:
    with pytest.raises(BadAnnouncement):
        announce(kind, subject=subject, facts={}, personal=personal)
    assert not Announcement.objects.exists()


def test_names_are_ordered_as_utf_16_orders_them_and_texts_escaped_as_rfc_8785_has_it() -> None:
    # The example of RFC 8785, section 3.2.3, and the characters of its section 3.2.2.2.
    names = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
    assert [ord(name) for name in json.loads(canonical(dict.fromkeys(names, 1)))] == [
        0x0D, 0x31, 0x80, 0xF6, 0x20AC, 0x1F600, 0xFB33,
    ]  # fmt: skip
    assert canonical('€$\x0f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()
    assert canonical([None, True, -7, ("a", {})]) == b'[null,true,-7,["a",{}]]'
    assert canonical("\ud800") == b'"?"'


@pytest.mark.parametrize("value", [1.5, 2**53, NOON, {1: "a"}, {"a": [b"b"]}])
def test_what_programs_would_read_differently_is_refused(value: object) -> None:
    with pytest.raises(NotPublicJson):
        canonical(value)
