"""Whether the farm is to be trusted at the moment, and since when not; it asks nobody."""

import logging
import threading
import time

log = logging.getLogger("obbligato.farm")


class Health:
    """Well, or ill with a reason and a time for the next try. An illness is logged once, and so is its end."""

    def __init__(self, *, pause_seconds: float) -> None:
        self._pause_seconds = pause_seconds
        self._reason = "the farm was not asked yet"
        self._logged = ""
        self._retry_at = 0.0
        self._guard = threading.Lock()

    @property
    def reason(self) -> str:
        """Why nothing is sent to the farm; empty when it is well."""
        return self._reason

    def fall_ill(self, reason: str) -> None:
        """Send nothing for a while."""
        with self._guard:
            self._reason, self._retry_at = reason, time.monotonic() + self._pause_seconds
            if reason != self._logged:
                self._logged = reason
                log.warning("Parts are encoded here and not on the farm: %s", reason)

    def is_due(self) -> bool:
        """Whether it is ill and time to ask it again."""
        return bool(self._reason) and time.monotonic() >= self._retry_at

    def recover(self, workers: int) -> None:
        """It has answered in full."""
        with self._guard:
            self._reason = self._logged = ""
            log.info("The farm is there, with %s workers.", workers)
