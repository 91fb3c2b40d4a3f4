"""Starts the encoders that the settings name: a process beside this one, and a farm before it where there is one.

Only the serving process does; commands and tests encode on threads of their own.
"""

from django.conf import settings

from obbligato.encoding import engine
from obbligato.encoding.encoders import Encoders
from obbligato.encoding.processes import ProcessEncoders


def start() -> engine.Engine:
    """Start them and let this process use them, after what dead processes have left half-made was removed."""
    cache = engine.store_cache()
    cache.clean_up()
    started = engine.Engine(_farm_before(ProcessEncoders(threads=settings.ENCODER_THREADS)), cache)
    engine.use(started)
    return started


def _farm_before(local: Encoders) -> Encoders:
    if not settings.TASKS_URL:
        return local
    from obbligato.encoding.farm import FarmEncoders  # Its dependencies are an extra that few stores have.

    return FarmEncoders(
        local=local,
        tasks_url=settings.TASKS_URL,
        storage_url=settings.STORAGE_URL,
        near=settings.ENCODER_THREADS,
    )
