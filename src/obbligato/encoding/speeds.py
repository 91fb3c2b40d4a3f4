"""How fast this machine encodes, learned from what it encoded; it only estimates, and promises nothing."""

from obbligato.audio.encoding import TYPICAL_SPEED
from obbligato.encoding.models import EncodeSpeed

NEW_WEIGHT = 0.2


def times_realtime() -> dict[str, float]:
    """By codec: seconds of music that one core encodes in a second."""
    return TYPICAL_SPEED | dict(EncodeSpeed.objects.values_list("codec", "times_realtime"))


def learn(codec: str, *, music_seconds: float, work_seconds: float) -> None:
    """Let a finished encode weigh in. Very short ones tell nothing and are left out."""
    if music_seconds < 10 or work_seconds <= 0:
        return
    seen = music_seconds / work_seconds
    before = times_realtime()[codec]
    EncodeSpeed.objects.update_or_create(
        codec=codec, defaults={"times_realtime": before + NEW_WEIGHT * (seen - before)}
    )
