"""Appending: what waited becomes entries, once, in order; interrupted anywhere, the log is as if nothing had begun."""

import json
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from obbligato.kernel import triggers
from obbligato.transparency import appending, checkpoints, immutability, keys, tiles, tree, verifying
from obbligato.transparency.checkpoints import Equivocation
from obbligato.transparency.models import Announcement, Checkpoint, Entry, Sealed, Tally, Tile
from tests.transparency.making import a_log, altered, announced

TABLES = (Entry, Tile, Tally, Announcement, Checkpoint)


def counts() -> list[int]:
    return [model.objects.count() for model in TABLES]


@pytest.mark.django_db
def test_what_waits_becomes_entries_in_order_and_waits_no_more() -> None:
    announced(3)
    assert appending.append_waiting() == 3
    assert appending.append_waiting() == 0
    assert [json.loads(bytes(one.leaf))["facts"]["number"] for one in Entry.objects.order_by("index")] == [0, 1, 2]
    assert list(Entry.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2]
    assert not Announcement.objects.exists()


@pytest.mark.django_db
def test_batches_of_any_length_grow_one_tree() -> None:
    a_log(1, 255, 256, 300, 513)
    hashes = [bytes(one) for one in Entry.objects.order_by("index").values_list("leaf_hash", flat=True)]
    growing = tree.Growing()
    for one in hashes:
        growing.add(one)
    assert tree.root(tiles.Nodes(513), 513) == growing.root
    assert sorted(Tile.objects.values_list("level", "index")) == [(0, 0), (0, 1)]
    assert verifying.verify().differences == []
    announced(5, first=513)
    assert appending.append_waiting(batches=2, entries_a_batch=2) == 4
    assert appending.append_waiting() == 1


@pytest.mark.django_db
def test_a_full_tile_of_full_tiles_is_written_a_level_up() -> None:
    hashes = [tree.leaf_hash(b"%d" % number) for number in range(256 * 256 + 300)]
    made = appending._full_tiles(0, hashes)
    assert [(one.level, one.index) for one in made] == [*((0, index) for index in range(257)), (1, 0)]
    assert made[-1].root == tree.root_of(hashes[: 256 * 256])


@pytest.mark.django_db
def test_months_and_kinds_are_tallied() -> None:
    a_log(3, 5)
    assert sorted(Tally.objects.values_list("kind", "entries")) == [("claim.received", 3), ("decision.made", 2)]


class Killed(BaseException):
    """The process ends here."""


STEPS = ("transparency_entry", "transparency_tile", "transparency_tally", "transparency_announcement")


@pytest.mark.django_db
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("is_after", [False, True])
def test_killed_before_or_after_any_statement_it_has_not_begun_and_goes_on_later(step: str, is_after: bool) -> None:
    a_log(250)
    announced(20, first=250)
    before = counts()

    def kill(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        is_it = f'"{step}"' in sql and not sql.startswith("SELECT")
        if is_it and not is_after:
            raise Killed
        done = execute(sql, params, many, context)
        if is_it:
            raise Killed
        return done

    with pytest.raises(Killed), connection.execute_wrapper(kill):
        appending.append_waiting()
    assert counts() == before
    assert verifying.verify().differences == []
    assert appending.append_waiting() == 20
    checkpoints.make()
    assert verifying.verify().differences == []


@pytest.mark.django_db
def test_killed_between_the_checkpoints_file_and_its_row_it_signs_the_same_again() -> None:
    a_log(5)
    row = Checkpoint.objects.get()
    announced(1, first=5)
    appending.append_waiting()
    signed = checkpoints.make()
    assert signed is not None
    altered("DELETE FROM transparency_checkpoint WHERE size = 6")
    again = checkpoints.make()
    assert again is not None
    assert again.note == signed.note
    assert [one.size for one in Checkpoint.objects.order_by("size")] == [row.size, 6]


@pytest.mark.django_db
def test_a_checkpoint_is_signed_only_where_there_is_something_new() -> None:
    assert checkpoints.make() is None
    assert keys.verifier_key() is None
    a_log(2)
    assert checkpoints.make() is None
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("grown", [0, 1, 2, 3])
def test_a_database_put_back_and_grown_another_way_is_not_signed(grown: int) -> None:
    a_log(4, 6)
    altered("DELETE FROM transparency_checkpoint WHERE size = 6")
    altered("DELETE FROM transparency_entry WHERE %s <= " + connection.ops.quote_name("index"), 4)
    announced(grown, first=100)
    appending.append_waiting()
    if grown == 0:
        assert checkpoints.make() is None  # It is as it was signed once; nothing new is said.
        return
    with pytest.raises(Equivocation, match="entries are gone" if grown == 1 else "two histories"):
        checkpoints.make()
    assert [one.size for one in Checkpoint.objects.all()] == [4]


@pytest.mark.django_db
def test_a_log_that_lost_its_database_is_not_begun_again_under_the_same_key() -> None:
    a_log(2)
    for table in ("entry", "checkpoint"):
        altered(f"DELETE FROM transparency_{table}")
    with pytest.raises(Equivocation):
        checkpoints.make()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["entry", "tile", "checkpoint"])
@pytest.mark.parametrize("statement", ["DELETE FROM transparency_{}", "UPDATE transparency_{} SET {}"])
def test_the_database_itself_refuses_to_change_what_is_said(table: str, statement: str) -> None:
    a_log(256)
    column = {"entry": "kind = 'x.y'", "tile": "level = 3", "checkpoint": "note = ''"}[table]
    with (
        pytest.raises(DatabaseError, match="never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            statement.format(f"transparency_{table}", column).replace("transparency_transparency", "transparency")
        )


def test_every_rule_is_told_in_the_words_of_either_database() -> None:
    assert len(immutability.RULES) == 6
    for rule in immutability.RULES:
        assert rule.sentence in triggers.for_postgresql(rule)[0]
        assert rule.sentence in triggers.for_sqlite(rule)[0]


@pytest.mark.django_db
def test_rows_say_what_they_are() -> None:
    announced(1)
    assert [str(Announcement.objects.get()), str(Sealed.objects.get())] == [
        "claim.received of claim:C-0, waiting",
        "claimant of claim:C-0, sealed",
    ]
    a_log(1)
    announced(254, first=2)
    appending.append_waiting()
    assert str(Entry.objects.get(index=0)) == "entry 0: claim.received of claim:C-0"
    assert str(Tile.objects.get()) == "tile 0/0"
    assert str(Checkpoint.objects.get()) == "checkpoint of 2 entries"
    assert str(Tally.objects.get(kind="decision.made")).startswith("127 of decision.made in 20")
