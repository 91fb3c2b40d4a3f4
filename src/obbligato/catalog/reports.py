"""What an import says: one line for each file, one more where a release needs a word. It never decides anything."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from obbligato.catalog.diagnosing import Finding
from obbligato.catalog.models import Master
from obbligato.catalog.naming import printable

Status = Literal["imported", "examined", "unchanged", "refused", "skipped", "warning", "note", "draft"]
STATUS_WIDTH = 10


@dataclass(frozen=True)
class FileReport:
    """What became of one file, or (is_release) what is to be said of a whole release."""

    status: Status
    path: str
    """Relative to the imported folder, as the file system names it."""
    reason: str = ""
    """One sentence: why it was refused, or what the warning or note is."""
    duration_seconds: float | None = None
    sample_rate: int | None = None
    bits: int | None = None
    channels: int | None = None
    samples: int | None = None
    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    sha256: str = ""
    is_release: bool = False
    code: str = ""
    """Which finding it is, for programs."""
    number: float | None = None
    """What was measured, in `unit`."""
    unit: str = ""

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
        if self.range_lu is not None and self.integrated_lufs is not None:
            words[-1] += f" (range {self.range_lu:.1f} LU)"
        if self.true_peak_dbtp is not None and self.true_peak_dbtp > -120:
            words.append(f"{self.true_peak_dbtp:.1f} dBTP")
        return words


def measured_report(status: Status, path: str, master: Master, reason: str = "") -> FileReport:
    """A file that was decoded to its end, with what was measured."""
    facts = master.facts
    return FileReport(
        status,
        path,
        reason,
        duration_seconds=facts.duration_seconds,
        sample_rate=facts.sample_rate,
        bits=facts.bits,
        channels=facts.channels,
        samples=facts.samples,
        integrated_lufs=master.integrated_lufs,
        range_lu=master.range_lu,
        true_peak_dbtp=master.true_peak_dbtp,
        sha256=master.sha256,
    )


def finding_report(path: str, finding: Finding, *, is_release: bool = False) -> FileReport:
    """A finding as a line of a report."""
    status: Status = "refused" if finding.severity == "refuse" else "warning" if finding.severity == "warn" else "note"
    return FileReport(
        status,
        path,
        finding.sentence,
        is_release=is_release,
        code=finding.code,
        number=finding.number,
        unit=finding.unit,
    )


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"
