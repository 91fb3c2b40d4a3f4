#!/usr/bin/env python3
"""Check a case file of an Obbligato store: the archive as it came, or the folder it was unpacked to. It asks nobody.

It needs Python 3.10 or newer and the package `cryptography`, and nothing of the store.

    python verify.py [FILE.zip or FOLDER] [--vkey KEY]

KEY is the public key of the store's log, or a file that holds it. Take it from another place than the case file: from
the store's page, a letter, an earlier visit. Without it the key inside is used, which whoever made the file chose.
What was altered, is missing or was added is named. The exit status is 0 where everything is true, else 1.
Hashing is RFC 6962's, proofs are those of RFC 9162, notes and checkpoints those of https://c2sp.org.
"""

import argparse
import base64
import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WORDS = "obbligato case file"
MANIFEST, NOTE, CHECKPOINT, ENTRIES = "manifest.json", "manifest.note", "log/checkpoint", "log/entries/"
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
HEADER_BYTES = 30
Manifest = dict[str, Any]


class Wrong(Exception):
    """Something is not as it was signed; the sentence begins with the name of the item."""


def main(words: "list[str] | None" = None) -> int:
    """Check what the command line names, say so in a sentence, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).parent)
    parser.add_argument("--vkey", default="", help="the log's public key, or a file that holds it")
    asked = parser.parse_args(words)
    try:
        is_file = asked.vkey and "+" not in asked.vkey
        vkey = (Path(asked.vkey).read_text(encoding="utf-8") if is_file else asked.vkey).strip()
        sentence = (check_folder if asked.path.is_dir() else check_archive)(asked.path, vkey)
    except Wrong as wrong:
        sys.stdout.write(f"WRONG: {wrong}\n")
        return 1
    except OSError as error:
        sys.stdout.write(f"{error.filename} cannot be read: {error.strerror}.\n")
        return 1
    sys.stdout.write(f"{sentence}\n")
    return 0


def check_folder(folder: Path, vkey: str = "") -> str:
    """Check an unpacked case file. Raises Wrong."""
    here = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if not file.is_dir()}
    for name in (MANIFEST, NOTE):
        if name not in here:
            raise Wrong(f"{name} is missing.")
    manifest = _manifest(here[MANIFEST].read_bytes(), here[NOTE].read_bytes(), vkey)
    wanted = {item["name"]: item for item in manifest["items"]}
    for name in sorted(wanted.keys() - here.keys()):
        raise Wrong(f"{name} is missing.")
    for name in sorted(here.keys() - wanted.keys() - {MANIFEST, NOTE}):
        raise Wrong(f"{name} was added: the manifest does not name it.")
    for item in manifest["items"]:
        _check_item(item, here[item["name"]].read_bytes())
    return _check_log(manifest, vkey, lambda name: here[name].read_bytes())


def check_archive(path: Path, vkey: str = "") -> str:
    """Check a case file as it came, to its last byte. Raises Wrong."""
    small: dict[str, bytes] = {}
    directory: list[tuple[str, bytes]] = []
    with path.open("rb") as file:
        first = _head_file(file, MANIFEST, directory)
        manifest = _manifest(first, _head_file(file, NOTE, directory), vkey)
        names = {item["name"] for item in manifest["items"]}
        for item in manifest["items"]:
            content = _file(file, item, names, directory)
            if item["name"].startswith("log/"):
                small[item["name"]] = content
        _check_directory(file, directory)
    return _check_log(manifest, vkey, small.__getitem__)


def _head_file(file: BinaryIO, name: str, directory: "list[tuple[str, bytes]]") -> bytes:
    """One of the two files of which no manifest tells the size: its own header does."""
    start, head = file.tell(), file.read(HEADER_BYTES + len(name))
    size = int.from_bytes(head[18:22], "little")
    if head[:4] != LOCAL or head[HEADER_BYTES:] != name.encode():
        raise Wrong(f"{name} does not stand where it belongs: this is no case file, or its beginning was altered.")
    content = file.read(size)
    if head != _record(LOCAL, name, content):
        raise Wrong(f"{name} was altered, or its header in the archive was.")
    directory.append((name, _record(CENTRAL, name, content, start)))
    return content


def _file(file: BinaryIO, item: "dict[str, Any]", names: "set[str]", directory: "list[tuple[str, bytes]]") -> bytes:
    name = item["name"]
    start, head = file.tell(), file.read(HEADER_BYTES + len(name))
    if head[HEADER_BYTES:] != name.encode():
        file.seek(start + HEADER_BYTES)
        there = file.read(int.from_bytes(head[26:28], "little")).decode("ascii", "replace")
        was = "is missing" if there in names or head[:4] != LOCAL else "was renamed, or something was added before it"
        raise Wrong(f"{name} {was}: “{there[:100]}” stands in its place.")
    content = file.read(item["size_bytes"])
    _check_item(item, content)
    if head != _record(LOCAL, name, content):
        raise Wrong(f"{name}: its header in the archive was altered.")
    directory.append((name, _record(CENTRAL, name, content, start)))
    return content


def _check_directory(file: BinaryIO, directory: "list[tuple[str, bytes]]") -> None:
    start = file.tell()
    for name, record in directory:
        if file.read(len(record)) != record:
            raise Wrong(f"{name}: its line in the archive's directory was altered, or something was added before that.")
    count, size = len(directory), file.tell() - start
    if file.read() != struct.pack("<4s4H2LH", END, 0, 0, count, count, size, start, 0):
        raise Wrong("The archive's end was altered, or something was added there.")


def _record(kind: bytes, name: str, content: bytes, start: int = 0) -> bytes:
    """A header of a stored file without a time, as a case file has it (APPNOTE.TXT 4.3.7 and 4.3.12)."""
    made_by, where = (b"", b"")
    if kind == CENTRAL:
        made_by, where = struct.pack("<H", 0x0314), struct.pack("<3H2L", 0, 0, 0, 0o100644 << 16, start)
    size = len(content)
    common = struct.pack("<5H3L2H", 20, 0, 0, 0, 0x21, zlib.crc32(content), size, size, len(name), 0)
    return kind + made_by + common + where + name.encode()


def _check_item(item: "dict[str, Any]", content: bytes) -> None:
    if len(content) != item["size_bytes"] or hashlib.sha256(content).hexdigest() != item["sha256"]:
        raise Wrong(f"{item['name']} was altered: it is not what the manifest was signed for.")


def _manifest(content: bytes, note: bytes, vkey: str) -> Manifest:
    """The manifest, when its note is signed and means it. Raises Wrong."""
    try:
        manifest = json.loads(content)
        named = str(manifest["vkey"])
        items = [(item["name"], item["sha256"], item["size_bytes"]) for item in manifest["items"]]
        str(manifest["number"]), int(manifest["log_size"]), list(manifest["subjects"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Wrong(f"{MANIFEST} was altered: it is no manifest.") from None
    try:
        _key(named)
    except Wrong:
        raise Wrong(f"{MANIFEST} was altered: its key is none.") from None
    text = _opened(note, vkey or named, NOTE)
    if text != f"{WORDS}\n{manifest['number']}\n{hashlib.sha256(content).hexdigest()}\n":
        raise Wrong(f"{MANIFEST} was altered: its signature is of another one.")
    if vkey and named != vkey:
        raise Wrong(f"{MANIFEST} names another key than the one you gave.")
    for name, _, _ in items:
        if name.startswith("/") or ".." in name.split("/"):
            raise Wrong(f"{name} would lie outside the case file.")
    return dict(manifest)


def _check_log(manifest: Manifest, vkey: str, read: "Callable[[str], bytes]") -> str:
    """That each entry of the log stands in what its checkpoint signs. Raises Wrong; else gives the whole verdict."""
    key = vkey or manifest["vkey"]
    names = [item["name"] for item in manifest["items"] if item["name"].startswith(ENTRIES)]
    if manifest["log_size"]:
        checkpoint = read(CHECKPOINT)
        size, root = _signed_root(_opened(checkpoint, key, CHECKPOINT), key)
        if size != manifest["log_size"]:
            raise Wrong(f"{CHECKPOINT} is of {size} entries, the manifest speaks of {manifest['log_size']}.")
        for name in names:
            _check_entry(name, read(name), checkpoint, size, root, manifest["subjects"])
    said = (
        f"True: case file {manifest['number']} ({manifest['profile']}) of incident {manifest['incident']}, as of"
        f" {manifest['moment']}. {len(manifest['items'])} items and {len(names)} entries of the public log, signed by"
        f" {key.partition('+')[0]}."
    )
    return said if vkey else f"{said}\nThe key came with the file itself. Compare it with the log's own: {key}"


def _check_entry(name: str, content: bytes, checkpoint: bytes, size: int, root: bytes, subjects: "list[str]") -> None:
    try:
        said = json.loads(content)
        leaf, index = said["leaf"].encode(), int(said["index"])
        path = [base64.b64decode(one, validate=True) for one in said["proof"]]
        is_same, subject = said["checkpoint"].encode() == checkpoint, json.loads(leaf)["subject"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Wrong(f"{name} is no proof of an entry.") from None
    if not is_same or subject not in subjects:
        raise Wrong(f"{name} is about another log or another matter.")
    if not 0 <= index < size or _root_over(hashlib.sha256(b"\x00" + leaf).digest(), index, size, path) != root:
        raise Wrong(f"{name} does not lead to the root that the checkpoint signs.")


def _root_over(hashed: bytes, index: int, size: int, path: "list[bytes]") -> bytes:
    """The root that a leaf's hash and its path give (RFC 9162, 2.1.3.2); none where the path has another length."""
    place, last = index, size - 1
    for beside in path:
        if last == 0:
            return b""
        if place & 1 or place == last:
            hashed = hashlib.sha256(b"\x01" + beside + hashed).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = hashlib.sha256(b"\x01" + hashed + beside).digest()
        place, last = place >> 1, last >> 1
    return hashed if last == 0 else b""


def _signed_root(text: str, vkey: str) -> "tuple[int, bytes]":
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != vkey.partition("+")[0] or not lines[1].isdecimal():
        raise Wrong(f"{CHECKPOINT} is no checkpoint of this log.")
    return int(lines[1]), base64.b64decode(lines[2])


def _opened(content: bytes, vkey: str, name: str) -> str:
    """The text of a note that this key signed (C2SP signed-note), with its last line's end. Raises Wrong."""
    origin, key_id, public = _key(vkey)
    text, empty, signatures = content.decode("utf-8", "replace").rpartition("\n\n")
    for line in signatures.split("\n"):
        start, _, encoded = line.rpartition(" ")
        signature = _from_base64(encoded)
        if empty and start == f"— {origin}" and signature[:4] == key_id:
            try:
                public.verify(signature[4:], f"{text}\n".encode())
            except InvalidSignature:
                break
            if signatures == f"{line}\n":
                return f"{text}\n"
    raise Wrong(f"{name} was altered: it bears no true signature of {origin} alone.")


def _key(vkey: str) -> "tuple[str, bytes, Ed25519PublicKey]":
    name, _, rest = vkey.partition("+")
    number, _, encoded = rest.partition("+")
    raw = _from_base64(encoded)
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[:1] != b"\x01" or number != key_id.hex():
        raise Wrong("The key is no public key of a log: it is a name, a number and a key with plus signs between them.")
    return name, key_id, Ed25519PublicKey.from_public_bytes(raw[1:])


def _from_base64(text: str) -> bytes:
    """The bytes; none where the text is not the one that these bytes have."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return content if base64.b64encode(content).decode() == text else b""


if __name__ == "__main__":
    sys.exit(main())
