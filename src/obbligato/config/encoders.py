"""Starts the encoders that the settings name: a process beside this one, and a farm before it where there is one.

Only the serving process does; commands and tests encode on threads of their own.
"""

from importlib.util import find_spec

from django.conf import settings

from obbligato.encoding import engine
from obbligato.encoding.encoders import Encoders
from obbligato.encoding.processes import ProcessEncoders
from obbligato.kernel.refusals import Refused

FARM_MODULES = ("rq", "boto3")


class HalfAFarm(Refused):
    """Something that an encoding farm needs is missing."""


def refuse_half_a_farm(*, is_wanted: bool = False) -> None:
    """Raise HalfAFarm, BadTasks or BadStorage where a farm is named, or wanted, and cannot be used. Starts nothing."""
    if not (is_wanted or settings.TASKS_URL or settings.STORAGE_URL):
        return
    if not (settings.TASKS_URL and settings.STORAGE_URL):
        raise HalfAFarm("An encoding farm needs both TASKS_URL (redis://…) and STORAGE_URL (s3://bucket…).")
    missing = [name for name in FARM_MODULES if find_spec(name) is None]
    if missing:
        raise HalfAFarm(f"An encoding farm needs {' and '.join(missing)}: pip install 'obbligato[farm]'.")
    from obbligato.encoding.farm_queues import Queues
    from obbligato.encoding.storage import Storage

    # Both are only understood here, so that what is wrong with them is said once; nothing is sent yet.
    Queues(settings.TASKS_URL).close()
    Storage(settings.STORAGE_URL)


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
