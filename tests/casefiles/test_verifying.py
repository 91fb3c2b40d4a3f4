"""Whoever has a case file can check it without the store: each byte that was altered, missing or added is named."""

import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.casefiles import building, signing, verify
from obbligato.casefiles.archive import File, write
from obbligato.casefiles.verify import Wrong, check_archive, check_folder
from obbligato.transparency import keys, notes, tree
from obbligato.transparency.canonical import canonical
from tests.casefiles.makers import a_dispute, another_store, ruled

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any) -> tuple[Path, str]:
    """One archive for all tests here, and the key of its log. Its store is forgotten."""
    file = tmp_path_factory.mktemp("case") / "case.zip"
    another_store()
    with django_db_blocker.unblock(), transaction.atomic():
        with a_dispute() as incident:
            ruled(incident)
            case = building.build(incident.number, "court", by="dana")
        shutil.copy(case.file, file)
        vkey = keys.signing_key().verifier
        transaction.set_rollback(True)
    return file, vkey


def names_by_place(file: Path) -> list[tuple[int, int, str]]:
    """Where each item lies in the archive, header and bytes."""
    with zipfile.ZipFile(file) as archive:
        found = archive.infolist()
        ends = [*(one.header_offset for one in found[1:]), archive.start_dir]
    return [(one.header_offset, end, one.filename) for one, end in zip(found, ends, strict=True)]


def test_it_is_true_as_it_came_and_unpacked_on_a_machine_without_the_store(
    pristine: tuple[Path, str], tmp_path: Path
) -> None:
    file, vkey = pristine
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "case")
    alone = {"PATH": os.environ["PATH"]}
    program = [sys.executable, "-I", str(tmp_path / "case" / "verify.py")]
    for words in ([], [str(file)], ["--vkey", vkey], [str(file), "--vkey", vkey]):
        said = subprocess.run([*program, *words], env=alone, capture_output=True, text=True, cwd=tmp_path)
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.startswith("True: case file F-")
        assert ("came with the file itself" in said.stdout) is ("--vkey" not in words)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_one_altered_byte_is_named_wherever_it_is(pristine: tuple[Path, str], data: st.DataObject) -> None:
    """The place is picked for each kind of item: it, its header, its line in the directory, the end."""
    file, _ = pristine
    content = bytearray(file.read_bytes())
    start, end, name = data.draw(st.sampled_from(names_by_place(file)))
    place = data.draw(st.integers(start, end - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    altered = file.with_name("altered.zip")
    altered.write_bytes(content)
    with pytest.raises(Wrong) as wrong:
        check_archive(altered)
    assert name in str(wrong.value)


def test_some_places_are_never_left_to_chance(pristine: tuple[Path, str], tmp_path: Path, monkeypatch: Any) -> None:
    content = pristine[0].read_bytes()
    (tmp_path / "altered.zip").write_bytes(content[:-1] + b"x")
    with pytest.raises(Wrong, match="The archive's end"):
        check_archive(tmp_path / "altered.zip")
    for place, sentence in ((0, "does not stand where it belongs"), (10, "or its header in the archive was")):
        (tmp_path / "altered.zip").write_bytes(content[:place] + b"x" + content[place + 1 :])
        with pytest.raises(Wrong, match=rf"manifest\.json .*{sentence}"):
            check_archive(tmp_path / "altered.zip")
    with pytest.raises(Wrong, match="is no public key"):
        check_archive(pristine[0], "name+number+no base64")
    with zipfile.ZipFile(pristine[0]) as archive:
        archive.extractall(tmp_path / "case")
    monkeypatch.setattr(sys, "argv", ["verify.py", str(tmp_path / "case")])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(str(verify.__file__), run_name="__main__")
    assert left.value.code == 0
    manifest = tmp_path / "case" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"moment":"2', b'"moment":"1'))
    with pytest.raises(Wrong, match=r"manifest\.json was altered: its signature is of another one"):
        check_folder(tmp_path / "case")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_so_is_one_in_the_directory_of_the_archive(pristine: tuple[Path, str], data: st.DataObject) -> None:
    file, _ = pristine
    content = bytearray(file.read_bytes())
    first = names_by_place(file)[-1][1]
    place = data.draw(st.integers(first, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    altered = file.with_name("altered.zip")
    altered.write_bytes(content)
    with pytest.raises(Wrong, match=r"directory was altered|archive's end was altered"):
        check_archive(altered)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_unpacked_file_is_named_when_a_byte_of_it_is_another(
    pristine: tuple[Path, str], tmp_path_factory: Any, data: st.DataObject
) -> None:
    folder = unpacked(pristine[0], tmp_path_factory)
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    file = data.draw(st.sampled_from(files))
    content = bytearray(file.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    with pytest.raises(Wrong) as wrong:
        check_folder(folder)
    assert file.relative_to(folder).as_posix() in str(wrong.value)


def unpacked(file: Path, factory: Any) -> Path:
    folder: Path = factory.mktemp("unpacked")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return folder


def test_what_is_missing_or_was_added_is_named(pristine: tuple[Path, str], tmp_path_factory: Any) -> None:
    for name in ("manifest.note", "figures.csv", "log/checkpoint"):
        folder = unpacked(pristine[0], tmp_path_factory)
        (folder / name).unlink()
        with pytest.raises(Wrong, match=f"{name} is missing"):
            check_folder(folder)
    folder = unpacked(pristine[0], tmp_path_factory)
    (folder / "other" / "more.txt").write_text("more")
    with pytest.raises(Wrong, match=r"other/more\.txt was added"):
        check_folder(folder)


def rewritten(file: Path, change: Any) -> Path:
    """The archive with other files in it, laid out as it should be."""
    with zipfile.ZipFile(file) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    made = file.with_name("rewritten.zip")
    with made.open("wb") as to:
        write([File(name, lambda content=content: content) for name, content in change(files)], to)  # type: ignore[misc]
    return made


def test_so_it_is_in_an_archive_that_was_written_anew(pristine: tuple[Path, str]) -> None:
    file, _ = pristine
    without = rewritten(file, lambda files: [one for one in files if one[0] != "items.csv" and one[0] != "chain.json"])
    with pytest.raises(Wrong, match=r"chain\.json is missing: “claims\.json” stands in its place"):
        check_archive(without)
    more = rewritten(file, lambda files: [*files[:5], ("d.txt", b"d"), *files[5:]])
    with pytest.raises(Wrong, match=r"was renamed, or something was added before it: “d\.txt”"):
        check_archive(more)
    last = rewritten(file, lambda files: [*files, ("z.txt", b"z")])
    with pytest.raises(Wrong, match="something was added before that"):
        check_archive(last)
    with pytest.raises(Wrong, match=r"manifest\.json does not stand where it belongs"):
        check_archive(rewritten(file, lambda files: files[1:]))


def signed_anew(file: Path, change: Any) -> Path:
    """By its own store, which lies: another manifest, and files as it says."""

    def changed(files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        contents = dict(files)
        manifest = json.loads(contents["manifest.json"])
        change(manifest, contents)
        for item in manifest["items"]:
            if item["name"] in contents:
                content = contents[item["name"]]
                item |= {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        contents["manifest.json"] = canonical(manifest)
        contents["manifest.note"] = signing.note_of(manifest["number"], contents["manifest.json"]).encode()
        return list(contents.items())

    return rewritten(file, changed)


Contents = dict[str, bytes]


def own(manifest: dict[str, Any], contents: Contents) -> None:
    """Another store's key, and its checkpoint of a log with another root."""
    manifest["vkey"] = keys.signing_key().verifier
    contents["log/checkpoint"] = notes.checkpoint(keys.signing_key(), manifest["log_size"], bytes(32)).encode()


def with_its_checkpoint(manifest: dict[str, Any], contents: Contents) -> None:
    own(manifest, contents)
    for name in contents:
        if name.startswith("log/entries/"):
            said = {**json.loads(contents[name]), "checkpoint": contents["log/checkpoint"].decode()}
            contents[name] = canonical(said)


def of_another_size(manifest: dict[str, Any], contents: Contents) -> None:
    own(manifest, contents)
    contents["log/checkpoint"] = notes.checkpoint(keys.signing_key(), 1, bytes(32)).encode()


def without_a_checkpoint(manifest: dict[str, Any], contents: Contents) -> None:
    own(manifest, contents)
    contents["log/checkpoint"] = signing.note_of("F-0", b"").encode()


def without_a_proof(manifest: dict[str, Any], contents: Contents) -> None:
    own(manifest, contents)
    for name in contents:
        if name.startswith("log/entries/"):
            contents[name] = b"[]"


def outside(manifest: dict[str, Any], contents: Contents) -> None:
    own(manifest, contents)
    manifest["items"][0]["name"] = "../outside"


def without_log(manifest: dict[str, Any], contents: Contents) -> None:
    own(manifest, contents)
    manifest["log_size"] = 0
    for item in [one for one in manifest["items"] if one["name"].startswith("log/")]:
        manifest["items"].remove(item)
        del contents[item["name"]]


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (own, "is about another log or another matter"),
        (with_its_checkpoint, "does not lead to the root"),
        (of_another_size, r"log/checkpoint is of 1 entries"),
        (without_a_checkpoint, "is no checkpoint of this log"),
        (without_a_proof, r"log/entries/\d+\.json is no proof"),
        (outside, r"\.\./outside would lie outside"),
    ],
)
def test_a_store_that_signs_what_its_log_does_not_say_is_found_out(
    pristine: tuple[Path, str], lie: Any, words: str
) -> None:
    with pytest.raises(Wrong, match=words):
        check_archive(signed_anew(pristine[0], lie))


def test_whose_log_it_is_the_key_says(pristine: tuple[Path, str]) -> None:
    file, vkey = pristine
    assert "0 entries of the public log" in check_archive(signed_anew(file, without_log))
    with pytest.raises(Wrong, match="bears no true signature"):
        check_archive(signed_anew(file, own), vkey)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (b"[]", "is no manifest"),
        (b"{", "is no manifest"),
        (b'{"vkey":"none","items":[],"number":"","log_size":0,"subjects":[]}', "its key is none"),
    ],
)
def test_what_is_no_manifest_is_told(tmp_path: Path, manifest: bytes, words: str) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)
    (tmp_path / "manifest.note").write_bytes(b"")
    with pytest.raises(Wrong, match=words):
        check_folder(tmp_path)


def test_a_note_bears_one_true_signature_and_nothing_else(pristine: tuple[Path, str]) -> None:
    vkey = keys.signing_key().verifier
    note = signing.note_of("F-1", b"x")
    text = verify._opened(note.encode(), vkey, "note")
    assert text.startswith("obbligato case file\nF-1\n")
    for other in (
        note.replace("F-1", "F-2"),
        f"{note}\n",
        f"{note}— more AAAA\n",
        note[:-1],
        "",
        note.replace("— ", ""),
    ):
        with pytest.raises(Wrong, match="note was altered"):
            verify._opened(other.encode(), vkey, "note")


def test_another_key_is_told(pristine: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, vkey = pristine
    other = keys.signing_key().verifier
    assert verify.main([str(file), "--vkey", other]) == 1
    assert "manifest.note was altered: it bears no true signature" in capsys.readouterr().out
    (tmp_path / "key").write_text(f"{vkey}\n")
    assert verify.main([str(file), "--vkey", str(tmp_path / "key")]) == 0
    (tmp_path / "key").write_text("nothing")
    assert verify.main([str(file), "--vkey", str(tmp_path / "key")]) == 1
    assert "is no public key of a log" in capsys.readouterr().out
    assert verify.main([str(tmp_path / "none.zip")]) == 1
    assert "cannot be read" in capsys.readouterr().out

    def named(manifest: dict[str, Any], contents: dict[str, bytes]) -> None:
        manifest["vkey"] = vkey

    with pytest.raises(Wrong, match="names another key than the one you gave"):
        check_archive(signed_anew(file, named), other)


@settings(max_examples=80, deadline=None)
@given(size=st.integers(1, 70), data=st.data())
def test_proofs_are_those_of_the_log(size: int, data: st.DataObject) -> None:
    """The verifier's own arithmetic agrees with the store's; a path that is too short or too long gives no root."""
    index = data.draw(st.integers(0, size - 1))
    leaves = [tree.leaf_hash(bytes([one])) for one in range(size)]

    def node(level: int, place: int) -> bytes:
        return tree.root_of(leaves[place << level : (place + 1) << level])

    path = tree.inclusion(node, index, size)
    assert verify._root_over(leaves[index], index, size, path) == tree.root(node, size)
    assert verify._root_over(leaves[index], index, size, [*path, bytes(32)]) != tree.root(node, size)
    if path:
        assert verify._root_over(leaves[index], index, size, path[:-1]) != tree.root(node, size)
