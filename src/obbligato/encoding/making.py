"""Does one job on the calling thread and says how it went. It never raises, and never leaves half a file."""

import errno
import logging
import math
import time
from collections.abc import Callable

from obbligato.audio import encoding
from obbligato.audio.errors import AudioRefused
from obbligato.encoding.encoders import BindJob, Done, Job, News, NotDone, OnNews, PartJob, Why, Written
from obbligato.kernel.sentences import Sentence

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
TELLING_SECONDS = 0.01
FULL_SENTENCE = Sentence("The store's disk is full. Please try again later.")
log = logging.getLogger("obbligato.encoding")


def make(job: Job, on_news: OnNews) -> None:
    """Do the job; the last news is Done or NotDone, whatever happens."""
    started = time.monotonic()
    try:
        if isinstance(job, PartJob):
            encoding.encode_part(job.recipe, job.index, job.target, on_written=_told(on_news)).close()
        else:
            encoding.bind(job.recipe, job.part_paths, job.target).close()
    except Exception as error:
        on_news(_not_done(job, error))
    else:
        on_news(Done(time.monotonic() - started))


def _told(on_news: OnNews) -> Callable[[int], None]:
    """Passes on the first bytes, and then each time that a moment has gone by: whoever reads the end of a part waits
    for what is before it, and hardly longer.
    """
    told_at = -math.inf

    def on_written(written: int) -> None:
        nonlocal told_at
        if (now := time.monotonic()) - told_at >= TELLING_SECONDS:
            told_at = now
            on_news(Written(written))

    return on_written


def _not_done(job: Job, error: Exception) -> News:
    job.target.unlink(missing_ok=True)
    if isinstance(job, BindJob) and any(path.name in str(error) for path in job.part_paths):
        # It was removed or damaged meanwhile, and may already have been made again.
        return NotDone(Why.MISSING, Sentence("A part of the encoded track vanished. Please try again."))
    if isinstance(error, AudioRefused):
        return NotDone(Why.AUDIO, str(error))
    if isinstance(error, OSError) and error.errno in FULL:
        return NotDone(Why.NO_ROOM, FULL_SENTENCE)
    if isinstance(error, OSError):
        log.warning("Job %s: %s", job.id, str(error))  # Who keeps the record keeps no reader with it.
        return NotDone(Why.DISK, Sentence("The store's disk did not take the encoded file."))
    log.exception("Job %s failed.", job.id, exc_info=error)
    return NotDone(Why.FAULT, Sentence("The encoder failed on this track."))
