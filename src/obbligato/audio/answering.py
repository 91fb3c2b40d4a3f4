"""What a child process says of a master, as JSON; nothing but the two known answers is believed.

It only translates: it neither decodes nor starts a process.
"""

import json
from dataclasses import asdict

from obbligato.audio.errors import AudioRefused, Damaged, NotAudio, NotLossless, TooLong, UnsupportedAudio
from obbligato.audio.facts import MasterFacts
from obbligato.audio.hearing import Heard
from obbligato.audio.masters import Inspection
from obbligato.audio.measuring import Loudness

LARGEST_ANSWER_BYTES = 1 << 16
_REFUSALS = {kind.__name__: kind for kind in (AudioRefused, Damaged, NotAudio, NotLossless, TooLong, UnsupportedAudio)}


def inspected(inspection: Inspection) -> bytes:
    """The answer where a master was accepted; the waveform is in hexadecimal."""
    values = {
        "facts": inspection.facts.to_json(),
        "loudness": asdict(inspection.loudness),
        "peaks": inspection.peaks.hex(),
        "sha256": inspection.sha256,
        "fingerprint": inspection.fingerprint,
        "heard": inspection.heard.to_json(),
    }
    return json.dumps({"inspection": values}).encode()


def refused(refusal: AudioRefused) -> bytes:
    """The answer where it was refused."""
    return json.dumps({"refused": [type(refusal).__name__, str(refusal)]}).encode()


def unreadable(error: OSError) -> bytes:
    """The answer where the system did not give the file's bytes."""
    return json.dumps({"unreadable": [error.errno, error.strerror]}).encode()


def understood(answer: bytes) -> Inspection:
    """What the answer says; raises the refusal or OSError in it, and Damaged where it is no answer of ours."""
    refusal: AudioRefused | OSError | None = None
    try:
        values = json.loads(answer)
        if "inspection" in values:
            return _inspection(**values["inspection"])
        if "unreadable" in values:
            number, words = values["unreadable"]
            refusal = OSError(int(number or 0), str(words))
        else:
            kind, sentence = values["refused"]
            refusal = _REFUSALS[kind](str(sentence))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise refusal or Damaged("The file made the decoder stop; it cannot be read to its end.")


def _inspection(
    *,
    facts: dict[str, object],
    loudness: dict[str, float],
    peaks: str,
    sha256: str,
    fingerprint: str | None,
    heard: dict[str, object],
) -> Inspection:
    return Inspection(
        facts=MasterFacts.from_json(facts),
        loudness=Loudness(**loudness),
        peaks=bytes.fromhex(peaks),
        sha256=sha256,
        fingerprint=fingerprint,
        heard=Heard.from_json(heard),
    )
