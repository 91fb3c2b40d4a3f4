"""Has a whole essence made, a few parts at a time, so that renditions take turns. It waits only in result().

For whoever cannot begin without the end: sizes that only encoding shows, headers that come last, settlements.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable

from obbligato.audio.copies import CopiedFrames
from obbligato.audio.essence import Essence
from obbligato.audio.formats import Format, Window
from obbligato.catalog.models import Master
from obbligato.encoding.encoders import WHEN_IDLE
from obbligato.encoding.refusing import CannotEncode, PartsVanished
from obbligato.encoding.renditions import Rendition, rendition_of
from obbligato.encoding.wants import WHOLE, Want
from obbligato.kernel.refusals import Busy, Refused

AT_ONCE = 4
"""Parts of one preparation in the queue: enough for the cores, few enough that others have their turn soon."""
ROUNDS = 3
"""How often parts that vanished before they were bound are made again."""
WORTH_FINISHING = 0.5
log = logging.getLogger("obbligato.encoding")
_beginning = threading.RLock()
"""Taken before the lock of a preparation, and that before the lock of its rendition. Nobody is called with either."""


def prepare(
    master: Master, format_: Format, *, window: Window | None = None, priority: int, for_whom: str = ""
) -> "Preparation":
    """Have all of a rendition made: the one preparation of it in this process, begun or hurried; finished if whole.

    Raises CannotEncode, also when that was the end of the one before and not a minute has passed; and for what is not
    under way yet EnoughForOne (60 unfinished for_whom) and the other Busy refusals of Rendition.ask. Whoever may lose
    interest lets go of it; who never does wants it finished.
    """
    return prepare_rendition(rendition_of(master, format_, window=window), priority=priority, for_whom=for_whom)


def prepare_rendition(rendition: Rendition, *, priority: int, for_whom: str = "") -> "Preparation":
    """As prepare, for a rendition that is at hand."""
    engine, identity = rendition.engine, rendition.recipe.identity
    with _beginning:
        running = engine.preparations.get(identity)
        if running is not None and running.joined(priority):
            return running
        made = Preparation(rendition, priority=priority)
        if not made.finished.is_set():
            engine.refusals.repeat(identity)
            made.begin(for_whom)
    return made


def finish_when_idle(rendition: Rendition) -> None:
    """Finish a rendition that its readers left when more than half of it was made; others are left as they are."""
    is_running = rendition.recipe.identity in rendition.engine.preparations
    if is_running or not WORTH_FINISHING < rendition.done_fraction < 1.0:
        return
    try:
        prepare_rendition(rendition, priority=WHEN_IDLE)
    except Refused as refusal:
        log.info("A rendition is left unfinished: %s", refusal)


class Preparation:
    """A rendition on its way to be whole, or whole. All may be called from any thread."""

    def __init__(self, rendition: Rendition, *, priority: int) -> None:
        self.rendition = rendition
        self.priority = priority
        self.finished = threading.Event()
        """Set when there is a result or a refusal."""
        self.refusal: Refused | None = None
        self._lock = threading.RLock()
        self._wants: dict[int, Want] = {}
        self._todo: deque[int] = deque()
        self._is_advancing = self._has_news = False
        self._rounds_left = ROUNDS
        self._holders = 1
        self._for_whom = ""
        self._callbacks: list[Callable[[], None]] = []
        if rendition.audio is not None:
            self.finished.set()

    @property
    def done_fraction(self) -> float:
        """How much is made, 0 to 1; 1.0 only when it is whole."""
        return self.rendition.done_fraction

    def result(self, timeout_seconds: float | None = None) -> "Essence | CopiedFrames":
        """Wait for the whole audio. Raises the refusal, or TimeoutError."""
        if not self.finished.wait(timeout_seconds):
            raise TimeoutError
        if self.refusal is not None:
            raise self.refusal
        audio = self.rendition.audio
        assert audio is not None, "finished without a refusal means whole"
        return audio

    def on_finished(self, callback: Callable[[], None]) -> None:
        """Call this once when it is finished, at once where it is, from any thread. It must return soon."""
        with self._lock:
            is_finished = self.finished.is_set()
            if not is_finished:
                self._callbacks.append(callback)
        if is_finished:
            callback()

    def let_go(self) -> None:
        """One who called prepare() is no longer interested; when all are not, what waits is dropped.

        What is more than half made is finished when nothing else is to be done.
        """
        with self._lock:
            self._holders -= 1
            if self._holders or self.finished.is_set() or self.done_fraction > WORTH_FINISHING:
                return
            self._finish(CannotEncode("Nobody waits for this any more."))
        self._tell()

    def joined(self, priority: int) -> bool:
        """Whether it is still under way; then it is at least so urgent from now on. Only for prepare()."""
        with self._lock:
            if self.finished.is_set():
                return False
            self._holders += 1
            if priority < self.priority:
                self.priority = priority
                for index in self._wants:
                    self.rendition.hurry(index, priority=priority)
            return True

    def begin(self, for_whom: str) -> None:
        """Ask for the first parts. Only for prepare(). Raises what Rendition.ask does."""
        engine, identity = self.rendition.engine, self.rendition.recipe.identity
        self._todo = deque(self.rendition.missing())
        engine.take_share(for_whom)
        self._for_whom = for_whom
        engine.cache.hold(identity)
        engine.preparations[identity] = self
        self._advance()
        if isinstance(self.refusal, Busy):
            raise self.refusal

    def _advance(self) -> None:
        """Go on as far as possible; called at the start and whenever a want has changed."""
        with self._lock:
            self._has_news = True
            if self._is_advancing:  # A want was over as soon as it was asked for, and says so on this very thread.
                return
            self._is_advancing = True
            try:
                while self._has_news and not self.finished.is_set():
                    self._has_news = False
                    self._go_on()
            except Busy as refusal:
                self._finish(refusal)
            except Refused as refusal:
                self._fail(refusal)
            except Exception:
                log.exception("A preparation failed.")
                self._fail(CannotEncode("The store failed on this track. Please try again later."))
            finally:
                self._is_advancing = False
        self._tell()

    def _go_on(self) -> None:
        self._take_what_is_done()
        while self._todo and len(self._wants) < AT_ONCE:
            self._wait_for(self._todo.popleft())
        if not self._wants and not self.finished.is_set():
            self._wait_for(WHOLE)

    def _wait_for(self, index: int) -> None:
        want = self._ask(index)
        if want.is_done and index != WHOLE:
            want.let_go()
            return
        self._wants[index] = want
        want.on_change(self._advance)

    def _ask(self, index: int) -> Want:
        if index == WHOLE:
            return self.rendition.bind(priority=self.priority)
        return self.rendition.ask(index, priority=self.priority)

    def _take_what_is_done(self) -> None:
        for index, want in list(self._wants.items()):
            if want.refusal is not None:
                self._wants.pop(index)
                want.let_go()
                self._refused(want.refusal)
            elif want.is_done:
                self._wants.pop(index)
                want.let_go()
                if index == WHOLE:
                    self._finish(None)

    def _refused(self, refusal: Refused) -> None:
        """A bind fails when a part has vanished or is damaged: those are made again, a few times."""
        self._rounds_left -= 1
        if not isinstance(refusal, PartsVanished) or self._rounds_left <= 0:
            raise refusal
        self._todo.extend(self.rendition.missing(is_thorough=True))

    def _fail(self, refusal: Refused) -> None:
        """Refused for good: whoever only comes by now and then to look is told so as well."""
        self.rendition.engine.refusals.note(self.rendition.recipe.identity, str(refusal))
        self._finish(refusal)

    def _finish(self, refusal: Refused | None) -> None:
        """Once: the refusal is kept, and everything is let go of; _tell() follows when the lock is given back."""
        engine, identity = self.rendition.engine, self.rendition.recipe.identity
        self.refusal = refusal
        self.finished.set()
        for want in self._wants.values():
            want.let_go()
        self._wants.clear()
        self._todo.clear()
        engine.preparations.pop(identity, None)
        engine.give_share_back(self._for_whom)
        engine.cache.release(identity)

    def _tell(self) -> None:
        """Call those who wait for the end, each once; none of our locks is held, for they may begin the next thing."""
        if not self.finished.is_set():
            return
        with self._lock:
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception:
                log.exception("Someone who waited for a preparation could not be told.")
