"""What the doctor says: one sentence for each thing that was looked at, and how it is mended. Values only."""

from typing import Literal

from msgspec import Struct

Level = Literal["good", "warning", "failure", "skipped"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `fix` says what to do; `details` are the names behind a number."""

    check: str
    level: Level
    said: str
    fix: str = ""
    details: tuple[str, ...] = ()


class Pen:
    """Writes the findings of one check."""

    def __init__(self, check: str) -> None:
        self._check = check
        self.findings: list[Finding] = []

    def good(self, said: str) -> None:
        """It is as it should be."""
        self.findings.append(Finding(check=self._check, level="good", said=said))

    def skipped(self, said: str) -> None:
        """It was not looked at, and why."""
        self.findings.append(Finding(check=self._check, level="skipped", said=said))

    def warning(self, said: str, fix: str, *details: str) -> None:
        """It works, and something is not as it should be."""
        self._bad("warning", said, fix, details)

    def failure(self, said: str, fix: str, *details: str) -> None:
        """Something that people count on does not work."""
        self._bad("failure", said, fix, details)

    def _bad(self, level: Level, said: str, fix: str, details: tuple[str, ...]) -> None:
        self.findings.append(Finding(check=self._check, level=level, said=said, fix=fix, details=details))
