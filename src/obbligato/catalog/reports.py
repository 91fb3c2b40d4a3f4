"""What an import says: one line for each file, one more where a release needs a word. It never decides anything."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from obbligato.catalog.naming import printable

Status = Literal["imported", "unchanged", "refused", "skipped", "warning", "draft"]
STATUS_WIDTH = 10


@dataclass(frozen=True)
class FileReport:
    """What became of one file, or (is_release) what is to be said of a whole release."""

    status: Status
    path: str
    """Relative to the imported folder, as the file system names it."""
    reason: str = ""
    """One sentence: why it was refused, or what the warning is."""
    duration_seconds: float | None = None
    sample_rate: int | None = None
    bits: int | None = None
    channels: int | None = None
    samples: int | None = None
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    sha256: str = ""
    is_release: bool = False

    def line(self) -> str:
        """One line for people; nothing in it can move a terminal's cursor."""
        words = [f"{self.status:<{STATUS_WIDTH}}{printable(self.path)}"]
        if self.duration_seconds is not None:
            words += self._measures()
        if self.reason:
            words.append(f"because {printable(self._reason_within())}" if self._is_no() else printable(self.reason))
        return "  ".join(words)

    def to_json(self) -> dict[str, Any]:
        """The same for programs; a file name that is not Unicode comes with its bytes escaped."""
        return {**asdict(self), "path": printable(self.path), "reason": printable(self.reason)}

    def _is_no(self) -> bool:
        return self.status in {"refused", "skipped"}

    def _reason_within(self) -> str:
        """The sentence as the end of another: “The file …” begins small after “because”."""
        for opening in ("The ", "It ", "A ", "An ", "This ", "There ", "Another ", "Its "):
            if self.reason.startswith(opening):
                return self.reason[0].lower() + self.reason[1:]
        return self.reason

    def _measures(self) -> list[str]:
        assert self.duration_seconds is not None, "only measured files are measured"
        words = [_minutes(self.duration_seconds), f"{(self.sample_rate or 0) / 1000:g} kHz/{self.bits} bit"]
        words.append("silence" if self.integrated_lufs is None else f"{self.integrated_lufs:.1f} LUFS")
        if self.true_peak_dbtp is not None and self.true_peak_dbtp > -120:
            words.append(f"{self.true_peak_dbtp:.1f} dBTP")
        return words


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"
