"""What was altered is found and named, inside and by the verifier outside; what was forgotten was not altered."""

import json
import re
import runpy
import shutil
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.transparency import (
    appending,
    checkpoints,
    exporting,
    forgetting,
    keys,
    notes,
    proving,
    tiles,
    tree,
    verify_log,
    verifying,
)
from obbligato.transparency.checkpoints import Equivocation
from obbligato.transparency.models import Checkpoint, Entry, Sealed, Tally, Tile
from tests.transparency.making import a_log, altered, announced, meanwhile, written

INDEX = connection.ops.quote_name("index")


def verified() -> list[str]:
    return verifying.verify().differences


def flipped(content: bytes, place: int) -> bytes:
    changed, place_in_it = bytearray(content), place % len(content)
    changed[place_in_it] ^= 1 << place % 7
    if not changed[place_in_it]:  # A text of PostgreSQL holds no zero.
        changed[place_in_it] = content[place_in_it] ^ 3
    return bytes(changed)


STORED = ("leaf", "leaf_hash", "kind", "subject", "hashes", "root", "note", "checkpoint root", "salt", "value")


@pytest.mark.django_db
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10**6), what=st.sampled_from(STORED))
def test_any_byte_that_is_altered_is_found_and_named(place: int, what: str) -> None:
    if not Entry.objects.exists():
        a_log(100, 260)
        assert verified() == []
    with transaction.atomic():
        named = alter(place, what)
        assert any(difference.startswith(named) for difference in verified()), (what, verified())
        transaction.set_rollback(True)


def alter(place: int, what: str) -> str:
    """Flip a bit of what is stored; gives how the difference must begin."""
    index = place % 260 // 3 * 3  # One that has something personal.
    entry, tile = Entry.objects.get(index=index), Tile.objects.get()
    checkpoint, sealed = Checkpoint.objects.get(size=260), Sealed.objects.get(subject=entry.subject)
    match what:
        case "leaf" | "leaf_hash":
            changed: bytes | str = flipped(bytes(getattr(entry, what)), place)
        case "kind" | "subject":
            changed = flipped(getattr(entry, what).encode(), place).decode()
        case "hashes" | "root":
            altered(f"UPDATE transparency_tile SET {what} = %s", flipped(bytes(getattr(tile, what)), place))
            return "Tile 0/0 "
        case "note":
            changed = flipped(checkpoint.note.encode(), place).decode("utf-8", "replace")
            altered("UPDATE transparency_checkpoint SET note = %s WHERE size = 260", changed)
            return "Checkpoint 260 "
        case "checkpoint root":
            changed = flipped(bytes(checkpoint.root), place)
            altered("UPDATE transparency_checkpoint SET root = %s WHERE size = 260", changed)
            return "Checkpoint 260 "
        case _:
            changed = flipped(getattr(sealed, what).encode(), place).decode()
            altered(f"UPDATE transparency_sealed SET {what} = %s WHERE id = %s", changed, sealed.pk)
            return f"What is kept of {sealed.subject} as claimant "
    altered(f"UPDATE transparency_entry SET {what} = %s WHERE {INDEX} = %s", changed, index)
    return f"Entry {index} "


class TestForgetting(TestCase):
    @settings(max_examples=10, deadline=None)
    @given(forgotten=st.sets(st.integers(0, 6), min_size=1))
    def test_forgetting_keeps_every_proof(self, forgotten: set[int]) -> None:
        a_log(7, 20)
        before = [proving.inclusion_of(entry) for entry in Entry.objects.order_by("index")]
        subjects = {f"claim:C-{3 * number // 2}" for number in forgotten}
        for subject in subjects:
            assert forgetting.forget(subject) >= 1
            with pytest.raises(forgetting.NothingToForget):
                forgetting.forget(subject, "claimant")
        assert not Sealed.objects.filter(subject__in=subjects).exists()
        assert verified() == []
        assert [proving.inclusion_of(entry) for entry in Entry.objects.order_by("index")] == before
        for said in before:
            verify_log.check_proof(said, keys.signing_key().verifier)


@pytest.mark.django_db
class TestWhatVerifyFinds:
    def test_an_entry_rewritten_with_its_hash(self) -> None:
        a_log(300)
        leaf = bytes(Entry.objects.get(index=5).leaf).replace(b'"number":5', b'"number":6')
        for index, hashed in ((5, tree.leaf_hash(leaf)),):
            altered(f"UPDATE transparency_entry SET leaf = %s, leaf_hash = %s WHERE {INDEX} = %s", leaf, hashed, index)
        assert verified()[0] == "Tile 0/0 and entry 5 do not agree: one of them was altered."
        assert "Checkpoint 300 is signed, but the first 300 entries have another root" in verified()[-1]

    def test_rows_that_are_missing_or_too_many(self) -> None:
        a_log(256, 300)
        altered("DELETE FROM transparency_tile")
        assert verified() == ["Tile 0/0 is missing."]
        Tile.objects.create(level=0, index=0, hashes=b"x" * 8193, root=b"")
        Tile.objects.create(level=1, index=0, hashes=b"", root=b"")
        assert [one.split(":")[0] for one in verified()] == [
            "Tile 0/0 and entry 0 do not agree",
            "Tile 0/0 was altered",
            "Tile 1/0 is of entries that there are not.",
        ]
        altered(f"DELETE FROM transparency_entry WHERE {INDEX} = 299")
        assert "Checkpoint 300 is signed, but the log has 299 entries." in verified()
        altered(f"DELETE FROM transparency_entry WHERE {INDEX} = 7")
        assert verified() == ["Entry 7 is missing."]

    def test_a_salt_that_is_none(self) -> None:
        a_log(3)
        altered("UPDATE transparency_sealed SET salt = %s", "no salt")
        assert {one.split(" of ")[0] for one in verified()} == {"What is kept"}

    def test_a_tile_that_goes_on_after_its_end(self) -> None:
        a_log(256)
        content = bytes(Tile.objects.get().hashes)
        altered("UPDATE transparency_tile SET hashes = %s", content + b"x")
        assert verified() == ["Tile 0/0 and entry 256 do not agree: one of them was altered."]

    def test_a_tile_a_level_up(self) -> None:
        hashes = [tree.leaf_hash(b"%d" % number) for number in range(256 * 256)]
        Tile.objects.bulk_create(appending._full_tiles(0, hashes))
        altered("UPDATE transparency_tile SET hashes = %s WHERE level = 1", bytes(8192))
        found = verifying.Findings()
        compared = verifying._Tiles(found)
        for hashed in hashes:
            compared.add(0, hashed)
        assert found.differences == ["Tile 1/0 and tile 0/0 do not agree: one of them was altered."]
        assert found.tiles == 257

    def test_a_tally_that_counts_otherwise_and_a_value_that_nothing_commits_to(self) -> None:
        a_log(2)
        Tally.objects.filter(kind="decision.made").update(entries=7)
        Sealed.objects.create(commitment="x", subject="claim:C-9", name="claimant", salt="zz", value="carol")
        tally, sealed = verified()
        assert tally.startswith("The tally says 7 of decision.made in ")
        assert sealed == "What is kept of claim:C-9 as claimant belongs to no commitment of the log."

    def test_leaves_that_are_no_leaves(self) -> None:
        a_log(3)
        for index, leaf in ((0, b"["), (1, b"[]"), (2, b'{"personal":{"a":1}}')):
            altered(f"UPDATE transparency_entry SET leaf = %s WHERE {INDEX} = %s", leaf, index)
        assert len([one for one in verified() if one.startswith("Entry ")]) == 6

    def test_what_waits_may_have_its_values_kept_already(self) -> None:
        a_log(1)
        announced(1, first=3)
        assert verified() == []

    @pytest.mark.parametrize(("table", "entries"), [("transparency_tally", 2), ("transparency_tile", 1)])
    def test_what_is_appended_meanwhile_is_no_difference(self, table: str, entries: int) -> None:
        a_log(1)
        announced(1, first=3)
        with meanwhile(table, appending.append_waiting):
            found = verifying.verify()
        assert (found.entries, found.differences) == (entries, [])

    def test_notes_without_the_key_that_signed_them(self) -> None:
        a_log(1)
        keys.key_file().unlink()
        assert verified() == ["Checkpoint 1 was altered: the log's key did not sign what it says."]

    def test_a_second_history_that_the_same_key_signed(self) -> None:
        a_log(4)
        other = notes.checkpoint(keys.signing_key(), 4, bytes(32))
        with pytest.raises(Equivocation, match="two histories"):
            checkpoints.compare(other)
        altered("UPDATE transparency_checkpoint SET note = %s, root = %s", other, bytes(32))
        assert "or there are two histories" in verified()[0]


@pytest.mark.django_db
class TestOutside:
    def test_an_export_is_true_and_the_verifier_beside_it_says_so(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        a_log(1, 256, 600)
        assert exporting.export(tmp_path) == 600
        assert sorted(str(file.relative_to(tmp_path)) for file in (tmp_path / "tile").rglob("*") if file.is_file()) == [
            "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
            "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
        ]  # fmt: skip
        kept = str(tmp_path / "checkpoints" / "256")
        assert verify_log.main(["export", str(tmp_path), "--vkey", str(tmp_path / "vkey"), "--checkpoint", kept]) == 0
        assert capsys.readouterr().out.startswith("True: 600 entries, every hash, and 5 checkpoints signed by ")

    def test_one_altered_byte_of_any_file_is_named(self, tmp_path: Path) -> None:
        a_log(1, 300)
        exporting.export(tmp_path)
        vkey = keys.signing_key().verifier
        files = [file for file in tmp_path.rglob("*") if file.is_file() and file.name != "verify_log.py"]
        assert len(files) == 9
        for file in files:
            content = file.read_bytes()
            for place in range(0, len(content), len(content) // 7 + 1):
                file.write_bytes(flipped(content, place))
                with pytest.raises(verify_log.Wrong) as wrong:
                    verify_log.check_export(tmp_path, vkey, [])
                assert ("entr" if "entries" in file.parts else file.name) in str(wrong.value)
            for other in (b"", content + b"\n"):
                file.write_bytes(other)
                with pytest.raises(verify_log.Wrong):
                    verify_log.check_export(tmp_path, vkey, [])
            file.write_bytes(content)
        verify_log.check_export(tmp_path, vkey, [])

    def test_two_roots_for_one_size_are_told_as_two_histories(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        a_log(3, 5)
        exporting.export(tmp_path)
        key = keys.signing_key()
        for size, word in ((5, "two histories"), (3, "two histories"), (6, "the log here has 5")):
            kept = tmp_path / f"kept-{size}"
            kept.write_text(notes.checkpoint(key, size, bytes(32)))
            words = ["export", str(tmp_path), "--vkey", key.verifier, "--checkpoint", str(kept)]
            assert verify_log.main(words) == 1
            assert word in capsys.readouterr().out
        (tmp_path / "checkpoints" / "4").write_text((tmp_path / "checkpoints" / "3").read_text())
        with pytest.raises(verify_log.Wrong, match="checkpoints/4 holds a checkpoint of 3"):
            verify_log.check_export(tmp_path, key.verifier, [])

    def test_levels_above_are_compared_too(self, tmp_path: Path) -> None:
        leaves = [b"%05d" % number for number in range(256 * 256)]
        made = {(one.level, one.index): one for one in appending._full_tiles(0, [*map(tree.leaf_hash, leaves)])}
        for name in tiles.names(len(leaves)):
            start = name.index * 256
            content = b"".join(b"\x00\x05" + leaf for leaf in leaves[start : start + 256])
            if name.level is not None:
                content = made[name.level, name.index].hashes if name.level < 2 else made[1, 0].root
            (tmp_path / "tile" / str(name)).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "tile" / str(name)).write_bytes(content)
        key = keys.signing_key()
        (tmp_path / "checkpoint").write_text(notes.checkpoint(key, len(leaves), made[1, 0].root))
        verify_log.check_export(tmp_path, key.verifier, [])
        above = tmp_path / "tile" / "1" / "000"
        above.write_bytes(flipped(above.read_bytes(), 40))
        with pytest.raises(verify_log.Wrong, match="tile/1/000 and tile 0/1 do not agree"):
            verify_log.check_export(tmp_path, key.verifier, [])

    def test_proofs_are_checked_as_files(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        a_log(3, 9)
        vkey = keys.signing_key().verifier
        proof = proving.inclusion_of(Entry.objects.get(index=4))
        grown = proving.consistency_from(3)
        assert verify_log.main(["proof", str(written(tmp_path / "a.json", proof)), "--vkey", vkey]) == 0
        assert "this is entry 4 of 9" in capsys.readouterr().out
        assert verify_log.main(["consistency", str(written(tmp_path / "b.json", grown)), "--vkey", vkey]) == 0
        assert "9 entries begins with the log of 3" in capsys.readouterr().out
        for what, bad in (
            ("proof", {**proof, "leaf": proof["leaf"].replace("claim", "Claim")}),
            ("proof", {**proof, "index": True}),
            ("proof", {**proof, "proof": ["?", *proof["proof"][1:]]}),
            ("consistency", {**grown, "old_checkpoint": proof["checkpoint"] + " "}),
            ("consistency", proof),
            ("proof", []),
        ):
            assert verify_log.main([what, str(written(tmp_path / "c.json", bad)), "--vkey", vkey]) == 1
        (tmp_path / "c.json").write_bytes(b"\xff")
        assert verify_log.main(["proof", str(tmp_path / "c.json"), "--vkey", vkey]) == 1
        (tmp_path / "c.json").write_text("{")
        assert verify_log.main(["proof", str(tmp_path / "c.json"), "--vkey", vkey]) == 1
        assert verify_log.main(["proof", str(tmp_path / "none.json"), "--vkey", str(tmp_path / "none")]) == 1

    def test_the_file_alone_is_a_program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", ["verify_log.py", "export", str(tmp_path), "--vkey", "a+b"])
        with pytest.raises(SystemExit, match="1"):
            runpy.run_path(str(exporting.VERIFIER_FILE), run_name="__main__")
        imported = re.findall(r"^(?:from|import) (\w+)", exporting.VERIFIER_FILE.read_text(), re.M)
        assert set(imported) - sys.stdlib_module_names == {"cryptography"}

    def test_there_is_no_proof_of_what_is_not_signed(self) -> None:
        a_log(2)
        announced(1, first=2)
        appending.append_waiting()
        with pytest.raises(proving.NotSignedYet):
            proving.inclusion_of(Entry.objects.get(index=2))
        with pytest.raises(proving.NoSuchEntry):
            proving.consistency_from(1)


@pytest.mark.parametrize(
    ("number", "width", "name"),
    [(0, 256, "000"), (1234067, 256, "x001/x234/067"), (1000, 5, "x001/000.p/5"), (999, 256, "999")],
)
def test_tiles_are_called_as_the_specification_calls_them(number: int, width: int, name: str) -> None:
    assert verify_log.tile_name(number, width) == name
    assert tiles.named(f"entries/{name}") == tiles.Name(None, number, width)
    assert tiles.named(f"12/{name}") == tiles.Name(12, number, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "0/x000/001",
        "01/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/",
        "0/" + "x001/" * 6 + "001",
        "a/000",
    ],
)
def test_other_names_are_no_tiles(path: str) -> None:
    with pytest.raises(tiles.NoSuchTile):
        tiles.named(path)


def test_a_log_of_seventy_thousand_has_the_tiles_of_the_specifications_example() -> None:
    levels = [name for name in tiles.names(70_000) if name.level is not None]
    assert [(one.level, one.width) for one in levels if one.width < 256] == [(0, 112), (1, 17), (2, 1)]
    assert len([one for one in levels if one.level == 0]) == 274
    assert len([one for one in levels if one.level == 1]) == 2


@pytest.mark.django_db
class TestTheCommand:
    def said(self, *words: str) -> str:
        out = StringIO()
        call_command("log", *words, stdout=out)
        return out.getvalue()

    def test_appends_verifies_exports_and_forgets(self, tmp_path: Path) -> None:
        assert "Public key: none yet" in self.said("verify")
        with pytest.raises(CommandError, match="Nothing is signed yet"):
            self.said("export", str(tmp_path))
        announced(3)
        assert self.said("append") == "3 entries appended; checkpoint of 3 entries.\n"
        assert self.said("append") == "0 entries appended; nothing new to sign.\n"
        assert "holds 3 entries" in self.said("export", str(tmp_path / "out"))
        assert self.said("forget", "claim:C-0", "--name", "claimant") == "1 values of claim:C-0 are forgotten.\n"
        assert json.loads(self.said("verify", "--json", "--checkpoint", str(tmp_path / "out" / "checkpoint")))["clean"]
        assert "The log is true." in self.said("verify")
        shutil.rmtree(tmp_path / "out")
        (tmp_path / "out").write_text("a file")
        with pytest.raises(CommandError, match="cannot be read or written"):
            self.said("export", str(tmp_path / "out"))

    def test_says_what_is_wrong_and_ends_with_one(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        kept = tmp_path / "kept"
        kept.write_text("nothing")
        for _ in range(2):  # Before anything was signed, and after.
            out = StringIO()
            with pytest.raises(SystemExit):
                call_command("log", "verify", "--checkpoint", str(kept), stdout=out)
            assert "The log is NOT true." in out.getvalue()
            a_log(1)

    def test_a_value_is_forgotten_wherever_it_stands(self) -> None:
        a_log(4)
        assert forgetting.forget_value("carol 3") == 1
        assert forgetting.forget_value("carol 3") == 0
