"""CPU of importing an album, beside the three public tools that together learn the same of its files.

`flac -t` verifies, ffmpeg's ebur128 with peak=true measures loudness and true peak, fpcalc takes the fingerprint. Ours
is the whole command with its start, its database and its pictures.
"""

from pathlib import Path

from tests.story.running import a_store

from bench.programs import children_seconds, find, spend
from bench.rows import Row, medians
from bench.scale import Scale


def rows(album: Path, scale: Scale) -> list[Row]:
    """The ratio that counts, and the one to flac -t alone with its two goals."""
    files = sorted(str(file) for file in album.rglob("*.flac"))
    ours, verify, others = medians([_costs(album, files) for _ in range(min(3, scale.rounds))])
    theirs = verify + others
    alone = f"{ours:.2f} s / {verify:.2f} s = {ours / verify:.2f} ×"
    return [
        Row("import pass : flac -t + ffmpeg ebur128=peak=true + fpcalc, CPU",
            f"{ours:.2f} s / {theirs:.2f} s = {ours / theirs:.2f} ×", "≤ 0.75 ×", ours <= 0.75 * theirs),
        Row("the same : flac -t alone", alone, "≤ 5 ×", ours <= 5 * verify),
        Row("the same, moonshot", alone, "≤ 3 ×", ours <= 3 * verify),
    ]  # fmt: skip


def _costs(album: Path, files: list[str]) -> tuple[float, float, float]:
    """CPU seconds of our import, of flac -t, and of the other two."""
    with a_store("bench_import") as store:
        before = children_seconds()
        store.command("import", str(album))
        ours = children_seconds() - before
    verify = spend([find("flac"), "-t", "-s", *files])[0]
    others = 0.0
    for file in files:
        meter = ["-v", "error", "-nostdin", "-i", file, "-af", "ebur128=peak=true", "-f", "null", "-"]
        # Debian's fpcalc prints the fingerprint and ends with 3, for it takes the end of a FLAC for a fault.
        others += spend([find("ffmpeg"), *meter])[0] + spend([find("fpcalc"), file], accepted={0, 3})[0]
    return ours, verify, others
