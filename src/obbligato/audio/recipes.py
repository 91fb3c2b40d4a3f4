"""Names one encoding: which master, into which format, which window of it; a value that never opens a file.

A recipe can be told in JSON, so that another process makes the same bytes from it.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from obbligato.audio import formats
from obbligato.audio.essence import Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window, windowed
from obbligato.audio.parts import Parts
from obbligato.audio.planning import planned_sound


@dataclass(frozen=True)
class Recipe:
    """All that decides the bytes of an essence, and where its master is."""

    source: Path
    facts: MasterFacts
    format: Format
    window: Window | None = None

    @cached_property
    def sound(self) -> Sound:
        """What will be heard, as far as arithmetic reaches. Raises AudioRefused as formats.fitted() does."""
        return planned_sound(self.format, self.facts, self.window)

    @cached_property
    def parts(self) -> Parts:
        return Parts(self.sound)

    @property
    def identity(self) -> str:
        """32 hexadecimal digits, equal exactly when the bytes of the audio are."""
        return self.sound.identity

    @cached_property
    def is_copied(self) -> bool:
        """Whether the audio is a FLAC master's own frames: then nothing is encoded, and there are no parts."""
        return formats.is_copied(self.format, windowed(self.facts, self.window))

    def to_json(self) -> dict[str, Any]:
        return {
            "source": str(self.source),
            "facts": self.facts.to_json(),
            "format": asdict(self.format),
            "window": asdict(self.window) if self.window else None,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The recipe that to_json gave."""
        window = values["window"]
        return cls(
            Path(values["source"]),
            MasterFacts.from_json(values["facts"]),
            Format(**values["format"]),
            Window(**window) if window else None,
        )
