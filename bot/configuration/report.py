"""Gathers everything that is wrong with a configuration, so that people mend it in one go.

Must never grow without bound: a hostile file of 64 KB holds thousands of mistakes.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from bot.domain.findings import Finding, Located, Position, Severity
from bot.domain.names import nearest

FINDINGS_MAX = 100

_SHOWN_MAX = 60
_COMPARED_MAX = 600
_CREDENTIAL = re.compile(r"(whsec_|xox[a-z]-|xapp-|gh[a-z]_|github_pat_).*", re.DOTALL)


class Report:
    """The findings of one validation."""

    def __init__(self) -> None:
        self.failed = False
        self._findings: list[Finding] = []
        self._left_out = 0

    def error(self, position: Position, path: str, message: str) -> None:
        """Note what makes the configuration unusable."""
        self.failed = True
        self._add(position, path, message, "error")

    def warning(self, position: Position, path: str, message: str) -> None:
        """Note what people should know although the configuration holds."""
        self._add(position, path, message, "warning")

    def unknown(self, position: Position, path: str, name: tuple[str, str], known: Iterable[str]) -> None:
        """Note a name that is not among `known`, with the nearest one; `name` = what it is, and itself."""
        what, written = name
        self.error(position, path, f"unknown {what} {quoted(written)}{self.did_you_mean(written, known)}")

    def did_you_mean(self, name: str, known: Iterable[str]) -> str:
        """Say which known name is nearest, to be put after a message; empty where none is near.

        Comparing names is slow: past the limit of findings, where nobody reads it, it is left out.
        """
        close = () if self._full else nearest(name, islice(known, _COMPARED_MAX), most=1)
        return f"; did you mean {quoted(close[0])}?" if close else ""

    def findings(self, files: Sequence[str]) -> tuple[Finding, ...]:
        """Give them in the order of `files`, line and column, with a last one for those left out."""
        rank = {name: place for place, name in enumerate(files)}
        ordered = sorted(
            self._findings, key=lambda each: (rank.get(each.file, len(rank)), each.line, each.column)
        )
        if self._left_out:
            last = ordered[-1]
            message = f"{self._left_out} more; mend these first"
            severity: Severity = "error" if self.failed else "warning"
            ordered.append(Finding(last.file, last.line, last.column, message, severity))
        return tuple(ordered)

    @property
    def _full(self) -> bool:
        return len(self._findings) >= FINDINGS_MAX

    def _add(self, position: Position, path: str, message: str, severity: Severity) -> None:
        if self._full:
            self._left_out += 1
            return
        finding = Finding(position.file, position.line, position.column, message, severity, path)
        self._findings.append(finding)


def quoted(text: str) -> str:
    """Show a piece of a file within a sentence: short, on one line, and unable to end its code span.

    What looks like a credential that somebody pasted is cut off behind its prefix.
    """
    text = _CREDENTIAL.sub(r"\1…", text)
    shown = text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"
    return "`" + "".join(each if each.isprintable() and each != "`" else "\ufffd" for each in shown) + "`"


def listing(words: Iterable[str], conjunction: str = "and") -> str:
    """Show words as a sentence lists them."""
    shown = [quoted(word) for word in words]
    return f"{', '.join(shown[:-1])} {conjunction} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def kind_of(node: Located) -> str:
    """Name what stands there: map, list, text, boolean, number or null."""
    value = node.value
    if value is None:
        return "null"
    kinds = {dict: "map", tuple: "list", str: "text", bool: "boolean", int: "number", float: "number"}
    return kinds[type(value)]


def found(node: Located) -> str:
    """Describe what was found, for the end of a message."""
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"text {quoted(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"the number {value}" if isinstance(value, int | float) else f"a {kind_of(node)}"
