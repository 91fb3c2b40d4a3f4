"""Runs the public tools that we are measured beside, and counts what they cost."""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Container, Sequence
from pathlib import Path

QUIET = {**os.environ, "LC_ALL": "C"}
ENCODE_WORDS: dict[str, list[str]] = {
    "mp3-320": ["-c:a", "libmp3lame", "-b:a", "320k"],
    "aac-256": ["-c:a", "aac", "-b:a", "256k"],
    "opus-128": ["-c:a", "libopus", "-vbr", "constrained", "-b:a", "128k"],
    "vorbis-q6": ["-c:a", "libvorbis", "-q:a", "6"],
    "flac": ["-c:a", "flac", "-compression_level", "5"],
    "alac": ["-c:a", "alac"],
    "wavpack": ["-c:a", "wavpack"],
    "wav": ["-c:a", "pcm_s16le"],
}
"""What ffmpeg must be told for the same settings as ours."""
ENDINGS = {"mp3": "mp3", "aac": "m4a", "opus": "opus", "vorbis": "ogg", "flac": "flac", "alac": "m4a", "wavpack": "wv",
           "wav": "wav"}  # fmt: skip


def find(name: str) -> str:
    """The path of a program; the bench stops where it is missing."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise SystemExit(f"The bench compares with {name}, which is not here: sh tests/find_tools.sh bench gets it.")
    return found


def ffmpeg_encode(source: Path, folder: Path, format_name: str) -> tuple[float, float]:
    """CPU and wall seconds of ffmpeg writing a whole file in that format, its start included."""
    target = folder / f"theirs.{ENDINGS[format_name.split('-')[0]]}"
    words = [find("ffmpeg"), "-v", "error", "-nostdin", "-y", "-i", str(source), "-map", "0:a"]
    spent = spend([*words, *ENCODE_WORDS[format_name], str(target)])
    target.unlink()
    return spent


def spend(command: Sequence[str], *, accepted: Container[int] = (0,)) -> tuple[float, float]:
    """CPU (user and system, with all children) and wall seconds of one command, which must end as accepted."""
    before, began = children_seconds(), time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=QUIET)
    wall = time.perf_counter() - began
    assert done.returncode in accepted, f"{command[0]} ended with {done.returncode}: {done.stderr.decode()[-300:]}"
    return children_seconds() - before, wall


def first_bytes_seconds(commands: Sequence[Sequence[str]], count: int) -> float:
    """Seconds from starting a pipeline until it has given `count` bytes; then it is ended."""
    began = time.perf_counter()
    running: list[subprocess.Popen[bytes]] = []
    for command in commands:
        given = running[-1].stdout if running else subprocess.DEVNULL
        running.append(
            subprocess.Popen(
                command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=QUIET, close_fds=False
            )
        )
    assert running[-1].stdout is not None
    got = running[-1].stdout.read(count)
    took = time.perf_counter() - began
    for process in running:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()
    assert len(got) == count, f"{commands[-1][0]} gave {len(got)} bytes"
    return took


def children_seconds() -> float:
    """CPU seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
