"""What a single value may look like: one description that reads it, judges it, and is its JSON Schema.

A shape turns a located value into the domain's, or reports why not and gives INVALID. Because values,
messages and the published schema come from the same object, they cannot drift apart. A shape looks at
one value alone; what depends on others is in `references` and `bindings`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from bot.configuration.layers import is_unset
from bot.configuration.report import Report, found, kind_of, listing, quoted
from bot.domain.durations import DURATION_PATTERN, format_duration, parse_duration
from bot.domain.findings import Located, Position

T = TypeVar("T")
Schema: TypeAlias = dict[str, Any]
Problem: TypeAlias = Callable[[T], str | None]


class Invalid(Enum):
    """The mark of a value that was reported and cannot be used."""

    INVALID = "invalid"


INVALID: Final = Invalid.INVALID
Read: TypeAlias = T | Literal[Invalid.INVALID]


class Shape(ABC, Generic[T]):
    """What a value may look like."""

    def read(self, node: Located, path: str, report: Report) -> Read[T]:
        """Give the value, or INVALID after reporting why. What was reported before stays silent."""
        return INVALID if node.broken else self.accept(node, path, report)

    @abstractmethod
    def accept(self, node: Located, path: str, report: Report) -> Read[T]:
        """Read a value that is there."""

    @abstractmethod
    def expected(self) -> str:
        """Say what belongs here, for a message."""

    @abstractmethod
    def schema(self) -> Schema:
        """Give the JSON Schema of this shape."""

    def written(self, value: Any) -> Any:
        """Give a value back the way a file writes it, for the schema's `default`."""
        return value

    def refuse(self, node: Located, path: str, report: Report) -> Literal[Invalid.INVALID]:
        """Report that something else was found."""
        report.error(node.position, path, f"expected {self.expected()}, found {found(node)}")
        return INVALID


@dataclass(frozen=True)
class Text(Shape[T]):
    """Text in a certain form.

    `parse` raises ValueError with a sentence; `pattern` is what JSON Schema sees of it, and `never` are
    words of the right form that are refused all the same. `write` undoes `parse`; `example` goes with the
    message that something else than text was found, and the nearest of `known` with a wrong text.
    """

    what: str
    parse: Callable[[str], T]
    pattern: str | None = None
    longest: int = 500
    never: tuple[str, ...] = ()
    write: Callable[[T], str] | None = None
    example: str | None = None
    known: Callable[[], Iterable[str]] | None = None

    def accept(self, node: Located, path: str, report: Report) -> Read[T]:
        if isinstance(node.value, str):
            return self.parsed(node.value, node.position, path, report)
        hint = "; put it in quotes" if kind_of(node) in ("number", "boolean") and not self.pattern else ""
        report.error(node.position, path, f"expected {self.expected()}, found {found(node)}{hint}")
        return INVALID

    def parsed(self, text: str, position: Position, path: str, report: Report) -> Read[T]:
        """Parse `text`, a value or a key that stands at `position`."""
        if not text.strip():
            report.error(position, path, f"expected {self.expected()}, found empty text")
            return INVALID
        try:
            return self._fitting(text)
        except ValueError as error:
            suggestion = report.did_you_mean(text, self.known()) if self.known else ""
            report.error(position, path, f"{quoted(text)} is not {self.what}: {error}{suggestion}")
            return INVALID

    def _fitting(self, text: str) -> T:
        if len(text) > self.longest:
            raise ValueError(f"it has {len(text)} characters, and {self.longest} are the limit")
        if text in self.never:
            raise ValueError("this word has a meaning of its own in commands")
        return self.parse(text)

    def expected(self) -> str:
        return f"{self.what} such as {quoted(self.example)}" if self.example else self.what

    def schema(self) -> Schema:
        pattern = rf"^{self.pattern}$" if self.pattern else r"\S"
        unwanted = {"not": {"enum": list(self.never)}} if self.never else {}
        return {"type": "string", "maxLength": self.longest, "pattern": pattern, **unwanted}

    def written(self, value: T) -> Any:
        return self.write(value) if self.write else value


def plain_text(what: str = "text", longest: int = 500) -> Text[str]:
    """Describe text without a form of its own."""
    return Text(what, str, longest=longest)


def matching(what: str, pattern: str, problem: str, longest: int = 200) -> Text[str]:
    """Describe text that a regular expression knows; `problem` says how it has to be."""
    compiled = re.compile(pattern)
    return checked(what, pattern, lambda text: None if compiled.fullmatch(text) else problem, longest)


def checked(what: str, pattern: str | None, problem_of: Problem[str], longest: int = 200) -> Text[str]:
    """Describe text that a function judges."""

    def parse(text: str) -> str:
        problem = problem_of(text)
        if problem is not None:
            raise ValueError(problem)
        return text

    return Text(what, parse, pattern, longest)


DURATION: Final = Text(
    "a duration", parse_duration, DURATION_PATTERN, longest=40, write=format_duration, example="30m"
)


@dataclass(frozen=True)
class Choice(Shape[T]):
    """One of a few words; `build` makes the value of it."""

    values: tuple[str, ...]
    build: Callable[[str], T]

    def accept(self, node: Located, path: str, report: Report) -> Read[T]:
        if not isinstance(node.value, str):
            return self.refuse(node, path, report)
        if node.value in self.values:
            return self.build(node.value)
        suggestion = report.did_you_mean(node.value, self.values)
        report.error(
            node.position, path, f"expected {self.expected()}, found {quoted(node.value)}{suggestion}"
        )
        return INVALID

    def expected(self) -> str:
        return listing(self.values, "or")

    def schema(self) -> Schema:
        return {"enum": list(self.values)}


def one_of(words: Iterable[str]) -> Choice[str]:
    """Describe one of a few words that stand for themselves."""
    return Choice(tuple(words), str)


class Boolean(Shape[bool]):
    """true or false."""

    def accept(self, node: Located, path: str, report: Report) -> Read[bool]:
        return node.value if isinstance(node.value, bool) else self.refuse(node, path, report)

    def expected(self) -> str:
        return "true or false"

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Integer(Shape[int]):
    """A whole number within limits."""

    least: int
    most: int

    def accept(self, node: Located, path: str, report: Report) -> Read[int]:
        value = node.value
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return value
        return self.refuse(node, path, report)

    def expected(self) -> str:
        return (
            f"a whole number from {self.least} to {self.most}" if self.least < self.most else f"{self.least}"
        )

    def schema(self) -> Schema:
        if self.least == self.most:
            return {"const": self.least}
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Number(Shape[float]):
    """Any number."""

    def accept(self, node: Located, path: str, report: Report) -> Read[float]:
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return node.value
        return self.refuse(node, path, report)

    def expected(self) -> str:
        return "a number"

    def schema(self) -> Schema:
        return {"type": "number"}


@dataclass(frozen=True)
class AnyScalar(Shape[bool | int | float | str]):
    """A boolean, a number or text; which of them depends on something else."""

    def accept(self, node: Located, path: str, report: Report) -> Read[bool | int | float | str]:
        value = node.value
        return value if isinstance(value, bool | int | float | str) else self.refuse(node, path, report)

    def expected(self) -> str:
        return "true, false, a number or text"

    def schema(self) -> Schema:
        return {"type": ["boolean", "number", "string"]}


class Anything(Shape[Any]):
    """Whatever JSON can say."""

    def accept(self, node: Located, path: str, report: Report) -> Read[Any]:
        value = node.value
        if isinstance(value, dict):
            said = {name: entry for name, entry in value.items() if not is_unset(entry)}
            read = {name: self.read(entry, f"{path}.{name}", report) for name, entry in said.items()}
            return INVALID if INVALID in read.values() else read
        if isinstance(value, tuple):
            each = [self.read(item, f"{path}[{index}]", report) for index, item in enumerate(value)]
            return INVALID if INVALID in each else each
        return value

    def expected(self) -> str:
        return "any value"

    def schema(self) -> Schema:
        return {}
