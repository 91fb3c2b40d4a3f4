#!/usr/bin/env python3
"""Check the public log of an Obbligato store from outside: its files, or the proof of one entry. It asks nobody.

It needs Python 3.10 or newer and the package `cryptography`, and nothing of the store. The public key (vkey) should
come from another place than the files: from a letter, a witness, an earlier visit.

    python verify_log.py export FOLDER --vkey KEY [--checkpoint FILE ...]
    python verify_log.py proof FILE.json --vkey KEY
    python verify_log.py consistency FILE.json --vkey KEY

KEY is the key's text or a file that holds it. The exit status is 0 where everything is true, else 1.
Hashing is RFC 6962's, proofs are those of RFC 9162, notes, checkpoints and tiles those of https://c2sp.org.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections import deque
from pathlib import Path
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256
Kind = TypeVar("Kind")


class Wrong(Exception):
    """Something is not as it was signed; the sentence names it."""


def main(words: "list[str] | None" = None) -> int:
    """Check what the command line names, say so in a sentence, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["export", "proof", "consistency"])
    parser.add_argument("path", type=Path, help="a folder that was exported, or a file that was downloaded")
    parser.add_argument("--vkey", required=True, help="the log's public key, or a file that holds it")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="one that you kept from before")
    asked = parser.parse_args(words)
    try:
        vkey = _text(Path(asked.vkey)) if "+" not in asked.vkey else asked.vkey
        if asked.what == "export":
            sentence = check_export(asked.path, vkey.strip(), [_text(one) for one in asked.checkpoint])
        elif asked.what == "proof":
            sentence = check_proof(_object(asked.path), vkey.strip())
        else:
            sentence = check_consistency(_object(asked.path), vkey.strip())
    except Wrong as wrong:
        sys.stdout.write(f"WRONG: {wrong}\n")
        return 1
    sys.stdout.write(f"{sentence}\n")
    return 0


def check_export(folder: Path, vkey: str, kept: "list[str]") -> str:
    """Check every entry, every hash and every checkpoint of a folder. Raises Wrong."""
    if (folder / "vkey").exists() and _text(folder / "vkey") != f"{vkey}\n":
        raise Wrong("The file vkey holds another key than the one you gave.")
    size, root = open_note(_text(folder / "checkpoint"), vkey, "The file checkpoint")
    signed = [(size, root, "The file checkpoint")]
    for file in sorted((folder / "checkpoints").glob("*")):
        signed.append((*open_note(_text(file), vkey, f"The file checkpoints/{file.name}"), f"checkpoints/{file.name}"))
        if str(signed[-1][0]) != file.name:
            raise Wrong(f"The file checkpoints/{file.name} holds a checkpoint of {signed[-1][0]} entries.")
    for number, note in enumerate(kept, 1):
        name = f"The checkpoint that you kept ({number})"
        signed.append((*open_note(note, vkey, name), name))
    for old_size, old_root, name in signed:
        if old_size == size and old_root != root:
            raise Wrong(f"{name} has another root for the same {size} entries: the log has shown two histories.")
        if old_size > size:
            raise Wrong(f"{name} is of {old_size} entries, but the log here has {size}.")
    _check_tree(folder, size, deque(sorted(signed)))
    return f"True: {size} entries, every hash, and {len(signed)} checkpoints signed by {vkey.split('+')[0]}."


def check_proof(said: "dict[str, Any]", vkey: str) -> str:
    """Check that an entry stands in the log that a checkpoint signs. Raises Wrong."""
    size, root = open_note(_member(said, "checkpoint", str), vkey, "The checkpoint")
    index, leaf = _member(said, "index", int), _member(said, "leaf", str)
    path = [_from_base64(one) for one in _member(said, "proof", list)]
    verify_inclusion(leaf_hash(leaf.encode("utf-8", "surrogatepass")), index, size, path, root)
    return f"True: this is entry {index} of {size} of {vkey.split('+')[0]}:\n{leaf}"


def check_consistency(said: "dict[str, Any]", vkey: str) -> str:
    """Check that a log begins with what it was at an older checkpoint. Raises Wrong."""
    size, root = open_note(_member(said, "checkpoint", str), vkey, "The newer checkpoint")
    old_size, old_root = open_note(_member(said, "old_checkpoint", str), vkey, "The older checkpoint")
    path = [_from_base64(one) for one in _member(said, "proof", list)]
    verify_consistency(old_size, old_root, size, root, path)
    return f"True: the log of {size} entries begins with the log of {old_size} entries."


def open_note(note: str, vkey: str, name: str) -> "tuple[int, bytes]":
    """The size and root of a checkpoint that this key signed (C2SP signed-note, tlog-checkpoint). Raises Wrong."""
    origin, key_id, public = _key(vkey)
    text, empty, signatures = note.rpartition("\n\n")
    if not empty or not signatures.endswith("\n"):
        raise Wrong(f"{name} is no signed note.")
    for line in signatures.split("\n"):
        start, _, encoded = line.rpartition(" ")
        signature = _from_base64(encoded)
        if start == f"— {origin}" and signature[:4] == key_id:
            break
    else:
        raise Wrong(f"{name} bears no signature of this key.")
    try:
        public.verify(signature[4:], f"{text}\n".encode("utf-8", "surrogatepass"))
    except InvalidSignature:
        raise Wrong(f"{name} was altered: its signature is not of this text.") from None
    lines = text.split("\n")
    if len(lines) < 3 or lines[0] != origin or not lines[1].isdecimal() or len(_from_base64(lines[2])) != 32:
        raise Wrong(f"{name} is no checkpoint of {origin}.")
    return int(lines[1]), _from_base64(lines[2])


def verify_inclusion(hashed: bytes, index: int, size: int, path: "list[bytes]", root: bytes) -> None:
    """RFC 9162, section 2.1.3.2. Raises Wrong."""
    if not 0 <= index < size:
        raise Wrong(f"There is no entry {index} in a log of {size}.")
    place, last = index, size - 1
    for beside in path:
        if last == 0:
            raise Wrong("The proof is too long.")
        if place & 1 or place == last:
            hashed = node_hash(beside, hashed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, beside)
        place, last = place >> 1, last >> 1
    if last or hashed != root:
        raise Wrong("The entry, its place or its proof was altered: it does not lead to the root that is signed.")


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, path: "list[bytes]") -> None:
    """RFC 9162, section 2.1.4.2. Raises Wrong."""
    if not 0 < old_size <= size:
        raise Wrong(f"A log of {size} entries cannot have grown from one of {old_size}.")
    if old_size == size:
        if path or old_root != root:
            raise Wrong(f"Two roots are signed for {size} entries: the log has shown two histories.")
        return
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0] if path else b""
    for beside in path[1:]:
        if last == 0:
            raise Wrong("The proof is too long.")
        if place & 1 or place == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        place, last = place >> 1, last >> 1
    if last or old != old_root or new != root:
        raise Wrong(
            "The proof does not lead from the older root to the newer one: the log was rewritten, or the proof."
        )


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of an entry (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tile_name(number: int, width: int) -> str:
    """How a tile's number is written as a path: x001/x234/067.p/17."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"{number % 1000:03d}")
    return "/".join([*(f"x{one}" for one in groups[:-1]), groups[-1]]) + (f".p/{width}" if width < WIDTH else "")


def _check_tree(folder: Path, size: int, signed: "deque[tuple[int, bytes, str]]") -> None:
    """Hash every entry, compare it with its tile, and compare each root on the way with what is signed for it."""
    peaks: list[bytes] = []
    roots: list[bytes] = []
    index = 0
    while index < size:
        width = min(WIDTH, size - index)
        hashes = [leaf_hash(one) for one in _entries(folder, index // WIDTH, width)]
        _compare_tile(folder, 0, index // WIDTH, hashes)
        for one in hashes:
            hashed, place = one, index
            while place & 1:
                hashed, place = node_hash(peaks.pop(), hashed), place >> 1
            peaks.append(hashed)
            index += 1
            while signed and signed[0][0] == index:
                _, root, name = signed.popleft()
                if _folded(peaks) != root:
                    raise Wrong(
                        f"{name} signs another root than these {index} entries have: an entry before {index} was"
                        " altered, or the log has shown two histories."
                    )
        roots += [_whole(hashes)] if width == WIDTH else []
    level = 1
    while roots:
        for start in range(0, len(roots), WIDTH):
            _compare_tile(folder, level, start // WIDTH, roots[start : start + WIDTH])
        ends = range(WIDTH, len(roots) + 1, WIDTH)
        roots, level = [_whole(roots[end - WIDTH : end]) for end in ends], level + 1


def _entries(folder: Path, number: int, width: int) -> "list[bytes]":
    name = f"tile/entries/{tile_name(number, width)}"
    content, entries, at = _bytes(folder / name), [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 2], "big")
        entries.append(content[at + 2 : at + 2 + length])
        at += 2 + length
    if len(entries) != width or at != len(content):
        raise Wrong(f"The file {name} was altered: it does not hold {width} entries.")
    return entries


def _compare_tile(folder: Path, level: int, number: int, hashes: "list[bytes]") -> None:
    name = f"tile/{level}/{tile_name(number, len(hashes))}"
    content = _bytes(folder / name)
    for place, one in enumerate(hashes):
        if content[place * 32 : place * 32 + 32] != one:
            below = number * WIDTH + place
            what = f"entry {below}" if level == 0 else f"tile {level - 1}/{below}"
            raise Wrong(f"The file {name} and {what} do not agree: one of them was altered.")
    if len(content) != 32 * len(hashes):
        raise Wrong(f"The file {name} is longer than {len(hashes)} hashes.")


def _whole(hashes: "list[bytes]") -> bytes:
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _folded(peaks: "list[bytes]") -> bytes:
    made = peaks[-1]
    for left in reversed(peaks[:-1]):
        made = node_hash(left, made)
    return made


def _key(vkey: str) -> "tuple[str, bytes, Ed25519PublicKey]":
    name, _, rest = vkey.partition("+")
    number, _, encoded = rest.partition("+")
    raw = _from_base64(encoded)
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[:1] != b"\x01" or number != key_id.hex():
        raise Wrong("The key you gave is no public key of a log: it is a name, a number and a key with plus signs.")
    return name, key_id, Ed25519PublicKey.from_public_bytes(raw[1:])


def _from_base64(text: object) -> bytes:
    try:
        content = base64.b64decode(str(text), validate=True)
    except ValueError:
        return b""
    return content if base64.b64encode(content).decode() == text else b""


def _object(file: Path) -> "dict[str, Any]":
    try:
        said = json.loads(_text(file))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Wrong(f"The file {file.name} is no proof: it is not an object of JSON.")
    return said


def _member(said: dict[str, Any], name: str, kind: type[Kind]) -> Kind:
    value = said.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Wrong(f"The proof lacks “{name}”.")
    return value


def _text(file: Path) -> str:
    try:
        return _bytes(file).decode()
    except UnicodeDecodeError:
        raise Wrong(f"The file {file.name} was altered: it is no text.") from None


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Wrong(f"The file {file} cannot be read: {error.strerror}.") from None


if __name__ == "__main__":
    sys.exit(main())
