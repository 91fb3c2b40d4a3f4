"""What one process encodes with: its encoders, its cache, what is under way. It begins nothing by itself."""

import threading
import weakref
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from obbligato.audio.formats import Format, Window
from obbligato.encoding import metrics
from obbligato.encoding.cache import Cache
from obbligato.encoding.encoders import Encoders
from obbligato.encoding.refusing import EnoughForOne, LastRefusals
from obbligato.encoding.threads import ThreadEncoders
from obbligato.kernel.folders import data_folder

if TYPE_CHECKING:
    from obbligato.encoding.preparing import Preparation
    from obbligato.encoding.renditions import Rendition

LIMIT_FOR_ONE = 60


@dataclass(frozen=True)
class BecameWhole:
    """News of an essence: what to remember of it when the file is long evicted."""

    master_id: int
    format: Format
    """As the copy is: with its rate and depth."""
    window: Window | None
    bare_bytes: int
    """Of a copy without tags and cover."""
    audio_crc32: int | None
    music_seconds: float
    """Of what this process had encoded for it; less than the whole where parts were kept from before."""
    work_seconds: float


class Engine:
    """One for each process; tests make their own."""

    def __init__(self, encoders: Encoders, cache: Cache) -> None:
        self.encoders = encoders
        self.cache = cache
        self.guard = threading.Lock()
        self.renditions: weakref.WeakValueDictionary[str, Rendition] = weakref.WeakValueDictionary()
        self.preparations: dict[str, Preparation] = {}
        self.refusals = LastRefusals()
        self.whole: deque[BecameWhole] = deque(maxlen=10_000)
        self._shares: Counter[str] = Counter()
        metrics.watch_queue(encoders.waiting)

    def close(self) -> None:
        """End the encoders and give up what they had begun."""
        self.encoders.close()
        self.cache.close()

    def take_share(self, for_whom: str) -> None:
        """Count one more thing under way for an asker. Raises EnoughForOne when 60 are; "" has no limit."""
        if not for_whom:
            return
        with self.guard:
            if self._shares[for_whom] >= LIMIT_FOR_ONE:
                raise EnoughForOne(
                    "Much is being encoded for you already. Please try again soon.", retry_after_seconds=30
                )
            self._shares[for_whom] += 1

    def give_share_back(self, for_whom: str) -> None:
        """The counterpart of take_share."""
        if not for_whom:
            return
        with self.guard:
            self._shares[for_whom] -= 1
            if self._shares[for_whom] <= 0:
                del self._shares[for_whom]


_engine: Engine | None = None
_making = threading.Lock()


def current() -> Engine:
    """This process's engine; where none was set, one with threads of this process and the store's cache."""
    global _engine
    with _making:
        if _engine is None:
            _engine = Engine(ThreadEncoders(threads=settings.ENCODER_THREADS), store_cache())
        return _engine


def use(engine: Engine | None) -> Engine | None:
    """Set this process's engine, None for the one of threads; gives the one before, which the caller may close."""
    global _engine
    with _making:
        before, _engine = _engine, engine
        return before


def store_cache() -> Cache:
    """The cache in the store's data folder, as large as the settings say at each look."""
    return Cache(data_folder("essences"), limit_bytes=lambda: settings.ESSENCE_CACHE_BYTES)


def tidy() -> None:
    """Keep the cache within its bytes; now and then it is counted anew, for other processes change it as well."""
    current().cache.tidy()


def finished_since_last_asked() -> list[BecameWhole]:
    """The essences that became whole and were not asked for yet, so that the asker can remember their sizes."""
    news = []
    while True:
        try:
            news.append(current().whole.popleft())
        except IndexError:
            return news
