"""Hold a file open, so that whoever removes or renames it takes nothing from its readers. It reads nothing itself."""

import os
from typing import Self


class OpenFile:
    """Open from its making on; closed once, at the latest when nobody holds it any more."""

    first_byte = 0
    """Where in the file the audio begins."""
    _descriptor = -1

    def fileno(self) -> int:
        """The open file, for those who read it by other means; the audio begins at first_byte."""
        assert self._descriptor >= 0, "it was closed"
        return self._descriptor

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()
