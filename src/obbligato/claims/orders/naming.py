"""Read which recordings a paper is about, from what an operator types line by line. It never guesses what was meant."""

import re
from collections.abc import Iterable

from django.db.models import Q

from obbligato.catalog.models import Recording, Release
from obbligato.claims.locating import locate
from obbligato.kernel.refusals import Invalid

ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
MOST_LINES = 20_000
LINES_A_QUESTION = 500


class UnknownTarget(Invalid):
    """A line names nothing that is in the catalogue, or nothing that can be told without doubt."""


def recordings_named(text: str) -> list[int]:
    """Keys of the recordings that these lines name: an ISRC, a recording's key, or a release's slug or address each.

    A release means the recordings of all its editions. An address of another store names nothing here. Raises
    UnknownTarget, which names the line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise UnknownTarget("Name at least one recording or release.")
    if len(lines) > MOST_LINES:
        raise UnknownTarget(f"At most {MOST_LINES:,} lines can be named at once.")
    codes = {line: _isrc(line) for line in lines}
    found = _by_code({code for code in codes.values() if code})
    keys: set[int] = set()
    for line, code in codes.items():
        named = found.get(code) if code else _by_name(line)
        if not named:
            raise UnknownTarget(f"“{line[:80]}” is no recording and no release in the catalogue.")
        keys |= named
    return sorted(keys)


def _isrc(line: str) -> str:
    code = line.upper().replace("-", "").replace(" ", "").removeprefix("ISRC:").removeprefix("ISRC")
    return code if ISRC.fullmatch(code) else ""


def _by_code(codes: Iterable[str]) -> dict[str, set[int]]:
    wanted, found = sorted(codes), dict[str, set[int]]()
    for first in range(0, len(wanted), LINES_A_QUESTION):
        rows = Recording.objects.filter(isrc__in=wanted[first : first + LINES_A_QUESTION])
        for pk, isrc in rows.values_list("pk", "isrc"):
            found.setdefault(isrc, set()).add(pk)
    return found


def _by_name(line: str) -> set[int]:
    """By a recording's key, a release's slug, or the address of its page here; `…#3` is its third track alone."""
    if "/" in line or "#" in line:
        (place,) = locate([line])
        if place.recording is not None:
            return {place.recording.pk}
        release = None if "#" in line else place.release
    else:
        release = Release.objects.filter(slug=line[:120]).first()
    wanted = Q(key=line[:64]) if release is None else Q(tracks__edition__release=release)
    return set(Recording.objects.filter(wanted).values_list("pk", flat=True))
